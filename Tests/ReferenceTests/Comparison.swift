import Reference
import Testing

/// Expects every element to be within `tolerance` times the largest wanted magnitude; NaN fails.
///
/// float64 against float64 over sums of a few hundred terms differs by some 1e-14; the default leaves room
/// for the other libraries' orders of summation and finds any error of substance.
func expectClose(
  _ got: [Double], _ want: [Double], tolerance: Double = 1e-12, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard got.count == want.count else {
    Issue.record("\(what) \(got.count) elements for \(want.count)", sourceLocation: sourceLocation)
    return
  }
  let largest = want.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) }
  // The floor is for gradients that vanish, such as that of a softmax over one row.
  let bound = max(tolerance * largest, 1e-15)
  for (i, (x, y)) in zip(got, want).enumerated() where !(x == y || (x - y).magnitude <= bound) {
    Issue.record("\(what) element \(i) is \(x), not \(y) ± \(bound)", sourceLocation: sourceLocation)
    return
  }
}

func expectClose(
  _ got: Matrix, _ want: Tensor, tolerance: Double = 1e-12, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(got.values, want.values, tolerance: tolerance, what, sourceLocation: sourceLocation)
}

/// Expects `gradient` to be the derivative of `function` at `x`, by central differences.
///
/// With a step of 1e-5 both the truncation (h²) and the rounding (1e-16/h) are below 1e-9 for values about
/// one.
func expectDerivative(
  _ gradient: Matrix, at x: Matrix, _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
  of function: (Matrix) -> Double
) {
  let step = 1e-5
  let differences = x.values.indices.map { i in
    var (above, below) = (x, x)
    above.values[i] += step
    below.values[i] -= step
    return (function(above) - function(below)) / (2 * step)
  }
  expectClose(gradient.values, differences, tolerance: 1e-7, what, sourceLocation: sourceLocation)
}

/// Σ a·b, which turns an output into a scalar whose derivative is `a`.
func inner(_ a: Matrix, _ b: Matrix) -> Double {
  zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }
}

/// Uniform values in −1..<1 from SplitMix64 (Steele et al. 2014).
struct Uniform {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 11) * 0x1p-52 - 1
  }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns) { _, _ in next() }
  }
}
