/// A line that fits its columns: what matters least is left out first, and its bar takes the room that is left.
struct FittedLine<Part: CaseIterable & Equatable> {
  /// Cells of the bar.
  private static var bars: ClosedRange<Int> { 7...24 }

  /// What is never left out, only cut off.
  let core: Part
  /// From what goes first to what goes last.
  let expendable: [Part]
  /// The text of a part, with a bar of so many cells; nil where it says nothing.
  let text: (_ part: Part, _ bar: Int) -> String?

  /// The parts in their order with a space between them, in at most `width` columns.
  func text(width: Int) -> String {
    for left in 0...expendable.count {
      let omitted = expendable.prefix(left)
      let parts = Part.allCases.filter { !omitted.contains($0) }
      let bare = line(parts, bar: Self.bars.lowerBound)
      guard bare.count <= width else { continue }
      return line(parts, bar: min(Self.bars.upperBound, Self.bars.lowerBound + width - bare.count))
    }
    return String(line([core], bar: 0).prefix(max(0, width)))
  }

  private func line(_ parts: [Part], bar: Int) -> String {
    parts.compactMap { text($0, bar) }.joined(separator: " ")
  }
}
