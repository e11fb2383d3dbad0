public import TensorGraph
public import TrainingData

/// Where the time of one step goes.
public struct StepProfile: Sendable {
  /// The micro-step up to the loss; the gradients of the loss are part of it where the two are one node.
  public var forward: Profile
  /// What is left of the micro-step, layers that are computed again among it.
  public var backward: Profile
  public var optimizer: Profile
}

extension TrainingSession {
  /// Times one micro-step and the optimizer dispatch by dispatch.
  ///
  /// The step is taken more than once for it, and the gradients of several replays are summed: a session that was
  /// profiled is not to be trained on.
  /// - Returns: nil where the device has no timestamps.
  /// - Throws: as `step`.
  public func profile(_ step: Step, learningRate: Double) throws -> StepProfile? {
    try accumulate(step, learningRate: learningRate)
    guard let whole = try micro.profile(), let update = try optimizer.profile() else { return nil }
    let loss = micro.graph.resolve(plan.micro.nll).node
    let forward = Set(micro.plan.order.prefix { $0 <= loss }.map { micro.graph.nodes[$0]!.name })  // planned: there
    return StepProfile(
      forward: whole.filtered { forward.contains($0.name) }, backward: whole.filtered { !forward.contains($0.name) },
      optimizer: update)
  }

  /// Dispatches, copies and fills of one micro-step, and the barriers among them.
  public var microStepCommands: (commands: Int, barriers: Int) { (micro.commandCount, micro.barrierCount) }
}
