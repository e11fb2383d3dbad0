extension Reference {
  /// The global norm of all gradients and what follows from it.
  public struct GradientNorm: Equatable, Sendable {
    /// sqrt(Σ g²), of the gradients as they are without the loss scale.
    public var norm: Double
    /// False where a gradient is infinite or NaN.
    public var isFinite: Bool
    /// min(1, maxNorm / (norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_`.
    public var clip: Double
  }

  /// The norm over every slab of gradients (Pascanu et al. 2013, algorithm 1, with PyTorch's 1e-6).
  /// - Parameters:
  ///   - lossScale: what the gradients were multiplied by.
  ///   - maxNorm: the largest norm let through; infinity clips nothing.
  public static func gradientNorm(
    slabs: [[Double]], maxNorm: Double, lossScale: Double = 1
  ) -> GradientNorm {
    var sum = 0.0
    for slab in slabs {
      for gradient in slab { sum += gradient * gradient }
    }
    let norm = sum.squareRoot() / lossScale
    return GradientNorm(norm: norm, isFinite: sum.isFinite, clip: min(1, maxNorm / (norm + 1e-6)))
  }
}
