import Foundation

/// A table of text in aligned columns.
struct TextTable {
  enum Alignment { case left, right }

  private var rows: [[String]]
  private let alignments: [Alignment]

  init(_ header: [String], alignments: [Alignment]) {
    rows = [header]
    self.alignments = alignments
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  var text: String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + padding : padding + row[column]
      }
      return cells.joined(separator: "  ").replacing(/\ +$/, with: "")
    }.joined(separator: "\n")
  }
}

/// Prints a report for a program to read.
func printJSON(_ report: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(report), as: UTF8.self))
}

/// A progress line on standard error: redrawn in place on a terminal, silent otherwise until something takes long.
struct Progress {
  private let unit: String
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let start = Date()
  private var lastLine = Date()

  init(unit: String) { self.unit = unit }

  /// Shows that `done` of `count` are done and `current` is running.
  mutating func show(_ done: Int, of count: Int, _ current: String) {
    let elapsed = Date().timeIntervalSince(start)
    let left = done > 0 ? ", about \(duration(elapsed / Double(done) * Double(count - done))) left" : ""
    if isTerminal {
      let width = 24
      let filled = count > 0 ? width * done / count : width
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      FileHandle.standardError.write(Data("\r\u{1b}[K\(bar) \(done)/\(count) \(unit)\(left)  \(current)".utf8))
    } else if Date().timeIntervalSince(lastLine) >= 10 {
      lastLine = Date()
      complain("\(done)/\(count) \(unit)\(left)")
    }
  }

  /// Removes the line.
  func clear() {
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
  }
}

/// `0.00123` as `1.23 ms`.
func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<1e-3: "\(decimal(seconds * 1e6)) µs"
  case ..<1: "\(decimal(seconds * 1e3)) ms"
  case ..<120: "\(decimal(seconds)) s"
  default: "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
  }
}

/// Three significant digits.
func decimal(_ value: Double) -> String {
  String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
}

func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

/// `9229` as `9,229`.
func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = number < 0 ? "-" : ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}

/// `1 row`, `9,229 rows`.
func counted(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

/// A bar of text in eighths of a character; something that is not nothing shows.
func bar(_ value: Int, of most: Int, width: Int) -> String {
  guard value > 0, most > 0 else { return "" }
  let eighths = max(Int((Double(value) / Double(most) * Double(width * 8)).rounded()), 1)
  let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + rest[eighths % 8]
}

/// Whether standard output shows colours. Source of the variable: no-color.org.
var isColorTerminal: Bool {
  let environment = ProcessInfo.processInfo.environment
  return isatty(STDOUT_FILENO) != 0 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
}

/// Text from a file, harmless to a terminal.
///
/// - Parameter keepingLines: Whether ends of lines and tabs stay; otherwise the text is on one line.
func harmless(_ text: String, keepingLines: Bool = false) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar.properties.generalCategory {
    case .control where keepingLines && (scalar == "\n" || scalar == "\t"): result.unicodeScalars.append(scalar)
    case .control, .format, .lineSeparator, .paragraphSeparator: result += scalar.escaped(asASCII: true)
    default: result.unicodeScalars.append(scalar)
    }
  }
}
