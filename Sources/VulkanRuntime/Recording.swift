import CVulkan

/// Commands recorded once and replayed many times.
///
/// Not `Sendable`: one owner replays it. It keeps the buffers and pipelines that it uses alive.
public final class Recording {
  /// One submission.
  struct Segment {
    let commands: VkCommandBuffer
    /// Labels of the first and the last command in it.
    let first: String, last: String
    /// Predicted time.
    let seconds: Double
  }

  /// A submitted replay, to wait for.
  public struct Ticket: Sendable {
    /// Timeline values of the first and the last segment.
    let first: UInt64, last: UInt64
  }

  private let device: Device
  private let pool: Owned
  private let descriptors: DescriptorSets
  private let queries: QueryPool?
  private let segments: [Segment]
  private let kept: ([Buffer], [Pipeline])
  /// One a command, in order.
  public let labels: [String]
  public let costs: [Cost]
  public let barrierCount: Int
  private var lastTicket: Ticket?

  init(
    device: Device, pool: consuming Owned, descriptors: DescriptorSets, queries: QueryPool?,
    segments: [Segment], labels: [String], costs: [Cost], barrierCount: Int, kept: ([Buffer], [Pipeline])
  ) {
    self.device = device
    self.pool = pool
    self.descriptors = descriptors
    self.queries = queries
    self.segments = segments
    self.labels = labels
    self.costs = costs
    self.barrierCount = barrierCount
    self.kept = kept
  }

  deinit {
    // Nothing may be destroyed under running work.
    if let lastTicket { try? device.queue.wait(for: lastTicket.last) }
  }

  /// Number of submissions of one replay.
  public var segmentCount: Int { segments.count }
  /// Predicted seconds of each segment.
  public var segmentSeconds: [Double] { segments.map(\.seconds) }

  /// Queues one replay without waiting.
  @discardableResult
  public func submit() throws(VulkanError) -> Ticket {
    let last: UInt64
    do {
      last = try device.queue.submit(segments.map(\.commands))
    } catch {
      guard error.isDeviceLost else { throw error }
      throw .deviceLost(first: segments[0].first, last: segments[segments.count - 1].last)
    }
    let ticket = Ticket(first: last - UInt64(segments.count) + 1, last: last)
    lastTicket = ticket
    return ticket
  }

  /// Blocks until a replay has finished; what it wrote is then visible to the host.
  /// - Throws: `deviceLost` with the labels of the segment that was running.
  public func wait(_ ticket: Ticket) throws(VulkanError) {
    do {
      try device.queue.wait(for: ticket.last)
    } catch {
      guard error.isDeviceLost else { throw error }
      throw lost(ticket, reached: device.queue.reached())
    }
  }

  /// The error for a device lost with the timeline at `reached`.
  func lost(_ ticket: Ticket, reached: UInt64) -> VulkanError {
    let done = reached < ticket.first ? 0 : Int(clamping: reached - ticket.first + 1)
    let running = segments[min(done, segments.count - 1)]
    return .deviceLost(first: running.first, last: running.last)
  }

  /// One replay, waited for.
  public func run() throws(VulkanError) { try wait(submit()) }

  /// Time of each command in the last replay, in seconds; nil unless recorded for profiling on a device with
  /// timestamps.
  public func timings() throws(VulkanError) -> [Double]? {
    guard let queries else { return nil }
    let count = min(2 * labels.count, queries.count / 2 * 2)
    guard count > 0 else { return [] }
    var ticks = [UInt64](repeating: 0, count: count)
    let result = ticks.withUnsafeMutableBytes {
      vkGetQueryPoolResults(
        device.logical.handle, queries.raw, 0, UInt32(count), $0.count, $0.baseAddress, 8,
        VK_QUERY_RESULT_64_BIT.rawValue | VK_QUERY_RESULT_WAIT_BIT.rawValue)
    }
    try check(result, "vkGetQueryPoolResults")
    return stride(from: 0, to: count, by: 2).map {
      Double(ticks[$0 + 1] &- ticks[$0]) * device.properties.timestampPeriod * 1e-9
    }
  }
}
