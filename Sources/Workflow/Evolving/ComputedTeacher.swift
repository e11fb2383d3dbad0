public import EvolInstruct
import Pool
public import TaskWorld
import Text

/// The built-in world of tasks as a teacher: it works on a row's task, which travels as the row's state, and computes
/// what it says. The same request always has the same reply.
public struct ComputedTeacher: Teacher {
  /// `builtin`, or `builtin small`.
  public let model: String
  private let world: WorldSize
  private let builtin: BuiltinTeacher

  /// - Parameters:
  ///   - world: what its tasks are drawn from; it evolves those of no other.
  ///   - heldOut: what it never produces, so that it can be tested on.
  public init(world: WorldSize = .wide, heldOut: HeldOut = HeldOut()) {
    model = world == .wide ? "builtin" : "builtin \(world.rawValue)"
    self.world = world
    builtin = BuiltinTeacher(heldOut: heldOut)
  }

  public var fingerprint: String { "builtin:\(world.rawValue):\(builtin.heldOut.seed):\(builtin.heldOut.oneIn)" }

  /// Seeds of its own: plain tasks with their answers.
  public static func seeds(
    count: Int, seed: UInt64, world: WorldSize = .wide, heldOut: HeldOut = HeldOut()
  ) -> [Seed] {
    WorldTask.seeds(count: count, seed: seed, heldOut: heldOut, world: world).map { Seed($0) }
  }

  public func reply(to request: TeacherRequest) async throws(TeacherError) -> TeacherReply {
    var reply: TeacherReply
    switch request.task {
    case .evolve(let operation, _, let state):
      let parent = try task(state, of: request)
      // Where an operation does not apply the task comes back as it was, which the loop counts as unchanged.
      let child = builtin.evolve(parent, by: Operation(operation), key: request.seed) ?? parent
      reply = TeacherReply(text: child.instruction, state: child.encoded, difficulty: Double(child.difficulty))
    case .judge(let parent, let child):
      let tasks = (try task(parent, of: request), try task(child, of: request))
      reply = TeacherReply(text: builtin.isEqual(tasks.0, tasks.1) ? "Equal" : "Not Equal")
    case .answer(let state):
      reply = TeacherReply(text: builtin.answer(try task(state, of: request)))
    case .rate(let state):
      let difficulty = try task(state, of: request).difficulty
      reply = TeacherReply(text: "\(difficulty)", difficulty: Double(difficulty))
    }
    // It has no tokens; words are what a budget of tokens can be held to.
    reply.promptTokens = request.messages.map { wordCount($0.content) }.reduce(0, +)
    reply.completionTokens = wordCount(reply.text)
    return reply
  }

  private func task(_ state: String?, of request: TeacherRequest) throws(TeacherError) -> WorldTask {
    guard let state else {
      throw TeacherError(
        .fatal, "seed \(request.row.seed) is no task of the built-in world, the only ones that it can evolve")
    }
    let task: WorldTask
    do { task = try WorldTask(encoded: state) } catch {
      throw TeacherError(.fatal, "row \(request.row) holds \(error)")
    }
    guard task.world == world else {
      throw TeacherError(
        .fatal, "row \(request.row) is a task of the \(task.world.rawValue) world, not of the \(world.rawValue) one")
    }
    return task
  }
}

extension Seed {
  /// A task of the built-in world with its answer.
  public init(_ task: WorldTask) {
    self.init(
      instruction: task.instruction, output: task.answer, state: task.encoded, difficulty: Double(task.difficulty))
  }
}

extension Operation {
  init(_ operation: EvolvingOperation) {
    self =
      switch operation {
      case .addConstraints: .addConstraint
      case .deepening: .deepen
      case .concretizing: .concretize
      case .increaseReasoning: .increaseReasoning
      case .complicateInput: .complicateInput
      case .breadth: .breadth
      }
  }
}
