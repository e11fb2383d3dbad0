import Kernels
public import VulkanRuntime

/// Measures every kernel family at LLaMA shapes against what the same device reaches in a plain copy and in its best
/// matrix product, in one run.
public struct KernelBenchmark {
  /// One measured case.
  public struct Row: Sendable, Codable {
    public let family: String
    public let name: String
    public let shape: String
    /// Median time of one run.
    public let seconds: Double
    public let gigabytesPerSecond: Double
    public let gigaflops: Double
    /// Of the copy bandwidth measured in this run.
    public let shareOfCopy: Double
    /// Of the best matrix product measured in this run; nil before there is one.
    public var shareOfMatmul: Double?
  }

  /// All rows, with what they are measured against.
  public struct Report: Sendable, Codable {
    public let device: DeviceProperties
    /// Bytes a second over 1e9, read and write counted.
    public let copyGigabytesPerSecond: Double
    public let bestMatmulGigaflops: Double
    public let rows: [Row]
  }

  private let device: Device
  private let library: PipelineLibrary
  private let stopwatch: Stopwatch

  /// - Parameter quick: shorter and noisier.
  public init(_ device: Device, quick: Bool = false) {
    self.device = device
    library = PipelineLibrary(device)
    stopwatch = Stopwatch(device, library: library, quick: quick)
  }

  /// Runs the cases whose family or name contains `filter`.
  /// - Parameter progress: called before each case with its index, the number of cases and the case.
  public func run(
    filter: String? = nil, progress: (Int, Int, BenchmarkCase) -> Void = { _, _, _ in }
  ) throws(VulkanError) -> Report {
    let cases = BenchmarkCase.all(for: device.properties).filter { item in
      filter.map { item.family.contains($0) || item.name.contains($0) } ?? true
    }
    let copy = try stopwatch.copyBandwidth()
    var rows: [Row] = []
    for (index, item) in cases.enumerated() {
      progress(index, cases.count, item)
      rows.append(try measure(item, copy: copy))
    }
    let best = rows.filter { $0.family == "matmul" }.map(\.gigaflops).max() ?? 0
    for index in rows.indices where best > 0 { rows[index].shareOfMatmul = rows[index].gigaflops / best }
    return Report(
      device: device.properties, copyGigabytesPerSecond: copy * 1e-9, bestMatmulGigaflops: best, rows: rows)
  }

  private func measure(_ item: BenchmarkCase, copy: Double) throws(VulkanError) -> Row {
    var bench = Bench(device: device)
    let dispatches = try item.dispatches(&bench)
    let seconds = try stopwatch.seconds(dispatches)
    let cost = dispatches.reduce(Cost.zero) { $0 + $1.cost }
    return Row(
      family: item.family, name: item.name, shape: item.shape, seconds: seconds,
      gigabytesPerSecond: cost.bytes / seconds * 1e-9, gigaflops: cost.operations / seconds * 1e-9,
      shareOfCopy: cost.bytes / seconds / copy, shareOfMatmul: nil)
  }
}
