public import Kernels
import VulkanRuntime

/// Where trainable parameters lie, and in the same way their gradients and both moments: a list of equal slabs, none
/// larger than a binding, so that the optimizer, the gradient norm and an all-reduce are one dispatch a slab.
///
/// Element i of a slab is a parameter's, its gradient's and its moments' in the four lists alike. A parameter lies in one
/// slab as a whole; one that is larger than a slab has slabs of its own, side by side in memory, cut at rows, so that it
/// can still be read as one tensor.
public struct SlabLayout: Sendable {
  /// A trainable parameter.
  public struct Parameter: Sendable, Hashable {
    public var name: String
    /// Its type where the model reads it; gradients and moments are f32.
    public var type: TensorType
    /// λ of AdamW.
    public var weightDecay: Float

    public init(name: String, type: TensorType, weightDecay: Float) {
      self.name = name
      self.type = type
      self.weightDecay = weightDecay
    }
  }

  /// Where a parameter begins.
  public struct Place: Sendable, Hashable {
    /// The first slab that holds it.
    public var slab: Int
    /// Offset in the slab, in elements.
    public var element: Int
    public var type: TensorType
  }

  /// One slab: a number of elements, each with its gradient and moments.
  public struct Slab: Sendable, Hashable {
    /// Elements, padding counted.
    public var elements: Int
    /// Slabs of one group lie side by side in one allocation.
    public var group: Int
    /// Offset in the group, in elements.
    public var offset: Int
    /// Parts with one weight decay each.
    public var regions: [AdamW.Region]
  }

  /// Parameters begin at multiples of this many elements: 256 bytes even in a 16-bit copy.
  static let alignment = 128

  public private(set) var slabs: [Slab] = []
  public private(set) var places: [String: Place] = [:]
  /// Elements of each group of slabs.
  public private(set) var groups: [Int] = []
  /// Type of the copy of the parameters that the model reads; nil where it reads the f32 ones.
  public let copyType: DType?

  /// - Parameters:
  ///   - parameters: of one element type.
  ///   - slabBytes: most bytes of an f32 slab; the binding limit, or less.
  public init(_ parameters: [Parameter], slabBytes: Int) {
    let limit = slabBytes / 4 / Self.alignment * Self.alignment
    let types = Set(parameters.map(\.type.dtype))
    precondition(types.count <= 1, "trainable parameters of several types: \(types.map(\.name).sorted())")
    copyType = types.first == .f32 ? nil : types.first
    let sizes = parameters.map { Self.stored($0.type) }
    let small = parameters.indices.filter { sizes[$0] <= limit }
    // Parameters of one weight decay side by side; a stable order otherwise.
    let order = small.sorted { (-parameters[$0].weightDecay, $0) < (-parameters[$1].weightDecay, $1) }
    let total = small.reduce(0) { $0 + sizes[$1] }
    let count = max((total + limit - 1) / max(limit, 1), 1)
    let even = min(max((total + count - 1) / count, small.map { sizes[$0] }.max() ?? 0), limit)
    pack(order.map { (parameters[$0], sizes[$0]) }, slabElements: even, limit: limit)
    for index in parameters.indices where sizes[index] > limit { cut(parameters[index], limit: limit) }
  }

  /// Elements that a tensor takes in a slab.
  private static func stored(_ type: TensorType) -> Int {
    (type.rows * TensorSlice.pitch(type.columns) + alignment - 1) / alignment * alignment
  }

  /// Fills slabs in order; the slabs are as equal as whole parameters let them be.
  private mutating func pack(_ parameters: [(Parameter, Int)], slabElements: Int, limit: Int) {
    var elements = 0
    var pieces: [(range: Range<Int>, weightDecay: Float)] = []
    func regions() -> [AdamW.Region] { Self.regions(pieces) }
    for (parameter, size) in parameters {
      if elements + size > limit || elements >= slabElements {
        close(elements, regions())
        (elements, pieces) = (0, [])
      }
      places[parameter.name] = Place(slab: slabs.count, element: elements, type: parameter.type)
      pieces.append((elements..<elements + size, parameter.weightDecay))
      elements += size
    }
    if elements > 0 { close(elements, regions()) }
  }

  private mutating func close(_ elements: Int, _ regions: [AdamW.Region]) {
    slabs.append(Slab(elements: elements, group: groups.count, offset: 0, regions: regions))
    groups.append(elements)
  }

  /// Slabs of its own for a parameter that is larger than one, cut at rows.
  private mutating func cut(_ parameter: Parameter, limit: Int) {
    let pitch = TensorSlice.pitch(parameter.type.columns)
    // Rows that make whole bindings, in the 16-bit copy as well.
    let multiple = Self.alignment / greatestCommonDivisor(Self.alignment, pitch)
    let ranges = TensorSlice.rowRanges(
      rows: parameter.type.rows, rowBytes: 4 * pitch, limit: 4 * limit, multiple: multiple)
    places[parameter.name] = Place(slab: slabs.count, element: 0, type: parameter.type)
    for range in ranges {
      let region = AdamW.Region(quads: 0..<range.count * pitch / 4, weightDecay: parameter.weightDecay)
      slabs.append(
        Slab(
          elements: range.count * pitch, group: groups.count, offset: range.lowerBound * pitch, regions: [region]))
    }
    groups.append(parameter.type.rows * pitch)
  }

  /// Neighbours of one weight decay as one region.
  private static func regions(_ pieces: [(range: Range<Int>, weightDecay: Float)]) -> [AdamW.Region] {
    var regions: [AdamW.Region] = []
    for piece in pieces {
      let quads = piece.range.lowerBound / 4..<piece.range.upperBound / 4
      if let last = regions.last, last.weightDecay == piece.weightDecay, last.quads.upperBound == quads.lowerBound {
        regions[regions.count - 1].quads = last.quads.lowerBound..<quads.upperBound
      } else {
        regions.append(AdamW.Region(quads: quads, weightDecay: piece.weightDecay))
      }
    }
    return regions
  }

  /// Bytes of parameters, gradients, moments and copies.
  public var byteCount: Int { groups.reduce(0, +) * (4 * 4 + (copyType == nil ? 0 : 2)) }

  /// The kinds of slab, by the name that their states have in a graph.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case parameters, gradients, firstMoments, secondMoments, copies
  }

  /// The kinds that this layout has.
  public var kinds: [Kind] { Kind.allCases.filter { $0 != .copies || copyType != nil } }

  /// Element type of a kind of slab.
  public func type(of kind: Kind) -> DType { kind == .copies ? copyType ?? .f32 : .f32 }

  /// Name of a slab among the states of a graph.
  public static func name(_ kind: Kind, _ slab: Int) -> String { "slab.\(kind.rawValue).\(slab)" }

  /// Name of the state that holds a parameter's gradient.
  public static func gradientName(of parameter: String) -> String { "\(parameter).gradient" }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }

extension Graph {
  /// The layout of all trainable parameters.
  /// - Parameters:
  ///   - slabBytes: most bytes of an f32 slab: the device's binding limit, or less.
  ///   - weightDecay: λ of a parameter; commonly 0 for vectors.
  public func slabLayout(
    slabBytes: Int, weightDecay: (_ name: String, _ type: TensorType) -> Float = { _, _ in 0 }
  ) -> SlabLayout {
    let parameters = trainableParameters.map { value in
      let (name, type) = (name(of: value), type(of: value))
      return SlabLayout.Parameter(name: name, type: type, weightDecay: weightDecay(name, type))
    }
    return SlabLayout(parameters, slabBytes: slabBytes)
  }

  /// The states in which the gradients of parameters are summed, one each, f32.
  public mutating func gradientStates(of parameters: [Value]) throws(GraphError) -> [Value] {
    var states: [Value] = []
    for parameter in parameters {
      let name = SlabLayout.gradientName(of: name(of: parameter))
      states.append(try shared(name, type(of: parameter).with(.f32), .state))
    }
    return states
  }

  /// Differentiates a loss and adds the gradients of parameters to their states.
  /// - Parameter scale: of `gradients(of:scale:withRespectTo:)`.
  /// - Returns: the states after it.
  @discardableResult
  public mutating func accumulateGradients(
    of loss: Value, scale: Value, withRespectTo parameters: [Value]
  ) throws(GraphError) -> [Value] {
    let gradients = try gradients(of: loss, scale: scale, withRespectTo: parameters)
    let states = try gradientStates(of: parameters)
    var sums: [Value] = []
    for (gradient, state) in zip(gradients, states) {
      let sum = try append(AccumulateOp(), [state, gradient], name: "\(name(of: state)) sum", checkpoint: nil)
      sums += sum
    }
    return sums
  }

  /// A graph that takes one optimizer step over all slabs: gradient norm, clipping, AdamW.
  /// - Parameter clearingGradients: zeroes the gradients after use.
  public static func optimizer(
    _ layout: SlabLayout, clearingGradients: Bool = true
  ) throws(GraphError) -> Graph {
    var g = Graph()
    let control = try g.controlBlock()
    func states(_ kind: SlabLayout.Kind, _ g: inout Graph) throws(GraphError) -> [Value] {
      var values: [Value] = []
      for (index, slab) in layout.slabs.enumerated() {
        values.append(try g.state(SlabLayout.name(kind, index), [slab.elements], layout.type(of: kind)))
      }
      return values
    }
    let gradients = try states(.gradients, &g)
    let parameters = try states(.parameters, &g)
    let first = try states(.firstMoments, &g)
    let second = try states(.secondMoments, &g)
    let copies = layout.copyType == nil ? [] : try states(.copies, &g)
    let measured = try g.gradientNorm(gradients, control: control, name: "gradientNorm")
    for (index, slab) in layout.slabs.enumerated() {
      try g.adamW(
        OptimizerSlab(
          gradients: gradients[index], parameters: parameters[index], firstMoments: first[index],
          secondMoments: second[index], copy: copies.isEmpty ? nil : copies[index]),
        regions: slab.regions, control: measured, clearingGradients: clearingGradients, name: "adamW.\(index)")
    }
    return g
  }
}
