import ArgumentParser
import Foundation
import KernelBenchmark
import VulkanRuntime

/// `evolcano bench kernels`
struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Every kernel at LLaMA shapes: time, GB/s, GFLOP/s, and the share of the device's own limits.",
    discussion: """
      The limits are measured in the same run: a plain copy of device memory, read and write counted, and the best \
      matrix product. Bytes and operations are the least that the kernel must do.
      """)

  @OptionGroup var options: DeviceOptions
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Shorter runs, noisier figures.") var quick = false
  @Option(help: "Only cases whose family or name contains this.") var only: String?

  func run() throws {
    let device = try options.open()
    let benchmark = KernelBenchmark(device, quick: quick)
    var progress = Progress(unit: "kernels")
    let report = try benchmark.run(filter: only) { index, count, item in
      progress.show(index, of: count, "\(item.family) \(item.name)")
    }
    progress.clear()
    if json {
      try printJSON(report)
    } else {
      printTable(report)
    }
  }

  private func printTable(_ report: KernelBenchmark.Report) {
    var table = TextTable(
      ["kernel", "", "shape", "time", "GB/s", "of copy", "GFLOP/s", "of matmul"],
      alignments: [.left, .left, .left, .right, .right, .right, .right, .right])
    for row in report.rows {
      table.add([
        row.family, row.name, row.shape, duration(row.seconds), decimal(row.gigabytesPerSecond),
        percent(row.shareOfCopy), row.gigaflops > 0 ? decimal(row.gigaflops) : "–",
        row.shareOfMatmul.map { row.gigaflops > 0 ? percent($0) : "–" } ?? "–",
      ])
    }
    print("\(report.device.name) · \(report.device.driverInfo)")
    print(
      "copy \(decimal(report.copyGigabytesPerSecond)) GB/s · best product \(decimal(report.bestMatmulGigaflops)) GFLOP/s"
    )
    print("")
    print(table.text)
  }
}
