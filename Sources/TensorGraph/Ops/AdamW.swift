public import Kernels

/// One step of AdamW over one slab (Loshchilov & Hutter 2019, algorithm 2), in place.
///
/// Inputs control block, gradients, parameters, first and second moments, all f32 of one type, and, where the model
/// computes in 16 bits, the copy of the parameters; outputs all of these but the control block, after the step.
public struct AdamWOp: Op, Hashable {
  public static let family = "adamw"
  /// Parts of the slab with one weight decay each.
  public var regions: [AdamW.Region]
  /// Zeroes the gradients after use.
  public var clearingGradients: Bool
  /// Writes a copy of the parameters in 16 bits.
  public var copies: Bool

  public init(regions: [AdamW.Region], clearingGradients: Bool, copies: Bool) {
    self.regions = regions
    self.clearingGradients = clearingGradients
    self.copies = copies
  }

  public var label: String { "adamW" }
  public var updates: [InPlace] { (1...(copies ? 5 : 4)).map { InPlace(input: $0, output: $0 - 1) } }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == .controlBlock else { throw ShapeMismatch("the first is a control block") }
    guard inputs[1...4].allSatisfy({ $0 == inputs[1] && $0.dtype == .f32 }) else {
      throw ShapeMismatch("gradients, parameters and moments are f32 and of one shape")
    }
    guard !copies || inputs[5].shape == inputs[1].shape, inputs.last!.dtype.isFloat else {
      throw ShapeMismatch("the copy has the shape of the parameters")
    }
    return Array(inputs.dropFirst())
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    let slab = AdamW.Slab(
      parameters: inputs[2], gradients: inputs[1], firstMoments: inputs[3], secondMoments: inputs[4],
      copy: copies ? inputs[5] : nil)
    return [Command](
      AdamW.update(
        slab, regions: regions, control: inputs[0].buffer, clearingGradients: clearingGradients, in: context))
  }
}

/// The slabs that one AdamW step reads and writes; each a state.
public struct OptimizerSlab: Hashable, Sendable {
  public var gradients: Value
  public var parameters: Value
  public var firstMoments: Value
  public var secondMoments: Value
  /// The parameters in 16 bits, where the model computes with these.
  public var copy: Value?

  public init(
    gradients: Value, parameters: Value, firstMoments: Value, secondMoments: Value, copy: Value? = nil
  ) {
    self.gradients = gradients
    self.parameters = parameters
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
    self.copy = copy
  }
}

extension Graph {
  /// Updates the parameters of a slab by AdamW; changes nothing while the control block's non-finite flag is set.
  /// - Parameters:
  ///   - control: as `gradientNorm` returned it.
  ///   - clearingGradients: zeroes the gradients after use, ready for the next step's accumulation.
  public mutating func adamW(
    _ slab: OptimizerSlab, regions: [AdamW.Region], control: Value, clearingGradients: Bool = true, name: String? = nil
  ) throws(GraphError) {
    var inputs = [control, slab.gradients, slab.parameters, slab.firstMoments, slab.secondMoments]
    if let copy = slab.copy { inputs.append(copy) }
    let op = AdamWOp(regions: regions, clearingGradients: clearingGradients, copies: slab.copy != nil)
    _ = try add(op, inputs, name: name)
  }
}
