import Foundation
import Kernels
import VulkanRuntime

/// One device's run through the catalog.
enum Compilation {
  /// Compiles every pipeline of the catalog on the one device there is and writes the report to standard output. The
  /// device need not be able to execute anything: nothing is allocated or submitted.
  /// - Throws: when there is no device, or its driver has no pipeline statistics.
  static func run(column: String) throws {
    var options = Device.Options()
    options.capturesStatistics = true
    options.cacheFolder = nil
    let device = try Device.open(validating: false, options: options)
    let properties = device.properties
    guard properties.pipelineStatistics else { throw Failure("\(properties.name) has no pipeline statistics") }
    try write(.device(column: column, name: properties.name, driver: properties.driverInfo))
    for entry in KernelCatalog.entries(for: properties) {
      try write(compile(entry, on: device))
    }
    try write(.finished)
  }

  private static func compile(_ entry: KernelCatalog.Entry, on device: Device) throws -> ReportLine {
    let variant = entry.variant
    let id = PipelineID(
      family: entry.family, shapeClass: entry.shapeClass,
      name: variant.name + (variant.subgroupSize.map { "@\($0)" } ?? ""))
    try write(.started(id))
    do {
      // A library for each pipeline: none stays in memory.
      let pipeline = try PipelineLibrary(device).pipeline(variant)
      return .compiled(id, try Figures(pipeline.statistics()))
    } catch {
      return .refused(id, reason: "\(error)")
    }
  }

  /// One line, at once: what comes next may end the process.
  private static func write(_ line: ReportLine) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try FileHandle.standardOutput.write(contentsOf: encoder.encode(line) + Data("\n".utf8))
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }
}

extension Figures {
  /// Reads the statistics by the names that Mesa's AMD and Intel drivers give them. Where a driver compiles a shader more
  /// than once (Intel, one a dispatch width) the worst of each counts.
  /// - Throws: when a figure is absent that the gate decides by.
  init(_ statistics: [Pipeline.Statistic]) throws {
    func value(_ names: String...) -> Int? {
      statistics.filter { names.contains($0.name) }.map { Int($0.value) }.max()
    }
    func required(_ names: String...) throws -> Int {
      guard let value = statistics.filter({ names.contains($0.name) }).map({ Int($0.value) }).max() else {
        throw Compilation.Failure("the driver does not tell \(names[0])")
      }
      return value
    }
    let scalarSpills = value("Spilled SGPRs") ?? 0
    self.init(
      registers: value("VGPRs", "Max live registers"),
      spills: try required("Spilled VGPRs", "Spill Count") + scalarSpills,
      scratchBytes: try required("Scratch size", "Scratch Memory Size"),
      occupancy: value("Subgroups per SIMD"),
      subgroupSize: statistics.map(\.subgroupSize).max() ?? 0,
      instructions: try required("Instructions", "Instruction Count"))
  }
}
