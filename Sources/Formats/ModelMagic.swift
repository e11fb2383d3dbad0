/// Tells model files by their first bytes, and refuses those that are never opened.
public enum ModelMagic {
  /// Refuses a pickle, and formats older than GGUF, with advice.
  ///
  /// A pickle is a program that runs when it is loaded (CVE-2025-32434); a PyTorch file is one inside a zip archive.
  public static func refuseForeign(_ source: ByteSource) throws(FormatError) {
    let head = try source.read(at: 0, count: min(9, source.byteCount))
    if isPickle(head) { throw pickle(source.name) }
    let text = String(decoding: head.prefix(4).reversed(), as: UTF8.self)
    if ["ggml", "ggmf", "ggjt"].contains(text) {
      throw FormatError(
        .unsupported, file: source.name, offset: 0, "is a \(text) file, older than GGUF; convert the model anew")
    }
  }

  /// Whether the bytes start a pickle of protocol 2 or later, or a zip archive.
  static func isPickle(_ head: [UInt8]) -> Bool {
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return true }
    // A safetensors file starts with the length of its header, 64 bits and far below 2^40, and then `{`.
    let isSafetensors = head.count >= 9 && head[5...7].allSatisfy { $0 == 0 } && head[8] == UInt8(ascii: "{")
    return head.count >= 2 && head[0] == 0x80 && (2...5).contains(head[1]) && !isSafetensors
  }

  static func pickle(_ file: String) -> FormatError {
    FormatError(
      .pickle, file: file,
      "is a pickle, a program that would run when loaded, and is never opened; "
        + "convert the model to safetensors, in Python: "
        + "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)")
  }
}
