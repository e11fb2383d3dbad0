import TestSupport
import Testing
import Workflow

/// The whole engine learns: what no test of a part can show.
@Suite struct DemonstrationTests {
  @Test func learnsToContinueProgressions() throws {
    let demonstration = try Demonstration(TestDevice.shared().device, steps: 300)
    var losses: [Double] = []
    for _ in 0..<300 { losses.append(try demonstration.step().loss) }
    let last = losses.suffix(20).reduce(0, +) / 20
    #expect(losses[0] >= 3 && losses[0] <= 5, "ln 32 = 3.5 for a model that knows nothing, \(losses[0])")
    #expect(last <= 0.5, "\(last)")
    let continuations = try demonstration.continuations()
    let right = continuations.filter { $0.continuation == $0.wanted }.count
    #expect(right >= continuations.count / 2, "\(right) of \(continuations.count)")
  }

  @Test func isTheSameEachTime() throws {
    let device = try TestDevice.shared().device
    let runs = try (0..<2).map { _ in
      let demonstration = try Demonstration(device, steps: 5, seed: 7)
      return try (0..<5).map { _ in try demonstration.step().loss }
    }
    #expect(runs[0] == runs[1])
  }
}
