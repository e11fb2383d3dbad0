import Foundation
import Pool

/// The descendants of one seed as a tree: what each was made of, by which operation, and what became of it.
struct LineageView {
  /// The seed and everything that descends from it, in the order of rounds.
  let rows: [InstructionRow]
  let isColored: Bool
  /// Columns of a line at most.
  var width = 100

  var text: String {
    guard let seed = rows.first else { return "" }
    let difficulty = seed.difficulty.map { "  difficulty \(number($0))" } ?? ""
    var lines = [bold("seed \(seed.id.seed)") + dim(difficulty)]
    lines += wrapped(seed, indent: "  ")
    lines += children(of: seed, indent: "")
    return lines.joined(separator: "\n")
  }

  private func children(of parent: InstructionRow, indent: String) -> [String] {
    let children = rows.filter { $0.parent == parent.id }
    return children.enumerated().flatMap { place, child -> [String] in
      let isLast = place == children.count - 1
      let next = indent + (isLast ? "   " : "│  ")
      let hasMore = rows.contains { $0.parent == child.id }
      return [indent + (isLast ? "└─ " : "├─ ") + heading(child)]
        + wrapped(child, indent: next + (hasMore ? "│  " : "   ")) + self.children(of: child, indent: next)
    }
  }

  private func heading(_ row: InstructionRow) -> String {
    var parts = ["round \(row.id.round)", row.operation.map(YieldView.name) ?? ""]
    if let added = row.wordsAdded { parts.append("\(added < 0 ? "−" : "+")\(abs(added)) words") }
    if let difficulty = row.difficulty { parts.append("difficulty \(number(difficulty))") }
    let end: String
    switch row.verdict {
    case .kept: end = isColored ? "\u{1b}[32mkept\u{1b}[0m" : "kept"
    case .removed:
      let rule = row.rule.map(YieldView.name) ?? "a rule"
      let evidence = row.evidence.map { " (" + harmless(String($0.prefix(80))) + ")" } ?? ""
      end = (isColored ? "\u{1b}[31mremoved: \(rule)\u{1b}[0m" : "removed: \(rule)") + dim(evidence)
    default: end = dim("not finished")
    }
    return bold(parts[0]) + dim(" · " + parts.dropFirst().joined(separator: " · ") + " · ") + end
  }

  /// The instruction in lines of the width, at most six of them, and the answer of what was kept in one.
  private func wrapped(_ row: InstructionRow, indent: String) -> [String] {
    let room = max(20, width - indent.count)
    var lines = row.prompt.split(separator: "\n", omittingEmptySubsequences: true)
      .flatMap { Self.folded(harmless(String($0)), width: room) }
    if lines.count > 6 { lines = lines.prefix(5) + ["…"] }
    if row.verdict == .kept, !row.output.isEmpty {
      let answer = harmless(row.output.split(separator: "\n").joined(separator: " "))
      lines.append(dim("→ " + (answer.count > room - 2 ? answer.prefix(room - 3) + "…" : answer)))
    }
    return lines.map { dim(indent) + $0 }
  }

  /// Lines of at most `width` characters, broken between words where there are any.
  static func folded(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      var word = String(word)
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = String(word.dropFirst(width))
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + (line.isEmpty ? [] : [line])
  }

  private func bold(_ text: String) -> String { isColored ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
  private func dim(_ text: String) -> String { isColored && !text.isEmpty ? "\u{1b}[2m\(text)\u{1b}[0m" : text }
  private func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
}
