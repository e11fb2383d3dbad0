/// The reports of several devices side by side.
struct Table {
  private let reports: [DeviceReport]

  init(_ reports: [DeviceReport]) { self.reports = reports }

  var passes: Bool { reports.allSatisfy { $0.problems.isEmpty } }

  /// Legend, devices, one row a pipeline with one cell a device, and what is wrong. The same reports give the same bytes.
  var text: String { [Self.legend, devices, cells, verdict].joined(separator: "\n\n") }

  static let legend = """
    What AMD's and Intel's compilers make of every pipeline; written by Tools/vendor-compile.

    AMD    84v w18 272i    vector registers, subgroups a SIMD (occupancy), instructions
    Intel  114r x16 354i   live registers (where the driver tells), dispatch width, instructions
           +12s+1024B      registers spilled and bytes of scratch; without it there are none of either
           FAILED          does not compile
           .               not a pipeline of this device
    """

  private var devices: String {
    Self.aligned(reports.map { [$0.column, $0.deviceName, $0.driver] })
  }

  private var cells: String {
    var rows = [[""] + reports.map(\.column)]
    var family = ""
    for id in order {
      if id.family != family {
        family = id.family
        rows.append([family])
      }
      rows.append(["  " + id.name] + reports.map { Self.cell($0.outcomes[id]) })
    }
    return Self.aligned(rows)
  }

  private var verdict: String {
    let problems = reports.flatMap { report in report.problems.map { "\(report.column): \($0)" } }
    let pipelines = reports.reduce(0) { $0 + $1.pipelines.count }
    return problems.isEmpty
      ? "\(pipelines) pipelines on \(reports.count) devices: all compile, every class has a spill-free candidate."
      : "PROBLEMS\n" + problems.joined(separator: "\n")
  }

  /// Every pipeline once: families in the order of the catalog, their pipelines by name, numbers by value, since each
  /// device has others.
  private var order: [PipelineID] {
    var rank: [String: Int] = [:]
    var seen: Set<PipelineID> = []
    for id in reports.flatMap(\.pipelines) {
      if rank[id.family] == nil { rank[id.family] = rank.count }
      seen.insert(id)
    }
    return seen.sorted { a, b in
      if a.family != b.family { return rank[a.family, default: 0] < rank[b.family, default: 0] }
      let (keyA, keyB) = (SortKey(a.name), SortKey(b.name))
      return keyA == keyB ? a.shapeClass < b.shapeClass : keyA < keyB
    }
  }

  static func cell(_ outcome: DeviceReport.Outcome?) -> String {
    switch outcome {
    case nil: return "."
    case .failed: return "FAILED"
    case .compiled(let figures):
      var parts: [String] = []
      if let occupancy = figures.occupancy {
        parts = ["\(figures.registers ?? 0)v", "w\(occupancy)"]
      } else {
        if let registers = figures.registers { parts.append("\(registers)r") }
        parts.append("x\(figures.subgroupSize)")
      }
      let spilled = figures.spillFree ? "" : "+\(figures.spills)s+\(figures.scratchBytes)B"
      return parts.joined(separator: " ") + " \(figures.instructions)i" + spilled
    }
  }

  /// Columns of equal width, two spaces apart, no spaces at the ends of lines.
  static func aligned(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.filter { $0.count > 1 }.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      let line = cells.joined(separator: "  ")
      return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
    }.joined(separator: "\n")
  }
}

/// Orders names so that `[8,4]` comes before `[16,4]`.
struct SortKey: Comparable {
  private let parts: [Part]

  private enum Part: Comparable {
    case number(Int)
    case text(String)
  }

  init(_ name: String) {
    var parts: [Part] = []
    var rest = name[...]
    while let first = rest.first {
      let run = rest.prefix { $0.isNumber == first.isNumber }
      parts.append(Int(run).map(Part.number) ?? .text(String(run)))
      rest = rest[run.endIndex...]
    }
    self.parts = parts
  }

  static func < (a: SortKey, b: SortKey) -> Bool { a.parts.lexicographicallyPrecedes(b.parts) }
}
