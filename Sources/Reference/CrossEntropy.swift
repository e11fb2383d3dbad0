import Foundation

extension Reference {
  /// What the loss of a projection is made of.
  public struct CrossEntropy: Equatable, Sendable {
    /// Σ nll over the rows with a target, in nats.
    public var lossSum: Double
    /// log Σ exp(logits) of every row, natural logarithm.
    public var lse: [Double]
    /// lse − logit[target] of every row; 0 where the target is negative.
    public var nll: [Double]
  }

  /// The cross entropy of the projection logits = h · Wᵀ against the targets.
  /// - Parameters:
  ///   - h: (T, D).
  ///   - weight: (V, D).
  ///   - targets: T classes; a negative one is ignored.
  public static func crossEntropy(h: Matrix, weight: Matrix, targets: [Int]) -> CrossEntropy {
    precondition(targets.count == h.rows, "\(targets.count) targets for \(h.rows) rows")
    let logits = matmul(h, weight, mode: .nt)
    var result = CrossEntropy(lossSum: 0, lse: [], nll: [])
    for t in 0..<h.rows {
      let lse = logSumExp(logits.row(t))
      let nll = targets[t] < 0 ? 0 : lse - logits[t, targets[t]]
      result.lse.append(lse)
      result.nll.append(nll)
      result.lossSum += nll
    }
    return result
  }

  /// The gradients of lossScale · Σ nll.
  ///
  /// dlogits = (softmax(logits) − onehot(target)) · lossScale, zero in ignored rows; dh = dlogits · W and
  /// dW = dlogitsᵀ · h. For the mean loss, `lossScale` is 1/N with N the rows that have a target.
  /// - Returns: dh, (T, D), and dW, (V, D).
  public static func crossEntropyBackward(
    h: Matrix, weight: Matrix, targets: [Int], lossScale: Double
  ) -> (dh: Matrix, dw: Matrix) {
    let lse = crossEntropy(h: h, weight: weight, targets: targets).lse
    var dLogits = matmul(h, weight, mode: .nt)
    for t in 0..<h.rows {
      for c in 0..<weight.rows {
        let probability = exp(dLogits[t, c] - lse[t])
        dLogits[t, c] = targets[t] < 0 ? 0 : lossScale * (probability - (c == targets[t] ? 1 : 0))
      }
    }
    return (matmul(dLogits, weight), matmul(dLogits, h, mode: .tn))
  }
}
