import Foundation

/// The variants that a shader source declares: the union of the products of its lines
/// `//! variants: TYPE = f32 f16; MODE = nn nt`.
struct Variants {
  var axes: [String] = []
  /// One value an axis, in the order of `axes`; a source without a declaration has one empty combination.
  var combinations: [[String]] = []

  init(source: String, file: String) {
    for line in source.split(separator: "\n") {
      let text = line.trimmingCharacters(in: .whitespaces)
      guard text.hasPrefix("//! variants:") else { continue }
      let declared = text.dropFirst("//! variants:".count).split(separator: ";").map { part in
        part.split(separator: "=").map { $0.split(separator: " ").map(String.init) }
      }
      guard declared.allSatisfy({ $0.count == 2 && $0[0].count == 1 && !$0[1].isEmpty }) else {
        EmbedShader.fail("\(file): a variants line reads `//! variants: AXIS = value value; AXIS = value`")
      }
      let names = declared.map { $0[0][0] }
      guard axes.isEmpty || axes == names else {
        EmbedShader.fail("\(file): every variants line must name the axes \(axes), not \(names)")
      }
      axes = names
      combinations += declared.reduce([[]]) { products, axis in
        products.flatMap { product in axis[1].map { product + [$0] } }
      }
    }
    if combinations.isEmpty { combinations = [[]] }
    guard Set(combinations).count == combinations.count else {
      EmbedShader.fail("\(file): a combination is declared twice")
    }
  }
}
