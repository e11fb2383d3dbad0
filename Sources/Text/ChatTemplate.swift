/// How a family of models was taught to see a conversation.
///
/// A template is data; `ChatRenderer` is the one place that turns it into tokens, for chatting and for training.
public struct ChatTemplate: Sendable, Equatable {
  /// A piece of a template.
  public enum Fragment: Sendable, Equatable, ExpressibleByStringLiteral {
    case text(String)
    /// The token of this name; where the vocabulary has none, its name as text, as transformers does.
    case mark(String)
    /// The model's own BOS, EOS; nothing where it has none.
    case bos, eos

    public init(stringLiteral value: String) { self = .text(value) }
  }

  /// What stands around the content of a turn.
  public struct Turn: Sendable, Equatable {
    public var before: [Fragment]
    public var after: [Fragment]

    public init(before: [Fragment], after: [Fragment]) {
      self.before = before
      self.after = after
    }
  }

  /// The name that `--template` takes.
  public var name: String
  /// What starts the conversation.
  public var start: [Fragment] = []
  public var system: Turn
  /// Whether the system turn stands inside the first question, before its content.
  public var systemIsInQuestion = false
  /// The system text where a conversation has none; nil leaves the turn out.
  public var defaultSystem: String?
  public var user: Turn
  /// What the model is given to answer.
  public var prompt: [Fragment]
  /// What the model writes before the content of its answer, and after it to end the turn. Trained, as the content is.
  public var answerLead: [Fragment] = []
  public var answerEnd: [Fragment]
  /// What follows a whole answer and is not trained.
  public var answerGap: [Fragment] = []
  /// Whether white space around contents is cut off.
  public var trimsContent = false
}
