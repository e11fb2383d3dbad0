import Kernels

/// The rows of an embedding grouped by token (`EmbeddingOrder`) as one tensor, [4, T + 1].
enum TokenSegments {
  /// What each row holds.
  enum Row: Int { case order, uniqueTokens, offsets, count }

  static func type(tokens: Int) -> TensorType { TensorType([4, tokens + 1], .i32) }

  /// The contents for the tokens of a batch.
  static func contents(_ tokens: [Int32], vocabulary: Int) -> [[Int32]] {
    let order = EmbeddingOrder(tokens, vocabulary: vocabulary)
    return [order.order, order.uniqueTokens, order.offsets, [order.count]]
  }
}
