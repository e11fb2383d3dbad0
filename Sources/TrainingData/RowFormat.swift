/// What the rows of a data file look like.
public enum RowFormat: String, Sendable, Hashable, CaseIterable {
  /// `{"instruction": …, "input": …, "output": …}`, the input optional. Source: tatsu-lab/stanford_alpaca.
  case alpaca
  /// `{"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}]}`. Source: lm-sys/FastChat.
  case sharegpt
  /// `{"messages": [{"role": "user", "content": …}, …]}`, as OpenAI's fine-tuning has it.
  case messages
  /// `{"text": …}`, or a `.txt` file as a whole: BOS, the text, EOS, all of it trained.
  case text
  /// The instructions of an Evolcano pool that were kept, with their answers, as an export of it has them.
  case pool

  /// The fields by which a row is known to have the format; none where no row of a file has it.
  var fields: [String] {
    switch self {
    case .alpaca: ["instruction", "output"]
    case .sharegpt: ["conversations"]
    case .messages: ["messages"]
    case .text: ["text"]
    case .pool: []
    }
  }
}
