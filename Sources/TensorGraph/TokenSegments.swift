import Kernels

/// The rows of an embedding grouped by token (`EmbeddingOrder`) as one tensor of four rows.
enum TokenSegments {
  /// What each row holds.
  enum Row: Int { case order, uniqueTokens, offsets, count }

  /// T + 1 columns, rounded up so that each row can be bound by itself: 64 words are the 256 bytes to which a device may
  /// want bindings aligned.
  static func type(tokens: Int) -> TensorType { TensorType([4, (tokens + 64) / 64 * 64], .i32) }

  /// The contents for the tokens of a batch.
  static func contents(_ tokens: [Int32], vocabulary: Int) -> [[Int32]] {
    let order = EmbeddingOrder(tokens, vocabulary: vocabulary)
    return [order.order, order.uniqueTokens, order.offsets, [order.count]]
  }
}
