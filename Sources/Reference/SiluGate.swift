import Foundation

extension Reference {
  /// `y = silu(gate) · up` with silu(x) = x / (1 + exp(−x)) (Shazeer 2020, SwiGLU). All of one shape.
  public static func siluGate(gate: Matrix, up: Matrix) -> Matrix {
    gate.zip(up) { $0 * sigmoid($0) * $1 }
  }

  /// The gradients of `siluGate`: dgate = dy · up · σ(gate)·(1 + gate·(1 − σ(gate))), dup = dy · silu(gate).
  public static func siluGateBackward(
    gate: Matrix, up: Matrix, dy: Matrix
  ) -> (dgate: Matrix, dup: Matrix) {
    let slope = gate.map { sigmoid($0) * (1 + $0 * (1 - sigmoid($0))) }
    return (dy.zip(up, *).zip(slope, *), dy.zip(gate.map { $0 * sigmoid($0) }, *))
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
