import Reference
import Testing

@Suite struct RopeTests {
  struct Case: Decodable {
    struct Options: Decodable {
      let factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings: Double?
    }

    let headSize: Int
    let theta: Double
    let scaling: String
    let options: Options
    let frequencies, transformersFrequencies: Tensor
    let positions: [Int]
    let cosine, sine, x, y, dy, dx: Tensor

    func ropeScaling() throws -> Reference.RopeScaling {
      switch scaling {
      case "default": return .none
      case "linear": return .linear(factor: try #require(options.factor))
      default:
        try #require(scaling == "llama3")
        return .llama3(
          factor: try #require(options.factor), lowFrequencyFactor: try #require(options.lowFreqFactor),
          highFrequencyFactor: try #require(options.highFreqFactor),
          originalLength: try #require(options.originalMaxPositionEmbeddings))
      }
    }
  }

  @Test func matchesTransformers() throws {
    for test in try Fixture<Case>.cases("rope") {
      let frequencies = Reference.ropeFrequencies(
        headSize: test.headSize, theta: test.theta, scaling: try test.ropeScaling())
      for (i, frequency) in frequencies.enumerated() {
        // Element by element: the smallest frequencies are those that scaling is about. transformers has
        // float32.
        expectClose([frequency], [test.frequencies.values[i]], "\(test.scaling) frequency \(i)")
        expectClose([frequency], [test.transformersFrequencies.values[i]], tolerance: 1e-6, "frequency \(i)")
      }
      let (x, dy) = (test.x.matrix, test.dy.matrix)
      let given = test.frequencies.values
      expectClose(Reference.rope(x: x, positions: test.positions, frequencies: given), test.y, "y")
      let dx = Reference.ropeBackward(dy: dy, positions: test.positions, frequencies: given)
      expectClose(dx, test.dx, "dx")
    }
  }

  /// At position 131,071 an angle that was rounded to float32 is off by 0.004.
  @Test func tablesAtLongPositions() throws {
    for test in try Fixture<Case>.cases("rope") {
      let last = try #require(test.positions.last)
      #expect(last == 131_071)
      let (cosine, sine) = Reference.ropeTables(positions: last + 1, frequencies: test.frequencies.values)
      for (t, position) in test.positions.enumerated() {
        expectClose(cosine.row(position), test.cosine.matrix.row(t), "cosine at \(position)")
        expectClose(sine.row(position), test.sine.matrix.row(t), "sine at \(position)")
      }
    }
  }

  @Test func derivative() {
    var random = Uniform(seed: 3)
    let (x, dy) = (random.matrix(3, 2 * 6), random.matrix(3, 2 * 6))
    let frequencies = Reference.ropeFrequencies(headSize: 6, theta: 100)
    let dx = Reference.ropeBackward(dy: dy, positions: [0, 7, 3], frequencies: frequencies)
    expectDerivative(dx, at: x, "dx") {
      inner(dy, Reference.rope(x: $0, positions: [0, 7, 3], frequencies: frequencies))
    }
  }
}
