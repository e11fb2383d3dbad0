import Kernels
import LanguageModel
import TensorGraph
public import TrainingData
import VulkanRuntime

/// What one step measured.
public struct StepResult: Sendable, Equatable {
  /// Place of the step in the run, from 0.
  public var index: Int
  /// Mean negative log-likelihood of the step's targets, in nats a token.
  public var loss: Double
  /// Norm of the gradients before clipping; infinite on a skipped step.
  public var gradientNorm: Double
  /// The gradients of f16 overflowed: no parameter changed, and the loss scale was halved.
  public var skipped: Bool
  /// Rows that are alive in the step, those without a target counted.
  public var tokens: Int
  public var seconds: Double
}

extension TrainingSession {
  /// Takes one step: the micro-batches' gradients summed, each over N, the number of targets in the whole step, then
  /// clipped and applied.
  ///
  /// The host waits between micro-steps to write the next one's tokens, and for nothing else.
  /// - Throws: `TrainingError.notFinite`, with the parameters as they were before the step; `lossScaleTooSmall`;
  ///   `learningRate`, `noTargets`, `rows`, `token`; `GraphError`.
  public func step(_ step: Step, learningRate: Double) throws -> StepResult {
    let clock = ContinuousClock()
    let start = clock.now
    try accumulate(step, learningRate: learningRate)
    try optimizer.submit()
    try optimizer.wait()
    let control = try control()
    let elapsed = (clock.now - start).components
    let result = StepResult(
      index: stepIndex, loss: Double(control.loss) / Double(step.tokenCount),
      gradientNorm: Double(control.gradientNorm), skipped: control.foundNonFinite,
      tokens: step.rowCount,
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    try check(result, control, step)
    stepIndex += 1
    return result
  }

  /// Adds the gradients of a step to the slabs, and its loss to the control block.
  func accumulate(_ step: Step, learningRate: Double) throws {
    guard learningRate >= 0, learningRate.isFinite else {
      throw TrainingError.learningRate(learningRate, step: stepIndex)
    }
    guard step.tokenCount > 0 else { throw TrainingError.noTargets }
    for batch in step.microBatches { try check(batch) }
    let words = ControlBlock.stepWords(learningRate: learningRate, tokenCount: step.tokenCount)
    try device.write(words, to: store[Self.controlName]!.buffer)
    for (index, batch) in step.microBatches.enumerated() {
      try write(batch, microStep: index)
      try micro.submit()
    }
    try micro.wait()
  }

  private func check(_ result: StepResult, _ control: ControlBlock, _ step: Step) throws {
    if options.precision == .f16, control.foundNonFinite {
      guard Double(control.lossScale) >= options.lossScaling.floor else {
        throw TrainingError.lossScaleTooSmall(step: result.index, scale: Double(control.lossScale))
      }
      return
    }
    guard !control.foundNonFinite, result.loss.isFinite else { throw try notFinite(step) }
  }

  /// Finds the first node with a result that is not finite by taking the micro-steps apart.
  private func notFinite(_ step: Step) throws -> TrainingError {
    for (index, batch) in step.microBatches.enumerated() {
      try write(batch, microStep: index)
      if let first = try micro.firstNonFinite() {
        return .notFinite(step: stepIndex, microBatch: index, first: first)
      }
    }
    return .notFinite(step: stepIndex, microBatch: nil, first: nil)
  }

  private func check(_ batch: MicroBatch) throws(TrainingError) {
    for part in [batch.tokens, batch.targets, batch.positions, batch.documentStart] where part.count != options.rows {
      throw .rows(got: part.count, expected: options.rows)
    }
    let vocabulary = plan.shape.vocabulary
    if let token = batch.tokens.first(where: { $0 < 0 || $0 >= vocabulary })
      ?? batch.targets.first(where: { $0 >= vocabulary })
    {
      throw .token(token, vocabulary: vocabulary)
    }
  }

  private func write(_ batch: MicroBatch, microStep: Int) throws(GraphError) {
    let inputs = plan.micro.inputs
    try micro.write(batch.tokens, to: inputs.tokens)
    try micro.write(batch.targets, to: plan.micro.targets)
    try micro.write(batch.positions, to: inputs.positions)
    try micro.write(batch.documentStart, to: inputs.documentStart)
    if let dropout = inputs.dropout {
      let state = Dropout.State(
        seed: options.seed, step: UInt32(truncatingIfNeeded: stepIndex), microStep: UInt32(microStep))
      let words = [state.seedLow, state.seedHigh, state.step, state.microStep]
      try micro.write(words.map { Int32(bitPattern: $0) }, to: dropout)
    }
  }

  /// The mean loss of micro-batches in nats a token, without dropout; the model stays as it is.
  /// - Throws: `TrainingError.noTargets`, `rows`, `token`; `GraphError`.
  public func evaluate(_ microBatches: [MicroBatch]) throws -> Double {
    let program = try evaluation()
    let (inputs, evaluation) = (plan.evaluation.inputs, plan.evaluation)
    var (sum, count) = (0.0, 0)
    for batch in microBatches {
      try check(batch)
      try program.write(batch.tokens, to: inputs.tokens)
      try program.write(batch.targets, to: evaluation.targets)
      try program.write(batch.positions, to: inputs.positions)
      try program.write(batch.documentStart, to: inputs.documentStart)
      try program.run()
      // A NaN stays one in the sum, and is reported.
      for (value, target) in zip(try program.read(evaluation.nll), batch.targets) where target >= 0 {
        sum += Double(value)
        count += 1
      }
    }
    guard count > 0 else { throw TrainingError.noTargets }
    return sum / Double(count)
  }
}
