public import Formats
public import Foundation

/// The tokenizer of a model, to be written into another file or folder that holds the model.
///
/// ```swift
/// let files = try TokenizerFiles(model: URL(filePath: "models/tinyllama"))
/// let metadata = modelEntries + (try files.ggufEntries(vocabularySize: 32_000))
/// try files.write(toFolder: folder.temporaryPath)
/// ```
public struct TokenizerFiles: Sendable {
  private enum Source {
    case folder(URL)
    case gguf(GGUFMetadata)
    case trained
  }

  /// What errors call the file of a vocabulary that lies in none.
  private static let trainedName = "the trained vocabulary"

  /// What a folder in the Hugging Face layout has about its tokenizer, and how answers end.
  static let names = [
    "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ChatTemplate.fileName, "generation_config.json",
  ]

  /// The tokenizer that the files hold.
  public let tokenizer: Tokenizer
  private let source: Source

  /// Loads and checks the tokenizer of a Hugging Face folder or a `.gguf` file.
  public init(model: URL) throws(FormatError) {
    let path = model.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      tokenizer = try Tokenizer.load(model: model)
      source = .folder(model)
    } else {
      let metadata = try GGUF(path: path).metadata
      tokenizer = try Tokenizer.load(gguf: metadata)
      source = .gguf(metadata)
    }
  }

  /// Loads and checks the tokenizer of a GGUF file that has been opened.
  public init(gguf metadata: GGUFMetadata) throws(FormatError) {
    tokenizer = try Tokenizer.load(gguf: metadata)
    source = .gguf(metadata)
  }

  /// The tokenizer of a vocabulary that was just made.
  ///
  /// A space goes before each text between marks too, as llama.cpp has it: all programs that read what this is written to
  /// then give the same ids.
  ///
  /// - Parameter template: The one that the model is trained with; with it, no program that chats needs to be told.
  public init(trained vocabulary: TrainedVocabulary, template: ChatTemplate?) throws(FormatError) {
    var settings = TokenizerSettings()
    settings.isLegacy = true
    settings.chatTemplate = template?.jinja
    tokenizer = try Tokenizer.load(
      sentencePiece: vocabulary.modelProto, file: Self.trainedName, settings: settings)
    source = .trained
  }

  /// The `tokenizer` entries of a GGUF file: with them llama.cpp and `Tokenizer.load(gguf:)` give the same ids.
  ///
  /// Those of a GGUF source are passed through. llama.cpp itself differs from a folder in three things that the format
  /// has no word for: it does not compose characters (NFC: Qwen), it puts a space after each mark of a `llama`
  /// vocabulary, and it puts one before text that starts with a space, which Metaspace does not.
  ///
  /// - Parameter vocabularySize: Rows of the model's embedding. Where the tokenizer has fewer tokens, unused ones are
  ///   added; tokens added to it for which the model has no row are left out.
  /// - Throws: `FormatError` that names what GGUF cannot express, or when the tokenizer does not fit the model.
  public func ggufEntries(vocabularySize: Int) throws(FormatError) -> [(key: String, value: GGUFValue)] {
    switch source {
    case .folder(let folder):
      try tokenizer.ggufEntries(vocabularySize: vocabularySize, file: folder.path(percentEncoded: false))
    case .trained: try tokenizer.ggufEntries(vocabularySize: vocabularySize, file: Self.trainedName)
    case .gguf(let metadata): try Tokenizer.ggufEntries(of: metadata, vocabularySize: vocabularySize)
    }
  }

  /// Writes the tokenizer into a folder that is there, in the Hugging Face layout.
  ///
  /// A folder's files are copied byte for byte. Of other sources `tokenizer.json` is made, of a `llama` vocabulary and of
  /// one that was trained also `tokenizer.model`, with `tokenizer_config.json`, `special_tokens_map.json` and `generation_config.json`.
  ///
  /// - Parameter template: What the model was trained with now, where that is not what its files say: it goes into
  ///   `tokenizer_config.json`, so that no program that chats needs to be told.
  public func write(toFolder path: String, template: ChatTemplate? = nil) throws(FormatError) {
    try writeAsItIs(toFolder: path)
    guard let template, tokenizer.chatTemplate.flatMap({ ChatTemplate.recognized(in: $0) }) != template else { return }
    let file = path + "/tokenizer_config.json"
    var settings = JSONObject()
    if FileManager.default.fileExists(atPath: file) { settings = try JSONField(path: file).object() }
    settings["chat_template"] = .string(template.jinja)
    try AtomicFile.write(JSONValue.object(settings).encoded(indent: 2) + "\n", to: file)
    // It would come before the configuration's.
    try? FileManager.default.removeItem(atPath: path + "/" + ChatTemplate.fileName)
  }

  private func writeAsItIs(toFolder path: String) throws(FormatError) {
    switch source {
    case .folder(let folder):
      for name in Self.names {
        let original = folder.appending(path: name).path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: original) else { continue }
        try Self.copy(original, to: path + "/" + name)
      }
    case .gguf(let metadata): try writeFiles(toFolder: path, file: metadata.file)
    case .trained: try writeFiles(toFolder: path, file: Self.trainedName)
    }
  }

  /// - Parameter file: The file that errors name.
  private func writeFiles(toFolder path: String, file: String) throws(FormatError) {
    for (name, bytes) in try tokenizer.huggingFaceFiles(file: file) {
      try AtomicFile.write(bytes, to: path + "/" + name)
    }
  }

  private static func copy(_ original: String, to path: String) throws(FormatError) {
    let source = try ByteSource(path: original)
    var stream = try source.stream(0..<source.byteCount)
    var file = try AtomicFile(path: path)
    let staging = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { staging.deallocate() }
    while true {
      let count = try stream.next(into: staging)
      if count == 0 { break }
      try file.append(UnsafeRawBufferPointer(rebasing: staging[..<count]))
    }
    try file.commit()
  }
}
