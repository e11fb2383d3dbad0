/// What a pipeline must know of a shader, read from its SPIR-V in one walk over the instructions
/// (SPIR-V specification 1.5, section 3.32: opcodes; 3.20: decorations).
struct Interface {
  /// Per binding `read`, `write` or `readWrite`.
  var bindings: [String] = []
  var pushBytes = 0
  var constants = 0
  /// The shader does not read `gl_NumWorkGroups`.
  var divisible = true

  init(spirv words: [UInt32], name: String) {
    var walk = Walk()
    var at = 5  // the header is five words
    while at < words.count {
      let length = Int(words[at] >> 16)
      walk.visit(opcode: words[at] & 0xffff, words[at..<at + length])
      at += length
    }
    if let push = walk.pushBlock { pushBytes = walk.byteSize(ofStruct: push) }
    constants = (walk.constantIDs.max().map { Int($0) + 1 }) ?? 0
    guard walk.constantIDs.count == constants else {
      EmbedShader.fail("\(name): specialization constants must have the ids 0..<n, found \(walk.constantIDs.sorted())")
    }
    divisible = !walk.readsWorkgroupCount
    let slots = walk.storageBuffers()
    guard slots.keys.sorted() == Array(0..<slots.count) else {
      EmbedShader.fail("\(name): storage buffers must have the bindings 0..<n, found \(slots.keys.sorted())")
    }
    bindings = slots.keys.sorted().map { slots[$0]! }
  }
}

/// The declarations collected on the way.
private struct Walk {
  var scalarBytes: [UInt32: Int] = [:]  // scalar and vector types
  var members: [UInt32: [UInt32]] = [:]  // struct type: member types
  var offsets: [UInt32: [Int: Int]] = [:]  // struct type: member: byte offset
  var pointee: [UInt32: UInt32] = [:]
  var bindingOf: [UInt32: Int] = [:]  // variable: binding
  var storageVariables: [UInt32: UInt32] = [:]  // variable: pointer type
  var nonWritable: Set<UInt32> = [], nonReadable: Set<UInt32> = []  // struct types and variables
  var constantIDs: Set<UInt32> = []
  var pushBlock: UInt32?
  var readsWorkgroupCount = false

  mutating func visit(opcode: UInt32, _ words: ArraySlice<UInt32>) {
    func word(_ i: Int) -> UInt32 { words[words.startIndex + i] }
    switch opcode {
    case 21, 22: scalarBytes[word(1)] = Int(word(2)) / 8  // OpTypeInt, OpTypeFloat
    case 23: scalarBytes[word(1)] = scalarBytes[word(2)].map { $0 * Int(word(3)) }  // OpTypeVector; no size for bool
    case 30: members[word(1)] = Array(words.dropFirst(2))  // OpTypeStruct
    case 32: pointee[word(1)] = word(3)  // OpTypePointer
    case 59 where word(3) == 9: pushBlock = pointee[word(1)]  // OpVariable PushConstant
    case 59 where word(3) == 12: storageVariables[word(2)] = word(1)  // OpVariable StorageBuffer
    case 71: decorate(word(1), word(2), words.count > 3 ? word(3) : 0)  // OpDecorate
    case 72 where word(3) == 35: offsets[word(1), default: [:]][Int(word(2))] = Int(word(4))  // Offset
    case 72: decorate(word(1), word(3), 0)  // OpMemberDecorate: a buffer block has one member
    default: break
    }
  }

  private mutating func decorate(_ target: UInt32, _ decoration: UInt32, _ operand: UInt32) {
    switch decoration {
    case 11 where operand == 24: readsWorkgroupCount = true  // BuiltIn NumWorkgroups
    case 1: constantIDs.insert(operand)  // SpecId
    case 24: nonWritable.insert(target)
    case 25: nonReadable.insert(target)
    case 33: bindingOf[target] = Int(operand)  // Binding
    default: break
    }
  }

  func byteSize(ofStruct block: UInt32) -> Int {
    let last = offsets[block]!.max { $0.value < $1.value }!
    return last.value + scalarBytes[members[block]![last.key]]!
  }

  /// Binding to access. Two variables at one binding (views of one buffer) join their accesses.
  func storageBuffers() -> [Int: String] {
    var reads: Set<Int> = [], writes: Set<Int> = []
    for (variable, pointer) in storageVariables {
      guard let binding = bindingOf[variable], let block = pointee[pointer] else { continue }
      if !nonReadable.contains(block) && !nonReadable.contains(variable) { reads.insert(binding) }
      if !nonWritable.contains(block) && !nonWritable.contains(variable) { writes.insert(binding) }
    }
    return Dictionary(
      uniqueKeysWithValues: reads.union(writes).map { binding in
        (binding, reads.contains(binding) ? (writes.contains(binding) ? "readWrite" : "read") : "write")
      })
  }
}
