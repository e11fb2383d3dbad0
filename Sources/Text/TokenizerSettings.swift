import Formats
import Foundation

/// What the files beside a tokenizer say about it: `tokenizer_config.json`, `special_tokens_map.json`,
/// `generation_config.json`, `config.json`, `added_tokens.json`, `chat_template.jinja`. All are optional.
struct TokenizerSettings {
  var added: [AddedToken] = []
  /// Names of the marks: `bos_token`, `eos_token`, `unk_token`, `pad_token`.
  var names: [String: String] = [:]
  /// Ids of the marks from the model's own files: `bos_token_id` and so on.
  var ids: [String: [Int]] = [:]
  var addsBOS: Bool?
  var addsSpace = true
  /// As transformers 4.30 and before: a space also after each mark of the protocol.
  var isLegacy = false
  var chatTemplate: String?

  init() {}

  init(folder: URL) throws(FormatError) {
    func field(_ name: String) throws(FormatError) -> JSONField? {
      let path = folder.appending(path: name).path(percentEncoded: false)
      return FileManager.default.fileExists(atPath: path) ? try JSONField(path: path) : nil
    }
    for name in ["config.json", "generation_config.json"] {
      if let file = try field(name) { try readIDs(file) }
    }
    if let file = try field("special_tokens_map.json") { try readNames(file) }
    if let file = try field("added_tokens.json") { try readAddedTokens(file) }
    if let file = try field("tokenizer_config.json") { try read(file) }
    if let text = try ChatTemplate.text(in: folder.path(percentEncoded: false)) { chatTemplate = text }
  }

  private mutating func readIDs(_ file: JSONField) throws(FormatError) {
    for name in ["bos", "eos", "pad"] {
      guard let field = file["\(name)_token_id"].ifPresent else { continue }
      var found: [Int] = []
      if case .array = field.value {
        for element in try field.array() { found.append(try element.integer()) }
      } else {
        found = [try field.integer()]
      }
      ids[name] = found
    }
  }

  private mutating func readNames(_ file: JSONField) throws(FormatError) {
    for name in ["bos_token", "eos_token", "unk_token", "pad_token"] {
      guard let field = file[name].ifPresent else { continue }
      if case .object = field.value {
        names[name] = try field["content"].string()
      } else {
        names[name] = try field.string()
      }
    }
  }

  private mutating func readAddedTokens(_ file: JSONField) throws(FormatError) {
    for member in try file.object().members {
      try append(member.key, id: try file[member.key].integer(), isSpecial: false, file)
    }
  }

  private mutating func append(
    _ content: String, id: Int, isSpecial: Bool, _ field: JSONField
  ) throws(FormatError) {
    guard (1...AddedTokens.longest).contains(content.utf8.count), (0...Int(Int32.max)).contains(id) else {
      throw field.error(.limit, "the added token \(id) has \(content.utf8.count) bytes")
    }
    added.removeAll { $0.id == id }
    added.append(AddedToken(content: content, id: id, isSpecial: isSpecial))
  }

  private mutating func read(_ file: JSONField) throws(FormatError) {
    try readNames(file)
    for member in try file["added_tokens_decoder"].ifPresent?.object().members ?? [] {
      let token = file["added_tokens_decoder"][member.key]
      guard let id = Int(member.key) else { throw token.error(.malformed, "is no id") }
      let isSpecial = try token["special"].ifPresent?.bool() ?? false
      try append(try token["content"].string(), id: id, isSpecial: isSpecial, token)
    }
    addsBOS = try file["add_bos_token"].ifPresent?.bool()
    addsSpace = try file["add_prefix_space"].ifPresent?.bool() ?? true
    isLegacy = try file["legacy"].ifPresent?.bool() ?? false
    guard let template = file["chat_template"].ifPresent else { return }
    guard case .array = template.value else {
      chatTemplate = try template.string()
      return
    }
    // A model with several templates: the one for plain conversation.
    for choice in try template.array() where try choice["name"].string() == "default" {
      chatTemplate = try choice["template"].string()
    }
  }

  /// Enters the ids of the marks: by the tokenizer's own names, else by the model's ids.
  func name(_ special: inout Tokenizer.SpecialIDs, among added: [AddedToken]) {
    func id(_ mark: String) -> Int? {
      if let name = names["\(mark)_token"],
        let token = added.first(where: { $0.content.utf8.elementsEqual(name.utf8) })
      {
        return token.id
      }
      return nil
    }
    // An id of the model's files counts only where the vocabulary has such a mark.
    func fallback(_ mark: String) -> Int? { ids[mark]?.first { id in added.contains { $0.id == id } } }
    special.bos = id("bos") ?? special.bos ?? fallback("bos")
    special.eos = id("eos") ?? special.eos ?? fallback("eos")
    special.unknown = id("unk") ?? special.unknown
    special.padding = id("pad") ?? special.padding ?? fallback("pad")
    special.ends.formUnion((ids["eos"] ?? []).filter { id in added.contains { $0.id == id } })
    special.addEnds(among: added)
  }
}

extension Tokenizer.SpecialIDs {
  /// Marks that end an answer in models whose EOS is another one.
  private static let endMarks: Set<String> = [
    "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>",
  ]

  mutating func addEnds(among added: [AddedToken]) {
    if let eos { ends.insert(eos) }
    for token in added where token.isSpecial && Self.endMarks.contains(token.content) { ends.insert(token.id) }
  }
}
