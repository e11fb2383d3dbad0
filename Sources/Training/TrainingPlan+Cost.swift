import LanguageModel

extension TrainingPlan {
  /// Operations of one micro-step at the least, a multiplication and an addition each one: 2 for every element of a
  /// matrix and row in the forward pass, as many for the gradient of what goes in, and for the gradient of the matrix
  /// where it is trained (Kaplan et al. 2020, section 2.1); attention's products over the pairs of rows that see one another, 2
  /// forward and 5 backward. Nothing is counted twice that is computed twice.
  public var leastOperations: Double {
    let rows = Double(options.rows)
    let table = shape.tiesEmbeddings ? nil : "model.embed_tokens.weight"
    let base = shape.parameters.filter { $0.isMatrix && $0.name != table }.reduce(0) { $0 + $1.elements }
    let updates = options.method == .full ? 0 : shape.loraParameters.reduce(0) { $0 + $1.elements }
    let passes = options.method == .full ? 6.0 : 4.0
    let pairs = rows * Double(options.length + 1) / 2
    let attention = 2 * 7 * pairs * Double(shape.layers * shape.heads * shape.headSize)
    return rows * (passes * base + 6 * updates) + attention
  }
}

extension ModelParameter {
  fileprivate var elements: Double { Double(shape.reduce(1, *)) }
}
