/// The bar of a progress line.
enum ProgressBar {
  /// `▕████░░░▏`: `width` cells, as many full as `share` of the whole says.
  static func text(_ share: Double, width: Int) -> String {
    let filled = Int((min(1, max(0, share)) * Double(width)).rounded(.down))
    return "▕" + String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled) + "▏"
  }
}
