import Formats
import Yams

/// One YAML document, checked before the parser sees it and turned into values that know their place. No other file says
/// `Yams`.
struct YAMLText {
  /// The largest text that is read. A recipe has a few kilobytes.
  static let byteLimit = 256 << 10
  /// Lists and mappings inside one another. A recipe has three.
  static let depthLimit = 16

  let text: String
  /// What a value that starts on a line gets as its place.
  let place: (_ line: Int?) -> RecipeError.Place

  /// Reads a file.
  init(path: String) throws(RecipeError) {
    let place: (Int?) -> RecipeError.Place = { .file(path, line: $0) }
    let bytes: [UInt8]
    do throws(FormatError) {
      bytes = try ByteSource(path: path).readAll(limit: Self.byteLimit)
    } catch {
      throw RecipeError(.file, at: place(nil), error.problem)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RecipeError(.syntax, at: place(nil), "the text is not valid UTF-8")
    }
    self.init(text, place: place)
  }

  init(_ text: String, place: @escaping (_ line: Int?) -> RecipeError.Place) {
    self.text = text
    self.place = place
  }

  /// The document; nothing (`null`) where there is none.
  func value() throws(RecipeError) -> SourceValue {
    guard text.utf8.count <= Self.byteLimit else {
      throw RecipeError(.syntax, at: place(nil), "the text has more than \(Self.byteLimit) bytes")
    }
    try refuseAnchors()
    let root: Node?
    do {
      // Without rules of its own the parser leaves it to `SourceValue` what a plain scalar means.
      root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw failure(error)
    }
    guard let root else { return SourceValue(content: .scalar("", isPlain: true), place: place(nil)) }
    return try value(root, depth: 0)
  }

  /// Refuses anchors, wherever one could stand: aliases of aliases make few bytes stand for very many values, and the
  /// parser walks all of them to compare keys.
  ///
  /// An anchor is `&` with a word behind it, and no word ends right before it. In quotes and block texts this refuses
  /// what would be harmless; there the character can be written otherwise.
  private func refuseAnchors() throws(RecipeError) {
    var line = 1
    var previous: UInt8 = 0x0A
    for byte in text.utf8 {
      if previous == UInt8(ascii: "&"), isWord(byte) {
        throw RecipeError(
          .syntax, at: place(line),
          #"anchors (`&name`) are not supported; in a text, write the `&` before a word as "\x26""#)
      }
      if byte == 0x0A { line += 1 }
      // `R&D` is a text; its `&` is passed over as if it were a letter.
      previous = byte == UInt8(ascii: "&") && isWord(previous) ? UInt8(ascii: "a") : byte
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private func value(_ node: Node, depth: Int) throws(RecipeError) -> SourceValue {
    let place = place(node.mark?.line)
    guard depth <= Self.depthLimit else {
      throw RecipeError(.syntax, at: place, "lists and mappings lie more than \(Self.depthLimit) deep in one another")
    }
    switch node {
    case .scalar(let scalar):
      return SourceValue(content: .scalar(scalar.string, isPlain: scalar.style == .plain), place: place)
    case .sequence(let sequence):
      var elements: [SourceValue] = []
      for element in sequence { elements.append(try value(element, depth: depth + 1)) }
      return SourceValue(content: .list(elements), place: place)
    case .mapping(let mapping):
      var members: [SourceValue.Member] = []
      for (key, inner) in mapping {
        let keyPlace = self.place(key.mark?.line)
        guard case .scalar(let name) = key else { throw RecipeError(.syntax, at: keyPlace, "a key must be a word") }
        // The parser takes `a` and `"a"` for two keys.
        guard !members.contains(where: { $0.key == name.string }) else {
          throw RecipeError(.syntax, at: keyPlace, "\(printable(name.string)) stands twice in a mapping")
        }
        members.append(
          SourceValue.Member(key: name.string, place: keyPlace, value: try value(inner, depth: depth + 1)))
      }
      return SourceValue(content: .mapping(members), place: place)
    case .alias: throw RecipeError(.syntax, at: place, "aliases (`*name`) are not supported")
    }
  }

  /// The parser's error with its line.
  private func failure(_ error: any Error) -> RecipeError {
    func failure(_ line: Int?, _ problem: String, _ context: YamlError.Context? = nil) -> RecipeError {
      RecipeError(.syntax, at: place(line), "no valid YAML: " + (context.map { $0.text + ", " } ?? "") + problem)
    }
    guard let error = error as? YamlError else { return failure(nil, "\(error)") }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      return failure(mark.line, problem, context)
    case .composer(_, let problem, let mark, _): return failure(mark.line, problem)
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
      return failure(line, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      return failure(
        context.mark.line, "\(keys.map { printable($0) }.joined(separator: ", ")) stands twice in a mapping")
    default: return failure(nil, printable("\(error)", limit: 200))
    }
  }
}
