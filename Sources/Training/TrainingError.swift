public import TensorGraph
import VulkanRuntime

/// Why a training run can not start or go on.
public enum TrainingError: Error, Equatable, Sendable {
  /// The plan needs more than the device has; `changes` are those of which each alone would make it fit.
  case outOfMemory(TrainingMemory, available: Int, changes: [TrainingChange])
  /// The loss or a gradient of step `step` (from 0) is infinite or NaN; `first` is the first node with such a result, nil
  /// where every result of every micro-batch is finite and only their sum is not. The step changed no parameter.
  case notFinite(step: Int, microBatch: Int?, first: Program.NonFinite?)
  /// Gradients in f16 overflow however small the loss scale is.
  case lossScaleTooSmall(step: Int, scale: Double)
  /// A field of the recipe has a value that the model cannot be trained with.
  case unsuitable(field: String, String)
  /// The learning rate of a step is NaN, infinite or negative. The step was not begun.
  case learningRate(Double, step: Int)
  /// A micro-batch has other rows than the session was made for.
  case rows(got: Int, expected: Int)
  /// A token that the model does not know.
  case token(Int32, vocabulary: Int)
  /// A step, or what is to be measured, has no row with a target.
  case noTargets
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfMemory(let memory, let available, let changes):
      """
      training needs \(formatted(bytes: memory.totalBytes)), the device has \(formatted(bytes: available)) free:
      \(memory.summary)
      \(Self.advice(changes))
      """
    case .notFinite(let step, let microBatch, let first):
      "step \(step): " + Self.place(microBatch, first)
        + "\nThe last checkpoint is intact. A lower learning rate, more warm-up or clipping of gradients may help; "
        + "look at the data of this step too."
    case .lossScaleTooSmall(let step, let scale):
      "step \(step): gradients overflow f16 even at a loss scale of \(scale). Train in bf16 or f32, or with a lower "
        + "learning rate."
    case .unsuitable(let field, let problem): "\(field): \(problem)."
    case .learningRate(let rate, let step):
      "step \(step): a learning rate of \(rate); it must be a finite number, 0 or above."
    case .rows(let got, let expected): "a micro-batch of \(got) rows for a session of \(expected)."
    case .token(let token, let vocabulary): "the token \(token) for a model of \(vocabulary) tokens."
    case .noTargets: "no token has a target: nothing can be learned or measured."
    }
  }

  private static func place(_ microBatch: Int?, _ first: Program.NonFinite?) -> String {
    guard let first, let microBatch else { return "the sum of the gradients is not finite." }
    return "\(first.node) (\(first.operation)) is not finite in row \(first.row), column \(first.column) of "
      + "micro-batch \(microBatch)."
  }

  private static func advice(_ changes: [TrainingChange]) -> String {
    guard !changes.isEmpty else { return "No single change of the recipe makes it fit; a smaller model would." }
    return "Each of these alone makes it fit:\n" + changes.map { "  \($0.advice)" }.joined(separator: "\n")
  }
}
