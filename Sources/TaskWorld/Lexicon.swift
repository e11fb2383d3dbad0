/// The nouns of the world: a few general ones, each with specific ones that it covers.
enum Lexicon {
  /// A general noun and the specific ones under it.
  struct Concept {
    let name: String
    let members: [String]
  }

  static let concepts: [Concept] = [
    Concept(name: "animal", members: ["cat", "dog", "horse", "cow", "bird"]),
    Concept(name: "fruit", members: ["apple", "pear", "plum", "lemon", "orange"]),
    Concept(name: "tool", members: ["hammer", "saw", "rope", "nail", "ladder"]),
    Concept(name: "toy", members: ["ball", "doll", "kite", "puzzle", "drum"]),
    Concept(name: "vehicle", members: ["car", "boat", "train", "truck", "plane"]),
    Concept(name: "shape", members: ["circle", "square", "star", "ring", "cube"]),
    Concept(name: "plant", members: ["rose", "oak", "grass", "ivy", "tulip"]),
    Concept(name: "room", members: ["kitchen", "hall", "attic", "office", "garage"]),
  ]

  /// All nouns, the general ones first.
  static let nouns: [String] = concepts.map(\.name) + concepts.flatMap(\.members)

  private static let kindByNoun: [String: String] = Dictionary(
    uniqueKeysWithValues: concepts.flatMap { concept in
      [(concept.name, concept.name)] + concept.members.map { ($0, concept.name) }
    })

  /// The general noun above `noun`; a general noun is its own kind.
  static func kind(of noun: String) -> String? { kindByNoun[singular(noun)] }

  private static let pluralByNoun: [String: String] = Dictionary(
    uniqueKeysWithValues: nouns.map { noun in
      switch noun {
      case "grass": (noun, "grasses")
      case "ivy": (noun, "ivies")
      default: (noun, noun + "s")
      }
    })

  private static let singularByPlural = Dictionary(uniqueKeysWithValues: pluralByNoun.map { ($1, $0) })

  /// The plural of a singular noun of the lexicon.
  static func plural(_ noun: String) -> String? { pluralByNoun[noun] }

  /// The singular of a plural; any other word is returned as it is.
  static func singular(_ noun: String) -> String { singularByPlural[noun] ?? noun }
}
