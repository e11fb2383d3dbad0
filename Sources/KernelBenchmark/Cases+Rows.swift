import Kernels
import VulkanRuntime

extension BenchmarkCase {
  private static let floats = [DType.f32, .f16, .bf16]

  /// RMSNorm over the rows of a prefill chunk or a training length; backward with the weight's gradient.
  static func norms(rows: Int = 2048, hidden: Int = 2048) -> [BenchmarkCase] {
    floats.flatMap { type in
      [
        BenchmarkCase("rms_norm", "forward \(type.name)", "T=\(rows) D=\(hidden)") { (bench) throws(VulkanError) in
          RMSNorm.forward(
            x: try bench.tensor(rows, hidden, type), weight: try bench.tensor(1, hidden, type),
            y: try bench.tensor(rows, hidden, type),
            epsilon: 1e-5, in: bench.context)
        },
        BenchmarkCase("rms_norm", "backward \(type.name)", "T=\(rows) D=\(hidden)") { (bench) throws(VulkanError) in
          RMSNorm.backward(
            x: try bench.tensor(rows, hidden, type), weight: try bench.tensor(1, hidden, type),
            dy: try bench.tensor(rows, hidden, type),
            dx: try bench.tensor(rows, hidden, type), dw: try bench.tensor(1, hidden), epsilon: 1e-5,
            workspace: try bench.zeros(RMSNorm.workspaceBytes(rows: rows, columns: hidden)), in: bench.context)
        },
      ]
    }
  }

  /// RoPE, the SiLU gate, embedding rows and the greatest logit.
  static func streams(rows: Int = 2048) -> [BenchmarkCase] {
    let (heads, headSize, feedForward, vocabulary, hidden) = (32, 64, 5632, 32000, 2048)
    return floats.map { type in
      BenchmarkCase("rope", "\(type.name)", "T=\(rows) H=\(heads) K=\(headSize)") { (bench) throws(VulkanError) in
        let table = RotaryTable(headSize: headSize, positions: rows, theta: 10000)
        let (cosine, sine) = (try bench.tensor(rows, headSize / 2), try bench.tensor(rows, headSize / 2))
        precondition(table.cosine.count == rows * headSize / 2, "the table has a row a position")
        let x = try bench.tensor(rows, heads * headSize, type)
        return Rope.apply(
          x: x, positions: try bench.indices(Array(0..<rows)), cosine: cosine, sine: sine, y: x, headSize: headSize,
          in: bench.context)
      }
    }
      + floats.flatMap { type in
        [
          BenchmarkCase("silu_gate", "forward \(type.name)", "T=\(rows) F=\(feedForward)") {
            (bench) throws(VulkanError) in
            SiluGate.forward(
              gate: try bench.tensor(rows, feedForward, type), up: try bench.tensor(rows, feedForward, type),
              y: try bench.tensor(rows, feedForward, type),
              in: bench.context)
          },
          BenchmarkCase("silu_gate", "backward \(type.name)", "T=\(rows) F=\(feedForward)") {
            (bench) throws(VulkanError) in
            SiluGate.backward(
              gate: try bench.tensor(rows, feedForward, type), up: try bench.tensor(rows, feedForward, type),
              dy: try bench.tensor(rows, feedForward, type),
              dgate: try bench.tensor(rows, feedForward, type), dup: try bench.tensor(rows, feedForward, type),
              in: bench.context)
          },
        ]
      }
      + [
        BenchmarkCase("embedding", "gather f32", "T=\(rows) V=\(vocabulary) D=\(hidden / 4)") {
          (bench) throws(VulkanError) in
          Embedding.gather(
            table: try bench.tensor(vocabulary, hidden / 4),
            tokens: try bench.indices((0..<rows).map { $0 * 7919 % vocabulary }),
            y: try bench.tensor(rows, hidden / 4), in: bench.context)
        },
        BenchmarkCase("embedding", "scatter-add f32", "T=\(rows) V=\(vocabulary) D=\(hidden / 4)") {
          (bench) throws(VulkanError) in
          let order = EmbeddingOrder((0..<rows).map { Int32($0 * 7919 % 1000) }, vocabulary: vocabulary)
          return Embedding.scatterAdd(
            dy: try bench.tensor(rows, hidden / 4), order: try bench.indices(order.order.map(Int.init)),
            uniqueTokens: try bench.indices(order.uniqueTokens.map(Int.init)),
            offsets: try bench.indices(order.offsets.map(Int.init)), count: try bench.indices([Int(order.count)]),
            dTable: try bench.tensor(vocabulary, hidden / 4), in: bench.context)
        },
        BenchmarkCase("argmax", "f32", "T=64 V=\(vocabulary)") { (bench) throws(VulkanError) in
          Argmax.forward(
            x: try bench.tensor(64, vocabulary), y: try bench.indices(Array(repeating: 0, count: 64)), in: bench.context
          )
        },
      ]
  }

  /// What reads and writes each element once.
  static func elementwise(rows: Int = 2048, hidden: Int = 2048) -> [BenchmarkCase] {
    let shape = "T=\(rows) D=\(hidden)"
    return floats.flatMap { type in
      [
        BenchmarkCase("elementwise", "add \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.add(
            a: try bench.tensor(rows, hidden, type), b: try bench.tensor(rows, hidden, type),
            y: try bench.tensor(rows, hidden, type),
            in: bench.context)
        },
        BenchmarkCase("elementwise", "scale \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.scale(
            x: try bench.tensor(rows, hidden, type), by: 0.5, y: try bench.tensor(rows, hidden, type), in: bench.context
          )
        },
        BenchmarkCase("elementwise", "copy \(type.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.copy(
            x: try bench.tensor(rows, hidden, type), y: try bench.tensor(rows, hidden, type), in: bench.context)
        },
        BenchmarkCase("dropout", "\(type.name)", shape) { (bench) throws(VulkanError) in
          Dropout.apply(
            x: try bench.tensor(rows, hidden, type), y: try bench.tensor(rows, hidden, type), probability: 0.1, node: 1,
            state: try bench.zeros(Dropout.State.byteCount), in: bench.context)
        },
      ]
    }
      + [(DType.f32, DType.f16), (.f16, .f32), (.f32, .bf16), (.bf16, .f32)].map { from, to in
        BenchmarkCase("elementwise", "cast \(from.name) to \(to.name)", shape) { (bench) throws(VulkanError) in
          Elementwise.cast(
            x: try bench.tensor(rows, hidden, from), y: try bench.tensor(rows, hidden, to), in: bench.context)
        }
      }
      + [DType.f32, .f16].map { type in
        BenchmarkCase("elementwise", "accumulate \(type.name) into f32", shape) { (bench) throws(VulkanError) in
          Elementwise.accumulate(
            x: try bench.tensor(rows, hidden, type), y: try bench.tensor(rows, hidden), in: bench.context)
        }
      }
  }
}
