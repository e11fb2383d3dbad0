/// What is fixed of an attention beside its operands.
public struct AttentionShape: Hashable, Sendable {
  /// H, query heads.
  public let heads: Int
  /// G, key/value heads: query head h reads key/value head h / (H/G).
  public let kvHeads: Int
  /// K, the size of a head.
  public let headSize: Int
  /// The factor of the scores, usually 1/√K.
  public let scale: Float
  /// A row sees the last `window` positions, itself among them; 0: all.
  public let window: Int

  /// - Parameter scale: nil for 1/√K.
  /// - Precondition: H is a multiple of G, and K a multiple of 4 from 4 to 256.
  public init(heads: Int, kvHeads: Int, headSize: Int, scale: Float? = nil, window: Int = 0) {
    precondition(
      kvHeads > 0 && heads > 0 && heads % kvHeads == 0, "\(heads) query heads for \(kvHeads) key/value heads")
    precondition(
      headSize % 4 == 0 && (4...256).contains(headSize), "a head size of \(headSize), not a multiple of 4 up to 256")
    precondition(window >= 0, "a window of \(window) positions")
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.window = window
  }

  /// H/G, query heads to a key/value head.
  public var group: Int { heads / kvHeads }

  /// Quads (four elements) of a head.
  var headQuads: Int { headSize / 4 }

  /// How many pairs of a row and a position that it sees there are among `rows` rows of one sequence.
  func pairs(rows: Int) -> Int {
    let full = window > 0 ? min(window, rows) : rows
    return full * (full + 1) / 2 + (rows - full) * full
  }
}
