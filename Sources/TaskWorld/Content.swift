/// Whether an answer says anything by itself.
///
/// Evol-Instruct removes answers of nothing but punctuation and stop words (Xu et al., "WizardLM", ICLR 2024, section
/// 3.2). Of all answers of this world only initials can look so: "a" and "d, s" are letters that lists of stop words
/// hold, as words and as the ends of "he'd" and "it's". Tasks with such answers are not made.
enum Content {
  /// The letters that English stop words consist of or are cut down to.
  private static let letters: Set<String> = ["a", "d", "i", "m", "o", "s", "t"]

  /// Whether one of the items is more than a stop word.
  static func isIn(_ items: [String]) -> Bool { items.contains { !letters.contains($0) } }
}
