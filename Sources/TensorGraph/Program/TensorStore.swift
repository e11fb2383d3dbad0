public import Kernels
public import VulkanRuntime

/// Tensors that live on the device by name, shared by programs: weights, slabs, moments, caches, rotary tables.
///
/// A program finds its external values here; what is missing it adds. Not `Sendable`: one owner replays the programs.
public final class TensorStore {
  public let device: Device
  private var slices: [String: TensorSlice] = [:]
  private var types: [String: TensorType] = [:]
  private let parent: TensorStore?

  public init(_ device: Device) {
    self.device = device
    parent = nil
  }

  /// A store that has all that another has, and keeps what is added to itself: one cache beside shared weights.
  public init(within parent: TensorStore) {
    device = parent.device
    self.parent = parent
  }

  /// The tensor of the name; nil if there is none.
  public subscript(name: String) -> TensorSlice? { slices[name] ?? parent?[name] }

  /// Names of the store's own tensors in alphabetical order.
  public var names: [String] { slices.keys.sorted() }

  /// Adds a tensor of zeros, or returns the one of the name.
  /// - Throws: `conflictingTypes`, `device`.
  ///
  /// - Parameter placement: where it lives; `upload` for what the host writes before every replay.
  @discardableResult
  public func tensor(
    _ name: String, _ type: TensorType, placement: Buffer.Placement = .device
  ) throws(GraphError) -> TensorSlice {
    if let known = try find(name, type) { return known }
    let buffer = try refusing { () throws(VulkanError) in
      try Buffer(device, byteCount: type.byteCount, placement: placement, purpose: name)
    }
    try device.clear(buffer.all)
    return add(name, type, TensorSlice(buffer.all, type.dtype, rows: type.rows, columns: type.columns))
  }

  /// Adds many tensors at once, in memory of exactly their size: a model's weights, its caches.
  /// - Parameters:
  ///   - purpose: what the memory is for, named if there is not enough.
  ///   - clearing: whether they begin as zeros; else the caller writes every byte, padding included.
  public func add(
    _ tensors: [(name: String, type: TensorType)], purpose: String, clearing: Bool
  ) throws(GraphError) {
    // Blocks of a quarter of a gigabyte: what a card has left is often in pieces, and a block is one allocation.
    let limit = min(device.properties.maxAllocationBytes, 256 << 20)
    var group: [(name: String, type: TensorType)] = []
    var bytes = 0
    func close() throws(GraphError) {
      guard bytes > 0 else { return }
      let size = bytes
      let buffer = try refusing { () throws(VulkanError) in try Buffer(device, byteCount: size, purpose: purpose) }
      if clearing { try device.clear(buffer.all) }
      var offset = 0
      for tensor in group {
        let slice = buffer.all.slice(offset: offset, byteCount: tensor.type.byteCount)
        add(
          tensor.name, tensor.type,
          TensorSlice(slice, tensor.type.dtype, rows: tensor.type.rows, columns: tensor.type.columns))
        offset += ArenaLayout.aligned(tensor.type.byteCount)
      }
      (group, bytes) = ([], 0)
    }
    for tensor in tensors where try find(tensor.name, tensor.type) == nil {
      let size = ArenaLayout.aligned(tensor.type.byteCount)
      if bytes + size > limit { try close() }
      group.append(tensor)
      bytes += size
    }
    try close()
  }

  /// The tensor of the name, if there is one.
  /// - Throws: `conflictingTypes` where it is of another type.
  func find(_ name: String, _ type: TensorType) throws(GraphError) -> TensorSlice? {
    guard let known = types[name] else { return try parent?.find(name, type) }
    guard known.dtype == type.dtype, known.rows == type.rows, known.columns == type.columns else {
      throw .conflictingTypes(name: name, known, type)
    }
    return slices[name]
  }

  @discardableResult
  private func add(_ name: String, _ type: TensorType, _ slice: TensorSlice) -> TensorSlice {
    types[name] = type
    slices[name] = slice
    return slice
  }

  /// Adds the slabs of trainable parameters, of zeros: each slab by its own name, and each parameter and its gradient as
  /// the slices of the slabs that they are.
  public func add(_ layout: SlabLayout) throws(GraphError) {
    for kind in layout.kinds {
      let type = layout.type(of: kind)
      var groups: [Buffer] = []
      for elements in layout.groups {
        let buffer = try refusing { () throws(VulkanError) in
          try Buffer(device, byteCount: elements * type.elementBytes!, purpose: "the slabs of \(kind.rawValue)")
        }
        try device.clear(buffer.all)
        groups.append(buffer)
      }
      for (index, slab) in layout.slabs.enumerated() {
        let slice = Self.slice(groups[slab.group], slab.offset, TensorType([slab.elements], type))
        add(SlabLayout.name(kind, index), TensorType([slab.elements], type), slice)
      }
      for (name, place) in layout.places {
        let slab = layout.slabs[place.slab]
        let slice = Self.slice(groups[slab.group], slab.offset + place.element, place.type.with(type))
        switch kind {
        case .parameters where layout.copyType == nil: add(name, place.type, slice)
        case .parameters: add("\(name).master", place.type.with(.f32), slice)
        case .copies: add(name, place.type, slice)
        case .gradients: add(SlabLayout.gradientName(of: name), place.type.with(.f32), slice)
        case .firstMoments: add("\(name).firstMoment", place.type.with(.f32), slice)
        case .secondMoments: add("\(name).secondMoment", place.type.with(.f32), slice)
        }
      }
    }
  }

  private static func slice(_ buffer: Buffer, _ element: Int, _ type: TensorType) -> TensorSlice {
    let bytes = type.dtype.elementBytes!  // slabs hold numbers of floating point
    let part = buffer.all.slice(offset: element * bytes, byteCount: type.byteCount)
    return TensorSlice(part, type.dtype, rows: type.rows, columns: type.columns)
  }

  // MARK: Contents

  /// Writes a tensor's elements, row by row and without padding; they are rounded to the tensor's type.
  /// - Precondition: no submitted work uses the tensor.
  /// - Throws: `contents` unless the count is right.
  public func write(_ values: [Float], to name: String) throws(GraphError) {
    try device.write(values, to: known(name), named: name)
  }

  /// Writes an i32 tensor's elements.
  public func write(_ values: [Int32], to name: String) throws(GraphError) {
    try device.write(values, to: known(name), named: name)
  }

  /// Writes a tensor's bytes as they lie on the device: quantised weights, a control block, a checkpoint's slabs.
  public func write(bytes: [UInt8], to name: String) throws(GraphError) {
    let slice = try known(name)
    guard bytes.count == slice.byteCount else {
      throw .contents(
        value: name, type: TensorType([slice.rows, slice.columns], slice.type), count: bytes.count)
    }
    try refusing { () throws(VulkanError) in try device.write(bytes, to: slice.buffer) }
  }

  /// A tensor's elements, row by row and without padding.
  /// - Precondition: it holds numbers of floating point, and submitted work that writes it has been waited for.
  public func read(_ name: String) throws(GraphError) -> [Float] {
    let slice = try known(name)
    return slice.floats(in: try device.bytes(slice.buffer))
  }

  /// A tensor's bytes as they lie on the device.
  public func readBytes(_ name: String) throws(GraphError) -> [UInt8] { try device.bytes(known(name).buffer) }

  private func known(_ name: String) throws(GraphError) -> TensorSlice {
    guard let slice = self[name] else { throw .unknownName(name) }
    return slice
  }
}
