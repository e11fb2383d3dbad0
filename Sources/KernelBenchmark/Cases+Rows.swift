import Kernels
import VulkanRuntime

extension BenchmarkCase {
  private static let floats = [DType.f32, .f16, .bf16]

  /// RMSNorm over the rows of a prefill chunk or a training length; backward with the weight's gradient.
  static func norms(T: Int = 2048, D: Int = 2048) -> [BenchmarkCase] {
    floats.flatMap { type in
      [
        BenchmarkCase("rms_norm", "forward \(type.name)", "T=\(T) D=\(D)") { (bench) throws(VulkanError) in
          RMSNorm.forward(
            x: try bench.tensor(T, D, type), weight: try bench.tensor(1, D, type), y: try bench.tensor(T, D, type),
            epsilon: 1e-5, in: bench.context)
        },
        BenchmarkCase("rms_norm", "backward \(type.name)", "T=\(T) D=\(D)") { (bench) throws(VulkanError) in
          RMSNorm.backward(
            x: try bench.tensor(T, D, type), weight: try bench.tensor(1, D, type), dy: try bench.tensor(T, D, type),
            dx: try bench.tensor(T, D, type), dw: try bench.tensor(1, D), epsilon: 1e-5,
            workspace: try bench.zeros(RMSNorm.workspaceBytes(rows: T, columns: D)), in: bench.context)
        },
      ]
    }
  }

  /// RoPE, the SiLU gate, embedding rows and the greatest logit.
  static func rows(T: Int = 2048) -> [BenchmarkCase] {
    let (H, K, F, V, D) = (32, 64, 5632, 32000, 2048)
    return floats.map { type in
      BenchmarkCase("rope", "\(type.name)", "T=\(T) H=\(H) K=\(K)") { (bench) throws(VulkanError) in
        let table = RotaryTable(headSize: K, positions: T, theta: 10000)
        let (cosine, sine) = (try bench.tensor(T, K / 2), try bench.tensor(T, K / 2))
        precondition(table.cosine.count == T * K / 2, "the table has a row a position")
        let x = try bench.tensor(T, H * K, type)
        return Rope.apply(
          x: x, positions: try bench.indices(Array(0..<T)), cosine: cosine, sine: sine, y: x, headSize: K,
          in: bench.context)
      }
    }
      + floats.flatMap { type in
        [
          BenchmarkCase("silu_gate", "forward \(type.name)", "T=\(T) F=\(F)") { (bench) throws(VulkanError) in
            SiluGate.forward(
              gate: try bench.tensor(T, F, type), up: try bench.tensor(T, F, type), y: try bench.tensor(T, F, type),
              in: bench.context)
          },
          BenchmarkCase("silu_gate", "backward \(type.name)", "T=\(T) F=\(F)") { (bench) throws(VulkanError) in
            SiluGate.backward(
              gate: try bench.tensor(T, F, type), up: try bench.tensor(T, F, type), dy: try bench.tensor(T, F, type),
              dgate: try bench.tensor(T, F, type), dup: try bench.tensor(T, F, type), in: bench.context)
          },
        ]
      }
      + [
        BenchmarkCase("embedding", "gather f32", "T=\(T) V=\(V) D=\(D / 4)") { (bench) throws(VulkanError) in
          Embedding.gather(
            table: try bench.tensor(V, D / 4), tokens: try bench.indices((0..<T).map { $0 * 7919 % V }),
            y: try bench.tensor(T, D / 4), in: bench.context)
        },
        BenchmarkCase("embedding", "scatter-add f32", "T=\(T) V=\(V) D=\(D / 4)") { (bench) throws(VulkanError) in
          let order = EmbeddingOrder((0..<T).map { Int32($0 * 7919 % 1000) }, vocabulary: V)
          return Embedding.scatterAdd(
            dy: try bench.tensor(T, D / 4), order: try bench.indices(order.order.map(Int.init)),
            uniqueTokens: try bench.indices(order.uniqueTokens.map(Int.init)),
            offsets: try bench.indices(order.offsets.map(Int.init)), count: try bench.indices([Int(order.count)]),
            dTable: try bench.tensor(V, D / 4), in: bench.context)
        },
        BenchmarkCase("argmax", "f32", "T=64 V=\(V)") { (bench) throws(VulkanError) in
          Argmax.forward(
            x: try bench.tensor(64, V), y: try bench.indices(Array(repeating: 0, count: 64)), in: bench.context)
        },
      ]
  }

  /// What reads and writes each element once.
  static func elementwise(T: Int = 2048, D: Int = 2048) -> [BenchmarkCase] {
    let shape = "T=\(T) D=\(D)"
    return floats.flatMap { type in
      [
        BenchmarkCase("elementwise", "add \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.add(
            a: try bench.tensor(T, D, type), b: try bench.tensor(T, D, type), y: try bench.tensor(T, D, type),
            in: bench.context)
        },
        BenchmarkCase("elementwise", "scale \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.scale(
            x: try bench.tensor(T, D, type), by: 0.5, y: try bench.tensor(T, D, type), in: bench.context)
        },
        BenchmarkCase("elementwise", "copy \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.copy(x: try bench.tensor(T, D, type), y: try bench.tensor(T, D, type), in: bench.context)
        },
        BenchmarkCase("dropout", "\(type.name)", shape) { (bench) throws(VulkanError) in
          Dropout.apply(
            x: try bench.tensor(T, D, type), y: try bench.tensor(T, D, type), probability: 0.1, node: 1,
            state: try bench.zeros(Dropout.State.byteCount), in: bench.context)
        },
      ]
    }
      + [(DType.f32, DType.f16), (.f16, .f32), (.f32, .bf16), (.bf16, .f32)].map { from, to in
        BenchmarkCase("elementwise", "cast \(from.name) to \(to.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.cast(x: try bench.tensor(T, D, from), y: try bench.tensor(T, D, to), in: bench.context)
        }
      }
      + [DType.f32, .f16].map { type in
        BenchmarkCase("elementwise", "accumulate \(type.name) into f32", shape) { (bench) throws(VulkanError) in
          Elementwise.accumulate(x: try bench.tensor(T, D, type), y: try bench.tensor(T, D), in: bench.context)
        }
      }
  }
}
