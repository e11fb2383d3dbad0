public import Formats

/// What one step of training measured: a row of `metrics.jsonl`.
public struct StepRow: Sendable, Equatable {
  /// The step, counted from 0.
  public var step: Int
  /// The mean loss of the step's unmasked tokens, in nats a token.
  public var loss: Double
  public var learningRate: Double
  /// The norm of the gradient before it was clipped.
  public var gradNorm: Double
  /// The tokens of the step, masked ones included.
  public var tokens: Int
  public var tokensPerSecond: Double
  /// What the step took.
  public var seconds: Double
  /// The loss on the validation rows after this step, where it was measured.
  public var evalLoss: Double?

  public init(
    step: Int, loss: Double, learningRate: Double, gradNorm: Double, tokens: Int, tokensPerSecond: Double,
    seconds: Double, evalLoss: Double? = nil
  ) {
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.gradNorm = gradNorm
    self.tokens = tokens
    self.tokensPerSecond = tokensPerSecond
    self.seconds = seconds
    self.evalLoss = evalLoss
  }
}

extension StepRow {
  /// The row as a JSON object. JSON has no NaN and no infinity: they become `null`.
  public var json: JSONValue {
    var object: JSONObject = JSONObject()
    object["step"] = .integer(step)
    object["loss"] = .number(loss)
    object["learning_rate"] = .number(learningRate)
    object["grad_norm"] = .number(gradNorm)
    object["tokens"] = .integer(tokens)
    object["tokens_per_second"] = .number(tokensPerSecond)
    object["seconds"] = .number(seconds)
    if let evalLoss { object["eval_loss"] = .number(evalLoss) }
    return .object(object)
  }

  /// Reads a row; `null` becomes NaN, and members that are not known are passed over.
  public init(_ field: JSONField) throws(FormatError) {
    func number(_ name: String) throws(FormatError) -> Double {
      if field[name].value == .null { return .nan }
      return try field[name].number()
    }
    self.init(
      step: try field["step"].integer(in: 0...Int.max), loss: try number("loss"),
      learningRate: try number("learning_rate"), gradNorm: try number("grad_norm"),
      tokens: try field["tokens"].integer(in: 0...Int.max), tokensPerSecond: try number("tokens_per_second"),
      seconds: try number("seconds"), evalLoss: field["eval_loss"].value == nil ? nil : try number("eval_loss"))
  }
}
