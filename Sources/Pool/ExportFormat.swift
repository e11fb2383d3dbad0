public import Formats

/// In which form rows of a pool leave it.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// A JSON array of `{"instruction", "input", "output"}`.
  case alpaca
  /// A JSON array of `{"conversations": [{"from": "human", "value"}, {"from": "gpt", "value"}]}`.
  case sharegpt
  /// Lines of `{"messages": [{"role": "user", "content"}, {"role": "assistant", "content"}]}`.
  case messages
  /// Lines of Alpaca's three members with the lineage: `seed`, `round`, `parent`, `operation`, `words_added`,
  /// `difficulty`.
  case jsonl

  /// Whether rows are lines of their own rather than elements of one array.
  public var isLines: Bool { self == .messages || self == .jsonl }

  /// One row.
  public func value(of row: InstructionRow) -> JSONValue {
    switch self {
    case .alpaca:
      ["instruction": .string(row.instruction), "input": .string(row.input), "output": .string(row.output)]
    case .sharegpt:
      [
        "conversations": [
          ["from": "human", "value": .string(row.prompt)], ["from": "gpt", "value": .string(row.output)],
        ]
      ]
    case .messages:
      [
        "messages": [
          ["role": "user", "content": .string(row.prompt)], ["role": "assistant", "content": .string(row.output)],
        ]
      ]
    case .jsonl:
      [
        "instruction": .string(row.instruction), "input": .string(row.input), "output": .string(row.output),
        "seed": .integer(row.id.seed), "round": .integer(row.id.round),
        "parent": row.parent.map { .integer($0.round) } ?? .null,
        "operation": row.operation.map { .string($0.rawValue) } ?? .null,
        "words_added": row.wordsAdded.map { .integer($0) } ?? .null,
        "difficulty": row.difficulty.map { .number($0) } ?? .null,
      ]
    }
  }
}
