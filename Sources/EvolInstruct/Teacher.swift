public import Pool
public import Text

/// Who evolves, judges and answers: messages in, a text and its tokens out.
public protocol Teacher: Sendable {
  /// The model by the name that it is asked for.
  var model: String { get }
  /// What tells the teacher from others of that name; a pool goes on only with the same.
  var fingerprint: String { get }

  /// Asks once. Whatever can be tried again was tried again before this throws.
  func reply(to request: TeacherRequest) async throws(TeacherError) -> TeacherReply

  /// Gives back what it holds, connections for example; nothing is asked any more.
  func shutDown() async
}

extension Teacher {
  public func shutDown() async {}
}

/// One thing to ask a teacher.
public struct TeacherRequest: Sendable, Equatable {
  /// What the messages ask for, for a teacher that works on structure rather than on text.
  public enum Task: Sendable, Equatable {
    /// Make a new instruction out of `parent`, whose teacher's own state was `state`.
    case evolve(EvolvingOperation, parent: RowID, state: String?)
    /// Say "Equal" or "Not Equal".
    case judge(parentState: String?, childState: String?)
    /// Answer the instruction.
    case answer(state: String?)
    /// Rate the instruction's difficulty, 1 to 10.
    case rate(state: String?)

    public var kind: CallKind {
      switch self {
      case .evolve: .evolve
      case .judge: .judge
      case .answer: .answer
      case .rate: .rate
      }
    }
  }

  /// The row that the reply is for.
  public let row: RowID
  public let task: Task
  public let messages: [ChatMessage]
  public let sampling: Sampling
  /// The same for the same row and kind in every run.
  public let seed: UInt64

  public init(row: RowID, task: Task, messages: [ChatMessage], sampling: Sampling, seed: UInt64) {
    self.row = row
    self.task = task
    self.messages = messages
    self.sampling = sampling
    self.seed = seed
  }
}

/// What a teacher said.
public struct TeacherReply: Sendable, Equatable {
  public var text: String
  public var promptTokens: Int
  public var completionTokens: Int
  /// Whether the text was cut off at the limit of tokens.
  public var isTruncated: Bool
  /// What the teacher wants back with the new row; stored, not looked into.
  public var state: String?
  /// The new instruction's difficulty, 1 to 10, where the teacher knows it.
  public var difficulty: Double?

  public init(
    text: String, promptTokens: Int = 0, completionTokens: Int = 0, isTruncated: Bool = false, state: String? = nil,
    difficulty: Double? = nil
  ) {
    self.text = text
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.isTruncated = isTruncated
    self.state = state
    self.difficulty = difficulty
  }
}

/// Why a teacher gave no reply.
public struct TeacherError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Equatable, Sendable {
    /// This call failed; another may well succeed.
    case call
    /// The request is longer than the teacher can read; it never will, others may.
    case tooLong
    /// Nothing came back, all tries included: no connection, or no reply in time.
    case unreachable
    /// No call will succeed: a wrong key, model or address.
    case fatal
    /// The task was cancelled.
    case cancelled
  }

  public let kind: Kind
  public let problem: String
  /// What was received, as far as it is worth keeping.
  public let received: String

  public init(_ kind: Kind, _ problem: String, received: String = "") {
    self.kind = kind
    self.problem = problem
    self.received = received
  }

  public var description: String { problem }
}
