import Formats

/// A `tokenizer.json` of huggingface/tokenizers, as far as models of the LLaMA family use it: byte-pair encoding.
struct TokenizerJSON {
  let root: JSONField
  private(set) var added: [AddedToken] = []
  private var edits: [TextEdit] = []
  private var splitters: [Splitter] = []
  private var hasByteLevel = false

  init(_ root: JSONField) throws(FormatError) {
    self.root = root
    try readAddedTokens()
    if let normalizer = root["normalizer"].ifPresent { try readNormalizer(normalizer) }
    if let preTokenizer = root["pre_tokenizer"].ifPresent { try readPreTokenizer(preTokenizer) }
  }

  private mutating func readAddedTokens() throws(FormatError) {
    for token in try root["added_tokens"].ifPresent?.array() ?? [] {
      let content = try token["content"].string()
      guard (1...AddedTokens.longest).contains(content.utf8.count) else {
        throw token["content"].error(.limit, "has \(content.utf8.count) bytes; 1 to \(AddedTokens.longest) are read")
      }
      func flag(_ name: String) throws(FormatError) -> Bool { try token[name].ifPresent?.bool() ?? false }
      added.append(
        AddedToken(
          content: content, id: try token["id"].integer(in: 0...Int(Int32.max)), isSpecial: try flag("special"),
          stripsLeft: try flag("lstrip"), stripsRight: try flag("rstrip"), isWholeWord: try flag("single_word")))
    }
  }

  private func unsupported(_ field: JSONField, _ what: String) -> FormatError {
    field.error(.unsupported, "\(what) is not supported")
  }

  private func bytes(_ field: JSONField) throws(FormatError) -> [UInt8] {
    let text = Array(try field.string().utf8)
    guard (1...64).contains(text.count) else {
      throw field.error(.limit, "has \(text.count) bytes; 1 to 64 are supported")
    }
    return text
  }

  private mutating func readNormalizer(_ field: JSONField) throws(FormatError) {
    switch try field["type"].string() {
    case "Sequence": for inner in try field["normalizers"].array() { try readNormalizer(inner) }
    case "NFC": edits.append(.compose)
    case "Prepend": edits.append(.prepend(try bytes(field["prepend"]), onlyFirst: false, unlessPresent: false))
    case "Replace":
      edits.append(.replace(try bytes(field["pattern"]["String"]), with: try bytes(field["content"])))
    case let type: throw unsupported(field["type"], "the normalizer \(type)")
    }
  }

  private mutating func readPreTokenizer(_ field: JSONField) throws(FormatError) {
    switch try field["type"].string() {
    case "Sequence": for inner in try field["pretokenizers"].array() { try readPreTokenizer(inner) }
    case "ByteLevel":
      hasByteLevel = true
      if try field["add_prefix_space"].ifPresent?.bool() ?? true {
        guard splitters.isEmpty else { throw unsupported(field["add_prefix_space"], "a space after a split") }
        edits.append(.prepend([0x20], onlyFirst: false, unlessPresent: true))
      }
      if try field["use_regex"].ifPresent?.bool() ?? true { splitters.append(.words(.gpt2)) }
    case "Digits": splitters.append(.digits(individual: try field["individual_digits"].bool()))
    case "Split": try readSplit(field)
    case "Metaspace": try readMetaspace(field)
    case let type: throw unsupported(field["type"], "the pre-tokenizer \(type)")
    }
  }

  private mutating func readSplit(_ field: JSONField) throws(FormatError) {
    let expression = try field["pattern"]["Regex"].string()
    guard let pattern = WordPattern(expression: expression) else {
      throw unsupported(field["pattern"]["Regex"], "this expression (GPT-2's, LLaMA 3's and Qwen2's are)")
    }
    guard try field["behavior"].string() == "Isolated", try field["invert"].ifPresent?.bool() != true else {
      throw unsupported(field["behavior"], "a split that is not isolated")
    }
    splitters.append(.words(pattern))
  }

  private mutating func readMetaspace(_ field: JSONField) throws(FormatError) {
    guard splitters.isEmpty else { throw unsupported(field["type"], "Metaspace after a split") }
    let symbol = try bytes(field["replacement"])
    edits.append(.replace([0x20], with: symbol))
    // Before 2024 a flag said what the scheme says now.
    let prefixes = try field["add_prefix_space"].ifPresent?.bool() ?? true
    switch try field["prepend_scheme"].ifPresent?.string() ?? (prefixes ? "always" : "never") {
    case "always": edits.append(.prepend(symbol, onlyFirst: false, unlessPresent: true))
    case "first": edits.append(.prepend(symbol, onlyFirst: true, unlessPresent: true))
    case "never": break
    case let scheme: throw unsupported(field["prepend_scheme"], "the scheme \(scheme)")
    }
    if try field["split"].ifPresent?.bool() ?? true {
      guard symbol == Splitter.spaceSymbol else { throw unsupported(field["replacement"], "this symbol") }
      splitters.append(.beforeSpaces)
    }
  }
}

extension TokenizerJSON {
  func model() throws(FormatError) -> BytePairModel {
    let field = root["model"]
    if let type = try field["type"].ifPresent?.string(), type != "BPE" { throw unsupported(field["type"], type) }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = try field[key].ifPresent?.string(), !affix.isEmpty { throw unsupported(field[key], "an affix") }
    }
    let file = root.file
    var builder = BytePairBuilder(isByteLevel: hasByteLevel) { field, problem in
      FormatError(.malformed, file: file, field: field, problem)
    }
    var entries: [(piece: String, id: Int)] = []
    for member in try field["vocab"].object().members {
      guard case .integer(let id) = member.value else {
        throw field["vocab"][member.key].error(.wrongType, "expected an integer, found \(member.value.kind)")
      }
      entries.append((member.key, id))
    }
    try builder.enter(entries, field: "model.vocab")
    try builder.enter(added.map { ($0.content, $0.id) }, field: "added_tokens")
    var model = try builder.model(
      merges: try merges(builder), special: added.filter(\.isSpecial), field: "model.merges")
    model.edits = edits
    model.splitters = splitters
    model.ignoresMerges = try field["ignore_merges"].ifPresent?.bool() ?? false
    model.fusesUnknown = try field["fuse_unk"].ifPresent?.bool() ?? false
    if let unknown = try field["unk_token"].ifPresent?.string() {
      guard let id = model.names.firstIndex(where: { $0.map { $0.utf8.elementsEqual(unknown.utf8) } ?? false }) else {
        throw field["unk_token"].error(.malformed, "is not in the vocabulary")
      }
      model.unknownID = id
    }
    if try field["byte_fallback"].ifPresent?.bool() ?? false, !hasByteLevel {
      for (id, name) in model.names.enumerated() {
        if let byte = name.flatMap(byteOfPiece) { model.byteIDs[Int(byte)] = id }
      }
    }
    model.decodingStripsSpace = try stripsSpace(root["decoder"])
    return model
  }

  private func merges(_ builder: BytePairBuilder) throws(FormatError) -> [(left: String, right: String)] {
    var pairs: [(left: String, right: String)] = []
    guard case .array(let merges) = root["model"]["merges"].value else {
      _ = try root["model"]["merges"].array()
      return []
    }
    pairs.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      switch merge {
      case .string(let text): pairs.append(try builder.pair(text, field: "model.merges[\(rank)]"))
      case .array(let parts):
        guard parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] else {
          throw builder.fault("model.merges[\(rank)]", "is not two pieces")
        }
        pairs.append((left, right))
      default: throw builder.fault("model.merges[\(rank)]", "is not two pieces")
      }
    }
    return pairs
  }

  /// Whether the decoder takes a space off the start of the text.
  private func stripsSpace(_ field: JSONField) throws(FormatError) -> Bool {
    guard let field = field.ifPresent else { return false }
    switch try field["type"].string() {
    case "Sequence":
      for inner in try field["decoders"].array() {
        if try stripsSpace(inner) { return true }
      }
      return false
    case "Strip":
      let start = try field["start"].integer()
      return try field["content"].string() == " " && start > 0
    case "Metaspace": return try field["prepend_scheme"].ifPresent?.string() != "never"
    default: return false
    }
  }

  /// The id that the post-processor puts before a text.
  func leadingID() throws(FormatError) -> Int? {
    try leadingID(root["post_processor"])
  }

  private func leadingID(_ field: JSONField) throws(FormatError) -> Int? {
    guard let field = field.ifPresent else { return nil }
    switch try field["type"].string() {
    case "Sequence":
      for inner in try field["processors"].array() {
        if let id = try leadingID(inner) { return id }
      }
      return nil
    case "TemplateProcessing":
      let first = try field["single"].array().first
      guard let mark = first?["SpecialToken"].ifPresent else { return nil }
      let name = try mark["id"].string()
      let ids = try field["special_tokens"][name]["ids"].array()
      guard let id = try ids.first?.integer(), added.contains(where: { $0.id == id }) else {
        throw field["special_tokens"].error(.malformed, "names no added token for what comes first")
      }
      return id
    default: return nil
    }
  }
}
