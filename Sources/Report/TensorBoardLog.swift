public import Formats
import Foundation

/// An event file that TensorBoard reads: the curves of a run and its recipe. Each process that trains writes a file of its
/// own into the run's folder; TensorBoard reads them in the order of their names.
///
/// ```swift
/// var log = try TensorBoardLog(folder: "runs/first")
/// try log.append(recipe: recipe.canonicalYAML)
/// try log.append(row)
/// ```
public struct TensorBoardLog: ~Copyable {
  private var file: AppendFile
  private let clock: @Sendable () -> Double

  /// Makes a new file `events.out.tfevents.<unix time>.<host>` in `folder`.
  ///
  /// - Parameters:
  ///   - folder: A folder that is there.
  ///   - step: The step that the run goes on with, so that TensorBoard drops what an earlier file says of it and of later
  ///     steps; 0 for a new run.
  ///   - host: The machine's name, for the name of the file.
  ///   - clock: Seconds since 1970.
  public init(
    folder: String, resumingAt step: Int = 0, host: String = Self.host,
    clock: @escaping @Sendable () -> Double = Self.now
  ) throws(FormatError) {
    let time = clock()
    var file = try Self.newFile(folder, "events.out.tfevents.\(Int(time)).\(Self.fileName(host))")
    try file.append(TensorBoardEvent(time: time, step: 0, content: .fileVersion).record)
    try file.append(TensorBoardEvent(time: time, step: step, content: .sessionStart).record)
    self.file = file
    self.clock = clock
  }

  /// The file's path.
  public var path: String { file.path }

  /// Adds the row's values to the curves `train/…` and, where it was measured, `validation/loss`.
  public mutating func append(_ row: StepRow) throws(FormatError) {
    var scalars = [
      ("train/loss", row.loss), ("train/learning_rate", row.learningRate), ("train/grad_norm", row.gradNorm),
      ("train/tokens_per_second", row.tokensPerSecond),
    ]
    if let loss = row.evalLoss { scalars.append(("validation/loss", loss)) }
    try append(.scalars(scalars), step: row.step)
  }

  /// Adds the recipe under TEXT.
  public mutating func append(recipe: String, step: Int = 0) throws(FormatError) {
    // Four spaces before a line make it code in Markdown, whatever is in it.
    let lines = recipe.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    try append(.text(tag: "recipe/text_summary", lines.joined(separator: "\n")), step: step)
  }

  private mutating func append(_ content: TensorBoardEvent.Content, step: Int) throws(FormatError) {
    try file.append(TensorBoardEvent(time: clock(), step: step, content: content).record)
  }

  /// Makes all entries outlast a power cut.
  public func flush() throws(FormatError) {
    try file.flush()
  }

  /// The first file `name`, `name.1`, … that holds nothing: a run may be stopped and resumed within a second.
  private static func newFile(_ folder: String, _ name: String) throws(FormatError) -> AppendFile {
    for attempt in 0..<1000 {
      let file = try AppendFile(path: folder + "/" + name + (attempt == 0 ? "" : ".\(attempt)"))
      if file.byteCount == 0 { return file }
    }
    throw FormatError(.system, file: folder + "/" + name, "a thousand files of this name are there already")
  }

  /// The host's name without what does not belong into the name of a file.
  private static func fileName(_ host: String) -> String {
    let allowed = host.unicodeScalars.filter {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-" || $0 == ".")
    }
    return allowed.isEmpty ? "localhost" : String(String.UnicodeScalarView(allowed.prefix(64)))
  }

  /// Seconds since 1970.
  public static func now() -> Double { Date().timeIntervalSince1970 }

  /// The name of this machine as the system has it; Foundation would ask the network for it.
  public static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "localhost" }
  }
}
