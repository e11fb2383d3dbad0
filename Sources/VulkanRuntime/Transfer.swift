extension Device {
  /// Bytes of one staging buffer; two are used in turn.
  private static let stagingBytes = 8 << 20

  /// Copies `bytes` to the start of `slice`: straight where the memory is mapped, else through staging buffers.
  /// - Precondition: no submitted work uses the slice.
  public func write(_ bytes: UnsafeRawBufferPointer, to slice: BufferSlice) throws(VulkanError) {
    precondition(bytes.count <= slice.byteCount, "\(bytes.count) bytes into a slice of \(slice.byteCount)")
    if let mapped = slice.mapped {
      if bytes.count > 0 { mapped.copyMemory(from: bytes) }
      return
    }
    try inPieces(of: bytes.count, placement: .upload) { (staging, range) throws(VulkanError) -> PendingCopy in
      staging.mapped!.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      return try copy(
        from: staging.all.slice(offset: 0, byteCount: range.count),
        to: slice.slice(offset: range.lowerBound, byteCount: range.count))
    } finish: { _, _ in
    }
  }

  /// Copies `values` to the start of `slice`.
  public func write<Element: BitwiseCopyable>(_ values: [Element], to slice: BufferSlice) throws(VulkanError) {
    try values.withUnsafeBufferPointer { (values) throws(VulkanError) in
      try write(UnsafeRawBufferPointer(values), to: slice)
    }
  }

  /// Copies the contents of `slice` into `bytes`.
  /// - Precondition: all submitted work that writes the slice has been waited for.
  public func read(_ slice: BufferSlice, into bytes: UnsafeMutableRawBufferPointer) throws(VulkanError) {
    precondition(bytes.count <= slice.byteCount, "\(bytes.count) bytes out of a slice of \(slice.byteCount)")
    if let mapped = slice.mapped {
      if bytes.count > 0 { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: mapped[..<bytes.count])) }
      return
    }
    try inPieces(of: bytes.count, placement: .readback) { (staging, range) throws(VulkanError) -> PendingCopy in
      try copy(
        from: slice.slice(offset: range.lowerBound, byteCount: range.count),
        to: staging.all.slice(offset: 0, byteCount: range.count))
    } finish: { staging, range in
      UnsafeMutableRawBufferPointer(rebasing: bytes[range]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: staging.mapped![..<range.count]))
    }
  }

  /// The contents of `slice` as `Element`s; trailing bytes that make no whole one are left out.
  public func read<Element: BitwiseCopyable>(
    _ slice: BufferSlice, as type: Element.Type
  ) throws(VulkanError) -> [Element] {
    let count = slice.byteCount / MemoryLayout<Element>.stride
    guard count > 0 else { return [] }
    let values = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
    defer { values.deallocate() }
    try read(slice, into: UnsafeMutableRawBufferPointer(values))
    return Array(values)
  }

  /// Runs `start` for each piece of `count` bytes on the staging buffers in turn; before one is used again, and at the
  /// end, its copy is waited for and `finish` is called. So one buffer is filled while the other is copied.
  private func inPieces(
    of count: Int, placement: Buffer.Placement,
    start: (Buffer, Range<Int>) throws(VulkanError) -> PendingCopy,
    finish: (Buffer, Range<Int>) -> Void
  ) throws(VulkanError) {
    let size = min(count, Self.stagingBytes)
    guard size > 0 else { return }
    var pending: [(copy: PendingCopy, staging: Buffer, range: Range<Int>)] = []
    var offset = 0
    while offset < count {
      var staging: Buffer?
      if pending.count == 2 {
        let first = pending.removeFirst()
        try first.copy.recording.wait(first.copy.ticket)
        finish(first.staging, first.range)
        staging = first.staging
      }
      let buffer: Buffer
      if let staging {
        buffer = staging
      } else {
        buffer = try Buffer(self, byteCount: size, placement: placement, purpose: "a transfer")
      }
      let range = offset..<min(offset + size, count)
      pending.append((try start(buffer, range), buffer, range))
      offset = range.upperBound
    }
    for last in pending {
      try last.copy.recording.wait(last.copy.ticket)
      finish(last.staging, last.range)
    }
  }

  private struct PendingCopy {
    let recording: Recording
    let ticket: Recording.Ticket
  }

  private func copy(from source: BufferSlice, to target: BufferSlice) throws(VulkanError) -> PendingCopy {
    var recorder = try Recorder(self)
    try recorder.copy(from: source, to: target)
    let recording = try recorder.finish()
    return PendingCopy(recording: recording, ticket: try recording.submit())
  }
}
