/// A held-out task as it is put to a model and graded.
///
/// It is stored as its task alone; all else follows from that.
public struct TestItem: Hashable, Codable, Sendable {
  /// The task itself.
  public let task: WorldTask

  /// Any task; those of `HeldOut.testSet` are held out.
  public init(_ task: WorldTask) { self.task = task }

  /// What a model is asked, as a training row has it.
  public var instruction: String { task.instruction }
  /// The only right answer.
  public var answer: String { task.answer }
  /// From 1 to 10, as `WorldTask.difficulty` counts it.
  public var difficulty: Int { task.difficulty }
  /// What made it out of a plain task, the first operation first; none for a plain one.
  public var operations: [Operation] { task.operations }
  /// How many parts were put together, as `WorldTask.size` counts them: 1 for a plain task, 2 or more for a complex one.
  public var size: Int { task.size }
  /// Whether it is a task as the seeds are, to be reported beside the complex ones.
  public var isPlain: Bool { task.isPlain }

  /// Whether what a model replied is the right answer: the same characters, white space around them aside. Nothing else
  /// is normalised (see `WorldTask.grade`), so that a prompt's end tokens and the like are to be cut off before.
  public func grade(answer: String) -> Bool { task.grade(answer: answer) }
}
