public import Kernels
public import VulkanRuntime

/// Times dispatches on a device: the median of several replays, each long enough that queueing it does not matter.
public struct Stopwatch {
  public let device: Device
  public let library: PipelineLibrary
  /// Least seconds of one replay, and of all of them together.
  private let replaySeconds: Double
  private let totalSeconds: Double

  /// - Parameter quick: shorter and noisier.
  public init(_ device: Device, library: PipelineLibrary, quick: Bool = false) {
    self.device = device
    self.library = library
    replaySeconds = quick ? 0.005 : 0.02
    totalSeconds = quick ? 0.03 : 0.3
  }

  /// Seconds that `dispatches` take once, run after one another as in a program.
  public func seconds(_ dispatches: [Dispatch]) throws(VulkanError) -> Double {
    try seconds { (recorder) throws(VulkanError) in try recorder.record(dispatches, with: library) }
  }

  /// Seconds that what `record` appends takes once.
  public func seconds(
    _ record: (inout Recorder) throws(VulkanError) -> Void
  ) throws(VulkanError) -> Double {
    let once = try recording(repeats: 1, record)
    try once.run()  // compiles, touches the memory
    let first = try time(once)
    let repeats = min(max(Int(replaySeconds / max(first, 1e-6)), 1), 256)
    let recording = repeats == 1 ? once : try recording(repeats: repeats, record)
    if repeats > 1 { try recording.run() }
    var samples: [Double] = []
    var total = 0.0
    while samples.count < 3 || (total < totalSeconds && samples.count < 25) {
      let sample = try time(recording)
      total += sample
      samples.append(sample / Double(repeats))
    }
    return samples.sorted()[samples.count / 2]
  }

  private func recording(
    repeats: Int, _ record: (inout Recorder) throws(VulkanError) -> Void
  ) throws(VulkanError) -> Recording {
    var recorder = try Recorder(device)
    for _ in 0..<repeats { try record(&recorder) }
    return try recorder.finish()
  }

  private func time(_ recording: Recording) throws(VulkanError) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try recording.run()
    let elapsed = (clock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  /// Bytes a second of the device's own copy of `byteCount` bytes, read and write counted.
  public func copyBandwidth(byteCount: Int = 64 << 20) throws(VulkanError) -> Double {
    let source = try Buffer(device, byteCount: byteCount, purpose: "the copy benchmark")
    let target = try Buffer(device, byteCount: byteCount, purpose: "the copy benchmark")
    let time = try seconds { (recorder) throws(VulkanError) in
      try recorder.copy(from: source.all, to: target.all)
    }
    return 2 * Double(byteCount) / time
  }

  /// Operations a second of the best square matrix product in `type`, of every layout and of two sizes that fill the
  /// device: what a share of its speed is a share of.
  ///
  /// - Parameter quick: of one layout and one size, which compiles one pipeline rather than several.
  public func productRate(_ type: DType, quick: Bool = false) throws(VulkanError) -> Double {
    let sides = device.properties.type == .cpu ? [512, 1024] : [2048, 4096]
    var best = 0.0
    for side in quick ? Array(sides.prefix(1)) : sides {
      for mode in quick ? [.nt] : Matmul.Mode.allCases {
        var bench = Bench(device: device)
        let dispatches = try BenchmarkCase.product(mode, type, .init(m: side, n: side, k: side)).dispatches(&bench)
        let operations = dispatches.reduce(0) { $0 + $1.cost.operations }
        best = max(best, operations / (try seconds(dispatches)))
      }
    }
    return best
  }
}
