import Formats
import Foundation
import Report
import Testing

@Suite struct MetricsLogTests {
  private let folder: ScratchFolder
  private var path: String { folder.file("metrics.jsonl") }

  init() throws { folder = try ScratchFolder() }

  private func write(_ rows: [StepRow], resumingAt step: Int = 0) throws {
    var log = try MetricsLog(path: path, resumingAt: step)
    for row in rows { try log.append(row) }
    try log.flush()
  }

  @Test func aRowIsALine() throws {
    try write([row(0), row(1, evalLoss: 3.25)])
    #expect(
      try folder.text("metrics.jsonl") == """
        {"step":0,"loss":4.0,"learning_rate":0.0,"grad_norm":0.5,"tokens":2048,"tokens_per_second":1024.0,"seconds":2.0}
        {"step":1,"loss":3.875,"learning_rate":1e-05,"grad_norm":0.5,"tokens":2048,"tokens_per_second":1024.0,"seconds":2.0,"eval_loss":3.25}

        """)
    #expect(try MetricsLog.read(path: path) == [row(0), row(1, evalLoss: 3.25)])
  }

  @Test func aRowIsThereAtOnce() throws {
    var log = try MetricsLog(path: path)
    for step in 0..<3 {
      try log.append(row(step))
      #expect(try MetricsLog.read(path: path).count == step + 1)
    }
  }

  @Test func resumingDropsWhatIsDoneAgain() throws {
    try write((0..<10).map { row($0) })
    try write([row(6, evalLoss: 1)], resumingAt: 6)
    #expect(try MetricsLog.read(path: path) == (0..<6).map { row($0) } + [row(6, evalLoss: 1)])
    #expect(folder.names == ["metrics.jsonl"])
  }

  @Test func resumingBeyondTheLastRowChangesNothing() throws {
    try write([row(0), row(1)])
    let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    try write([], resumingAt: 2)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == before)
    #expect(try MetricsLog.read(path: path).count == 2)
  }

  @Test func aNewRunStartsAfresh() throws {
    try write([row(0), row(1)])
    try write([row(0)])
    #expect(try MetricsLog.read(path: path) == [row(0)])
  }

  @Test(arguments: ["{\"step\":2,\"lo", "{\"step\":2,\"loss\":1}", "\0\0\0\0", "\0\0\n", "{\"step\":2,\n", "x"])
  func aTornLastLineIsPassedOverAndRemoved(torn: String) throws {
    try write([row(0), row(1)])
    let whole = try folder.text("metrics.jsonl")
    try folder.write("metrics.jsonl", whole + torn)
    #expect(try MetricsLog.read(path: path) == [row(0), row(1)])
    try write([row(2)], resumingAt: 2)
    #expect(try MetricsLog.read(path: path) == (0..<3).map { row($0) })
    #expect(try folder.text("metrics.jsonl").hasPrefix(whole))
  }

  /// A last line that is whole but for its end was torn as well: the end might have lost a digit.
  @Test func aLastLineWithoutItsEnd() throws {
    try write([row(0), row(1)])
    try folder.write("metrics.jsonl", String(try folder.text("metrics.jsonl").dropLast()))
    #expect(try MetricsLog.read(path: path) == [row(0)])
  }

  @Test func whatIsNotKnownStaysInRowsThatStay() throws {
    let line =
      #"{"step":0,"loss":1,"learning_rate":0,"grad_norm":null,"tokens":1,"tokens_per_second":1,"seconds":1,"x":[1]}"#
    try folder.write("metrics.jsonl", line + "\n" + line.replacing("\"step\":0", with: "\"step\":7") + "\n")
    try write([], resumingAt: 1)
    #expect(try folder.text("metrics.jsonl") == line + "\n")
    #expect(try MetricsLog.read(path: path)[0].gradNorm.isNaN)
  }

  @Test func numbersThatAreNotFinite() throws {
    var broken = row(0, evalLoss: .nan)
    broken.loss = .infinity
    try write([broken])
    let read = try MetricsLog.read(path: path)
    #expect(read.count == 1 && read[0].loss.isNaN && read[0].evalLoss?.isNaN == true && read[0].gradNorm == 0.5)
  }

  @Test(arguments: ["x\n", "[1]\n", "{\"step\":-1}\n", "{\"step\":\"a\"}\n", "\n", "{}\n"])
  func aBadLineIsAnErrorThatNamesIt(bad: String) throws {
    try write([row(0), row(1)])
    let lines = try folder.text("metrics.jsonl").split(separator: "\n")
    let damaged = "\(lines[0])\n\(bad)\(lines[1])\n"
    try folder.write("metrics.jsonl", damaged)
    let error = try #require(throws: FormatError.self) { try MetricsLog.read(path: path) }
    #expect(error.file == path && error.field.hasPrefix("line 2"))
    // And resuming does not destroy what it does not understand.
    #expect(throws: FormatError.self) { _ = try MetricsLog(path: path, resumingAt: 1) }
    #expect(try folder.text("metrics.jsonl") == damaged)
  }

  @Test func noFileIsNoRows() throws {
    #expect(try MetricsLog.read(path: path).isEmpty)
    #expect(throws: FormatError.self) { try MetricsLog.read(path: folder.path) }
    #expect(throws: FormatError.self) { _ = try MetricsLog(path: folder.file("absent/metrics.jsonl")) }
  }

  @Test func twoWritersAreRefused() throws {
    var log = try MetricsLog(path: path)
    try log.append(row(0))
    for step in [0, 1] {
      #expect(throws: FormatError.self) { _ = try MetricsLog(path: path, resumingAt: step) }
    }
    try log.append(row(1))
    #expect(try MetricsLog.read(path: path) == [row(0), row(1)])
  }
}
