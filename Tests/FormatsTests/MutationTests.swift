import Formats
import Foundation
import Testing

/// The seeds of the fuzzer, changed at random: each parser must give values or a `FormatError`, and soon.
///
/// Runs a fixed number of changes with a fixed seed; with `EVOLCANO_FUZZ_SECONDS` in the environment that many seconds
/// a file from a seed that the clock gives. `Tools/fuzz` searches better, guided by coverage.
@Suite struct MutationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Tools/Fuzz/Seeds")
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  private static let seconds = ProcessInfo.processInfo.environment["EVOLCANO_FUZZ_SECONDS"].flatMap(Double.init)
  private static let fixedCount = 2000

  @Test func thereAreSeedsOfEveryFormat() {
    for ending in [".gguf", ".safetensors", ".json"] { #expect(Self.names.contains { $0.hasSuffix(ending) }) }
  }

  @Test(arguments: names)
  func seedsAreGoodFiles(name: String) throws {
    try Self.open(try Self.bytes(name), name)
  }

  @Test(arguments: names)
  func changedFilesGiveValuesOrErrors(name: String) throws {
    let original = try Self.bytes(name)
    let clock = ContinuousClock()
    let end = Self.seconds.map { clock.now + .seconds($0) }
    let seed = end == nil ? 1 : UInt64(Date().timeIntervalSince1970)
    var mutator = Mutator(seed: seed)
    var refused = 0
    var count = 0
    while end.map({ clock.now < $0 }) ?? (count < Self.fixedCount) {
      count += 1
      let changed = mutator.change(original)
      let start = clock.now
      do {
        try Self.open(changed, name)
      } catch let error as FormatError {
        refused += 1
        #expect(error.file == name && !error.problem.isEmpty && error.description.utf8.count < 2000)
      }
      let place: Comment = "change \(count) from seed \(seed)"
      #expect(clock.now - start < .seconds(1), place)
    }
    #expect(refused > 0 && refused < count, "\(refused) of \(count) changes were refused")
  }

  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// Opens and reads everything.
  private static func open(_ bytes: [UInt8], _ name: String) throws {
    if name.hasSuffix(".json") {
      let value = try JSONValue.parse(bytes, file: name)
      #expect(throws: Never.self) { try JSONValue.parse(Array(value.encoded().utf8), file: name) }
      return
    }
    let source = ByteSource(bytes: bytes, name: name)
    let tensors = try name.hasSuffix(".gguf") ? GGUF(source).tensors : Safetensors(source).tensors
    for tensor in tensors {
      #expect(tensor.range.lowerBound >= 0 && tensor.range.upperBound <= bytes.count)
      #expect(tensors[tensor.name]?.range == tensor.range)
      if let type = tensor.readableType, !type.isQuantized {
        #expect(try tensor.floats().count == tensor.elementCount)
      }
    }
  }
}

/// Changes bytes at random, with a liking for the values at which parsers go wrong.
private struct Mutator {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  private static let numbers: [UInt64] = [
    0, 1, 2, 8, 9, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 61, 1 << 62,
    UInt64(Int64.max), 1 << 63, .max, UInt64.max - 31,
  ]
  private static let texts = [
    "{", "}", "[", "]", "\"", "\\u", ",", ":", "-", "9223372036854775808", "1e999", "0", "null", "\u{0}", "[[[[[[[[[[",
  ].map { Array($0.utf8) }

  mutating func change(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty { step(&bytes) }
    return bytes
  }

  private mutating func step(_ bytes: inout [UInt8]) {
    // Headers are at the front, so that half of the changes fall there.
    let limit = Bool.random(using: &random) ? bytes.count : min(bytes.count, 64)
    let place = Int.random(in: 0..<limit, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
    switch Int.random(in: 0..<7, using: &random) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
    case 2:
      let number = Self.numbers.randomElement(using: &random)!.littleEndian
      let width = [1, 2, 4, 8].randomElement(using: &random)!
      let written = withUnsafeBytes(of: number) { Array($0.prefix(min(width, bytes.count - place))) }
      bytes.replaceSubrange(place..<(place + written.count), with: written)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
    case 5: bytes.insert(contentsOf: Self.texts.randomElement(using: &random)!, at: place)
    default: bytes.removeSubrange(place...)
    }
  }
}
