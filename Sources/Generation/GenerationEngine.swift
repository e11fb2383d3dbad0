public import Kernels
public import LanguageModel
public import TensorGraph
import VulkanRuntime
public import Text

/// Continues many texts at once with one model: sequences join and leave a running batch, prompts are computed in chunks,
/// and those that begin alike share what their beginnings have in the cache.
///
///     let engine = try GenerationEngine(model, tokenizer: tokenizer, options: .init(context: 2048))
///     try engine.submit(GenerationRequest(prompt: ids, maxTokens: 100, ends: tokenizer.special.ends))
///     while !engine.isIdle { for event in try engine.step() { print(event.text, terminator: "") } }
///
/// A sequence's text depends on its own request alone: neither its neighbours nor the sizes of the chunks change a bit of
/// its logits. Not `Sendable`: one owner steps it.
public final class GenerationEngine {
  public struct Options: Sendable {
    /// Positions that a sequence may have, prompt and answer together; rounded up to whole blocks of 32.
    public var context: Int
    /// Most sequences that run at once; the others wait.
    public var sequences: Int
    /// Type of the cache, f32 or f16; nil for f32 where the model computes in f32 with weights of f32, else f16.
    public var cacheType: DType?

    public init(context: Int, sequences: Int = 1, cacheType: DType? = nil) {
      self.context = context
      self.sequences = sequences
      self.cacheType = cacheType
    }
  }

  public let model: LoadedModel
  /// Turns tokens into text; nil gives events without text.
  public let tokenizer: Tokenizer?
  public let cache: CacheShape
  /// What model, cache and programs take on the device.
  public let memory: InferenceMemory
  /// Called with the sequence's number and each token that it gains, for tests and statistics.
  var onToken: ((_ sequence: Int, _ token: Int) -> Void)?
  private let buckets: InferenceBuckets
  private let programs: ProgramCache<InferenceBucket, InferenceProgram>
  private var pool: BlockPool
  private var waiting: [RunningSequence] = []
  /// By row of the block table.
  private var running: [RunningSequence?]
  /// Rows of sequences whose prompts are being computed, in the order in which they came.
  private var prefilling: [Int] = []
  private var table: [Int32]
  private var tableVersion = 0
  private var nextID = 0
  private var lastWasPrefill = false
  private var chunkRows: Int
  /// Prompt tokens whose keys and values another sequence had already computed.
  public private(set) var sharedTokens = 0
  /// Prompt tokens computed.
  public private(set) var prefilledTokens = 0

  /// Plans and allocates the cache; programs are compiled when they are first needed.
  /// - Throws: `GenerationError` where the context or the memory does not allow it.
  public init(_ model: LoadedModel, tokenizer: Tokenizer?, options: Options) throws {
    let length = model.configuration.length
    guard options.context <= length else { throw GenerationError.contextTooLong(asked: options.context, model: length) }
    let block = PagedAttention.blockSize
    let sequences = min(max(options.sequences, 1), InferenceBuckets.mostSequences)
    let blocks = (max(options.context, 1) + block - 1) / block
    var shape = CacheShape(
      blocks: sequences * blocks, sequences: sequences, blocksPerSequence: blocks,
      dtype: options.cacheType ?? Self.defaultCache(model.shape))
    let context = model.library.device.kernelContext
    try Self.fit(&shape, model: model.shape, binding: context.device.maxStorageBufferRange)
    buckets = InferenceBuckets(sequences: sequences)
    memory = try Self.fit(
      &shape, model, buckets, context, free: model.library.device.physical.freeBytes)
    self.model = model
    self.tokenizer = tokenizer
    cache = shape
    pool = BlockPool(capacity: shape.blocks)
    running = [RunningSequence?](repeating: nil, count: sequences)
    table = [Int32](repeating: 0, count: sequences * blocks)
    chunkRows = context.device.type == .cpu ? 128 : InferenceBuckets.mostPrefillRows
    // The cache lies beside the model's weights, and every program uses the one arena.
    let store = TensorStore(within: model.store)
    try store.add(model.shape.cacheTensors(shape), purpose: "the cache", clearing: true)
    let arena = try Arena(model.library.device, byteCount: memory.arena)
    programs = ProgramCache { bucket in
      try InferenceProgram(model, bucket, cache: shape, store: store, arena: arena)
    }
  }

  /// f32 where everything is, so that the cache adds no error of its own.
  private static func defaultCache(_ shape: LLaMA) -> DType {
    shape.dtype == .f32 && !shape.weightTypes.values.contains { $0.isQuantized } ? .f32 : .f16
  }

  /// Fewer blocks where a layer's pool would be more than a binding.
  private static func fit(_ shape: inout CacheShape, model: LLaMA, binding: Int) throws(GenerationError) {
    let row = TensorSlice.byteCount(shape.dtype, rows: 1, columns: model.kvHeads * model.headSize) ?? 0
    let most = binding / (row * PagedAttention.blockSize)
    guard most >= shape.blocksPerSequence else {
      throw .cacheTooLarge(context: shape.context, most: most * PagedAttention.blockSize)
    }
    shape.blocks = min(shape.blocks, most)
  }

  /// Fewer blocks, down to those of one sequence, where the memory asks for it.
  private static func fit(
    _ shape: inout CacheShape, _ model: LoadedModel, _ buckets: InferenceBuckets, _ context: KernelContext, free: Int
  ) throws -> InferenceMemory {
    while true {
      let memory = try InferenceMemory(
        model.shape, weights: model.weightBytes, cache: shape, buckets: buckets, in: context)
      if memory.total - memory.weights <= free { return memory }
      guard shape.blocks > shape.blocksPerSequence else {
        throw GenerationError.outOfMemory(memory, free: free + memory.weights)
      }
      shape.blocks = max(shape.blocks / 2, shape.blocksPerSequence)
    }
  }

  // MARK: Requests

  /// Positions that a sequence may have.
  public var context: Int { cache.context }

  /// Whether nothing is left to do.
  public var isIdle: Bool { waiting.isEmpty && running.allSatisfy { $0 == nil } }

  /// Queues a text.
  /// - Returns: the number by which its events name it.
  @discardableResult
  public func submit(_ request: GenerationRequest) throws(GenerationError) -> Int {
    guard !request.prompt.isEmpty else { throw .emptyPrompt }
    guard request.prompt.count < context else {
      throw .promptTooLong(tokens: request.prompt.count, context: context)
    }
    let vocabulary = model.shape.vocabulary
    if let id = request.prompt.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw .unknownToken(id: id, vocabulary: vocabulary)
    }
    if let problem = request.sampling.problem { throw .options(problem) }
    guard request.maxTokens > 0 else { throw .options("at most \(request.maxTokens) tokens; expected 1 or more") }
    defer { nextID += 1 }
    waiting.append(RunningSequence(id: nextID, request, tokenizer: tokenizer))
    return nextID
  }

  /// Ends a sequence; it has no further events.
  public func cancel(_ id: Int) {
    waiting.removeAll { $0.id == id }
    for row in running.indices where running[row]?.id == id { leave(row) }
  }

  // MARK: Steps

  /// Computes a chunk of prompts or the next token of every running sequence, in turn where there are both.
  public func step() throws -> [GenerationEvent] {
    let decodable = running.indices.filter { running[$0]?.isPrefilled ?? false }
    let hasPrompts = !prefilling.isEmpty || !waiting.isEmpty
    if hasPrompts && (decodable.isEmpty || !lastWasPrefill) {
      let chunk = makeChunk()
      if !chunk.rows.isEmpty {
        lastWasPrefill = true
        return try prefill(chunk)
      }
    }
    lastWasPrefill = false
    return decodable.isEmpty ? [] : try decode(decodable)
  }

  /// Rows of prompts to be computed together, and those of them that are the last of their prompts.
  private struct Chunk {
    var rows: [InferenceProgram.Row] = []
    var ends: [(row: Int, sequence: Int)] = []
  }

  private func makeChunk() -> Chunk {
    var chunk = Chunk()
    var index = 0
    while chunk.rows.count < chunkRows, chunk.ends.count < InferenceBuckets.prefillOutputs {
      if index == prefilling.count, !admit() { break }
      add(prefilling[index], to: &chunk)
      index += 1
    }
    return chunk
  }

  /// Takes the next waiting sequence up if a row and its blocks are free: those that it can share with what has been
  /// computed, and new ones for all that it may ever need, so that it never has to wait again.
  private func admit() -> Bool {
    guard var sequence = waiting.first, let row = running.firstIndex(where: { $0 == nil }) else { return false }
    let size = PagedAttention.blockSize
    let prompt = sequence.request.prompt
    let needed = (min(prompt.count + sequence.request.maxTokens, context) + size - 1) / size
    // The last token of a prompt is always computed: its logits are wanted.
    while sequence.blocks.count < (prompt.count - 1) / size {
      guard let block = pool.share(key(sequence, sequence.blocks.count)) else { break }
      sequence.blocks.append(block)
    }
    guard pool.free >= needed - sequence.blocks.count else {
      for block in sequence.blocks { pool.release(block) }
      return false
    }
    sequence.cached = sequence.blocks.count * size
    sharedTokens += sequence.cached
    while sequence.blocks.count < needed { sequence.blocks.append(pool.take()!) }  // there are as many
    sequence.row = row
    for (index, block) in sequence.blocks.enumerated() { table[row * cache.blocksPerSequence + index] = Int32(block) }
    tableVersion += 1
    running[row] = sequence
    prefilling.append(row)
    waiting.removeFirst()
    return true
  }

  private func key(_ sequence: RunningSequence, _ block: Int) -> BlockPool.Key {
    let size = PagedAttention.blockSize
    return BlockPool.Key(
      parent: block == 0 ? -1 : sequence.blocks[block - 1],
      tokens: sequence.request.prompt[block * size..<(block + 1) * size].map(Int32.init))
  }

  /// Adds as much of a sequence's prompt as has room.
  private func add(_ row: Int, to chunk: inout Chunk) {
    guard var sequence = running[row] else { return }
    let size = PagedAttention.blockSize
    let prompt = sequence.request.prompt
    let end = min(prompt.count, sequence.cached + chunkRows - chunk.rows.count)
    for position in sequence.cached..<end { chunk.rows.append(self.row(sequence, position)) }
    // Full blocks can be shared from now on: whoever does is computed in this chunk, behind these rows, or later.
    for block in sequence.cached / size..<end / size { pool.enter(key(sequence, block), sequence.blocks[block]) }
    prefilledTokens += end - sequence.cached
    sequence.cached = end
    running[row] = sequence
    if end == prompt.count { chunk.ends.append((chunk.rows.count - 1, row)) }
  }

  private func row(_ sequence: RunningSequence, _ position: Int) -> InferenceProgram.Row {
    let size = PagedAttention.blockSize
    return InferenceProgram.Row(
      token: sequence.tokens[position], position: position, sequence: sequence.row,
      slot: sequence.blocks[position / size] * size + position % size)
  }

  private func prefill(_ chunk: Chunk) throws -> [GenerationEvent] {
    let clock = ContinuousClock()
    let start = clock.now
    let program = try programs.program(for: buckets.prefill(chunk.rows.count, outputs: chunk.ends.count))
    try program.run(chunk.rows, outputs: chunk.ends.map(\.row), table: (table, tableVersion))
    // About as much as takes a second is computed at once, so that a person can stop it; no bit depends on the size.
    let elapsed = (clock.now - start).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    chunkRows = InferenceBuckets.prefillRows(upTo: Int(Double(program.bucket.rows) / max(seconds, 1e-3)))
    prefilling.removeAll { running[$0]?.isPrefilled ?? true }
    return try sample(chunk.ends.map(\.sequence), from: program)
  }

  private func decode(_ sequences: [Int]) throws -> [GenerationEvent] {
    let rows = sequences.map { index in
      let sequence = running[index]!  // a running sequence
      return row(sequence, sequence.tokens.count - 1)
    }
    let program = try programs.program(for: buckets.decode(rows.count))
    try program.run(rows, outputs: Array(rows.indices), table: (table, tableVersion))
    for index in sequences { running[index]!.cached += 1 }
    return try sample(sequences, from: program)
  }

  /// Draws the next token of each sequence from the program's output rows.
  private func sample(_ sequences: [Int], from program: InferenceProgram) throws -> [GenerationEvent] {
    guard !sequences.isEmpty else { return [] }
    let isGreedy = sequences.allSatisfy { running[$0]!.request.sampling.isPlainlyGreedy }
    let isFirst = program.bucket.phase == .prefill
    let likeliest = try program.next()
    // What is not finite stays so from token to token: the first one tells, and the others need not be read for it.
    let logits = isGreedy && !isFirst ? [] : try program.logits()
    let vocabulary = model.shape.vocabulary
    if isFirst, !logits[..<(sequences.count * vocabulary)].allSatisfy(\.isFinite) {
      for row in sequences { leave(row) }
      throw GenerationError.notFinite
    }
    var events: [GenerationEvent] = []
    for (output, index) in sequences.enumerated() {
      var sequence = running[index]!  // only running sequences are computed
      let token =
        sequence.request.sampling.isPlainlyGreedy
        ? likeliest[output] : sequence.sampler.next(Array(logits[output * vocabulary..<(output + 1) * vocabulary]))
      let event = sequence.take(token, context: context)
      running[index] = sequence
      if event.reason != .end { onToken?(sequence.id, token) }
      if event.reason != nil { leave(index) }
      events.append(event)
    }
    return events
  }

  private func leave(_ row: Int) {
    guard let sequence = running[row] else { return }
    for block in sequence.blocks.reversed() { pool.release(block) }
    running[row] = nil
    prefilling.removeAll { $0 == row }
  }

  /// Where the time of one replay of each compiled program goes, by the program's name; empty where the device has no
  /// timestamps. The cache's contents are changed.
  public func profiles() throws -> [(name: String, profile: Profile)] {
    precondition(isIdle, "profiling changes the cache of running sequences")
    var result: [(name: String, profile: Profile)] = []
    let order = programs.compiled.sorted { first, second in
      first.phase == second.phase ? first.rows < second.rows : first.phase == .prefill
    }
    for bucket in order {
      let program = try programs.program(for: bucket)
      guard let profile = try program.profile() else { continue }
      result.append(("\(bucket.phase) \(bucket.rows) rows", profile))
    }
    return result
  }
}
