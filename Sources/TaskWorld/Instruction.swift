extension WorldTask {
  /// The task in English: the input, then every step, constraint and probe in a sentence of its own.
  ///
  /// The same task always reads the same. What evolution adds is said after what was there.
  public var instruction: String {
    var sentences: [String] = []
    var value = input
    for (place, step) in steps.enumerated() {
      let phrase = chosen(step.phrases(on: value), "step \(place) \(step.kind.rawValue)")
      sentences.append(place == 0 ? sentence(phrase) : chosen(Self.connectors, "then \(place)") + phrase + ".")
      value = step.apply(to: value) ?? value
    }
    sentences += constraints.map { sentence(chosen($0.phrases, $0.kind.rawValue)) }
    sentences += probes.map { sentence(chosen($0.phrases, $0.rawValue)) }
    let request = sentences.joined(separator: " ")
    let shown = format.text(Field.fields(of: input, isVague: isVague))
    guard format != .plain else { return opening(shown) + " " + request }
    let lead = chosen(Self.leads, "lead").replacing("…", with: format.name)
    return "\(lead)\n\(shown)\n\(request) \(chosen(Self.questions, "question"))"
  }

  private static let connectors = ["Then ", "Next, ", "After that, "]
  private static let leads = ["Read this …:", "The input is this …:", "Look at the … below:"]
  private static let questions = ["What do you get?", "What is the result?", "What comes out?"]

  /// One of `phrases`; the same for the same task and place.
  private func chosen(_ phrases: [String], _ place: String) -> String {
    phrases[Int(stableHash(place, seed: phrasing) % UInt64(min(phrases.count, world.extent.wordings)))]
  }

  private func sentence(_ phrase: String) -> String { phrase.prefix(1).uppercased() + phrase.dropFirst() + "." }

  /// The sentence that gives a plain input.
  private func opening(_ shown: String) -> String {
    let openings: [String]
    switch input {
    case .words:
      openings = ["Here is a list: \(shown).", "Take these items: \(shown).", "Look at this list: \(shown)."]
    case .numbers(_, let thing):
      let name = thing.flatMap(Lexicon.plural).map { "numbers of \($0)" } ?? "numbers"
      openings = ["Here are some \(name): \(shown).", "Take these \(name): \(shown).", "Look at the \(name) \(shown)."]
    case .date: openings = ["Take this date: \(shown).", "Start from \(shown).", "The day is \(shown)."]
    case .amount(let count, let unit):
      let amount = isVague ? "\(shown) \(unit.plural)" : unit.text(count)
      openings = ["Take \(amount).", "Start with \(amount).", "The amount is \(amount)."]
    case .sets(let first, let second):
      let (first, second) = (first.joined(separator: ", "), second.joined(separator: ", "))
      openings = [
        "The first set is \(first). The second set is \(second).", "Take the set \(first) and the set \(second).",
        "Here are two sets. First: \(first). Second: \(second).",
      ]
    case .table:
      openings = [
        "Here are prices: \(shown).", "A shop has these prices: \(shown).", "Look at this price list: \(shown).",
      ]
    }
    return chosen(openings, "opening")
  }
}
