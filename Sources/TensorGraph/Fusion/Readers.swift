/// The nodes that read each value, kept up to date while a fusion rewrites nodes, so that a rewrite costs what it touches
/// and not the whole graph.
struct Readers {
  private var nodes: [Value: [Int]] = [:]

  init(_ graph: Graph) {
    for (index, node) in graph.nodes.enumerated() { add(index, of: node?.inputs ?? []) }
  }

  /// In no order; a node that reads the value twice is there twice.
  subscript(value: Value) -> [Int] { nodes[value] ?? [] }

  fileprivate mutating func add(_ index: Int, of values: [Value]) {
    for value in values { nodes[value, default: []].append(index) }
  }

  fileprivate mutating func remove(_ index: Int, of values: [Value]) {
    for value in values {
      guard let at = nodes[value]?.firstIndex(of: index) else { continue }
      nodes[value]!.remove(at: at)
    }
  }
}

// What rewrites are made of.
extension Graph {
  /// Gives node `index` another operation; its outputs follow from the shape rule.
  mutating func rewrite(_ index: Int, _ op: any Op, _ inputs: [Value], _ readers: inout Readers) {
    do throws(GraphError) {
      nodes[index]!.outputs = try outputTypes(of: op, inputs, name: nodes[index]!.name)
    } catch {
      preconditionFailure("a fusion broke the shape rule: \(error)")
    }
    readers.remove(index, of: nodes[index]!.inputs)
    readers.add(index, of: inputs)
    nodes[index]!.kind = .operation(op)
    nodes[index]!.inputs = inputs
  }

  /// Removes node `index`; what its outputs were must have been replaced.
  mutating func remove(_ index: Int, _ readers: inout Readers) {
    readers.remove(index, of: nodes[index]?.inputs ?? [])
    nodes[index] = nil
  }

  /// Lets everything that uses a value use another.
  mutating func replace(_ old: Value, with new: Value, _ readers: inout Readers) {
    precondition(resolve(new) != old, "a value replaced by itself")
    replacements[old] = new
    for index in Set(readers[old]) {
      let inputs = nodes[index]!.inputs  // what reads is there
      readers.remove(index, of: inputs)
      nodes[index]!.inputs = inputs.map { $0 == old ? new : $0 }
      readers.add(index, of: nodes[index]!.inputs)
    }
  }

  /// Whether node `index` may update `value` in place: nobody reads it later, and it is no output, no parameter and
  /// no input.
  /// - Parameter replaced: a reader that goes away.
  func mayUpdate(
    _ value: Value, at index: Int, insteadOf replaced: Int, _ readers: Readers, outputs: Set<Value>
  ) -> Bool {
    guard !outputs.contains(value), isState(value) || nodes[value.node]?.op != nil else { return false }
    guard value.node < index || nodes[value.node]?.external != nil else { return false }
    return readers[value].allSatisfy { $0 == replaced || $0 < index }
  }

  func isState(_ value: Value) -> Bool { nodes[value.node]?.external == .state }
}
