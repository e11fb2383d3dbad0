public import VulkanRuntime

extension BenchmarkCase {
  /// Every case, in the order of a transformer's forward pass, then training.
  public static func all(for device: DeviceProperties) -> [BenchmarkCase] {
    products() + quantizedProducts() + vectors() + norms() + streams() + elementwise() + attention() + paged() + loss()
      + optimizer()
  }
}
