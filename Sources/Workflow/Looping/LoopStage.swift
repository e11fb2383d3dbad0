import Report

/// A stage of the loop; each is done once for what goes into it.
public enum LoopStage: String, CaseIterable, Sendable {
  /// Seeds into a pool.
  case evolve
  /// The pool into the rows of the two trained models, and those that are held out.
  case data
  /// The tokenizer of models with fresh weights.
  case vocabulary
  case trainSeeds = "train seeds"
  case trainEvolved = "train evolved"
  case evaluateBase = "evaluate base"
  case evaluateSeeds = "evaluate seeds"
  case evaluateEvolved = "evaluate evolved"

  /// The stage that trains a model; nil for the base, which is not trained.
  static func training(_ arm: LoopReport.Arm.Kind) -> LoopStage? {
    switch arm {
    case .base: nil
    case .seeds: .trainSeeds
    case .evolved: .trainEvolved
    }
  }

  static func evaluating(_ arm: LoopReport.Arm.Kind) -> LoopStage {
    switch arm {
    case .base: .evaluateBase
    case .seeds: .evaluateSeeds
    case .evolved: .evaluateEvolved
    }
  }
}
