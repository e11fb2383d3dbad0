import Formats
public import Text

/// The rows of data files as examples, some of them kept from training to measure the loss on.
public struct TrainingSet: Sendable {
  /// What is trained on, in the order of the files.
  public let examples: [Example]
  /// What is not, in the order of the files. The same rows for the same files, fraction and seed, however training goes
  /// through the others.
  public let validation: [Example]
  public let report: DataReport

  /// Reads files.
  ///
  /// - Parameters:
  ///   - files: JSON arrays or JSONL, in the order in which their rows count.
  ///   - format: Of all files; nil for what each file's first valid row is.
  ///   - template: What conversations are written in. The format `text` has no use for one.
  ///   - length: The most tokens that an example may have; longer ones are bad rows.
  ///   - validation: The share of the rows to keep from training, 0 to below 1.
  ///   - allowBad: Whether more than `DataReport.badShareLimit` bad rows are left out like fewer; otherwise an error.
  ///   - progress: Told the number of rows so far, now and then.
  public init(
    files: [String], format: RowFormat? = nil, template: ChatTemplate, tokenizer: Tokenizer, length: Int,
    validation: Double = 0, seed: UInt64 = 42, allowBad: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws(TrainingDataError) {
    precondition(validation >= 0 && validation < 1, "a share of \(validation) for validation")
    precondition(length > 0, "sequences of \(length) tokens")
    let renderer = ExampleRenderer(tokenizer: tokenizer, template: template, length: length)
    var collected = Collected()
    for file in files {
      do throws(FormatError) {
        try collected.read(file, format, renderer, progress)
      } catch {
        throw .file(error)
      }
    }
    report = collected.report
    guard !collected.examples.isEmpty else { throw .noUsableRows(report) }
    guard allowBad || !report.hasTooManyBadRows else { throw .tooManyBadRows(report) }
    let kept = EpochOrder.validation(count: collected.examples.count, fraction: validation, seed: seed)
    let isKept = Set(kept)
    self.validation = kept.map { collected.examples[$0] }
    examples = collected.examples.enumerated().filter { !isKept.contains($0.offset) }.map(\.element)
  }

  /// A fingerprint of what is trained on and in which order (FNV-1a, 64 bits, over the tokens and what is to be learned
  /// of them), by which a run that goes on can tell that its data has changed.
  public var fingerprint: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ number: Int32) { hash = (hash ^ UInt64(UInt32(bitPattern: number))) &* 0x100_0000_01B3 }
    for example in examples {
      add(Int32(example.tokens.count))
      for token in example.tokens { add(token) }
      for range in example.trained {
        add(range.lowerBound)
        add(range.upperBound)
      }
    }
    return hash
  }
}

/// Examples as they come in. Any source of rows fills it in the same way.
private struct Collected {
  var examples: [Example] = []
  var report = DataReport()

  mutating func read(
    _ path: String, _ format: RowFormat?, _ renderer: ExampleRenderer, _ progress: (Int) -> Void
  ) throws(FormatError) {
    var reader = try RowReader(path: path, format: format)
    report.files.append(DataReport.File(path: path, format: reader.format, isDetected: reader.isDetected))
    while let (place, row) = try reader.next() {
      add(row, at: place, renderer)
      if report.files[report.files.count - 1].rowCount % 256 == 0 { progress(report.rowCount) }
    }
    guard report.files[report.files.count - 1].rowCount > 0 else {
      throw FormatError(.missing, file: path, "holds no rows")
    }
  }

  mutating func add(_ row: Result<TrainingRow, RowFault>, at place: RowPlace, _ renderer: ExampleRenderer) {
    do throws(RowFault) {
      let example = try renderer.example(try row.get(), at: place)
      report.count(place, tokens: example.tokens.count, fault: nil)
      examples.append(example)
    } catch {
      report.count(place, tokens: error.tokenCount, fault: error)
    }
  }
}
