import Kernels
import LanguageModel
import TensorGraph
import VulkanRuntime

/// What a model and its programs take on a device, known before anything is allocated.
public struct InferenceMemory: Sendable, Hashable, CustomStringConvertible {
  /// Bytes.
  public var weights: Int
  public var cache: Int
  /// Cosines and sines of the positions.
  public var tables: Int
  /// Intermediate values of the largest program, which all share.
  public var arena: Int

  public var total: Int { weights + cache + tables + arena }

  public var description: String {
    "\(formatted(bytes: total)) (\(formatted(bytes: weights)) weights, \(formatted(bytes: cache)) cache, "
      + "\(formatted(bytes: arena + tables)) to compute with)"
  }

  /// Plans the largest programs of a model.
  init(_ model: LLaMA, weights: Int, cache: CacheShape, buckets: InferenceBuckets, in context: KernelContext)
    throws(GraphError)
  {
    self.weights = weights
    self.cache = model.cacheTensors(cache).reduce(0) { $0 + ($1.type.byteCount + 255) / 256 * 256 }
    tables = 2 * TensorType([cache.context, model.headSize / 2], .f32).byteCount
    var arena = 0
    for bucket in [buckets.largestPrefill, buckets.largestDecode] {
      let inference = try model.inference(
        rows: bucket.rows, outputs: bucket.outputs, phase: bucket.phase, cache: cache)
      let plan = try MemoryPlan(inference.graph, outputs: [inference.logits, inference.next], in: context)
      arena = max(arena, plan.arenaBytes)
    }
    self.arena = arena
  }
}
