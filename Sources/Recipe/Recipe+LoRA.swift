extension Recipe {
  /// Adapters of low rank: beside a frozen weight W (out, in) stand A (rank, in) and B (out, rank), and the layer computes
  /// `W x + alpha / rank · B A x` (Hu et al. 2021).
  public struct LoRA: Sendable, Equatable {
    public var rank = 16
    public var alpha = 32.0
    /// The share of an adapter's inputs that is zeroed while training.
    public var dropout = 0.0
    /// The linear layers that get an adapter.
    public var targets = Targets.all
    /// How the frozen weights are stored; read by the method `qlora` alone.
    public var base = Base.q4_0

    public init() {}
  }

  /// The linear layers that get an adapter.
  public enum Targets: Sendable, Equatable {
    /// Every one of every block.
    case all
    case modules([Module])

    /// The layers in the order of the block, each once.
    public var modules: [Module] {
      switch self {
      case .all: Module.allCases
      case .modules(let chosen): Module.allCases.filter(chosen.contains)
      }
    }
  }

  /// The linear layers of a block, by the names that Hugging Face gives them.
  public enum Module: String, Sendable, CaseIterable {
    case query = "q_proj"
    case key = "k_proj"
    case value = "v_proj"
    case output = "o_proj"
    case gate = "gate_proj"
    case up = "up_proj"
    case down = "down_proj"
  }

  /// Block formats of frozen weights, as in GGUF.
  public enum Base: String, Sendable, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q8_0
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_0
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_K = "q4_k"
  }
}
