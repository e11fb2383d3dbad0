import Pool

/// An instruction to start from.
public struct Seed: Sendable, Equatable {
  public var instruction: String
  /// What the instruction is about, where it needs something; else empty.
  public var input: String
  /// The answer, where there is one; else empty.
  public var output: String
  /// What a teacher that works on structure needs to know of it.
  public var state: String?
  /// From 1 to 10, where it is known.
  public var difficulty: Double?

  public init(
    instruction: String, input: String = "", output: String = "", state: String? = nil, difficulty: Double? = nil
  ) {
    self.instruction = instruction
    self.input = input
    self.output = output
    self.state = state
    self.difficulty = difficulty
  }

  /// The seed as a member of the pool.
  func row(_ place: Int) -> InstructionRow {
    InstructionRow(
      id: RowID(seed: place, round: 0), instruction: instruction.withoutNUL, input: input.withoutNUL,
      output: output.withoutNUL, state: state?.withoutNUL, difficulty: difficulty, verdict: .kept)
  }

  /// A hash of seeds in their order.
  public static func fingerprint(of seeds: [Seed]) -> String {
    var fingerprint = Fingerprint()
    for seed in seeds {
      for text in [seed.instruction, seed.input, seed.output, seed.state ?? ""] { fingerprint.add(text) }
    }
    return fingerprint.text
  }
}
