import Foundation
import Reference
import Testing

/// A file of `Fixtures/`, written by `Tools/fixtures.py` from PyTorch.
struct Fixture<Case: Decodable>: Decodable {
  let seed: Int
  let versions: [String: String]
  let cases: [Case]

  /// Reads the fixture of a family.
  /// - Throws: where the file is missing, malformed, of unknown origin or empty; the test then fails.
  static func load(_ family: String) throws -> Fixture {
    let fixture = try decoder.decode(Fixture.self, from: data(family))
    try #require(!fixture.cases.isEmpty, "\(family).json holds no case")
    try #require(fixture.versions["torch"] != nil, "\(family).json does not say what made it")
    return fixture
  }

  static func data(_ family: String) throws -> Data {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return try Data(contentsOf: folder.appending(components: "Fixtures", "\(family).json"))
  }

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  static func cases(_ family: String) throws -> [Case] { try load(family).cases }
}

/// A tensor of a fixture, row-major.
struct Tensor: Decodable {
  let shape: [Int]
  let values: [Double]

  /// All dimensions but the last as rows.
  var matrix: Matrix {
    Matrix(rows: shape.dropLast().reduce(1, *), columns: shape.last ?? 1, values: values)
  }
}
