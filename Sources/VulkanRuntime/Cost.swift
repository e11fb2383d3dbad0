/// What a dispatch has to do at the least: the measure of its speed, and of how long it may run.
public struct Cost: Sendable, Hashable {
  /// Floating-point operations; a fused multiply-add counts two.
  public var operations: Double
  /// Bytes read and written, each once.
  public var bytes: Double

  public init(operations: Double, bytes: Double) {
    self.operations = operations
    self.bytes = bytes
  }

  public init(operations: Int, bytes: Int) {
    self.init(operations: Double(operations), bytes: Double(bytes))
  }

  public static let zero = Cost(operations: 0.0, bytes: 0.0)

  public static func + (a: Cost, b: Cost) -> Cost {
    Cost(operations: a.operations + b.operations, bytes: a.bytes + b.bytes)
  }
}

extension DeviceProperties {
  /// Operations and bytes a second that any device of the kind can be trusted to reach. Deliberately low: they bound
  /// how long a submission may run, and a watchdog must never fire on the slowest card of its kind.
  private var safeRates: (operations: Double, bytes: Double) {
    switch type {
    case .discrete: (1e12, 50e9)
    case .integrated, .virtual: (100e9, 10e9)
    case .cpu, .other: (10e9, 4e9)
    }
  }

  /// Predicted time of a dispatch, in seconds; an upper estimate.
  func seconds(for cost: Cost) -> Double {
    let rates = safeRates
    return cost.operations / rates.operations + cost.bytes / rates.bytes + 20e-6
  }
}
