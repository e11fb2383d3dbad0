public import Kernels
import VulkanRuntime

/// A graph compiled for a device: planned, allocated, recorded once, and replayed many times.
///
///     let program = try Program.compile(g, outputs: [loss.sum], with: library, store: store)
///     try program.write(tokens, to: inputs.tokens)
///     try program.run()
///     print(try program.read(loss.sum)[0])
///
/// Not `Sendable`: one owner replays it. Programs that share a `TensorStore` share weights and states.
public final class Program {
  /// What compiling may do.
  public struct Options: Sendable {
    /// Rewrites that are applied; the values are the same without.
    public var fusions: Set<Fusion> = Set(Fusion.allCases)
    /// Lets values that are not needed at the same time share memory.
    public var reusesMemory = true
    /// Where intermediate values lie: memory that programs share which never run at once; nil for the program's own.
    public var arena: Arena?
    /// Bytes that the program may add to what is allocated; nil for what the device has free.
    public var availableBytes: Int?

    public init() {}
  }

  /// The graph after fusions.
  public let graph: Graph
  public let plan: MemoryPlan
  public let outputs: [Value]
  public let store: TensorStore
  let library: PipelineLibrary
  let memory: ProgramMemory
  let externals: [Value: TensorSlice]
  private let recording: Recording
  private var pending: Recording.Ticket?

  /// Plans, allocates and records.
  /// - Parameters:
  ///   - outputs: values to be read after a replay. States that nodes update are updated in any case.
  ///   - store: where weights and states live; nil for one of the program's own. What it lacks is added, all zeros.
  /// - Throws: `outOfMemory` before anything is allocated, `overwritten`, `conflictingTypes`, `device`.
  public static func compile(
    _ graph: Graph, outputs: [Value], with library: PipelineLibrary, store: TensorStore? = nil,
    options: Options = Options()
  ) throws(GraphError) -> Program {
    var graph = graph
    graph.fuse(options.fusions, keeping: outputs)
    let plan = try MemoryPlan(
      graph, outputs: outputs, in: library.device.kernelContext, reusing: options.reusesMemory)
    let store = store ?? TensorStore(library.device)
    try checkMemory(
      plan, graph, store, arenaBytes: options.arena == nil ? plan.arenaBytes : 0,
      available: options.availableBytes ?? library.device.physical.freeBytes)
    return try Program(graph, plan, outputs, library, store, options.arena)
  }

  private init(
    _ graph: Graph, _ plan: MemoryPlan, _ outputs: [Value], _ library: PipelineLibrary, _ store: TensorStore,
    _ arena: Arena?
  ) throws(GraphError) {
    self.graph = graph
    self.plan = plan
    self.outputs = outputs
    self.library = library
    self.store = store
    externals = try Self.allocate(graph, plan, store)
    memory = try ProgramMemory(graph, plan, arena: arena, externals: externals, on: library.device)
    let memory = memory
    let context = library.device.kernelContext
    recording = try refusing { () throws(VulkanError) in
      var recorder = try Recorder(library.device)
      for index in plan.order {
        try recorder.record(memory.commands(of: index, in: context), with: library, label: graph.nodes[index]!.name)
      }
      return try recorder.finish()
    }
  }

  /// - Throws: `outOfMemory` unless what is missing fits into `available` bytes.
  private static func checkMemory(
    _ plan: MemoryPlan, _ graph: Graph, _ store: TensorStore, arenaBytes: Int, available: Int
  ) throws(GraphError) {
    let missing = plan.externals.filter { graph.isTemporary($0) || store[graph.name(of: $0)] == nil }
    let residents = missing.map { MemoryPlan.Resident(name: graph.name(of: $0), bytes: graph.type(of: $0).byteCount) }
    let needed = residents.reduce(arenaBytes) { $0 + ArenaLayout.aligned($1.bytes) }
    guard needed > available else { return }
    let largest = (residents + plan.peak.residents).sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
    throw .outOfMemory(needed: needed, available: available, largest: Array(largest.prefix(16)))
  }

  /// Inputs are the program's own; everything else from outside is the store's.
  private static func allocate(
    _ graph: Graph, _ plan: MemoryPlan, _ store: TensorStore
  ) throws(GraphError) -> [Value: TensorSlice] {
    let inputs = TensorStore(store.device)
    var slices: [Value: TensorSlice] = [:]
    for value in plan.externals {
      let (name, type) = (graph.name(of: value), graph.type(of: value))
      if graph.isTemporary(value) {
        slices[value] = try inputs.tensor(name, type, placement: .upload)
      } else if case .rotary(let embedding, let sine)? = graph.nodes[value.node]?.external, store[name] == nil {
        let table = embedding.table
        let slice = try store.tensor(name, type)
        try refusing { () throws(VulkanError) in
          try store.device.write(sine ? table.sine : table.cosine, to: slice.buffer)
        }
        slices[value] = slice
      } else {
        slices[value] = try store.tensor(name, type)
      }
    }
    return slices
  }

  // MARK: Replaying

  /// Queues one replay without waiting; replays run in order.
  public func submit() throws(GraphError) {
    pending = try refusing { () throws(VulkanError) in try recording.submit() }
  }

  /// Waits until every queued replay has finished.
  /// - Throws: `device(.deviceLost)` with the nodes that were running.
  public func wait() throws(GraphError) {
    guard let ticket = pending else { return }
    pending = nil
    try refusing { () throws(VulkanError) in try recording.wait(ticket) }
  }

  /// One replay, waited for.
  public func run() throws(GraphError) {
    try submit()
    try wait()
  }

  /// Submissions of one replay, each of at most about 100 ms of predicted time.
  public var segmentCount: Int { recording.segmentCount }
  /// Dispatches, copies and fills of one replay.
  public var commandCount: Int { recording.labels.count }
  /// Barriers among them.
  public var barrierCount: Int { recording.barrierCount }

  /// The declared orders of summation of the kernels in use, each once: equal orders, operands, device and driver give
  /// equal bits, so a checkpoint stores them.
  public var summationOrders: [String] {
    let context = library.device.kernelContext
    var orders: Set<String> = []
    for index in plan.order {
      let node = graph.nodes[index]!  // planned nodes are there
      let types = node.inputs.map { graph.type(of: $0) }
      guard let op = node.op, let order = op.summationOrder(types, node.outputs, in: context) else { continue }
      orders.insert("\(op.label) \(types.map(\.description).joined(separator: " ")): \(order)")
    }
    return orders.sorted()
  }

  // MARK: Contents

  /// Where a value lies: an input, a state, a parameter, or an output after a replay.
  /// - Precondition: the program uses the value and keeps it.
  public func slice(of value: Value) -> TensorSlice { memory.slice(of: value) }

  /// Writes an i32 input for the next replay, row by row and without padding; what follows from it is written as well.
  /// Queued replays are waited for.
  /// - Throws: `contents` unless there is one for each element.
  /// - Precondition: the value is from outside. One that the program does not use is not written.
  public func write(_ values: [Int32], to input: Value) throws(GraphError) {
    precondition(graph.nodes[graph.resolve(input).node]?.external != nil, "\(graph.name(of: input)) is computed")
    try wait()
    if let slice = externals[graph.resolve(input)] {
      try library.device.write(values, to: slice, named: graph.name(of: input))
    }
    for value in plan.externals {
      guard case .derived(let source, .tokenSegments(let vocabulary))? = graph.nodes[value.node]?.external,
        source == graph.resolve(input), let slice = externals[value]
      else { continue }
      let columns = slice.columns
      let rows = TokenSegments.contents(values, vocabulary: vocabulary).flatMap { row in
        row + [Int32](repeating: 0, count: columns - row.count)
      }
      try library.device.write(rows, to: slice, named: graph.name(of: value))
    }
  }

  /// Writes a floating-point input, state or parameter, row by row and without padding, rounded to its type. Queued
  /// replays are waited for.
  /// - Throws: `contents` unless there is one for each element.
  /// - Precondition: the value is from outside. One that the program does not use is not written.
  public func write(_ values: [Float], to input: Value) throws(GraphError) {
    precondition(graph.nodes[graph.resolve(input).node]?.external != nil, "\(graph.name(of: input)) is computed")
    try wait()
    guard let slice = externals[graph.resolve(input)] else { return }
    try library.device.write(values, to: slice, named: graph.name(of: input))
  }

  /// The elements of an output, state or parameter, row by row and without padding. Queued replays are waited for.
  public func read(_ value: Value) throws(GraphError) -> [Float] {
    try wait()
    let slice = slice(of: value)
    return slice.floats(in: try library.device.bytes(slice.buffer))
  }

  /// The elements of an i32 output.
  public func readIntegers(_ value: Value) throws(GraphError) -> [Int32] {
    try wait()
    let slice = slice(of: value)
    return slice.integers(in: try library.device.bytes(slice.buffer))
  }

  /// The bytes of a value, padding included, to compare two replays.
  public func readBytes(_ value: Value) throws(GraphError) -> [UInt8] {
    try wait()
    return try library.device.bytes(slice(of: value).buffer)
  }
}

extension Graph {
  /// Whether an external value belongs to one program alone: what the host writes before a replay.
  func isTemporary(_ value: Value) -> Bool {
    switch nodes[value.node]?.external {
    case .input?, .derived?: true
    default: false
    }
  }
}
