import VulkanRuntime

/// A device in words.
struct DeviceReport {
  let properties: DeviceProperties

  init(_ properties: DeviceProperties) { self.properties = properties }

  /// Lines for a person, indented below the name.
  var details: [String] {
    let p = properties
    let kind =
      switch p.type {
      case .discrete: "discrete GPU"
      case .integrated: "integrated GPU"
      case .virtual: "virtual GPU"
      case .cpu: "CPU"
      case .other: "other device"
      }
    let subgroups =
      p.minSubgroupSize == p.maxSubgroupSize
      ? "\(p.subgroupSize)" : "\(p.subgroupSize) (\(p.minSubgroupSize) to \(p.maxSubgroupSize))"
    return [
      "     driver    \(p.driverName), \(p.driverInfo) · Vulkan \(p.apiVersion) · \(kind)",
      "     memory    \(formatted(bytes: p.memoryBytes))\(p.unifiedMemory ? ", shared with the host" : "")"
        + " · \(formatted(bytes: p.maxAllocationBytes)) an allocation",
      "     limits    \(formatted(bytes: p.maxStorageBufferRange)) a binding · "
        + "\(p.maxWorkgroupInvocations) invocations a workgroup · "
        + "\(formatted(bytes: p.sharedMemoryBytes)) shared memory · subgroups of \(subgroups)",
      "     features  " + features.map { "\($0.name) \($0.has ? "yes" : "no")" }.joined(separator: " · "),
    ]
  }

  private var features: [(name: String, has: Bool)] {
    [
      ("cooperative matrix", properties.cooperativeMatrix), ("f16 arithmetic", properties.shaderFloat16),
      ("16-bit storage", properties.storage16Bit), ("subgroup size control", properties.subgroupSizeControl),
      ("timestamps", properties.timestampPeriod > 0), ("pipeline statistics", properties.pipelineStatistics),
      ("memory budget", properties.memoryBudget),
    ]
  }
}
