import Kernels
import Reference
import TensorGraph
import TestSupport

/// A small graph of random differentiable operations, with the contents of everything from outside.
struct RandomGraph {
  let seed: UInt64
  private(set) var graph = Graph()
  private(set) var contents: [Value: Matrix] = [:]
  /// Everything that a gradient is asked for: float inputs and parameters.
  private(set) var variables: [Value] = []
  private(set) var loss = Value(node: 0, output: 0)
  /// The gradient of the loss.
  private(set) var scale = Value(node: 0, output: 0)
  /// Nodes are put into checkpoints.
  var checkpoints = false
  private var state: UInt64
  private let rows: Int
  private let columns: Int
  private var pool: [Value] = []

  init(seed: UInt64) {
    self.seed = seed
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    rows = [3, 8, 11, 12][Int(seed % 4)]
    columns = [16, 24, 20][Int(seed / 4 % 3)] / 4 * 4
  }

  /// SplitMix64 (Steele et al. 2014).
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }

  private mutating func pick() -> Value { pool[next(pool.count)] }

  private mutating func variable(_ name: String, _ shape: [Int], parameter: Bool, factor: Double = 1) throws -> Value {
    let value = parameter ? try graph.parameter(name, shape, .f32) : try graph.input(name, shape, .f32)
    let type = graph.type(of: value)
    contents[value] = Matrix.random(type.rows, type.columns, seed: seed &* 31 &+ UInt64(variables.count))
      .map { $0 * factor }
    variables.append(value)
    return value
  }

  private mutating func integers(_ name: String, _ values: [Int]) throws -> Value {
    let value = try graph.input(name, [values.count], .i32)
    contents[value] = Matrix(row: values.map(Double.init))
    return value
  }

  mutating func build() throws {
    pool.append(try variable("x", [rows, columns], parameter: false))
    let vocabulary = 9
    let table = try variable("table", [vocabulary, columns], parameter: true)
    let words = (0..<rows).map { _ in next(vocabulary + 1) - 1 }
    let tokens = try integers("tokens", words)
    pool.append(try graph.embedding(table, tokens))
    for index in 0..<3 + next(5) {
      let before = self
      if checkpoints && next(2) == 0 {
        var copy = before
        let value = try graph.checkpoint("segment \(index)") { (g: inout Graph) throws -> Value in
          copy.graph = g
          copy.pool.append(try copy.step(2 * index))
          let value = try copy.step(2 * index + 1)
          g = copy.graph
          return value
        }
        let grown = graph
        self = copy
        graph = grown
        pool.append(value)
      } else {
        pool.append(try step(2 * index))
      }
    }
    try finish(vocabulary)
  }

  /// Sums the last few values, so that most of the graph matters, and takes a loss of them.
  private mutating func finish(_ vocabulary: Int) throws {
    var sum = pool[pool.count - 1]
    for value in pool.dropLast().suffix(2) { sum = try graph.add(sum, value) }
    if next(3) == 0 {
      loss = sum
      scale = try variable("cotangent", [rows, columns], parameter: false)
      variables.removeLast()
    } else {
      let head = try variable("head", [vocabulary, columns], parameter: true, factor: 0.5)
      let targets = try integers("targets", (0..<rows).map { _ in next(vocabulary + 1) - 1 })
      loss = try graph.crossEntropy(sum, head, targets: targets).sum
      scale = try graph.input("scale", [1], .f32)
      contents[scale] = Matrix(row: [0.37])
    }
    variables = variables.filter { dependsOnLoss($0) }
  }

  private func dependsOnLoss(_ variable: Value) -> Bool {
    var seen: Set<Int> = []
    var pending = [loss.node]
    while let index = pending.popLast() {
      guard seen.insert(index).inserted, let node = graph.nodes[index] else { continue }
      pending += node.inputs.map(\.node)
    }
    return seen.contains(variable.node)
  }

  // MARK: One operation

  private mutating func step(_ index: Int) throws -> Value {
    let x = pick()
    switch next(13) {
    case 0: return try graph.rmsNorm(x, variable("norm\(index)", [columns], parameter: true), epsilon: 1e-5)
    case 1: return try graph.linear(x, square("linear\(index)"))
    case 2: return try graph.matmul(x, square("nn\(index)"), .nn, alpha: 0.5)
    case 3:
      let gram = try graph.matmul(x, pick(), .tn, alpha: 0.1)
      return try graph.matmul(pick(), gram, .nt)
    case 4: return try batched(x, pick())
    case 5: return try rotated(x, index)
    case 6: return try attention(index)
    case 7: return try graph.siluGate(x, pick())
    case 8: return try graph.add(graph.copy(x), pick())
    case 9:
      let factor = try graph.input("factor\(index)", [1], .f32)
      contents[factor] = Matrix(row: [1.25])
      return try graph.cast(graph.scale(x, by: -0.75, times: factor), to: .f32)
    case 10: return try graph.addRow(x, variable("bias\(index)", [columns], parameter: true))
    case 11:
      let size = columns % 8 == 0 ? 8 : columns
      return try graph.rmsNorm(x, variable("headNorm\(index)", [size], parameter: true), epsilon: 1e-5)
    default:
      let key = try graph.input("dropout\(index)", [4], .i32)
      contents[key] = Matrix(row: [Double(seed), 7, 3, 1])
      return try graph.dropout(x, probability: 0.25, state: key)
    }
  }

  private mutating func square(_ name: String) throws -> Value {
    try variable(name, [columns, columns], parameter: true, factor: 0.3)
  }

  /// (x · yᵀ) · z in batches of four rows, where the rows allow it.
  private mutating func batched(_ x: Value, _ y: Value) throws -> Value {
    let batches = rows % 4 == 0 ? rows / 4 : 1
    let scores = try graph.matmul(x, y, .nt, batches: batches, alpha: 0.2)
    return try graph.matmul(scores, pick(), .nn, batches: batches)
  }

  private mutating func rotated(_ x: Value, _ index: Int) throws -> Value {
    let positions = try integers("positions\(index)", (0..<rows).map { $0 * 3 % 17 })
    let rotary = RotaryEmbedding(headSize: columns / (columns % 8 == 0 ? 2 : 1), positions: 32, theta: 100)
    return try graph.rope(x, positions: positions, rotary)
  }

  private mutating func attention(_ index: Int) throws -> Value {
    let heads = columns % 16 == 0 ? 2 : 1
    let size = columns / heads
    let q = pick()
    let k = try graph.linear(pick(), variable("k\(index)", [size, columns], parameter: true, factor: 0.5))
    let v = try graph.linear(pick(), variable("v\(index)", [size, columns], parameter: true, factor: 0.5))
    // Two documents, and a dead row at the end.
    let starts = (0..<rows).map { $0 == rows - 1 ? rows : $0 < rows / 2 ? 0 : rows / 2 }
    return try graph.attention(
      q, k, v, documentStart: integers("starts\(index)", starts), heads: heads, kvHeads: 1,
      window: next(2) == 0 ? 0 : 3)
  }
}
