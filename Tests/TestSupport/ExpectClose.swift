public import Kernels
public import Reference
public import Testing

extension DType {
  /// Largest normalised mean square error that a kernel may have with results stored in the type. f32: rounding of the
  /// accumulation; f16 and bf16: rounding of the stored result (2⁻¹¹ and 2⁻⁸ relative, squared, over 3), with margin.
  /// An f16 accumulation over 257 terms has 5.5e-6 and fails.
  public var tolerance: Double {
    switch self {
    case .f16: 1e-6
    case .bf16: 1e-4
    default: 1e-10
    }
  }

  /// Largest error of one element, relative to the largest element of the wanted result.
  public var elementTolerance: Double {
    switch self {
    case .f16: 4e-3
    case .bf16: 3e-2
    default: 2e-5
    }
  }
}

/// Compares a kernel's result with the reference: the normalised mean square error Σ(got−want)² / Σ want² and a bound
/// for each element. Written "≤", so that a NaN fails.
public func expectClose(
  _ got: Matrix, _ want: Matrix, as type: DType = .f32, nmse: Double? = nil, perElement: Double? = nil,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    got.rows == want.rows && got.columns == want.columns,
    "\(comment()) got \(got.rows) × \(got.columns), want \(want.rows) × \(want.columns)",
    sourceLocation: sourceLocation)
  guard got.values.count == want.values.count, !want.values.isEmpty else { return }
  var (error, energy, largest) = (0.0, 0.0, 0.0)
  for (g, w) in zip(got.values, want.values) {
    error += (g - w) * (g - w)
    energy += w * w
    largest = max(largest, abs(w))
  }
  let limit = (nmse ?? type.tolerance) * max(energy, 1e-30)
  #expect(error <= limit, "\(comment()) NMSE \(error / max(energy, 1e-30))", sourceLocation: sourceLocation)
  let bound = (perElement ?? type.elementTolerance) * max(largest, 1e-30)
  let worst = zip(got.values, want.values).enumerated().first { !(abs($0.element.0 - $0.element.1) <= bound) }
  #expect(
    worst == nil,
    "\(comment()) element \(worst.map { "(\($0.offset / want.columns), \($0.offset % want.columns)): got \($0.element.0), want \($0.element.1)" } ?? "")",
    sourceLocation: sourceLocation)
}
