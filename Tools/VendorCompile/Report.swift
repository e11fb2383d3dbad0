import Foundation

/// One pipeline of the catalog.
struct PipelineID: Codable, Hashable {
  let family: String
  /// Pipelines of one family and class are candidates for the same work.
  let shapeClass: String
  let name: String
}

/// What a vendor's compiler made of a pipeline.
struct Figures: Codable, Equatable {
  /// Vector registers an invocation (AMD), or the most live at once (Intel); nil where the driver does not say.
  var registers: Int?
  /// Registers that did not fit: spilled vector and scalar registers (AMD), or spill instructions (Intel).
  var spills: Int
  /// Memory an invocation uses in place of registers, in bytes.
  var scratchBytes: Int
  /// Subgroups that fit on a SIMD at once (AMD); nil where the driver does not say.
  var occupancy: Int?
  /// Invocations of a subgroup: Intel's dispatch width.
  var subgroupSize: Int
  var instructions: Int

  var spillFree: Bool { spills == 0 && scratchBytes == 0 }
}

/// A line of a device's report. The report is written while the driver compiles, since a driver that crashes takes the
/// process along: what was started and never came to an end is what crashed it.
enum ReportLine: Codable {
  case device(column: String, name: String, driver: String)
  case started(PipelineID)
  case compiled(PipelineID, Figures)
  case refused(PipelineID, reason: String)
  case finished
}

/// Everything that is known of one device.
struct DeviceReport {
  enum Outcome: Equatable {
    case compiled(Figures)
    case failed(String)
  }

  /// The short name by which the compiler is asked for it.
  var column = "?"
  var deviceName = "none"
  var driver = "none"
  /// In the order of the catalog.
  var pipelines: [PipelineID] = []
  var outcomes: [PipelineID: Outcome] = [:]
  /// Whether the compiler reached the end of the catalog.
  var finished = false

  init(lines: [ReportLine]) {
    for line in lines { add(line) }
  }

  private mutating func add(_ line: ReportLine) {
    switch line {
    case .device(let column, let name, let driver):
      (self.column, self.deviceName, self.driver) = (column, name, driver)
    case .started(let id):
      pipelines.append(id)
      outcomes[id] = .failed("the driver's compiler did not come back")
    case .compiled(let id, let figures): outcomes[id] = .compiled(figures)
    case .refused(let id, let reason): outcomes[id] = .failed(reason)
    case .finished: finished = true
    }
  }

  /// - Throws: when the file can not be read or a line is not a report's.
  init(file: String) throws {
    let decoder = JSONDecoder()
    let text = try String(contentsOfFile: file, encoding: .utf8)
    // A process that was killed may leave half a line at the end.
    let whole = text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
    self.init(
      lines: try whole.split(separator: "\n").map {
        try decoder.decode(ReportLine.self, from: Data($0.utf8))
      })
    if column == "?" {
      column = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    }
  }

  /// What is wrong, in the order of the catalog; empty when the device passes.
  var problems: [String] {
    var problems: [String] = []
    for id in pipelines {
      if case .failed(let reason) = outcomes[id] { problems.append("\(id.name) does not compile: \(reason)") }
    }
    for (work, candidates) in classes where !candidates.contains(where: \.spillFree) && !candidates.isEmpty {
      problems.append("\(work) has no spill-free candidate among \(candidates.count)")
    }
    if pipelines.isEmpty { problems.append("no pipeline was compiled") }
    if !finished { problems.append("the end of the catalog was not reached") }
    return problems
  }

  /// The compiled candidates of each family and shape class, in the order of the catalog.
  private var classes: [(work: String, candidates: [Figures])] {
    var order: [String] = []
    var candidates: [String: [Figures]] = [:]
    for id in pipelines {
      let work = id.family == id.shapeClass ? id.family : "\(id.family) \(id.shapeClass)"
      if candidates[work] == nil { order.append(work) }
      if case .compiled(let figures) = outcomes[id] { candidates[work, default: []].append(figures) }
    }
    return order.map { ($0, candidates[$0] ?? []) }
  }

  /// One line for a person who waits.
  var summary: String {
    let spilling = outcomes.values.count { if case .compiled(let f) = $0 { !f.spillFree } else { false } }
    let failed = outcomes.values.count { if case .failed = $0 { true } else { false } }
    return "\(pipelines.count) pipelines, \(failed) failed, \(spilling) with spills (\(deviceName), \(driver))"
  }
}
