import CVulkan

/// A range of device memory, returned to its pool when the last reference goes.
///
/// Contents are uninitialised until written. Only touch them from the host while no submitted work uses them.
public final class Buffer: Sendable {
  /// Where a buffer lives.
  public enum Placement: Sendable, Hashable {
    /// Fast for the device; mapped as well where host and device share one memory.
    case device
    /// Mapped, for the host to write and the device to read.
    case upload
    /// Mapped and cached, for the device to write and the host to read.
    case readback

    /// Memory property flags, best first.
    func flags(unified: Bool) -> [UInt32] {
      let (local, mapped, cached) = (MemoryHeaps.deviceLocal, MemoryHeaps.mapped, MemoryHeaps.cached)
      return switch self {
      case .device: unified ? [local | mapped | cached, local | mapped, mapped, local, 0] : [local, 0]
      case .upload: [mapped]
      case .readback: [mapped | cached, mapped]
      }
    }
  }

  public let byteCount: Int
  let block: MemoryBlock
  /// Offset in the block.
  let offset: Int
  private let pool: MemoryPool

  /// - Parameter purpose: what the memory is for, named if there is not enough.
  /// - Throws: `outOfDeviceMemory`.
  public init(
    _ device: Device, byteCount: Int, placement: Placement = .device, purpose: String
  ) throws(VulkanError) {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    (block, offset) = try device.memory.allocate(byteCount, placement, purpose: purpose)
    self.byteCount = byteCount
    pool = device.memory
  }

  deinit { pool.release(block, offset: offset, byteCount: byteCount) }

  /// The contents, where the host can see them.
  public var mapped: UnsafeMutableRawBufferPointer? {
    block.mapped.map { UnsafeMutableRawBufferPointer(start: $0 + offset, count: byteCount) }
  }

  /// The whole buffer.
  public var all: BufferSlice { BufferSlice(buffer: self, offset: 0, byteCount: byteCount) }
}

/// A part of a buffer. Keeps the buffer alive.
public struct BufferSlice: Sendable {
  public let buffer: Buffer
  public let offset: Int
  public let byteCount: Int

  public init(buffer: Buffer, offset: Int, byteCount: Int) {
    precondition(
      offset >= 0 && byteCount >= 0 && offset + byteCount <= buffer.byteCount,
      "bytes \(offset)..<\(offset + byteCount) of a buffer of \(buffer.byteCount)")
    self.buffer = buffer
    self.offset = offset
    self.byteCount = byteCount
  }

  /// A part of the slice, `offset` counted from the slice's start.
  public func slice(offset: Int, byteCount: Int) -> BufferSlice {
    precondition(
      offset >= 0 && offset + byteCount <= self.byteCount,
      "bytes \(offset)..<\(offset + byteCount) of a slice of \(self.byteCount)")
    return BufferSlice(buffer: buffer, offset: self.offset + offset, byteCount: byteCount)
  }

  /// The bytes, where the host can see them.
  public var mapped: UnsafeMutableRawBufferPointer? {
    buffer.mapped.map { UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + byteCount]) }
  }

  /// Range in the block's `VkBuffer`.
  var range: Range<Int> { buffer.offset + offset..<buffer.offset + offset + byteCount }
}
