public import Kernels
import VulkanRuntime

/// Where every value of a graph lies, known before a byte is allocated.
public struct MemoryPlan: Sendable {
  /// Something in memory and what it takes.
  public struct Resident: Sendable, Hashable {
    /// The value's name; scratch memory is its node's name and "(workspace)".
    public var name: String
    public var bytes: Int

    public init(name: String, bytes: Int) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// The moment at which most of the arena is in use.
  public struct Peak: Sendable, Hashable {
    /// The node that runs.
    public var node: String
    /// Bytes in use, the lower bound of any layout.
    public var bytes: Int
    /// What is in use, the largest first.
    public var residents: [Resident]
  }

  public enum Placement: Sendable, Hashable {
    /// Byte offset in the arena.
    case arena(offset: Int)
    /// In the memory of an external value.
    case external(Value)
  }

  /// Nodes in the order in which they run.
  public let order: [Int]
  public let placements: [Value: Placement]
  /// Offsets in the arena of the scratch memory, by node.
  public let workspaces: [Int: Int]
  /// Bytes of scratch memory, by node.
  public let workspaceBytes: [Int: Int]
  /// Bytes of the arena: intermediate values and scratch memory, padding and alignment counted.
  public let arenaBytes: Int
  /// Nothing in the arena crosses a multiple of this.
  public let blockBytes: Int
  public let peak: Peak
  /// External values that the nodes use or that are outputs.
  public let externals: [Value]
  /// Bytes of `externals`.
  public let externalBytes: Int
  /// The largest of `externals` first.
  public let externalResidents: [Resident]

  public var totalBytes: Int { arenaBytes + externalBytes }

  /// Plans the nodes that `outputs` and the updates of states need.
  /// - Parameters:
  ///   - outputs: values that must be there after a replay.
  ///   - reusing: lets values that are not needed at the same time share memory; false gives each its own.
  /// - Throws: `overwritten` where a value is used after it has been updated in place.
  public init(
    _ graph: Graph, outputs: [Value], in context: KernelContext, reusing: Bool = true
  ) throws(GraphError) {
    let schedule = try Schedule(graph, outputs: outputs)
    let lifetimes = try Lifetimes(graph, schedule, outputs: outputs, in: context, reusing: reusing)
    let storages = lifetimes.storages
    let inArena = storages.indices.filter { storages[$0].external == nil }
    let end = schedule.order.count
    let items = inArena.map { index in
      let storage = storages[index]
      return ArenaLayout.Item(
        bytes: storage.bytes, first: reusing ? storage.first : 0, last: reusing ? storage.last : end)
    }
    let block = Self.blockBytes(context.device)
    let layout = ArenaLayout(items, blockBytes: block)
    let offsets = Dictionary(uniqueKeysWithValues: zip(inArena, layout.offsets))

    order = schedule.order
    blockBytes = block
    arenaBytes = layout.byteCount
    placements = lifetimes.storage.mapValues { index in
      storages[index].external.map { .external($0) } ?? .arena(offset: offsets[index]!)
    }
    workspaces = lifetimes.workspaces.mapValues { offsets[$0]! }
    workspaceBytes = lifetimes.workspaces.mapValues { storages[$0].bytes }
    peak = Self.peak(graph, schedule, inArena.map { storages[$0] }, items)
    let used = Set(schedule.order.flatMap { graph.nodes[$0]!.inputs } + outputs.map(graph.resolve))
    externals = graph.externalValues.filter { used.contains($0) }
    let residents = externals.map { Resident(name: graph.name(of: $0), bytes: graph.type(of: $0).byteCount) }
    externalBytes = residents.reduce(0) { $0 + ArenaLayout.aligned($1.bytes) }
    externalResidents = residents.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
  }

  /// Bytes of the largest allocation that a device makes, in whole alignments.
  static func blockBytes(_ device: DeviceProperties) -> Int {
    device.maxAllocationBytes / ArenaLayout.alignment * ArenaLayout.alignment
  }

  private static func peak(
    _ graph: Graph, _ schedule: Schedule, _ storages: [Lifetimes.Storage], _ items: [ArenaLayout.Item]
  ) -> Peak {
    let aligned = items.map { ArenaLayout.Item(bytes: ArenaLayout.aligned($0.bytes), first: $0.first, last: $0.last) }
    let live = ArenaLayout.liveBytes(aligned)
    guard let bytes = live.max(), let position = live.firstIndex(of: bytes) else {
      return Peak(node: "", bytes: 0, residents: [])
    }
    let residents = zip(storages, aligned).filter { $0.1.first <= position && position <= $0.1.last }
      .map { Resident(name: $0.0.name, bytes: $0.1.bytes) }
      .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
    let node = schedule.order.indices.contains(position) ? graph.nodes[schedule.order[position]]!.name : "the end"
    return Peak(node: node, bytes: bytes, residents: residents)
  }
}
