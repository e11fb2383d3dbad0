import Formats
import Pool
import TaskWorld
import Text

/// A held-out instruction with its answer and what is known of it.
struct HeldOutItem: Sendable, Equatable {
  var record: InstructionRecord
  /// Whether it is as the seeds are, rather than evolved.
  var isPlain: Bool
  /// From 1 to 10, where it is known.
  var difficulty: Double?
  /// How many parts were put together, where it is known.
  var parts: Int?
  /// What made it out of a plain one, by the pool's names.
  var operations: [String] = []
  /// The file that it comes from, where it was given one.
  var file: String?

  /// What a model is asked.
  var prompt: String { record.input.isEmpty ? record.instruction : record.instruction + "\n\n" + record.input }

  /// A task of the built-in world.
  init(_ item: TestItem) {
    record = InstructionRecord(instruction: item.instruction, output: item.answer)
    isPlain = item.isPlain
    difficulty = Double(item.difficulty)
    parts = item.size
    var seen: Set<String> = []
    operations = item.operations.map { EvolvingOperation($0).rawValue }.filter { seen.insert($0).inserted }
  }

  /// A row of a pool.
  init(_ row: InstructionRow) {
    record = row.record
    isPlain = row.id.round == 0
    difficulty = row.difficulty
    operations = row.operation.map { [$0.rawValue] } ?? []
  }

  /// A row of a file that was given as a test.
  init(_ record: InstructionRecord, file: String) {
    self.record = record
    isPlain = false
    self.file = file
  }

  var json: JSONValue {
    var object = JSONObject()
    object["instruction"] = .string(record.instruction)
    object["input"] = .string(record.input)
    object["output"] = .string(record.output)
    object["plain"] = .bool(isPlain)
    if let difficulty { object["difficulty"] = .number(difficulty) }
    if let parts { object["parts"] = .integer(parts) }
    object["operations"] = .array(operations.map { .string($0) })
    if let file { object["file"] = .string(file) }
    return .object(object)
  }

  init(_ field: JSONField) throws(FormatError) {
    record = InstructionRecord(
      instruction: try field["instruction"].string(), input: try field["input"].string(),
      output: try field["output"].string())
    isPlain = try field["plain"].bool()
    difficulty = try field["difficulty"].ifPresent?.number()
    parts = try field["parts"].ifPresent?.integer()
    operations = try field["operations"].strings()
    file = try field["file"].ifPresent?.string()
  }
}

extension EvolvingOperation {
  /// The pool's name of what the built-in world does.
  init(_ operation: Operation) {
    self =
      switch operation {
      case .addConstraint: .addConstraints
      case .deepen: .deepening
      case .concretize: .concretizing
      case .increaseReasoning: .increaseReasoning
      case .complicateInput: .complicateInput
      case .breadth: .breadth
      }
  }
}
