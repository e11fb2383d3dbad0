import Kernels
public import VulkanRuntime

/// Where the time of one replay goes.
public struct Profile: Sendable {
  /// A node, or a kernel family as a whole.
  public struct Row: Sendable, Hashable {
    /// The node's name or the family's.
    public var name: String
    public var family: String
    public var seconds: Double
    /// What its dispatches have to do at the least.
    public var cost: Cost
    public var dispatches: Int

    public var gflops: Double { seconds > 0 ? cost.operations / seconds * 1e-9 : 0 }
    public var gigabytesPerSecond: Double { seconds > 0 ? cost.bytes / seconds * 1e-9 : 0 }
  }

  /// In the order in which they run.
  public let nodes: [Row]

  /// The slowest first.
  public var families: [Row] {
    var families: [String: Row] = [:]
    for node in nodes {
      var row =
        families[node.family] ?? Row(name: node.family, family: node.family, seconds: 0, cost: .zero, dispatches: 0)
      row.seconds += node.seconds
      row.cost = row.cost + node.cost
      row.dispatches += node.dispatches
      families[node.family] = row
    }
    return families.values.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
  }

  public var seconds: Double { nodes.reduce(0) { $0 + $1.seconds } }

  /// The part of it that is made of some nodes.
  public func filtered(_ isIncluded: (Row) -> Bool) -> Profile { Profile(nodes: nodes.filter(isIncluded)) }

  /// The families, then the slowest nodes.
  /// - Parameter count: how many nodes.
  public func table(nodes count: Int = 20) -> String {
    let slowest = nodes.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }.prefix(count)
    let rows = families + (slowest.isEmpty ? [] : [nil]) + slowest.map { Optional($0) }
    let width = max(rows.compactMap { $0?.name.count }.max() ?? 0, 6)
    let header = "\(pad("family", width))       ms      %  dispatches   GFLOP/s      GB/s"
    return
      ([header]
      + rows.map { row in row.map { line($0, width) } ?? pad("node", width) }).joined(separator: "\n")
  }

  private func line(_ row: Row, _ width: Int) -> String {
    let share = seconds > 0 ? row.seconds / seconds * 100 : 0
    return pad(row.name, width) + right(row.seconds * 1e3, 9, decimals: 3) + right(share, 7, decimals: 1)
      + right(Double(row.dispatches), 12, decimals: 0) + right(row.gflops, 10, decimals: 2)
      + right(row.gigabytesPerSecond, 10, decimals: 2)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  /// A number with a fixed count of decimals, in a column.
  private func right(_ value: Double, _ width: Int, decimals: Int) -> String {
    var text = String(Int(value.rounded()))
    if decimals > 0 {
      var factor = 1
      for _ in 0..<decimals { factor *= 10 }
      let scaled = Int((value * Double(factor)).rounded())
      let fraction = String(scaled % factor)
      text = "\(scaled / factor).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }
    return String(repeating: " ", count: max(width - text.count, 1)) + text
  }
}

extension Program {
  /// Runs two replays, of which the second is timed, each dispatch by itself and so without the overlap of dispatches
  /// that do not depend on each other. States are updated as by any replay.
  /// - Returns: nil where the device has no timestamps.
  public func profile() throws(GraphError) -> Profile? {
    try wait()
    let context = library.device.kernelContext
    let (memory, library) = (memory, library)
    let recording = try refusing { () throws(VulkanError) in
      var recorder = try Recorder(library.device, profiling: max(commandCount, 1))
      for index in plan.order {
        try recorder.record(memory.commands(of: index, in: context), with: library, label: graph.nodes[index]!.name)
      }
      return try recorder.finish()
    }
    let timings = try refusing { () throws(VulkanError) in
      try recording.run()
      try recording.run()
      return try recording.timings()
    }
    guard let timings else { return nil }
    var rows: [String: Profile.Row] = [:]
    for ((label, cost), seconds) in zip(zip(recording.labels, recording.costs), timings) {
      var row = rows[label] ?? Profile.Row(name: label, family: "", seconds: 0, cost: .zero, dispatches: 0)
      row.seconds += seconds
      row.cost = row.cost + cost
      row.dispatches += 1
      rows[label] = row
    }
    return Profile(
      nodes: plan.order.compactMap { index in
        let node = graph.nodes[index]!  // planned nodes are there
        guard var row = rows[node.name], let op = node.op else { return nil }
        row.family = type(of: op).family
        return row
      })
  }
}
