import Formats
import Text
import TrainingData

/// A training set in words, or as JSON.
struct DataView {
  let data: TrainingSet
  let summary: DataSummary
  let choice: TemplateChoice
  let tokenizer: Tokenizer
  /// How many rows are shown as a trainer sees them.
  let shownRows: Int

  private var report: DataReport { data.report }
  private var shown: ArraySlice<Example> { data.examples.prefix(shownRows) }
  private var usesTemplate: Bool { report.files.contains { $0.format != .text } }

  /// - Parameter isColored: Whether what is learned is bold and green, rather than in brackets.
  func text(isColored: Bool) -> String {
    var parts = shown.enumerated().map { row($0.offset, $0.element, isColored: isColored) }
    parts.append((source + badRows).joined(separator: "\n"))
    parts.append((tokens + histogram).joined(separator: "\n"))
    parts.append(sequences.joined(separator: "\n"))
    return parts.joined(separator: "\n\n")
  }

  private func row(_ index: Int, _ example: Example, isColored: Bool) -> String {
    let title =
      "── \(example.place) · \(counted(example.tokens.count, "token")), \(grouped(example.targetCount)) learned ──"
    let text = example.maskedText(tokenizer).map { stretch in
      let text = harmless(stretch.text, keepingLines: true)
      guard stretch.isTrained else { return text }
      return isColored ? "\u{1b}[1;32m\(text)\u{1b}[0m" : "⟦\(text)⟧"
    }
    return (isColored ? "\u{1b}[2m\(title)\u{1b}[0m" : title) + "\n" + text.joined()
  }

  // MARK: - Where it comes from

  private var source: [String] {
    var lines = report.files.enumerated().map { index, file in
      (index == 0 ? "data       " : "           ") + harmless(file.path)
        + ": \(counted(file.rowCount, "row")), \(file.format.rawValue)\(file.isDetected ? " (seen from the file)" : "")"
    }
    if usesTemplate {
      lines.append("template   \(choice.template.name)\(reason)")
    }
    return lines
  }

  private var reason: String {
    switch choice.reason {
    case .asked: ""
    case .model: ", the model's own"
    case .modelHasNone: ", the default: the model has none of its own (--template NAME chooses another)"
    case .modelIsUnknown: ", the default: the model's own is none that is known (--template NAME chooses another)"
    }
  }

  /// Every reason with its count, and the first rows of it with what was found.
  private var badRows: [String] {
    let bad = report.badRowCount
    var lines = [
      "usable     \(counted(report.rowCount - bad, "row"))"
        + (bad == 0 ? ", which is all" : "; \(grouped(bad)) cannot be used")
    ]
    for reason in BadRow.Reason.allCases {
      guard let count = report.counts[reason] else { continue }
      lines.append("           \(grouped(count)) × \(reason.rawValue)")
      let rows = report.badRows.filter { $0.reason == reason }
      lines += rows.prefix(Self.listedRows).map {
        "             \(harmless($0.place.description)): \(harmless($0.detail))"
      }
      let more = count - min(rows.count, Self.listedRows)
      if more > 0 { lines.append("             and \(grouped(more)) more (--json lists them)") }
    }
    if summary.cut > 0 {
      lines.append(
        "cut        \(counted(summary.cut, "text")) longer than a sequence, into \(grouped(summary.pieces)) pieces")
    }
    return lines
  }

  /// How many bad rows of a reason are shown.
  private static let listedRows = 5

  // MARK: - Figures

  private var tokens: [String] {
    let mean = Double(summary.tokenCount) / Double(data.examples.count)
    return [
      "tokens     \(grouped(summary.tokenCount)), \(grouped(summary.targetCount)) of them learned "
        + "(\(percent(Double(summary.targetCount) / Double(summary.tokenCount))))",
      "lengths    median \(grouped(summary.medianLength)), mean \(decimal(mean)), longest \(grouped(summary.longest))",
    ]
  }

  private var histogram: [String] {
    let most = summary.buckets.map(\.rowCount).max() ?? 0
    var table = TextTable(["tokens", "", "rows"], alignments: [.right, .left, .right])
    for bucket in summary.buckets {
      let range = "\(grouped(bucket.tokens.lowerBound)) – \(grouped(bucket.tokens.upperBound - 1))"
      let mark = bucket.tokens.lowerBound > summary.length ? longMark : ""
      table.add([range, bar(bucket.rowCount, of: most, width: 40), grouped(bucket.rowCount) + mark])
    }
    return table.text.split(separator: "\n", omittingEmptySubsequences: false).map { "           \($0)" }
  }

  /// What became of rows that are longer than a sequence.
  private var longMark: String {
    switch (report.counts[.tooLong] != nil, summary.cut > 0) {
    case (true, true): "  too long, or cut"
    case (false, true): "  cut"
    default: "  too long"
    }
  }

  private var sequences: [String] {
    func line(_ name: String, _ sequences: DataSummary.Sequences) -> String {
      "\(name)\(counted(sequences.count, "sequence")) of \(grouped(summary.length)) an epoch, "
        + "\(decimal(sequences.fill * 100)) % full"
    }
    return [line("packed     ", summary.packed), line("unpacked   ", summary.single)]
  }
}

// MARK: - JSON

extension DataView {
  var json: JSONValue {
    [
      "files": .array(
        report.files.map {
          [
            "path": .string($0.path), "format": .string($0.format.rawValue), "detected": .bool($0.isDetected),
            "rows": .integer($0.rowCount), "bad_rows": .integer($0.badRowCount),
          ]
        }),
      "template": usesTemplate ? .string(choice.template.name) : nil,
      "rows": .integer(report.rowCount), "bad_rows": .integer(report.badRowCount), "bad": jsonOfBadRows,
      "tokens": .integer(summary.tokenCount), "trained_tokens": .integer(summary.targetCount),
      "cut": .integer(summary.cut), "pieces": .integer(summary.pieces), "length": .integer(summary.length),
      "median": .integer(summary.medianLength),
      "longest": .integer(summary.longest),
      "histogram": .array(
        summary.buckets.map {
          [
            "from": .integer($0.tokens.lowerBound), "below": .integer($0.tokens.upperBound),
            "rows": .integer($0.rowCount),
          ]
        }),
      "packed": json(summary.packed), "unpacked": json(summary.single), "examples": .array(shown.map(json)),
    ]
  }

  private var jsonOfBadRows: JSONValue {
    .array(
      report.badRows.map { row in
        [
          "file": .string(row.place.file), "line": .integer(row.place.line),
          "element": row.place.element.map { .integer($0) } ?? nil,
          "name": row.place.name.map { .string($0) } ?? nil, "reason": .string(row.reason.rawValue),
          "detail": .string(row.detail),
        ]
      })
  }

  private func json(_ sequences: DataSummary.Sequences) -> JSONValue {
    ["sequences": .integer(sequences.count), "fill": .number(sequences.fill)]
  }

  private func json(_ example: Example) -> JSONValue {
    [
      "file": .string(example.place.file), "line": .integer(example.place.line),
      "name": example.place.name.map { .string($0) } ?? nil, "piece": example.place.piece.map { .integer($0) } ?? nil,
      "tokens": .array(example.tokens.map { .integer(Int($0)) }),
      "targets": .array(example.targets.map { .integer(Int($0)) }),
      "text": .array(
        example.maskedText(tokenizer).map { ["text": .string($0.text), "trained": .bool($0.isTrained)] }),
    ]
  }
}
