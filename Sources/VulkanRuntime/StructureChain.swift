import CVulkan

/// A `pNext` chain with stable addresses, freed when the value goes out of scope.
struct StructureChain: ~Copyable {
  private var nodes: [UnsafeMutableRawPointer] = []

  init() {}

  /// Head of the chain, for the root struct's `pNext`; nil while empty.
  var head: UnsafeMutableRawPointer? { nodes.last }

  /// Prepends an `S`. The pointer stays valid for the chain's lifetime, so what Vulkan writes can be read back.
  @discardableResult
  mutating func add<S: VulkanStruct>(_ fill: (inout S) -> Void = { _ in }) -> UnsafeMutablePointer<S> {
    let node = UnsafeMutablePointer<S>.allocate(capacity: 1)
    node.initialize(to: S.make(fill))
    let raw = UnsafeMutableRawPointer(node)
    // Every such struct begins as `VkBaseOutStructure` does: sType, then pNext.
    raw.assumingMemoryBound(to: VkBaseOutStructure.self).pointee.pNext =
      head?.assumingMemoryBound(to: VkBaseOutStructure.self)
    nodes.append(raw)
    return node
  }

  deinit { for node in nodes { node.deallocate() } }
}

/// Calls a Vulkan enumeration twice, for the count and for the elements.
func enumerate<T>(
  _ call: StaticString, empty: T,
  _ body: (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<T>?) -> VkResult
) throws(VulkanError) -> [T] {
  var count: UInt32 = 0
  try check(body(&count, nil), call)
  var values = [T](repeating: empty, count: Int(count))
  guard count > 0 else { return [] }
  let result = values.withUnsafeMutableBufferPointer { body(&count, $0.baseAddress) }
  // VK_INCOMPLETE: something was plugged in between the two calls; what is there is still right.
  guard result == VK_SUCCESS || result == VK_INCOMPLETE else {
    throw .failed(call: "\(call)", code: Int32(result.rawValue))
  }
  return Array(values.prefix(Int(count)))
}

/// The text in a C array of characters, which Swift imports as a tuple.
func text<Tuple>(_ characters: Tuple) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
