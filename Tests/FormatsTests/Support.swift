import Formats
import Foundation
import Testing

/// Real model files, kept beside the repository and not in it.
enum Shared {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/models")
  static let isPresent = FileManager.default.fileExists(atPath: folder.path)
  static let absence: Comment = "there is no ../shared/models with real files beside the repository"

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "formats-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }

  /// Names in the folder, hidden ones as well.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// The error that `body` throws, which must be a `FormatError` and come within a second.
func refusal<Value>(
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) throws -> FormatError {
  let clock = ContinuousClock()
  let start = clock.now
  let error = try #require(
    throws: FormatError.self, comment, sourceLocation: sourceLocation, performing: { _ = try body() })
  #expect(clock.now - start < .seconds(1), comment, sourceLocation: sourceLocation)
  #expect(!error.file.isEmpty && !error.problem.isEmpty, comment, sourceLocation: sourceLocation)
  return error
}

extension Array where Element == UInt8 {
  /// Appends a number as little-endian bytes.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// Appends a text as GGUF writes it.
  mutating func append(text: String) {
    append(number: UInt64(text.utf8.count))
    append(contentsOf: Array(text.utf8))
  }
}

/// A small random number generator whose sequence is the same everywhere (Steele, Lea & Flood 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
