/// Low-rank updates of a model's projections: y = x · Wᵀ + scale · (x · Aᵀ) · Bᵀ (Hu et al. 2021, eq. 3).
///
/// The factors are parameters named `…q_proj.lora_A.weight` [r, K] and `…q_proj.lora_B.weight` [N, r], as PEFT names
/// them below its prefix.
public struct LoRA: Sendable, Hashable {
  /// Every projection of a layer.
  public static let allTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

  /// r.
  public var rank: Int
  /// α; the update is scaled by α/r, or by α/√r where `isRankStabilized`.
  public var alpha: Double
  /// Whether the scale is α/√r (Kalajdzievski 2023, rsLoRA).
  public var isRankStabilized = false
  /// Probability of dropout before A, in training.
  public var dropout: Float = 0
  /// The projections that are updated, by the last part of their names.
  public var targets: Set<String>

  public init(rank: Int, alpha: Double, targets: Set<String> = Set(allTargets)) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
  }

  /// What the update is multiplied by.
  public var scale: Float {
    Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
  }

  /// Whether the projection is updated.
  /// - Parameter projection: its full name, such as `model.layers.0.self_attn.q_proj`.
  public func updates(_ projection: String) -> Bool {
    targets.contains(String(projection.split(separator: ".").last ?? ""))
  }
}
