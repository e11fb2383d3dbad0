import Foundation
import Kernels
import TensorGraph
import Testing

/// Planning must not take the time of the square of a model's depth.
@Suite struct PlanningTimeTests {
  /// Seconds that this thread computes in `body`, whatever else the machine does: the least of several runs.
  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    var least = Double.infinity
    for _ in 0..<5 {
      let start = now()
      try body()
      least = min(least, now() - start)
    }
    return least
  }

  /// Four times the layers: 4 in linear time, 16 in the square's.
  @Test(arguments: [false, true]) func fusingTakesLinearTime(checkpointed: Bool) throws {
    let times = try [8, 32].map { layers in
      let (graph, loss) = try LargeLLaMA.unfused(checkpointed: checkpointed, layers: layers)
      return Self.seconds {
        var graph = graph
        graph.fuse(keeping: [loss])
      }
    }
    #expect(times[1] <= 8 * times[0], "\(times)")
  }

  /// Values that live long are as many as there are layers, and each is looked at for each that lives beside it; a graph
  /// of this size has mostly others.
  @Test(arguments: [false, true]) func planningTakesLessThanSquareTime(checkpointed: Bool) throws {
    let context = try KernelContext.plain()
    let times = try [8, 32].map { layers in
      let (graph, loss) = try LargeLLaMA.graph(checkpointed: checkpointed, layers: layers)
      return try Self.seconds { _ = try MemoryPlan(graph, outputs: [loss], in: context) }
    }
    #expect(times[1] <= 12 * times[0], "\(times)")
  }
}
