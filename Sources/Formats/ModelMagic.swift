/// Tells model files by their first bytes, and refuses those that are never opened.
public enum ModelMagic: Sendable {
  case gguf
  case safetensors

  /// The kind of a model file.
  ///
  /// - Throws: `FormatError` for pickles, with advice, and for all that is no model file.
  public init(_ source: ByteSource) throws(FormatError) {
    try Self.refuseForeign(source)
    let head = try Self.head(source)
    if head.starts(with: GGUF.magic) {
      self = .gguf
    } else if Self.isSafetensors(head) {
      self = .safetensors
    } else {
      throw FormatError(.unsupported, file: source.name, offset: 0, "is neither a GGUF nor a safetensors file")
    }
  }

  /// Refuses a pickle, and formats older than GGUF, with advice.
  ///
  /// A pickle is a program that runs when it is loaded (CVE-2025-32434); a PyTorch file is one inside a zip archive.
  static func refuseForeign(_ source: ByteSource) throws(FormatError) {
    let head = try head(source)
    if head.starts(with: GGUF.magic) || isSafetensors(head) { return }
    let text = String(decoding: head.prefix(4).reversed(), as: UTF8.self)
    if ["ggml", "ggmf", "ggjt"].contains(text) {
      throw FormatError(
        .unsupported, file: source.name, offset: 0, "is a \(text) file, older than GGUF; convert the model anew")
    }
    let isZip = head.starts(with: [0x50, 0x4B, 0x03, 0x04])
    let isBinaryPickle = head.count >= 2 && head[0] == 0x80 && (2...5).contains(head[1])
    if isZip || isBinaryPickle || pickleEndings.contains(where: { source.name.hasSuffix($0) }) {
      throw pickle(source.name)
    }
  }

  /// Refuses a model's folder that has pickles for weights. To be asked when it has nothing better.
  static func refusePickles(folder: String) throws(FormatError) {
    let names = [
      "pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth", "adapter_model.bin", "model.pt",
      "model.pth",
    ]
    for name in names where System.status(path: folder + "/" + name) != nil { throw pickle(folder + "/" + name) }
  }

  private static let pickleEndings = [".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"]

  private static func head(_ source: ByteSource) throws(FormatError) -> [UInt8] {
    try source.read(at: 0, count: min(9, source.byteCount))
  }

  /// A safetensors file starts with the length of its header, 64 bits and far below 2^40, and then `{`.
  private static func isSafetensors(_ head: [UInt8]) -> Bool {
    head.count >= 9 && head[5...7].allSatisfy { $0 == 0 } && head[8] == UInt8(ascii: "{")
  }

  private static func pickle(_ file: String) -> FormatError {
    FormatError(
      .pickle, file: file,
      "is a pickle, a program that would run when loaded, and is never opened; "
        + "convert the model to safetensors, in Python: "
        + "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)")
  }
}
