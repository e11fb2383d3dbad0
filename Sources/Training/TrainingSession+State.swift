import Formats
import Kernels
import LanguageModel
public import TensorGraph
import VulkanRuntime

extension TrainingSession {
  /// Where the run stands.
  public func record(recipe: String, dataCursor: Int) throws(GraphError) -> RunRecord {
    let properties = device.properties
    return RunRecord(
      step: stepIndex, dataCursor: dataCursor, recipe: recipe, seed: options.seed, device: properties.name,
      driver: "\(properties.driverName) \(properties.driverInfo)", summationOrders: summationOrders,
      control: try control())
  }

  /// The slabs that a checkpoint holds: everything but the gradients, which are zero between steps. The 16-bit copies
  /// are among them, since a device may round small numbers otherwise than the host.
  var stateSlabs: [(name: String, slice: TensorSlice)] {
    plan.layout.kinds.filter { $0 != .gradients }.flatMap { kind in
      plan.layout.slabs.indices.map { index in
        let name = SlabLayout.name(kind, index)
        return (name, store[name]!)  // the store has the layout's slabs
      }
    }
  }

  /// Writes the state into a folder.
  /// - Parameter willWrite: called before each piece of slabs with the bytes written so far.
  func write(
    _ record: RunRecord, to folder: borrowing AtomicFolder, willWrite: (Int) throws -> Void
  ) throws {
    let slabs = stateSlabs
    let declared = slabs.map {
      TensorDeclaration(name: $0.name, type: $0.slice.type.elementType!, shape: [$0.slice.pitch])  // numbers
    }
    var writer = try SafetensorsWriter(path: folder.file(Checkpoint.slabsName), tensors: declared, metadata: [:])
    var checksums: [(name: String, value: UInt64)] = []
    var written = 0
    for slab in slabs {
      var checksum = Checksum()
      for start in stride(from: 0, to: slab.slice.byteCount, by: Checkpoint.pieceBytes) {
        let count = min(Checkpoint.pieceBytes, slab.slice.byteCount - start)
        let bytes = try device.read(slab.slice.buffer.slice(offset: start, byteCount: count), as: UInt8.self)
        try willWrite(written)
        try bytes.withUnsafeBytes { bytes in
          checksum.add(bytes)
          try writer.append(bytes)
        }
        written += count
      }
      checksums.append((slab.name, checksum.value))
    }
    try writer.finish()
    try AtomicFile.write(
      record.json(checksums: checksums).encoded(indent: 2) + "\n", to: folder.file(Checkpoint.recordName))
  }

  /// Goes on where a checkpoint stands. The session is as it was where this throws before the first slab is written.
  /// - Throws: `CheckpointError.otherRun` where the checkpoint is of another model, method or precision; `FormatError`.
  public func restore(_ checkpoint: Checkpoint) throws {
    let slabs = stateSlabs
    guard checkpoint.slabs.count == slabs.count else { throw CheckpointError.otherRun(checkpoint.path) }
    var found: [(StoredTensor, TensorSlice)] = []
    for slab in slabs {
      guard let stored = checkpoint.slabs[slab.name], stored.byteCount == slab.slice.byteCount,
        stored.readableType == slab.slice.type.elementType
      else { throw CheckpointError.otherRun(checkpoint.path) }
      found.append((stored, slab.slice))
    }
    try checkpoint.verify()
    for (stored, slice) in found {
      var (offset, failure): (Int, VulkanError?) = (0, nil)
      try checkpoint.read(stored) { bytes in
        do throws(VulkanError) {
          if failure == nil {
            try device.write(bytes, to: slice.buffer.slice(offset: offset, byteCount: bytes.count))
          }
        } catch {
          failure = error
        }
        offset += bytes.count
      }
      if let failure { throw failure }
    }
    try store.write(bytes: checkpoint.record.control.bytes, to: Self.controlName)
    stepIndex = checkpoint.record.step
  }

  /// What differs between the machine of a checkpoint and this one, in words; empty where going on gives the bits of a
  /// run without a stop.
  public func differences(from record: RunRecord) -> [String] {
    let properties = device.properties
    var result: [String] = []
    if record.device != properties.name { result.append("the device was \(printable(record.device))") }
    let driver = "\(properties.driverName) \(properties.driverInfo)"
    if record.driver != driver { result.append("the driver was \(printable(record.driver))") }
    if record.summationOrders != summationOrders { result.append("sums were formed in other orders") }
    if record.seed != options.seed { result.append("the seed was \(record.seed)") }
    return result
  }
}
