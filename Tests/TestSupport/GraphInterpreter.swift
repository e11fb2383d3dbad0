import Foundation
import Kernels
public import Reference
public import TensorGraph

/// Evaluates a whole graph in `Double` through `Reference`: what a compiled program is held to.
///
/// Every value is a matrix; integers are numbers like any other, and a quantised weight is given by its values. The
/// control block of a training run is its 32 words as numbers (`Matrix(control:)`).
public struct GraphInterpreter {
  public let graph: Graph
  /// Contents of external values before and after a run, and of all others after it.
  private var values: [Value: Matrix] = [:]

  /// - Parameter contents: of every parameter, input and state that the graph uses.
  public init(_ graph: Graph, _ contents: [Value: Matrix] = [:]) {
    self.graph = graph
    for (value, matrix) in contents { self[value] = matrix }
  }

  /// The contents of a value. Of a state after a run: those after all its updates.
  public subscript(value: Value) -> Matrix {
    get {
      guard let matrix = values[graph.resolve(value)] else {
        preconditionFailure("nothing is known of \(graph.name(of: value))")
      }
      return matrix
    }
    set {
      let type = graph.type(of: value)
      precondition(
        newValue.rows == type.rows && newValue.columns == type.columns,
        "\(newValue.rows) × \(newValue.columns) for \(graph.name(of: value)), which is \(type)")
      values[graph.resolve(value)] = newValue
    }
  }

  /// Evaluates every node in order; states keep what the updates leave.
  public mutating func run() {
    var origin: [Value: Value] = [:]  // the external value that a version is of
    for (index, node) in graph.nodes.enumerated() {
      guard let node, let op = node.op else { continue }
      let outputs = evaluate(op, node)
      precondition(outputs.count == node.outputs.count, "\(node.name): \(outputs.count) results")
      for (output, matrix) in outputs.enumerated() { self[Value(node: index, output: output)] = matrix }
      for update in op.updates {
        let version = Value(node: index, output: update.output)
        let external = origin[node.inputs[update.input]] ?? node.inputs[update.input]
        origin[version] = external
      }
    }
    for (version, external) in origin.sorted(by: { $0.key.node < $1.key.node })
    where graph.nodes[external.node]?.external == .state {
      values[external] = values[version]
    }
  }

  // MARK: Operands

  func matrix(_ node: Graph.Node, _ input: Int) -> Matrix { self[node.inputs[input]] }
  func integers(_ node: Graph.Node, _ input: Int) -> [Int] { matrix(node, input).values.map { Int($0) } }

  private func evaluate(_ op: any Op, _ node: Graph.Node) -> [Matrix] {
    if let matrices = evaluateProduct(op, node) { return matrices }
    if let matrices = evaluateElementwise(op, node) { return matrices }
    if let matrices = evaluateRows(op, node) { return matrices }
    if let matrices = evaluateAttention(op, node) { return matrices }
    if let matrices = evaluateCrossEntropy(op, node) { return matrices }
    if let matrices = evaluateOptimizer(op, node) { return matrices }
    preconditionFailure("\(node.name): the interpreter does not know \(op.label)")
  }

  private func evaluateProduct(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    switch op {
    case let op as MatmulOp:
      let mode = Reference.MatmulMode(rawValue: op.mode.rawValue)!  // both have the same three cases
      return [
        Reference.matmul(
          matrix(node, 0), matrix(node, 1), mode: mode, batches: op.batches, alpha: Double(op.alpha),
          accumulatingInto: op.accumulates ? matrix(node, 2) : nil)
      ]
    case let op as QuantizeOp:
      let x = matrix(node, 0)
      let format: Reference.BlockFormat = op.type == .q8_0 ? .q8 : .q4
      let values = Reference.dequantize(Reference.quantize(x.values, to: format), from: format)
      return [Matrix(rows: x.rows, columns: x.columns, values: values)]
    case is MatvecOp: return [Reference.matvec(x: matrix(node, 0), weight: matrix(node, 1))]
    default: return nil
    }
  }

  private func evaluateElementwise(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    switch op {
    case is AddOp, is AccumulateOp: return [Reference.add(matrix(node, 0), matrix(node, 1))]
    case let op as ScaleOp:
      let factor = Double(op.factor) * (node.inputs.count == 2 ? matrix(node, 1).values[0] : 1)
      return [Reference.scale(matrix(node, 0), by: factor)]
    case is CastOp, is CopyOp: return [matrix(node, 0)]
    case is AddRowOp: return [Reference.addRow(matrix(node, 0), matrix(node, 1).values)]
    case let op as FillOp:
      return [Matrix(rows: op.type.rows, columns: op.type.columns) { _, _ in op.isOne ? 1 : 0 }]
    case let op as DropoutOp:
      let state = integers(node, 1)
      let key = Reference.DropoutKey(
        seed: UInt64(UInt32(truncatingIfNeeded: state[0])) | UInt64(UInt32(truncatingIfNeeded: state[1])) << 32,
        node: op.key, step: UInt32(truncatingIfNeeded: state[2]), microStep: UInt32(truncatingIfNeeded: state[3]))
      return [Reference.dropout(matrix(node, 0), probability: Double(op.probability), key: key)]
    case is ArgmaxOp: return [Matrix(row: Reference.argmax(matrix(node, 0)).map(Double.init))]
    default: return nil
    }
  }

  private func evaluateRows(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    switch op {
    case let op as RMSNormOp:
      let (x, weight) = (matrix(node, 0), matrix(node, 1).values)
      let y = Reference.rmsNorm(x: x.cut(rowsOf: weight.count), weight: weight, epsilon: op.epsilon.decimal)
      return [y.cut(rowsOf: x.columns)]
    case let op as RMSNormBackwardOp:
      let (dx, dw) = Reference.rmsNormBackward(
        x: matrix(node, 0).cut(rowsOf: matrix(node, 1).count), weight: matrix(node, 1).values,
        dy: matrix(node, 2).cut(rowsOf: matrix(node, 1).count), epsilon: op.epsilon.decimal)
      let sum = op.accumulates ? matrix(node, 3) + Matrix(row: dw) : Matrix(row: dw)
      return (op.input ? [dx.cut(rowsOf: matrix(node, 0).columns)] : []) + (op.weight ? [sum] : [])
    case let op as RopeOp:
      let frequencies = op.embedding.table.frequencies
      let (x, positions) = (matrix(node, 0), integers(node, 1))
      return [
        op.inverse
          ? Reference.ropeBackward(dy: x, positions: positions, frequencies: frequencies)
          : Reference.rope(x: x, positions: positions, frequencies: frequencies)
      ]
    case is SiluGateOp: return [Reference.siluGate(gate: matrix(node, 0), up: matrix(node, 1))]
    case is SiluGateBackwardOp:
      let (dgate, dup) = Reference.siluGateBackward(gate: matrix(node, 0), up: matrix(node, 1), dy: matrix(node, 2))
      return [dgate, dup]
    case is EmbeddingOp: return [Reference.embedding(table: matrix(node, 0), tokens: integers(node, 1))]
    case is EmbeddingScatterOp:
      guard case .derived(let tokens, .tokenSegments)? = graph.nodes[node.inputs[2].node]?.external else {
        preconditionFailure("\(node.name): segments that no input gives")
      }
      var table = matrix(node, 0)
      Reference.embeddingScatterAdd(dy: matrix(node, 1), tokens: self[tokens].values.map { Int($0) }, into: &table)
      return [table]
    default: return nil
    }
  }
}

extension Float {
  /// The shortest decimal number that rounds to this: what was meant by a constant such as 1e-5.
  var decimal: Double { Double(description)! }  // a float's description is a number
}

extension Matrix {
  /// The same numbers in rows of another length.
  fileprivate func cut(rowsOf columns: Int) -> Matrix {
    Matrix(rows: values.count / columns, columns: columns, values: values)
  }
}
