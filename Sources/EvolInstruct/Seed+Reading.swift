public import Formats

extension Seed {
  /// How the rows of a seed file are written.
  private enum Layout: String {
    case alpaca = "Alpaca's (instruction, input, output)"
    case selfInstruct = "Self-Instruct's (instruction, instances)"
    case dolly = "Dolly's (instruction, context, response)"

    init(_ row: JSONField) {
      self = row["instances"].value != nil ? .selfInstruct : row["response"].value != nil ? .dolly : .alpaca
    }
  }

  /// Reads the seeds of a file: a JSON array or JSON lines of Alpaca's rows, Self-Instruct's or Dolly's.
  ///
  /// Throws for a file without seeds, for a row that is no JSON or has no instruction, and for a row written in another
  /// way than the first; the error names the line.
  public static func read(path: String) throws(FormatError) -> [Seed] {
    let rows = try JSONRows.read(ByteSource(path: path).readAll(limit: 1 << 30), file: path)
    guard let first = rows.first else { throw FormatError(.missing, file: path, "has no seeds") }
    let layout = Layout(JSONField(first.value, file: path))
    var seeds: [Seed] = []
    seeds.reserveCapacity(rows.count)
    for row in rows {
      let field = JSONField(row.value, file: "\(path):\(row.line)")
      let instruction = try field["instruction"].string()
      guard !instruction.trimmed.isEmpty else { throw field["instruction"].error(.missing, "is empty") }
      let mine = Layout(field)
      guard mine == layout else {
        throw field.error(
          .unsupported, "the row is in \(mine.rawValue) form, those before in \(layout.rawValue); use one form a file")
      }
      seeds.append(try seed(field, instruction, layout))
    }
    return seeds
  }

  private static func seed(
    _ row: JSONField, _ instruction: String, _ layout: Layout
  ) throws(FormatError) -> Seed {
    switch layout {
    case .alpaca:
      return Seed(
        instruction: instruction, input: try row["input"].ifPresent?.string() ?? "",
        output: try row["output"].ifPresent?.string() ?? "")
    case .dolly:
      return Seed(
        instruction: instruction, input: try row["context"].ifPresent?.string() ?? "",
        output: try row["response"].string())
    case .selfInstruct:
      // Instances are inputs of one instruction; the paper's seeds take the first.
      guard let instance = try row["instances"].array().first else { return Seed(instruction: instruction) }
      return Seed(
        instruction: instruction, input: try instance["input"].ifPresent?.string() ?? "",
        output: try instance["output"].ifPresent?.string() ?? "")
    }
  }
}
