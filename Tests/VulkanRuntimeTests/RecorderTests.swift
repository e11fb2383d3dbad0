import Kernels
import Reference
import Shaders
import TestSupport
import Testing

@testable import VulkanRuntime

@Suite struct RecorderTests {
  private let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private struct Push { var units: UInt32 }

  /// A copy that claims to move `bytes` bytes, by default what it moves.
  private func copy(_ a: TensorSlice, _ b: TensorSlice, bytes: Double? = nil) -> Dispatch {
    let units = a.byteCount / 16
    return Dispatch(
      KernelVariant(Shader.copy["w32"], constants: [8]), [a.buffer, b.buffer], push: Push(units: UInt32(units)),
      groups: ((units + 255) / 256, 1, 1), cost: Cost(operations: 0, bytes: bytes ?? Double(2 * a.byteCount)))
  }

  @Test func barriersComeOnlyWhereDispatchesConflict() throws {
    let x = try gpu.upload(.random(2, 16, seed: 1))
    let y = try (0..<4).map { _ in try gpu.poisoned(rows: 2, columns: 16) }
    var recorder = try Recorder(gpu.device)
    let atStart = recorder.barrierCount
    // Three readers of x with results of their own, then one that reads a result, then one that overwrites what the
    // last one read.
    try recorder.record([copy(x, y[0]), copy(x, y[1]), copy(x, y[2])], with: gpu.library)
    #expect(recorder.barrierCount == atStart)
    try recorder.record([copy(y[0], y[3])], with: gpu.library)
    #expect(recorder.barrierCount == atStart + 1)
    try recorder.record([copy(x, y[0])], with: gpu.library)
    #expect(recorder.barrierCount == atStart + 2)
    try recorder.finish().run()
    #expect(try gpu.bytes(y[3]) == gpu.bytes(x))
  }

  @Test func halvesOfOneBufferDoNotConflict() throws {
    let x = try gpu.upload(.random(4, 64, seed: 2))  // rows of 256 bytes: the strictest alignment
    var recorder = try Recorder(gpu.device)
    let atStart = recorder.barrierCount
    try recorder.record([copy(x.rows(0..<1), x.rows(1..<2)), copy(x.rows(2..<3), x.rows(3..<4))], with: gpu.library)
    #expect(recorder.barrierCount == atStart)
  }

  @Test func replaysGiveTheSameBytes() throws {
    let x = try gpu.upload(.random(3, 40, seed: 3))
    let y = try gpu.poisoned(rows: 3, columns: 40)
    var recorder = try Recorder(gpu.device)
    try recorder.record([copy(x, y)], with: gpu.library)
    let recording = try recorder.finish()
    for seed in 0..<10 {
      let values = Matrix.random(3, 40, seed: UInt64(seed)).values.map(Float.init)
      try gpu.device.write(values, to: x.buffer)
      try recording.run()
      #expect(try gpu.bytes(x) == gpu.bytes(y))
    }
  }

  @Test func queuedReplaysNeedNoWaitBetween() throws {
    let x = try gpu.upload(.random(3, 40, seed: 4))
    let y = try gpu.poisoned(rows: 3, columns: 40)
    var recorder = try Recorder(gpu.device)
    try recorder.record([copy(x, y)], with: gpu.library)
    let recording = try recorder.finish()
    let tickets = try (0..<8).map { _ in try recording.submit() }
    for ticket in tickets.reversed() { try recording.wait(ticket) }
    #expect(try gpu.bytes(x) == gpu.bytes(y))
  }

  @Test func segmentsStayShort() throws {
    let x = try gpu.upload(.random(2, 16, seed: 5))
    let y = try gpu.poisoned(rows: 2, columns: 16)
    let slow = copy(x, y, bytes: 2e8)
    var recorder = try Recorder(gpu.device)
    for _ in 0..<7 { try recorder.record([slow], with: gpu.library) }
    let recording = try recorder.finish()
    #expect(recording.segmentSeconds.allSatisfy { $0 <= Recorder.segmentSeconds })
    if gpu.device.properties.type == .cpu { #expect(recording.segmentCount >= 4) }
    try recording.run()
    #expect(try gpu.bytes(x) == gpu.bytes(y))
  }

  @Test func longDispatchesAreCutIntoRangesThatCoverAll() {
    for (groups, pieces) in [((7, 3, 2), 3), ((1, 1, 1), 5), ((2, 65535, 1), 100)] {
      let ranges = Recorder.cut(groups, into: pieces)
      #expect(ranges.count <= pieces)
      let covered = ranges.reduce(0) { $0 + $1.count.0 * $1.count.1 * $1.count.2 }
      #expect(covered == groups.0 * groups.1 * groups.2)
      #expect(
        zip(ranges, ranges.dropFirst()).allSatisfy { a, b in
          a.base.0 + a.count.0 == b.base.0 || a.base.1 + a.count.1 == b.base.1 || a.base.2 + a.count.2 == b.base.2
        })
    }
  }

  @Test func profilingTimesEachCommand() throws {
    try #require(gpu.device.properties.timestampPeriod > 0, "the device has no timestamps")
    let x = try gpu.upload(.random(64, 512, seed: 6))
    let y = try gpu.poisoned(rows: 64, columns: 512)
    var recorder = try Recorder(gpu.device, profiling: 2)
    try recorder.record([copy(x, y)], with: gpu.library, label: "first")
    try recorder.copy(from: y.buffer, to: x.buffer, label: "second")
    let recording = try recorder.finish()
    try recording.run()
    let times = try #require(try recording.timings())
    #expect(recording.labels == ["first", "second"])
    #expect(times.count == 2 && times.allSatisfy { $0 > 0 && $0 < 60 })
  }

  @Test func aLostDeviceIsReportedWithTheWorkThatWasRunning() throws {
    let x = try gpu.upload(.random(2, 16, seed: 8))
    let y = try gpu.poisoned(rows: 2, columns: 16)
    let slow = copy(x, y, bytes: 1e13)
    var recorder = try Recorder(gpu.device)
    for name in ["a", "b", "c"] { try recorder.record([slow], with: gpu.library, label: name) }
    let recording = try recorder.finish()
    #expect(recording.segmentCount == 3)
    let ticket = Recording.Ticket(first: 10, last: 12)
    #expect(recording.lost(ticket, reached: 9) == .deviceLost(first: "a", last: "a"))
    #expect(recording.lost(ticket, reached: 10) == .deviceLost(first: "b", last: "b"))
    #expect(recording.lost(ticket, reached: 11) == .deviceLost(first: "c", last: "c"))
  }

  @Test func fillsWords() throws {
    let x = try gpu.upload(.random(2, 16, seed: 9))
    var recorder = try Recorder(gpu.device)
    try recorder.fill(x.buffer.slice(offset: 16, byteCount: 32), with: 0)
    try recorder.finish().run()
    let values = try gpu.device.read(x.buffer, as: Float.self)
    #expect(values[4..<12].allSatisfy { $0 == 0 } && values[3] != 0 && values[12] != 0)
  }
}
