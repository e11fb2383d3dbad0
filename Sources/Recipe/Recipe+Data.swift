extension Recipe {
  /// What a model is trained on.
  public struct DataSet: Sendable, Equatable {
    /// Files, pools and folders that hold one, read in this order.
    public var train: [String]
    public var format = Format.auto
    /// The template that conversations are rendered with; the format `text` has no use for one.
    public var template = Template.vicuna
    /// The share of the examples that is kept from training to measure the loss on; 0 measures none.
    public var validation = 0.02
    /// Whether the rows are put in a new random order each epoch; otherwise a batch takes rows in file order.
    public var shuffle = true
    /// Whether several short examples share a sequence, each attending to itself alone.
    public var packing = true
    /// The length of a sequence in tokens, at most what the model takes. A row that is longer is left out and counted; a
    /// text is cut into pieces of it instead.
    public var length = 2048
    /// Whether more than a tenth of the rows may be unusable; those are left out and counted in any case.
    public var allowBad = false

    public init(train: [String]) { self.train = train }
  }

  /// What the rows of a data file look like.
  public enum Format: String, Sendable, CaseIterable {
    /// Seen from the file itself.
    case auto
    /// `{"instruction": …, "input": …, "output": …}`
    case alpaca
    /// `{"conversations": [{"from": "human", "value": …}, …]}`
    case sharegpt
    /// `{"messages": [{"role": "user", "content": …}, …]}`, as OpenAI has it.
    case messages
    /// `{"text": …}`, or a `.txt` file as a whole: BOS, the text, EOS, nothing masked.
    case text
    /// An Evolcano pool: what was kept and answered.
    case pool
  }

  /// The prompt templates, by the names that `Text` knows them by.
  public enum Template: String, Sendable, CaseIterable {
    case wizardlm, vicuna, alpaca, llama2, llama3
    case llama31 = "llama3.1"
    case chatml
    case qwen25 = "qwen2.5"
    case mistral, zephyr
  }
}
