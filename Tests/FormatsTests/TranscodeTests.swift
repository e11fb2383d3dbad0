import Formats
import Testing

@Suite struct TranscodeTests {
  private func decode(_ bits: [UInt16], _ type: ElementType) -> [Float] {
    var floats = [Float](repeating: .nan, count: bits.count)
    bits.withUnsafeBytes { bytes in
      floats.withUnsafeMutableBufferPointer { Transcode.decode(bytes, as: type, into: $0) }
    }
    return floats
  }

  private func encode(_ floats: [Float], _ type: ElementType) -> [UInt16] {
    var bits = [UInt16](repeating: 0xAAAA, count: floats.count)
    floats.withUnsafeBufferPointer { input in
      bits.withUnsafeMutableBytes { Transcode.encode(input, as: type, into: $0) }
    }
    return bits
  }

  @Test func everyHalfIsDecodedAndComesBack() {
    let all = [UInt16](0...UInt16.max)
    let floats = decode(all, .f16)
    let back = encode(floats, .f16)
    for (bits, float) in zip(all, floats) {
      let half = Float16(bitPattern: bits)
      let same = half.isNaN ? float.isNaN : float.bitPattern == Float(half).bitPattern
      let returns = half.isNaN ? Float16(bitPattern: back[Int(bits)]).isNaN : back[Int(bits)] == bits
      if !same || !returns { Issue.record("0x\(String(bits, radix: 16)) became \(float)") }
    }
  }

  @Test func everyBrainFloatIsDecodedAndComesBack() {
    let all = [UInt16](0...UInt16.max)
    let floats = decode(all, .bf16)
    let back = encode(floats, .bf16)
    for (bits, float) in zip(all, floats) {
      let returns = float.isNaN ? Float(bitPattern: UInt32(back[Int(bits)]) << 16).isNaN : back[Int(bits)] == bits
      if float.bitPattern != UInt32(bits) << 16 || !returns { Issue.record("0x\(String(bits, radix: 16))") }
    }
  }

  /// Random bit patterns, the neighbours of every half and the points halfway between two.
  @Test func halvesAreRoundedAsTheLanguageRoundsThem() {
    var generator = SplitMix(seed: 1)
    var floats = (0..<200_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
    for bits in UInt16(0)..<0x7C00 {
      let low = Float(Float16(bitPattern: bits))
      let middle = bits == 0x7BFF ? 65520 : (low + Float(Float16(bitPattern: bits + 1))) / 2
      floats += [middle, middle.nextUp, middle.nextDown, -middle]
    }
    for (float, bits) in zip(floats, encode(floats, .f16)) {
      let want = Float16(float)
      if want.isNaN ? !Float16(bitPattern: bits).isNaN : bits != want.bitPattern {
        Issue.record("\(float) became 0x\(String(bits, radix: 16))")
      }
    }
  }

  @Test func brainFloatsAreRoundedToEven() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81), (0x3F81_8000, 0x3F82),
      (0x3F80_7FFF, 0x3F80), (0x7F7F_FFFF, 0x7F80), (0xFF80_0000, 0xFF80), (0x0000_8001, 0x0001), (0x8000_0000, 0x8000),
    ]
    #expect(encode(cases.map { Float(bitPattern: $0.0) }, .bf16) == cases.map(\.1))
    let nan = encode([Float(bitPattern: 0x7F80_0001), Float(bitPattern: 0xFFFF_FFFF)], .bf16)
    #expect(nan.allSatisfy { Float(bitPattern: UInt32($0) << 16).isNaN })
  }

  @Test(arguments: [0, 1, 7, 8, 9, 31, 33, 257])
  func oddCountsAndAlignments(count: Int) {
    let floats = (0..<count).map { Float($0) - 3.5 }
    for type in [ElementType.f32, .f16, .bf16] {
      var bytes = [UInt8](repeating: 0xEE, count: count * type.blockBytes + 2)
      bytes.withUnsafeMutableBytes { all in
        let inner = UnsafeMutableRawBufferPointer(rebasing: all[1..<(all.count - 1)])
        floats.withUnsafeBufferPointer { Transcode.encode($0, as: type, into: inner) }
      }
      #expect(bytes.first == 0xEE && bytes.last == 0xEE)
      var back = [Float](repeating: .nan, count: count)
      bytes.withUnsafeBytes { all in
        back.withUnsafeMutableBufferPointer {
          Transcode.decode(UnsafeRawBufferPointer(rebasing: all[1..<(all.count - 1)]), as: type, into: $0)
        }
      }
      #expect(type == .bf16 ? zip(back, floats).allSatisfy { abs($0 - $1) <= abs($1) / 256 } : back == floats)
    }
  }
}
