import Foundation

/// A tiny model of a family with the logits that PyTorch gives (`Tools/model_fixtures.py`).
struct ModelFixture {
  private struct Expected: Decodable {
    let tokens: [Int]
    let rows: Int
    let columns: Int
    let logits: String

    enum CodingKeys: String, CodingKey {
      case tokens, rows, columns
      case logits = "logits_f32"
    }
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  let path: String
  let tokens: [Int]
  /// One row a token.
  let logits: [[Float]]

  /// - Parameters:
  ///   - name: of the model's folder or file.
  ///   - expected: the file with the logits; nil for `expected.json` in the folder.
  init(_ name: String, expected: String? = nil) throws {
    path = Self.folder.appending(path: name).path(percentEncoded: false)
    let file = Self.folder.appending(path: expected ?? "\(name)/expected.json")
    let content = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
    tokens = content.tokens
    let bytes = Data(base64Encoded: content.logits)!  // written by the script
    let values = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    precondition(values.count == content.rows * content.columns, "\(name): \(values.count) logits")
    logits = (0..<content.rows).map { Array(values[$0 * content.columns..<($0 + 1) * content.columns]) }
  }
}

/// Norm of the difference over the norm of what is wanted; infinite where the shapes differ. NaN stays NaN.
func relativeError(_ got: [[Float]], _ want: [[Float]]) -> Double {
  guard got.map(\.count) == want.map(\.count) else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (g, w) in zip(got.joined(), want.joined()) {
    difference += (Double(g) - Double(w)) * (Double(g) - Double(w))
    norm += Double(w) * Double(w)
  }
  return (difference / max(norm, 1e-300)).squareRoot()
}
