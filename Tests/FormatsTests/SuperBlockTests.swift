import Foundation
import Testing

@testable import Formats

/// The encoders of Q4_K and Q6_K against ggml's own (Tools/superblock_fixtures.py).
///
/// Both look for scales by comparing sums, whose last bits depend on the order of summation: most blocks are the same, the
/// others are as good.
@Suite struct SuperBlockTests {
  static let types = [ElementType.q4_K, .q6_K]

  private struct Kind {
    let name: String
    let floats: [Float]
    let blocks: [UInt8]
  }

  private static func kinds(_ type: ElementType) throws -> [Kind] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let kinds = try JSONField(path: folder.appending(path: "Fixtures/superblocks.json").path)["kinds"]
    return try kinds.object().members.map { member in
      let kind = kinds[member.key]
      let halves = try #require(Data(base64Encoded: kind["floats"].string()))
      let floats = stride(from: 0, to: halves.count, by: 2).map {
        Float(Float16(bitPattern: UInt16(halves[$0]) | UInt16(halves[$0 + 1]) << 8))
      }
      return Kind(
        name: member.key, floats: floats, blocks: [UInt8](try #require(Data(base64Encoded: kind[type.name].string()))))
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

  /// The root of the mean square of what a block's numbers are off.
  private func error(_ blocks: [UInt8], _ type: ElementType, _ floats: [Float]) -> Double {
    let squares = zip(dequantize(blocks, type), floats).map { Double($0 - $1) * Double($0 - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  @Test(arguments: types) func errorsAreThoseOfGGML(type: ElementType) throws {
    let kinds = try Self.kinds(type)
    #expect(kinds.count == 8)
    for kind in kinds {
      let found = try quantize(kind.floats, type)
      #expect(found.count == kind.blocks.count && kind.floats.count >= 1536)
      let (error, wanted) = (error(found, type, kind.floats), error(kind.blocks, type, kind.floats))
      #expect(error <= wanted * 1.01, "\(kind.name): \(error), ggml \(wanted)")
    }
  }

  /// Of weights as models have them.
  @Test(arguments: types) func mostBlocksAreThoseOfGGML(type: ElementType) throws {
    let kind = try #require(try Self.kinds(type).first { $0.name == "normal" })
    let found = try quantize(kind.floats, type)
    let blocks = stride(from: 0, to: found.count, by: type.blockBytes).map { $0..<$0 + type.blockBytes }
    let same = blocks.filter { found[$0] == kind.blocks[$0] }.count
    #expect(same * 10 >= blocks.count * 9, "\(same) of \(blocks.count)")
  }

  /// Sixteen levels on a grid come back, which no other scale would give.
  @Test func whatFitsIsKept() throws {
    let kind = try #require(try Self.kinds(.q4_K).first { $0.name == "sixteen steps" })
    let found = dequantize(try quantize(kind.floats, .q4_K), .q4_K)
    for (got, want) in zip(found, kind.floats) { #expect(abs(got - want) <= 2e-3, "\(got), \(want)") }
  }

  @Test(arguments: types, [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteSpoilsItsOwnBlockOnly(type: ElementType, value: Float) throws {
    let plain = (0..<768).map { Float($0) - 40.5 }
    var floats = plain
    floats[400] = value
    let (found, wanted) = (try quantize(floats, type), try quantize(plain, type))
    let size = type.blockBytes
    #expect(found[..<size] == wanted[..<size] && found[(2 * size)...] == wanted[(2 * size)...])
    #expect(dequantize(found, type)[256..<512].allSatisfy { $0.isNaN })
  }

  /// Numbers that have no scale in an F16, or hardly a float: never a crash, and never garbage that is finite.
  @Test(arguments: types, [Float.leastNonzeroMagnitude, 0x1p-130, 1e-30, 1e-15, 1e-9, 1e12, 1e25, 3.4e38])
  func extremes(type: ElementType, size: Float) throws {
    let places = (0..<256).map { Float($0) }
    let alone: [Float] = places.map { $0 == 200 ? size : 0 }
    let between: [Float] = places.map { (96..<128).contains($0) ? ($0 - 112) / 16 * size : $0 / 64 }
    let spread: [Float] = places.map { ($0 / 128 - 1) * size }
    for floats in [spread, alone, between, [Float](repeating: size, count: 256), [Float](repeating: -size, count: 256)]
    {
      for (got, want) in zip(dequantize(try quantize(floats, type), type), floats) {
        let bound = floats.map(\.magnitude).max()! / 15 + 1e-7
        if size < 1e6 { #expect(abs(got - want) <= bound, "\(got), \(want)") }
        if size > 1e20 { #expect(!got.isFinite || abs(got - want) <= bound, "\(got), \(want)") }
      }
    }
  }

  @Test(arguments: types, [Float(0), -0.0]) func zerosStayZeros(type: ElementType, zero: Float) throws {
    let found = try quantize([Float](repeating: zero, count: 256), type)
    #expect(found == [UInt8](repeating: 0, count: type.blockBytes))
    #expect(dequantize(found, type).allSatisfy { $0 == 0 })
  }

  /// Constants are exact to the rounding of one half, whatever their sign.
  @Test(arguments: types, [Float(0.1), -0.1, 7, -7]) func constantsStay(type: ElementType, value: Float) throws {
    for got in dequantize(try quantize([Float](repeating: value, count: 256), type), type) {
      #expect(abs(got - value) <= abs(value) * 0x1p-9, "\(got)")
    }
  }

  @Test(arguments: types) func oddPlacesAreTaken(type: ElementType) throws {
    let floats = (0..<512).map { Float($0 * 37 % 101) - 50 }
    let wanted = try quantize(floats, type)
    var bytes = [UInt8](repeating: 0xEE, count: wanted.count + 2)
    var shifted = [UInt8](repeating: 0, count: 4 * floats.count + 4)
    bytes.withUnsafeMutableBytes { all in
      let inner = UnsafeMutableRawBufferPointer(rebasing: all[1..<(all.count - 1)])
      floats.withUnsafeBufferPointer { BlockQuantizer.quantize($0, as: type, into: inner) }
    }
    #expect(bytes == [0xEE] + wanted + [0xEE])
    // Floats that lie at a multiple of four bytes and of nothing more.
    shifted.withUnsafeMutableBytes { all in
      let inner = UnsafeMutableRawBufferPointer(rebasing: all[4...])
      floats.withUnsafeBytes { inner.copyMemory(from: $0) }
      bytes.withUnsafeMutableBytes { out in
        BlockQuantizer.quantize(
          UnsafeBufferPointer(inner.bindMemory(to: Float.self)), as: type,
          into: UnsafeMutableRawBufferPointer(rebasing: out[..<wanted.count]))
      }
    }
    #expect(Array(bytes[..<wanted.count]) == wanted)
  }
}
