import CVulkan

/// Records dispatches and copies once; `finish()` makes them a `Recording` that is replayed many times.
///
/// Barriers are put only where a command conflicts with one since the last barrier (`Hazards`). The commands are cut
/// into segments of at most `segmentSeconds` of predicted time, each a submission of its own, and a dispatch that would
/// run longer is itself cut into ranges of workgroups: a desktop's watchdog never fires.
public struct Recorder: ~Copyable {
  /// Predicted seconds of a segment.
  static let segmentSeconds = 0.1

  private let device: Device
  private let pool: Owned
  private var descriptors: DescriptorSets
  private let queries: QueryPool?
  private var segments: [Recording.Segment] = []
  private var commands: VkCommandBuffer  // freed with its pool
  private var labels: [String] = []
  private var costs: [Cost] = []
  private var segmentStart = 0
  private var predicted = 0.0
  private var hazards = Hazards()
  private var buffers: [ObjectIdentifier: Buffer] = [:]
  private var pipelines: [ObjectIdentifier: Pipeline] = [:]
  private var barriers = 0

  /// - Parameter profiling: take a timestamp around each of at most this many commands, and run them one by one so
  ///   that each time is its own; nil for full speed. Ignored where the device has no timestamps.
  public init(_ device: Device, profiling: Int? = nil) throws(VulkanError) {
    let pool = try Owned(device.logical, "vkCreateCommandPool", destroy: vkDestroyCommandPool) { handle, out in
      var info = VkCommandPoolCreateInfo.make { $0.queueFamilyIndex = device.physical.queueFamily }
      return vkCreateCommandPool(handle, &info, nil, &out)
    }
    var queries: QueryPool?
    if let profiling, device.properties.timestampPeriod > 0 {
      queries = try QueryPool(device.logical, count: 2 * max(profiling, 1))
    }
    commands = try Self.begin(device, pool.raw)
    self.device = device
    self.pool = pool
    self.queries = queries
    descriptors = DescriptorSets(device.logical)
    if let queries { vkCmdResetQueryPool(commands, queries.raw, 0, UInt32(queries.count)) }
    // Whatever ran before, another replay of this recording included, must be seen.
    barrier()
  }

  /// Number of barriers so far, the one at the start included.
  public var barrierCount: Int { barriers }

  /// Appends a dispatch.
  /// - Parameters:
  ///   - buffers: one a binding of the pipeline.
  ///   - push: the bytes of the push-constant block.
  ///   - groups: workgroups in x, y and z.
  ///   - divisible: whether ranges of workgroups may run as dispatches of their own, which is so unless the shader
  ///     asks how many workgroups there are.
  ///   - label: names the dispatch in profiles and errors.
  /// - Precondition: counts match the pipeline, each slice is within the binding limit and aligned.
  public mutating func dispatch(
    _ pipeline: Pipeline, _ buffers: [BufferSlice], push: [UInt8], groups: (Int, Int, Int), cost: Cost,
    divisible: Bool = true, label: String
  ) throws(VulkanError) {
    let limits = device.properties
    precondition(
      buffers.count == pipeline.bindings.count,
      "\(label): \(pipeline.name) has \(pipeline.bindings.count) bindings, \(buffers.count) buffers were given")
    precondition(
      push.count == pipeline.pushBytes,
      "\(label): \(pipeline.name) has \(pipeline.pushBytes) push-constant bytes, \(push.count) were given")
    precondition(
      max(groups.0, groups.1, groups.2) <= limits.maxWorkgroupCount,
      "\(label): \(groups) workgroups, the device allows \(limits.maxWorkgroupCount) in each dimension")
    for slice in buffers {
      precondition(
        slice.byteCount <= limits.maxStorageBufferRange,
        "\(label): a binding of \(slice.byteCount) bytes, the device allows \(limits.maxStorageBufferRange)")
      precondition(
        slice.range.lowerBound % limits.storageBufferAlignment == 0,
        "\(label): a binding at offset \(slice.offset), the device wants multiples of \(limits.storageBufferAlignment)")
    }
    guard groups.0 > 0, groups.1 > 0, groups.2 > 0 else { return }

    let seconds = limits.seconds(for: cost)
    let pieces = divisible ? Int((seconds / Self.segmentSeconds).rounded(.up)) : 1
    try beginCommand(
      Array(zip(buffers, pipeline.bindings)), seconds: pieces > 1 ? Self.segmentSeconds : seconds)
    let set = try descriptors.set(pipeline, buffers)
    keep(pipeline, buffers)
    stamp(0)
    let ranges = Self.cut(groups, into: max(pieces, 1))
    for (index, range) in ranges.enumerated() {
      if index > 0 { try cutSegment(label: label, predicted: Self.segmentSeconds) }
      bind(pipeline, set, push)
      let (base, count) = range
      vkCmdDispatchBase(
        commands, UInt32(base.0), UInt32(base.1), UInt32(base.2), UInt32(count.0), UInt32(count.1), UInt32(count.2))
    }
    stamp(1)
    labels.append(label)
    costs.append(cost)
  }

  /// Appends a copy of `source` to the start of `target`.
  public mutating func copy(
    from source: BufferSlice, to target: BufferSlice, label: String = "copy"
  ) throws(VulkanError) {
    precondition(source.byteCount <= target.byteCount, "\(label): \(source.byteCount) into \(target.byteCount) bytes")
    guard source.byteCount > 0 else { return }
    let cost = Cost(operations: 0, bytes: 2 * source.byteCount)
    try beginCommand([(source, .read), (target, .write)], seconds: device.properties.seconds(for: cost))
    keep(nil, [source, target])
    stamp(0)
    var region = VkBufferCopy(
      srcOffset: UInt64(source.range.lowerBound), dstOffset: UInt64(target.range.lowerBound),
      size: UInt64(source.byteCount))
    vkCmdCopyBuffer(commands, source.buffer.block.buffer, target.buffer.block.buffer, 1, &region)
    stamp(1)
    labels.append(label)
    costs.append(cost)
  }

  /// Appends a fill of `slice` with a 32-bit `value`.
  /// - Precondition: offset and size are multiples of 4.
  public mutating func fill(
    _ slice: BufferSlice, with value: UInt32 = 0, label: String = "fill"
  ) throws(VulkanError) {
    guard slice.byteCount > 0 else { return }
    precondition(slice.byteCount % 4 == 0 && slice.range.lowerBound % 4 == 0, "\(label): not a whole number of words")
    let cost = Cost(operations: 0, bytes: slice.byteCount)
    try beginCommand([(slice, .write)], seconds: device.properties.seconds(for: cost))
    keep(nil, [slice])
    stamp(0)
    vkCmdFillBuffer(
      commands, slice.buffer.block.buffer, UInt64(slice.range.lowerBound), UInt64(slice.byteCount), value)
    stamp(1)
    labels.append(label)
    costs.append(cost)
  }

  /// Ends the recording.
  public consuming func finish() throws(VulkanError) -> Recording {
    try endSegment(last: true)
    return Recording(
      device: device, pool: pool, descriptors: descriptors, queries: queries, segments: segments, labels: labels,
      costs: costs, barrierCount: barriers, kept: (Array(buffers.values), Array(pipelines.values)))
  }

  // MARK: Parts

  private mutating func keep(_ pipeline: Pipeline?, _ slices: [BufferSlice]) {
    if let pipeline { pipelines[ObjectIdentifier(pipeline)] = pipeline }
    for slice in slices { buffers[ObjectIdentifier(slice.buffer)] = slice.buffer }
  }

  /// Starts a new segment where the current one is full, and puts a barrier where the command needs one.
  private mutating func beginCommand(
    _ uses: [(BufferSlice, Access)], seconds: Double
  ) throws(VulkanError) {
    if predicted > 0 && predicted + seconds > Self.segmentSeconds { try endSegment(last: false) }
    predicted += seconds
    let conflict = hazards.note(uses.map { (slice: $0.0, access: $0.1) })
    if conflict || queries != nil { barrier() }
  }

  private func bind(_ pipeline: Pipeline, _ set: VkDescriptorSet, _ push: [UInt8]) {
    var set: VkDescriptorSet? = set
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle)
    if !pipeline.bindings.isEmpty {
      vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set, 0, nil)
    }
    if !push.isEmpty {
      vkCmdPushConstants(
        commands, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT.rawValue, 0, UInt32(push.count), push)
    }
  }

  /// `groups` cut along its longest dimension into at most `pieces` ranges: (base, count).
  static func cut(_ groups: (Int, Int, Int), into pieces: Int) -> [(base: (Int, Int, Int), count: (Int, Int, Int))] {
    let sizes = [groups.0, groups.1, groups.2]
    let longest = sizes.indices.max { sizes[$0] < sizes[$1] }!
    let pieces = min(pieces, sizes[longest])
    return (0..<pieces).map { piece in
      var (base, count) = ([0, 0, 0], sizes)
      base[longest] = sizes[longest] * piece / pieces
      count[longest] = sizes[longest] * (piece + 1) / pieces - base[longest]
      return ((base[0], base[1], base[2]), (count[0], count[1], count[2]))
    }
  }

  private mutating func cutSegment(label: String, predicted seconds: Double) throws(VulkanError) {
    labels.append(label)  // so that the segment names the dispatch it ends in the middle of
    costs.append(.zero)
    try endSegment(last: false)
    labels.removeLast()
    costs.removeLast()
    predicted = seconds
  }

  private mutating func endSegment(last: Bool) throws(VulkanError) {
    if last { hostBarrier() }
    try check(vkEndCommandBuffer(commands), "vkEndCommandBuffer")
    let first = segmentStart < labels.count ? labels[segmentStart] : labels.last ?? "nothing"
    segments.append(.init(commands: commands, first: first, last: labels.last ?? "nothing", seconds: predicted))
    segmentStart = labels.count
    predicted = 0
    if !last { commands = try Self.begin(device, pool.raw) }
  }

  private static func begin(_ device: Device, _ pool: VkCommandPool) throws(VulkanError) -> VkCommandBuffer {
    var commands: VkCommandBuffer?
    var info = VkCommandBufferAllocateInfo.make {
      $0.commandPool = pool
      $0.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY
      $0.commandBufferCount = 1
    }
    try check(vkAllocateCommandBuffers(device.logical.handle, &info, &commands), "vkAllocateCommandBuffers")
    // One recording may be queued again before its last replay has finished.
    var begin = VkCommandBufferBeginInfo.make { $0.flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT.rawValue }
    try check(vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer")
    return commands!
  }

  /// Work on the device after this sees what the work before it wrote.
  private mutating func barrier() {
    let stages =
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue | VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue
    var memory = VkMemoryBarrier.make {
      $0.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT.rawValue | VK_ACCESS_TRANSFER_WRITE_BIT.rawValue
      $0.dstAccessMask =
        VK_ACCESS_SHADER_READ_BIT.rawValue | VK_ACCESS_SHADER_WRITE_BIT.rawValue
        | VK_ACCESS_TRANSFER_READ_BIT.rawValue | VK_ACCESS_TRANSFER_WRITE_BIT.rawValue
    }
    vkCmdPipelineBarrier(commands, stages, stages, 0, 1, &memory, 0, nil, 0, nil)
    barriers += 1
  }

  /// What the device wrote is visible to the host once the recording has been waited for.
  private func hostBarrier() {
    var memory = VkMemoryBarrier.make {
      $0.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT.rawValue | VK_ACCESS_TRANSFER_WRITE_BIT.rawValue
      $0.dstAccessMask = VK_ACCESS_HOST_READ_BIT.rawValue
    }
    vkCmdPipelineBarrier(
      commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue | VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue,
      VK_PIPELINE_STAGE_HOST_BIT.rawValue, 0, 1, &memory, 0, nil, 0, nil)
  }

  private func stamp(_ which: Int) {
    guard let queries, 2 * labels.count + which < queries.count else { return }
    let stage = which == 0 ? VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT : VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT
    vkCmdWriteTimestamp(commands, stage, queries.raw, UInt32(2 * labels.count + which))
  }
}

/// Timestamp queries, two a command.
final class QueryPool {
  let count: Int
  private let object: Owned
  var raw: VkQueryPool { object.raw }

  init(_ logical: LogicalDevice, count: Int) throws(VulkanError) {
    self.count = count
    object = try Owned(logical, "vkCreateQueryPool", destroy: vkDestroyQueryPool) { device, out in
      var info = VkQueryPoolCreateInfo.make {
        $0.queryType = VK_QUERY_TYPE_TIMESTAMP
        $0.queryCount = UInt32(count)
      }
      return vkCreateQueryPool(device, &info, nil, &out)
    }
  }
}
