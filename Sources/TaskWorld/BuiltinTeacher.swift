/// The teacher that needs no model and no network: it evolves tasks by their structure and computes their answers.
public struct BuiltinTeacher: Sendable {
  /// What it is, for a user to read.
  public static let description = """
    The built-in teacher is a computed world, not a language model: tasks whose answers are calculated. It shows that \
    the loop works and lets its effect be measured; a model trained on it learns this world and nothing else.
    """

  /// What it never produces.
  public let heldOut: HeldOut

  /// - Parameter heldOut: What it is never to produce, so that it can be tested on.
  public init(heldOut: HeldOut = HeldOut()) { self.heldOut = heldOut }

  /// The task after the operation; `nil` where the operation does not apply or leads to what is held out.
  ///
  /// - Parameter key: The same key gives the same task; another key another choice.
  public func evolve(_ task: WorldTask, by operation: Operation, key: UInt64) -> WorldTask? {
    var generator = SeededGenerator(task.phrasing, key, 3)
    // What is held out is drawn again a few times, so that little is lost to the split.
    for _ in 0..<4 {
      guard let child = task.evolved(by: operation, generator: &generator) else { return nil }
      if !heldOut.contains(child) { return child }
    }
    guard operation == .complicateInput else { return nil }
    // Formats count as one part, so another draw does not leave what is held out; a longer input does.
    return task.lengthened(in: task.format, &generator).flatMap { heldOut.contains($0) ? nil : $0 }
  }

  /// Whether the two ask the same, which the loop counts as no gain.
  public func isEqual(_ first: WorldTask, _ second: WorldTask) -> Bool { first.asksTheSame(as: second) }

  /// The right answer.
  public func answer(_ task: WorldTask) -> String { task.answer }
}
