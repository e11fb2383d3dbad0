/// The byte-level tokenizers that GGUF has a name for, in `tokenizer.ggml.pre`.
///
/// The file says no more than the name: how text is cut, and whether merges count, readers must know. Source of the
/// names: llama.cpp, src/llama-vocab.cpp.
enum BytePairFamily: String, CaseIterable {
  case llama3 = "llama-bpe"
  case qwen2
  case gpt2 = "gpt-2"
  case smollm

  /// The family of a `tokenizer.ggml.pre`, under any of its names.
  init?(name: String) {
    switch name {
    case "llama3", "llama-v3": self = .llama3
    default: self.init(rawValue: name)
    }
  }

  var splitters: [Splitter] {
    switch self {
    case .llama3: [.words(.llama3)]
    case .qwen2: [.words(.qwen2)]
    case .gpt2: [.words(.gpt2)]
    case .smollm: [.digits(individual: true), .words(.gpt2)]
    }
  }

  /// llama.cpp does not compose; Qwen2's own tokenizer.json does.
  var edits: [TextEdit] { self == .qwen2 ? [.compose] : [] }

  var ignoresMerges: Bool { self == .llama3 }

  /// What holds where a file does not say whether BOS comes first.
  var addsBOS: Bool { self == .llama3 }
}
