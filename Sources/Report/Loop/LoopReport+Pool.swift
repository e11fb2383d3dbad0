extension LoopReport {
  /// What became of the instructions of the pool.
  public struct Pool: Sendable, Equatable {
    /// One round of evolving; round 0 is the seeds.
    public struct Round: Sendable, Equatable {
      public var round: Int
      /// Instructions that the round added to the pool.
      public var kept: Int
      /// Evolved in vain; the parent stays in the pool in their place.
      public var removed: Int
      /// Of those removed, the ones that the pool had already, word for word or nearly.
      public var duplicates: Int
      /// Of those removed, the ones that share 13 words in a row with a test set.
      public var contaminated: Int
      /// The mean length of those kept, in words; nil where there are none.
      public var meanWords: Double?
      /// How many of those kept have difficulty 1, 2, and so on to 10; empty where none is rated.
      public var difficulties: [Int]

      public init(
        _ round: Int, kept: Int, removed: Int, duplicates: Int = 0, contaminated: Int = 0, meanWords: Double? = nil,
        difficulties: [Int] = []
      ) {
        self.round = round
        self.kept = kept
        self.removed = removed
        self.duplicates = duplicates
        self.contaminated = contaminated
        self.meanWords = meanWords
        self.difficulties = difficulties
      }
    }

    /// The instructions of one operation in one round that met one end.
    public struct Yield: Sendable, Equatable {
      public var round: Int
      /// `add constraints`
      public var operation: String
      /// The rule that removed them, `equal`; nil for those kept.
      public var rule: String?
      public var count: Int

      public init(round: Int, operation: String, rule: String?, count: Int) {
        self.round = round
        self.operation = operation
        self.rule = rule
        self.count = count
      }
    }

    /// In the order of the rounds.
    public var rounds: [Round]
    /// In the order in which operations and rules are to be shown.
    public var yields: [Yield]
    /// How many evolutions of the operations that limit it added so many words to their parent; negative for fewer words.
    public var wordsAdded: [Int: Int]
    /// Where the difficulties come from, in a sentence without its full stop: `Known from the task's structure`.
    public var difficultySource: String

    public init(
      rounds: [Round], yields: [Yield] = [], wordsAdded: [Int: Int] = [:], difficultySource: String = ""
    ) {
      self.rounds = rounds
      self.yields = yields
      self.wordsAdded = wordsAdded
      self.difficultySource = difficultySource
    }
  }

  /// An instruction with all that was evolved from it.
  public struct Lineage: Sendable, Equatable {
    /// How the instruction was made; nil for a seed.
    public struct Evolution: Sendable, Equatable {
      /// From 1.
      public var round: Int
      /// `add constraints`
      public var operation: String
      /// The rule that removed the instruction, `equal`; nil where it was kept.
      public var removedBy: String?
      /// Words more than the parent.
      public var wordsAdded: Int?

      public init(round: Int, operation: String, removedBy: String? = nil, wordsAdded: Int? = nil) {
        self.round = round
        self.operation = operation
        self.removedBy = removedBy
        self.wordsAdded = wordsAdded
      }
    }

    public var evolution: Evolution?
    /// The instruction with its input, as the teacher sees it.
    public var instruction: String
    /// Empty where there is none.
    public var answer: String
    /// From 1 to 10, where it was rated or is known.
    public var difficulty: Double?
    /// Those evolved from it, in the order of the rounds.
    public var children: [Lineage]

    public init(
      _ instruction: String, answer: String = "", evolution: Evolution? = nil, difficulty: Double? = nil,
      children: [Lineage] = []
    ) {
      self.evolution = evolution
      self.instruction = instruction
      self.answer = answer
      self.difficulty = difficulty
      self.children = children
    }
  }
}
