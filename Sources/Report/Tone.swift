/// What a colour stands for on the pages; the style says which it is, by day and by night.
enum Tone: String {
  /// What is measured, where there is one thing.
  case main
  /// What is measured now and then beside it.
  case check
  /// The arms of a comparison.
  case base, seeds, evolved
}
