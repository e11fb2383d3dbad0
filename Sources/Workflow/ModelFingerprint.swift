import EvolInstruct
import Formats
import Foundation

extension Fingerprint {
  /// Bytes at both ends of a file that are looked at.
  private static let sample = 64 << 10

  /// Adds a model or an adapter: names, sizes and both ends of its files.
  mutating func add(modelAt path: String) throws(FormatError) {
    for file in Self.files(path) {
      let source = try ByteSource(path: file)
      add("\(URL(filePath: file).lastPathComponent) \(source.byteCount)")
      let size = min(Self.sample, source.byteCount)
      add(bytes: try source.read(at: 0, count: size))
      add(bytes: try source.read(at: source.byteCount - size, count: size))
    }
  }

  /// Adds the bytes of a file.
  mutating func add(file path: String) throws(FormatError) {
    add(bytes: try ByteSource(path: path).readAll(limit: 1 << 32))
  }

  private static func files(_ path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let wanted = names.filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".json") || $0 == "tokenizer.model" }
    return wanted.isEmpty ? [path] : wanted.sorted().map { path + "/" + $0 }
  }
}
