import Dispatch
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

  /// Reads files of JSON, JSONL and text (`DataFile`).
  ///
  /// - Parameters:
  ///   - files: In the order in which their rows count.
  ///   - format: Of all files; nil for what each file's first valid row is.
  ///
  /// The others are those of the initializer below.
  public init(
    files: [String], format: RowFormat? = nil, template: ChatTemplate, tokenizer: Tokenizer, length: Int,
    validation: Double = 0, seed: UInt64 = 42, allowBad: Bool = false,
    progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(TrainingDataError) {
    // All are opened first: a file that is missing is known before the others are worked on.
    var sources: [any RowSource] = []
    do throws(FormatError) {
      for file in files { sources.append(try DataFile.open(file, format: format)) }
    } catch {
      throw .file(error)
    }
    try self.init(
      sources, template: template, tokenizer: tokenizer, length: length, validation: validation, seed: seed,
      allowBad: allowBad, progress: progress)
  }

  /// Reads sources of rows.
  ///
  /// - Parameters:
  ///   - sources: In the order in which their rows count.
  ///   - template: What conversations are written in. The format `text` has no use for one.
  ///   - length: The most tokens that an example may have. Longer conversations are bad rows, longer texts are cut into
  ///     several examples.
  ///   - validation: The share of the examples to keep from training, 0 to below 1.
  ///   - allowBad: Whether more than `DataReport.badShareLimit` bad rows are left out like fewer; otherwise an error.
  ///   - progress: Told now and then how many bytes have been read, and how many there are.
  public init(
    _ sources: [any RowSource], template: ChatTemplate, tokenizer: Tokenizer, length: Int, validation: Double = 0,
    seed: UInt64 = 42, allowBad: Bool = false, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(TrainingDataError) {
    precondition(validation >= 0 && validation < 1, "a share of \(validation) for validation")
    precondition(length > 0, "sequences of \(length) tokens")
    let renderer = ExampleRenderer(tokenizer: tokenizer, template: template, length: length)
    var collected = Collected()
    do throws(FormatError) {
      let byteCount = sources.reduce(0) { $0 + $1.byteCount }
      var earlier = 0
      for source in sources {
        try collected.read(source, renderer) { progress(earlier + $0, byteCount) }
        earlier += source.byteCount
      }
    } catch {
      throw .file(error)
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
    _ source: any RowSource, _ renderer: ExampleRenderer, _ progress: (Int) -> Void
  ) throws(FormatError) {
    var reader = source
    report.files.append(DataReport.File(path: reader.path, format: reader.format, isDetected: reader.isDetected))
    while true {
      let rows = try reader.chunk()
      if rows.isEmpty { break }
      add(rows, reader.format, renderer)
      progress(reader.bytesRead)
    }
    guard report.files[report.files.count - 1].rowCount > 0 else {
      throw FormatError(.missing, file: reader.path, "holds no rows")
    }
  }

  /// Rows are parsed and rendered on all processors, for a tokenizer takes most of the time, and added in their order.
  private mutating func add(_ rows: [SourceRow], _ format: RowFormat, _ renderer: ExampleRenderer) {
    var results = [Result<RenderedRow, RowFault>?](repeating: nil, count: rows.count)
    results.withUnsafeMutableBufferPointer { results in
      // Each iteration writes places of its own.
      nonisolated(unsafe) let results = results
      let share = 16
      DispatchQueue.concurrentPerform(iterations: (rows.count + share - 1) / share) { part in
        for index in part * share..<min((part + 1) * share, rows.count) {
          results[index] = Result { () throws(RowFault) in
            try renderer.rendered(try rows[index].row(as: format), at: rows[index].place)
          }
        }
      }
    }
    for (row, result) in zip(rows, results) {
      switch result {
      case .success(let rendered):
        report.count(rendered)
        examples += rendered.examples
      case .failure(let fault): report.count(fault, at: row.place)
      case nil: preconditionFailure("row \(row.place) was not rendered")
      }
    }
  }
}
