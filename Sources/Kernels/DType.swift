/// Type of a tensor's elements in device memory. Arithmetic is f32 always. Cases bear the formats' own names.
public enum DType: String, Sendable, Hashable, Codable, CaseIterable {
  /// Single precision.
  case f32
  /// IEEE 754 binary16, two to a word.
  case f16
  /// bfloat16, two to a word.
  case bf16
  /// Token ids, positions, offsets.
  case i32
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Blocks of 32 signed bytes with one f16 scale.
  case q8_0
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Blocks of 32 four-bit quants with one f16 scale.
  case q4_0
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Super-blocks of 256 four-bit quants, with six-bit scales and minima for each 32.
  case q4_K = "q4_k"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Super-blocks of 256 six-bit quants, with eight-bit scales for each 16.
  case q6_K = "q6_k"

  /// The name in shader variants, recipes and messages.
  public var name: String { rawValue }

  /// Whether elements are quantised in blocks.
  public var isQuantized: Bool { elementBytes == nil }

  /// Whether values are floating-point numbers stored one by one.
  public var isFloat: Bool { self == .f32 || self == .f16 || self == .bf16 }

  /// Bytes of one element; nil for types that are quantised in blocks.
  public var elementBytes: Int? {
    switch self {
    case .f32, .i32: 4
    case .f16, .bf16: 2
    case .q8_0, .q4_0, .q4_K, .q6_K: nil
    }
  }
}
