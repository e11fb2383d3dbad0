import Reference
import Testing

@Suite struct DropoutTests {
  struct Case: Decodable {
    let probability: Double
    let seed: String
    let node, step, microStep: UInt32
    let words: [UInt32]
    let x, y, dy, dx: Tensor
  }

  /// The known answers of Random123 (tests/kat_vectors, philox 4 32 10).
  @Test func knownAnswers() {
    #expect(
      Reference.philox(counter: .zero, key: .zero)
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Reference.philox(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Reference.philox(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func matchesRandomgenAndPyTorch() throws {
    for test in try Fixture<Case>.cases("dropout") {
      let seed = try #require(UInt64(test.seed, radix: 16))
      let key = Reference.DropoutKey(
        seed: seed, node: test.node, step: test.step, microStep: test.microStep)
      for quad in 0..<test.words.count / 4 {
        let words = Reference.philox(
          counter: SIMD4(UInt32(quad), test.node, test.step, test.microStep),
          key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
        #expect((0..<4).map { words[$0] } == Array(test.words[4 * quad..<4 * quad + 4]), "quad \(quad)")
      }
      expectClose(Reference.dropout(test.x.matrix, probability: test.probability, key: key), test.y, "y")
      expectClose(Reference.dropout(test.dy.matrix, probability: test.probability, key: key), test.dx, "dx")
    }
  }

  @Test func everyPartOfTheKeyMatters() {
    let key = Reference.DropoutKey(seed: 7, node: 1, step: 2, microStep: 3)
    func mask(_ key: Reference.DropoutKey) -> Matrix {
      Reference.dropoutMask(rows: 4, columns: 33, probability: 0.5, key: key)
    }
    var others = Array(repeating: key, count: 5)
    others[0].seed += 1
    others[1].seed += 1 << 32
    others[2].node += 1
    others[3].step += 1
    others[4].microStep += 1
    #expect(others.allSatisfy { mask($0) != mask(key) })
    #expect(mask(key) == mask(key))
  }

  @Test func thresholds() {
    #expect(Reference.dropoutThreshold(probability: 0) == 0)
    #expect(Reference.dropoutThreshold(probability: 0.5) == 1 << 31)
    #expect(Reference.dropoutThreshold(probability: 1 - 0x1p-40) == .max)
  }
}
