public import Kernels

/// What a rotary embedding is made of; the tables of its cosines and sines follow from it.
public struct RotaryEmbedding: Hashable, Sendable {
  /// K.
  public var headSize: Int
  /// Positions 0..<positions can be rotated by.
  public var positions: Int
  /// The base of the frequencies.
  public var theta: Double
  public var scaling: RotaryScaling

  public init(headSize: Int, positions: Int, theta: Double, scaling: RotaryScaling = .none) {
    self.headSize = headSize
    self.positions = positions
    self.theta = theta
    self.scaling = scaling
  }

  /// The cosines and sines.
  public var table: RotaryTable {
    RotaryTable(headSize: headSize, positions: positions, theta: theta, scaling: scaling)
  }
}

extension RotaryEmbedding: CustomStringConvertible {
  /// Tells embeddings apart by all that they are made of.
  public var description: String { "rotary(\(headSize), \(positions), \(theta), \(scaling))" }
}

/// Rotary position embedding: rotates the pair (i, i + K/2) of every head by the angle position · frequency_i (Su et al.
/// 2021, eq. 34). Inputs x [T, heads · K], positions i32[T], cosines and sines f32[positions, K/2]; output y.
public struct RopeOp: Op, Hashable {
  public static let family = "rope"
  public var embedding: RotaryEmbedding
  /// Rotates back: the derivative.
  public var inverse = false

  public init(_ embedding: RotaryEmbedding, inverse: Bool = false) {
    self.embedding = embedding
    self.inverse = inverse
  }

  public var label: String { inverse ? "rope backward" : "rope" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat, inputs[0].columns % embedding.headSize == 0 else {
      throw ShapeMismatch("rows of x are whole heads of \(embedding.headSize) elements")
    }
    guard inputs[1].dtype == .i32, inputs[1].elementCount == inputs[0].rows else {
      throw ShapeMismatch("there is an i32 position for each of \(inputs[0].rows) rows")
    }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    let back = RopeOp(embedding, inverse: !inverse)
    step.add(try step.append(back, [dy] + step.node.inputs.dropFirst())[0], toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    return [Command](
      Rope.apply(
        x: inputs[0], positions: inputs[1], cosine: inputs[2], sine: inputs[3], y: operands.outputs[0],
        headSize: embedding.headSize, inverse: inverse, in: context))
  }
}

extension Graph {
  /// Rotary position embedding of every head.
  /// - Parameters:
  ///   - x: [T, heads · K].
  ///   - positions: i32[T], each less than the embedding's positions.
  public mutating func rope(
    _ x: Value, positions: Value, _ embedding: RotaryEmbedding, name: String? = nil
  ) throws(GraphError) -> Value {
    let half = TensorType([embedding.positions, embedding.headSize / 2], .f32)
    let cosines = try shared("\(embedding).cosines", half, .rotary(embedding, sine: false))
    let sines = try shared("\(embedding).sines", half, .rotary(embedding, sine: true))
    return try add(RopeOp(embedding), [x, positions, cosines, sines], name: name)[0]
  }
}
