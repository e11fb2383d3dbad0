import TestSupport
import Testing

@testable import VulkanRuntime

@Suite struct BufferTests {
  /// Sizes around the ends of the two staging buffers, and odd ones.
  @Test(arguments: [1, 3, 4096, (8 << 20) - 1, (8 << 20) + 1, (17 << 20) + 3])
  func stagedTransfersReturnWhatWasWritten(byteCount: Int) throws {
    var options = Device.Options()
    options.alwaysStages = true
    let device = try Device(TestDevice.shared().device.physical, options: options)
    try roundTrip(device, byteCount: byteCount, staged: true)
    #expect(device.validation.messages.isEmpty)
  }

  @Test(arguments: [1, 4097])
  func transfersReturnWhatWasWritten(byteCount: Int) throws {
    try roundTrip(TestDevice.shared().device, byteCount: byteCount, staged: false)
  }

  private func roundTrip(_ device: Device, byteCount: Int, staged: Bool) throws {
    let buffer = try Buffer(device, byteCount: byteCount + 64, purpose: "a test")
    #expect(!staged || buffer.mapped == nil)
    var generator = SplitMix64(state: UInt64(byteCount))
    let values = (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let slice = buffer.all.slice(offset: 16, byteCount: byteCount)
    try device.write(values, to: slice)
    #expect(try device.read(slice, as: UInt8.self) == values)
  }

  @Test func blocksAreSharedAndFreed() throws {
    let device = try Device(TestDevice.shared().device.physical)
    #expect(device.memory.allocatedBytes == 0)
    do {
      let a = try Buffer(device, byteCount: 1000, purpose: "a test")
      let b = try Buffer(device, byteCount: 1000, purpose: "a test")
      #expect(a.block === b.block && a.offset != b.offset)
      #expect(a.offset % 256 == 0 && b.offset % 256 == 0)
      #expect(device.memory.allocatedBytes == MemoryPool.blockBytes)
    }
    #expect(device.memory.allocatedBytes == 0)
  }

  /// Live buffers never overlap, whatever the order of making and dropping them.
  @Test func buffersNeverOverlap() throws {
    let device = try Device(TestDevice.shared().device.physical)
    var generator = SplitMix64(state: 7)
    var live: [Buffer] = []
    for _ in 0..<400 {
      if live.count > 20 || (live.count > 0 && generator.next() % 3 == 0) {
        live.remove(at: Int(generator.next() % UInt64(live.count)))
      } else {
        live.append(try Buffer(device, byteCount: Int(generator.next() % 3_000_000), purpose: "a test"))
      }
      let ranges = live.map { ($0.block, $0.all.range) }.filter { !$0.1.isEmpty }
      for (index, a) in ranges.enumerated() {
        for b in ranges[(index + 1)...] where a.0 === b.0 { #expect(!a.1.overlaps(b.1)) }
      }
    }
    live.removeAll()
    #expect(device.memory.allocatedBytes == 0)
  }

  @Test func refusesWhatTheDeviceHasNot() throws {
    let device = try TestDevice.shared().device
    do throws(VulkanError) {
      _ = try Buffer(device, byteCount: 1 << 46, purpose: "the weights")
      Issue.record("64 TiB were allocated")
    } catch {
      guard case .outOfDeviceMemory(let asked, let free, let purpose) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(asked == 1 << 46 && free > 0 && purpose == "the weights")
    }
  }
}
