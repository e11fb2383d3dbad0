/// A search backwards through the history (Ctrl-R), while it lasts.
struct HistorySearch: Sendable {
  var query = ""
  /// The entry that is shown; nil before there is a query.
  var place: Int?
  /// Whether nothing more was found.
  var hasFailed = false
  /// What stood in the line before.
  let draft: EditBuffer

  init(draft: EditBuffer) { self.draft = draft }

  /// What stands in place of the prompt.
  var prompt: String { "(\(hasFailed ? "no " : "")search: \(query)) " }
}

extension LineEditor {
  /// A key during a search; nil where it ends the search and then does what it always does.
  mutating func handleSearch(_ key: Key) -> Outcome? {
    guard let state = search else { return nil }
    switch key {
    case .text(let text): return find(state.query + text, from: state.place.map { $0 + 1 })
    case .paste(let text): return find(state.query + text.prefix { $0 != "\n" }, from: state.place.map { $0 + 1 })
    case .backspace: return find(String(state.query.dropLast()), from: nil)
    case .control("r"): return find(state.query, from: state.place, isAgain: true)
    case .control("s"): return find(state.query, from: state.place, isAgain: true, forward: true)
    case .control("g"), .control("c"), .escape:
      endSearch(with: state.draft)
      return .edited
    case .unknown: return .refused
    default:
      endSearch(with: buffer)
      return key == .tab ? .edited : nil
    }
  }

  /// - Parameter isAgain: Whether another entry is wanted than the one that is shown.
  private mutating func find(
    _ query: String, from place: Int?, isAgain: Bool = false, forward: Bool = false
  ) -> Outcome {
    guard var state = search else { return .refused }
    state.query = query
    guard !query.isEmpty else {
      state.place = nil
      state.hasFailed = false
      buffer = state.draft
      search = state
      return .edited
    }
    let shown = isAgain ? text : nil
    let found = history.place(from: place ?? history.entries.count, forward: forward) { entry in
      entry != shown && entry.contains(query)
    }
    state.hasFailed = found == nil
    if let found {
      state.place = found
      buffer = EditBuffer(history.entries[found])
    }
    search = state
    return state.hasFailed ? .refused : .edited
  }
}
