import Pool

/// The rules that remove what failed to evolve (Xu et al., WizardLM, section 3.2, "Elimination Evolving"), as functions
/// of texts alone. `nil` where the rule has nothing against a text, else the evidence.
enum Elimination {
  // MARK: Rule 4

  /// The evolving prompt's own words.
  static let promptWords = ["given prompt", "rewritten prompt", "created prompt"]

  /// Words of the evolving prompt in the child that the parent does not have: there they would be its subject.
  ///
  /// Whole words, whatever their case and what stands between them: `#Given_Prompt#` is caught, "a forgiven prompt" not.
  static func copiedPrompt(parent: String, child: String) -> String? {
    let before = " " + words(parent).joined(separator: " ") + " "
    let after = " " + words(child).joined(separator: " ") + " "
    func has(_ text: String, _ phrase: String) -> Bool { text.contains(" \(phrase) ") || text.contains(" \(phrase)s ") }
    return promptWords.first { has(after, $0) && !has(before, $0) }
  }

  // MARK: Rules 2 and 3

  /// An answer of fewer than 80 words that says "sorry".
  static func sorryAnswer(_ answer: String) -> String? {
    guard wordCount(answer) < 80, words(answer).contains("sorry") else { return nil }
    return "sorry, in \(wordCount(answer)) words"
  }

  /// An answer of punctuation and stop words alone. A digit, a symbol and a word in any other language are content.
  static func contentlessAnswer(_ answer: String) -> String? {
    let isPlain = answer.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isWhitespace || scalar.properties.isAlphabetic || scalar.isPunctuation
    }
    guard isPlain, words(answer).allSatisfy(StopWords.english.contains) else { return nil }
    return answer.trimmed
  }

  // MARK: Apart from the four

  /// A child that is its parent but for white space and case.
  static func isUnchanged(parent: String, child: String) -> Bool {
    parent.lowercased().split(whereSeparator: \.isWhitespace)
      == child.lowercased().split(whereSeparator: \.isWhitespace)
  }

  /// A reply that declines to evolve rather than an instruction. An instruction that begins so where its parent does is
  /// none.
  static func refused(parent: String, child: String) -> String? {
    let child = words(child).prefix(8).joined(separator: " ") + " "
    let parent = words(parent).prefix(8).joined(separator: " ") + " "
    return refusals.first { child.hasPrefix($0 + " ") && !parent.hasPrefix($0 + " ") }
  }

  private static let refusals = [
    "i m sorry but", "i am sorry but", "sorry but", "i m sorry i", "i am sorry i", "sorry i can", "i cannot", "i can t",
    "i m unable", "i am unable", "i m not able", "i am not able", "as an ai", "i apologize", "unfortunately i",
  ]

  /// Lower-case runs of letters and digits.
  static func words(_ text: String) -> [Substring] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }
  }
}

/// What the judge of equality said.
enum Judgement: Equatable {
  case equal, notEqual, unclear

  /// Reads a reply: "Not Equal" and "Equal" wherever they stand, since models add words; both at once are unclear.
  init(reply: String) {
    let words = Elimination.words(reply)
    var equal = false
    var notEqual = words.contains("unequal")
    for (place, word) in words.enumerated() where word == "equal" {
      if place > 0, words[place - 1] == "not" { notEqual = true } else { equal = true }
    }
    self = equal == notEqual ? .unclear : equal ? .equal : .notEqual
  }
}

/// A rating of difficulty: the first number from 1 to 10 in a reply; nil without one.
func difficulty(reply: String) -> Double? {
  let numbers = reply.split { !$0.isASCII || !($0.isNumber || $0 == ".") }.compactMap { Double($0) }
  return numbers.first.flatMap { 1...10 ~= $0 ? $0 : nil }
}

extension Unicode.Scalar {
  fileprivate var isPunctuation: Bool {
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
