public import Formats
import Foundation
import Pool

/// The texts that a teacher is asked with: our own words, every constraint of the paper (Xu et al., WizardLM, appendices
/// A to E). A user may put others in a folder.
public struct PromptSet: Sendable {
  private var templates: [PromptTemplate.Name: PromptTemplate]

  /// What the project ships.
  public static let standard = PromptSet(
    templates: Dictionary(
      uniqueKeysWithValues: PromptTemplate.Name.allCases.map { ($0, PromptTemplate(text: $0.standardText)) }))

  private init(templates: [PromptTemplate.Name: PromptTemplate]) {
    self.templates = templates
  }

  /// Reads the `.txt` files of a folder; a template without a file there stays the standard one.
  ///
  /// Throws for a folder without any, for a file that is no template's and for a template that lacks a place.
  public init(folder: String) throws(FormatError) {
    self = .standard
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".txt") }.sorted()
    } catch {
      throw FormatError(.system, file: folder, "cannot be read as a folder of prompts")
    }
    let names = PromptTemplate.Name.allCases.map { $0.rawValue + ".txt" }.joined(separator: ", ")
    guard !files.isEmpty else { throw FormatError(.missing, file: folder, "has no prompt; there may be \(names)") }
    for file in files {
      let path = folder + "/" + file
      guard let name = PromptTemplate.Name(rawValue: String(file.dropLast(4))) else {
        throw FormatError(.unsupported, file: path, "is no prompt of Evol-Instruct; there may be \(names)")
      }
      templates[name] = try Self.template(name, path)
    }
  }

  private static func template(_ name: PromptTemplate.Name, _ path: String) throws(FormatError) -> PromptTemplate {
    let bytes = try ByteSource(path: path).readAll(limit: 1 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.malformed, file: path, "is no UTF-8 text")
    }
    let template = PromptTemplate(text: text.trimmed)
    guard !template.text.isEmpty else { throw FormatError(.missing, file: path, "is empty") }
    if let place = name.places.subtracting(template.places).map(\.rawValue).min() {
      throw FormatError(.missing, file: path, "has no {\(place)}, so the teacher would not be told it")
    }
    return template
  }

  /// A hash of all the texts.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    for name in PromptTemplate.Name.allCases { fingerprint.add(self[name].text) }
    return fingerprint.text
  }

  /// The name of every template with its text, in a fixed order: what a user starts from to write others.
  public var texts: [(name: String, text: String)] {
    PromptTemplate.Name.allCases.map { ($0.rawValue, self[$0].text) }
  }

  subscript(name: PromptTemplate.Name) -> PromptTemplate {
    templates[name] ?? PromptTemplate(text: name.standardText)
  }

  // MARK: Prompts

  func evolve(_ operation: EvolvingOperation, _ prompt: String, format: DataFormat) -> String {
    let method: PromptTemplate.Name
    switch operation {
    case .addConstraints: method = .addConstraints
    case .deepening: method = .deepening
    case .concretizing: method = .concretizing
    case .increaseReasoning: method = .increaseReasoning
    case .complicateInput: return self[.complicateInput].filled([.prompt: prompt, .format: format.rawValue])
    case .breadth: return self[.breadth].filled([.prompt: prompt])
    }
    return self[.inDepth].filled([.method: self[method].text, .prompt: prompt])
  }

  func judge(parent: String, child: String) -> String {
    self[.judge].filled([.first: parent, .second: child])
  }

  func answer(_ prompt: String) -> String { self[.answer].filled([.prompt: prompt]) }

  func rate(_ prompt: String) -> String { self[.rate].filled([.prompt: prompt]) }
}

extension String {
  /// The text for a database, whose texts end at the first NUL.
  var withoutNUL: String { utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self }
}

extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }
}
