/// How the elements of a stored tensor lie in a file.
public enum ElementType: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0 = "Q8_0"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_0 = "Q4_0"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_K = "Q4_K"
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q6_K = "Q6_K"

  /// The name that safetensors and GGUF give it.
  public var name: String { rawValue }

  /// Elements that are stored together; 1 for plain numbers. A row is a whole number of blocks.
  public var blockElements: Int { layout.elements }

  /// Bytes of one block.
  public var blockBytes: Int { layout.bytes }

  /// Whether elements share scales in blocks.
  public var isQuantized: Bool { blockElements > 1 }

  /// Block sizes: ggml/src/ggml-common.h.
  private var layout: (elements: Int, bytes: Int) {
    switch self {
    case .f32: (1, 4)
    case .f16, .bf16: (1, 2)
    case .q8_0: (32, 34)
    case .q4_0: (32, 18)
    case .q4_K: (256, 144)
    case .q6_K: (256, 210)
    }
  }

  /// Bytes of `count` elements; nil when they do not fill whole blocks or the size is beyond `Int`.
  public func byteCount(elements count: Int) -> Int? {
    guard count >= 0, count.isMultiple(of: blockElements) else { return nil }
    let (bytes, overflow) = (count / blockElements).multipliedReportingOverflow(by: blockBytes)
    return overflow ? nil : bytes
  }
}

/// The product of the dimensions, or nil when it is beyond `Int`. Without dimensions 1: a scalar.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for dimension in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    count = product
  }
  return count
}
