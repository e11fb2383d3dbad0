@testable import TerminalInput

/// A small terminal: the cells, the cursor, and the sequences that `Painter` writes. Anything else is recorded.
struct Screen {
  let columns: Int
  let height: Int
  /// A wide character fills its cell and an empty one after it.
  private var cells: [[String]]
  private(set) var row = 0
  private(set) var column = 0
  /// A full row keeps the cursor until one more character comes (VT100's "last column flag").
  private var isPastEnd = false
  private(set) var strange: [String] = []

  init(columns: Int, height: Int) {
    self.columns = columns
    self.height = height
    cells = Array(repeating: Array(repeating: " ", count: columns), count: height)
  }

  /// The rows without the spaces at their ends.
  var lines: [String] {
    var lines = cells.map { $0.joined().replacing(/\ +$/, with: "") }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  mutating func show(_ output: String) {
    // By scalars, as a terminal does: CR LF is one Character, and an accent after a sequence would be part of it.
    var rest = output.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\u{1B}": escape(&rest)
      case "\r":
        column = 0
        isPastEnd = false
      case "\n": lineFeed()
      default: put(scalar)
      }
    }
  }

  private mutating func lineFeed() {
    isPastEnd = false
    if row + 1 < height {
      row += 1
    } else {
      cells.removeFirst()
      cells.append(Array(repeating: " ", count: columns))
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let width = DisplayWidth.of(scalar)
    if width == 0 {
      var place = isPastEnd ? column : column - 1
      if place > 0, cells[row][place].isEmpty { place -= 1 }
      if place >= 0 { cells[row][place].unicodeScalars.append(scalar) }
      return
    }
    if isPastEnd || column + width > columns {
      column = 0
      lineFeed()
    }
    cells[row][column] = String(scalar)
    if width == 2 { cells[row][column + 1] = "" }
    isPastEnd = column + width == columns
    column = min(column + width, columns - 1)
  }

  private mutating func escape(_ rest: inout Substring.UnicodeScalarView) {
    guard rest.popFirst() == "[" else { return strange.append("escape") }
    let parameters = String(String.UnicodeScalarView(rest.prefix { !$0.properties.isAlphabetic }))
    rest = rest.dropFirst(parameters.unicodeScalars.count)
    let count = Int(parameters) ?? 1
    isPastEnd = false
    switch rest.popFirst() {
    case "A": row = max(row - count, 0)
    case "C": column = min(column + count, columns - 1)
    case "J":
      for place in row..<height {
        for cell in (place == row ? column : 0)..<columns { cells[place][cell] = " " }
      }
    case "m": break
    case let other: strange.append("\(parameters)\(other.map { String($0) } ?? "")")
    }
  }
}
