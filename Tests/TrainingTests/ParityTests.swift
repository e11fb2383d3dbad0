import TensorGraph
import Testing
import TrainingData

@testable import Training

/// Whole runs against PyTorch's.
@Suite(.serialized) struct ParityTests {
  /// How far a run is from PyTorch's.
  struct Comparison {
    /// The largest of all steps.
    var loss = 0.0
    var norm = 0.0
    /// The largest of all tensors.
    var gradient = 0.0
    var firstUpdate = 0.0
    var lastUpdate = 0.0

    var isClose: Bool {
      loss <= 1e-5 && norm <= 1e-4 && gradient <= 1e-5 && firstUpdate <= 5e-3 && lastUpdate <= 5e-3
    }
  }

  /// Runs a fixture's steps.
  /// - Parameters:
  ///   - rate: a factor on the learning rate.
  ///   - spoil: called after every step, with the parameters at the start.
  private func compare(
    _ fixture: TrainingFixture, _ options: TrainingOptions, rate: Double = 1,
    spoil: (TrainingSession, [String: [Float]]) throws -> Void = { _, _ in }
  ) throws -> Comparison {
    let session = try TrainingSession.fixture(options, start: fixture.start)
    #expect(Set(session.trainedNames) == Set(fixture.gradients.keys))
    let steps = fixture.steps
    var result = Comparison()
    let gradients = try session.gradients(of: steps[0]).gradients
    for (name, want) in fixture.gradients {
      result.gradient = max(result.gradient, relativeError(gradients[name]!, want.values))
    }
    let start = try session.parameters()
    func updates(_ wanted: [String: TrainingFixture.Tensor]) throws -> Double {
      try wanted.map { name, want in
        let moved = zip(try session.parameter(name), start[name]!).map { $0 - $1 }
        return relativeError(moved, want.values)
      }.reduce(0) { !($1 <= $0) ? $1 : $0 }
    }
    for (index, step) in steps.enumerated() {
      let got = try session.step(step, learningRate: rate * fixture.learningRate)
      result.loss = max(result.loss, abs(got.loss / fixture.losses[index] - 1))
      result.norm = max(result.norm, abs(got.gradientNorm / fixture.norms[index] - 1))
      try spoil(session, start)
      if index == 0 { result.firstUpdate = try updates(fixture.firstUpdate) }
    }
    result.lastUpdate = try updates(fixture.lastUpdate)
    return result
  }

  @Test(arguments: ["full", "lora"]) func runIsPyTorchs(name: String) throws {
    let fixture = try TrainingFixture.load(name)
    let comparison = try compare(fixture, fixture.options)
    #expect(comparison.isClose, "\(comparison)")
  }

  // MARK: The comparison sees what is wrong

  @Test func comparisonSeesALearningRateThatIsOff() throws {
    let fixture = try TrainingFixture.load("full")
    let comparison = try compare(fixture, fixture.options, rate: 1.05)
    #expect(!comparison.isClose && !(comparison.firstUpdate <= 5e-3), "\(comparison)")
  }

  @Test func comparisonSeesFrozenNorms() throws {
    let fixture = try TrainingFixture.load("full")
    let comparison = try compare(fixture, fixture.options) { session, start in
      for (name, values) in start where name.hasSuffix("norm.weight") { try session.write(values, to: name) }
    }
    #expect(!comparison.isClose && !(comparison.firstUpdate <= 5e-3), "\(comparison)")
  }

  @Test func comparisonSeesDecayOfTheWrongTensors() throws {
    let fixture = try TrainingFixture.load("full")
    var options = fixture.options
    options.decays = { _ in true }
    let everything = try compare(fixture, options)
    #expect(!everything.isClose, "\(everything)")
    options.decays = { !$0.hasSuffix("norm.weight") && !$0.contains("embed_tokens") }
    let noEmbedding = try compare(fixture, options)
    #expect(!noEmbedding.isClose, "\(noEmbedding)")
  }
}
