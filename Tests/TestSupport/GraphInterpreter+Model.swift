import Kernels
import Reference
import TensorGraph

extension GraphInterpreter {
  func evaluateAttention(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    switch op {
    case let op as AttentionOp:
      let (o, lse) = Reference.attention(
        q: matrix(node, 0), k: matrix(node, 1), v: matrix(node, 2), documentStart: integers(node, 3),
        shape: reference(op.shape))
      return [o, lse]
    case let op as AttentionBackwardOp:
      let (dq, dk, dv) = Reference.attentionBackward(
        q: matrix(node, 0), k: matrix(node, 1), v: matrix(node, 2), dO: matrix(node, 5),
        documentStart: integers(node, 6), shape: reference(op.shape))
      return [dq, dk, dv]
    case is PagedWriteOp:
      var (keys, values) = (matrix(node, 0), matrix(node, 1))
      Reference.pagedWrite(x: matrix(node, 2), slots: integers(node, 4), into: &keys)
      Reference.pagedWrite(x: matrix(node, 3), slots: integers(node, 4), into: &values)
      return [keys, values]
    case let op as PagedAttentionOp:
      let blocks = matrix(node, 3)
      return [
        Reference.pagedAttention(
          q: matrix(node, 0), keyPool: matrix(node, 1), valuePool: matrix(node, 2),
          blockTable: (0..<blocks.rows).map { blocks.row($0).map { Int($0) } }, sequences: integers(node, 4),
          positions: integers(node, 5), shape: reference(op.shape))
      ]
    default: return nil
    }
  }

  /// The scale of 1/√K without the rounding to `Float`, where that is what it stands for.
  private func reference(_ shape: AttentionShape) -> Reference.AttentionShape {
    let usual = 1 / Double(shape.headSize).squareRoot()
    return Reference.AttentionShape(
      heads: shape.heads, kvHeads: shape.kvHeads,
      scale: abs(usual - Double(shape.scale)) < 1e-6 * usual ? usual : Double(shape.scale), window: shape.window)
  }

  func evaluateCrossEntropy(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    if op is LossSumOp {
      var control = matrix(node, 0)
      control.values[ControlBlock.Word.loss.rawValue] += matrix(node, 1).values.reduce(0, +)
      return [control]
    }
    switch op {
    case is CrossEntropyOp: return loss(node)
    case let op as CrossEntropyBackwardOp:
      return gradients(
        node, scale: matrix(node, 4), input: op.input, weight: op.weight, sum: op.accumulates ? matrix(node, 5) : nil)
    case let op as CrossEntropyBothOp:
      return loss(node)
        + gradients(
          node, scale: matrix(node, 3), input: op.input, weight: op.weight,
          sum: op.accumulates ? matrix(node, 4) : nil)
    default: return nil
    }
  }

  private func loss(_ node: Graph.Node) -> [Matrix] {
    let result = Reference.crossEntropy(h: matrix(node, 0), weight: matrix(node, 1), targets: integers(node, 2))
    return [Matrix(row: [result.lossSum]), Matrix(row: result.lse), Matrix(row: result.nll)]
  }

  private func gradients(
    _ node: Graph.Node, scale: Matrix, input: Bool, weight: Bool, sum: Matrix?
  ) -> [Matrix] {
    let words = scale.values
    let factor =
      words.count == 1
      ? words[0] : words[ControlBlock.Word.lossScale.rawValue] * words[ControlBlock.Word.inverseTokenCount.rawValue]
    let (dh, dw) = Reference.crossEntropyBackward(
      h: matrix(node, 0), weight: matrix(node, 1), targets: integers(node, 2), lossScale: factor)
    return (input ? [dh] : []) + (weight ? [sum.map { $0 + dw } ?? dw] : [])
  }
}
