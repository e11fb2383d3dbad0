import Formats
import Foundation
import Testing

/// Bytes and floats are those of the gguf package (Tools/block_fixtures.py).
@Suite struct BlockQuantizerTests {
  private static func fixture() throws -> JSONField {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONField(path: folder.appending(path: "Fixtures/blocks.json").path)
  }

  private func bytes(_ field: JSONField) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: field.string()), "\(field.path)"))
  }

  private func floats(_ field: JSONField) throws -> [Float] {
    let bytes = try bytes(field)
    return stride(from: 0, to: bytes.count, by: 4).map { place in
      Float(bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  private func quantize(_ floats: [Float], _ type: ElementType) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: try #require(type.byteCount(elements: floats.count)))
    floats.withUnsafeBufferPointer { input in
      bytes.withUnsafeMutableBytes { BlockQuantizer.quantize(input, as: type, into: $0) }
    }
    return bytes
  }

  private func dequantize(_ bytes: [UInt8], _ type: ElementType) -> [Float] {
    var floats = [Float](repeating: .nan, count: bytes.count / type.blockBytes * type.blockElements)
    bytes.withUnsafeBytes { input in
      floats.withUnsafeMutableBufferPointer { BlockQuantizer.dequantize(input, as: type, into: $0) }
    }
    return floats
  }

  @Test(arguments: [ElementType.q8_0, .q4_0])
  func quantisedBytesAreThoseOfThePackage(type: ElementType) throws {
    let fixture = try Self.fixture()
    let floats = try floats(fixture["floats"])
    let wanted = try bytes(fixture["quantized"][type.name])
    let found = try quantize(floats, type)
    #expect(floats.count > 3000 && found.count == wanted.count)
    for block in 0..<floats.count / 32 {
      let range = block * type.blockBytes..<(block + 1) * type.blockBytes
      #expect(found[range] == wanted[range], "block \(block): \(floats[block * 32..<(block + 1) * 32])")
    }
  }

  @Test(arguments: [ElementType.q8_0, .q4_0, .q4_K, .q6_K])
  func dequantisedFloatsAreThoseOfThePackage(type: ElementType) throws {
    let fixture = try Self.fixture()["dequantized"][type.name]
    let wanted = try floats(fixture["floats"])
    let found = dequantize(try bytes(fixture["blocks"]), type)
    #expect(wanted.count >= 384 && found.map(\.bitPattern) == wanted.map(\.bitPattern))
  }

  /// Random bits are floats of every size. The oracle is ggml's loop, written with the language's own rounding.
  @Test func quantsAreRoundedAsTheLanguageRoundsThem() throws {
    var generator = SplitMix(seed: 7)
    for _ in 0..<4000 {
      let shift = Float(sign: .plus, exponent: Int.random(in: -130...100, using: &generator), significand: 1)
      let floats = (0..<32).map { _ in Float.random(in: -1...1, using: &generator) * shift }
      let extreme = floats.reduce(Float(0)) { abs($1) > abs($0) ? $1 : $0 }
      let wide = abs(extreme) / 127
      let narrow = extreme / -8
      guard (1 / wide).isFinite, (1 / narrow).isFinite else { continue }
      let scale = Float16(wide).bitPattern
      let eight = floats.map {
        UInt8(bitPattern: Int8(($0 * (1 / wide)).rounded(.toNearestOrAwayFromZero)))
      }
      #expect(try quantize(floats, .q8_0) == [UInt8(scale & 0xFF), UInt8(scale >> 8)] + eight)
      let half = Float16(narrow).bitPattern
      let four = floats.map { min(15, UInt8($0 * (1 / narrow) + 8.5)) }
      let pairs = (0..<16).map { four[$0] | four[$0 + 16] << 4 }
      #expect(try quantize(floats, .q4_0) == [UInt8(half & 0xFF), UInt8(half >> 8)] + pairs)
    }
  }

  /// ggml divides its +0 by -8 whatever the signs of the zeros; the package takes the sign of the first.
  @Test(arguments: [Float(0), -0.0])
  func zerosAreThoseOfTheReference(zero: Float) throws {
    let zeros = [Float](repeating: zero, count: 32)
    #expect(try quantize(zeros, .q8_0) == [UInt8](repeating: 0, count: 34))
    #expect(try quantize(zeros, .q4_0) == [0, 0x80] + [UInt8](repeating: 0x88, count: 16))
  }

  @Test(arguments: [ElementType.q8_0, .q4_0], [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteSpoilsItsOwnBlockOnly(type: ElementType, value: Float) throws {
    let plain = (0..<96).map { Float($0) - 40.5 }
    var floats = plain
    floats[45] = value
    let (found, wanted) = (try quantize(floats, type), try quantize(plain, type))
    let size = type.blockBytes
    #expect(found[..<size] == wanted[..<size] && found[(2 * size)...] == wanted[(2 * size)...])
    #expect(!Float16(bitPattern: UInt16(found[size]) | UInt16(found[size + 1]) << 8).isFinite)
  }

  @Test(arguments: [ElementType.q8_0, .q4_0])
  func oddPlacesAreTaken(type: ElementType) throws {
    let floats = (0..<64).map { Float($0) - 31.5 }
    let wanted = try quantize(floats, type)
    var bytes = [UInt8](repeating: 0xEE, count: wanted.count + 2)
    bytes.withUnsafeMutableBytes { all in
      let inner = UnsafeMutableRawBufferPointer(rebasing: all[1..<(all.count - 1)])
      floats.withUnsafeBufferPointer { BlockQuantizer.quantize($0, as: type, into: inner) }
    }
    #expect(bytes == [0xEE] + wanted + [0xEE])
    #expect(zip(dequantize(wanted, type), floats).allSatisfy { abs($0 - $1) <= (type == .q8_0 ? 0.2 : 4) })
  }

  @Test func nothingIsNothing() throws {
    #expect(try quantize([], .q8_0).isEmpty)
    #expect(dequantize([], .q6_K).isEmpty)
  }
}
