import Formats

/// What a model made of one held-out item.
struct ItemResult: Sendable, Equatable {
  /// The item's place in the test.
  var item: Int
  /// The model's own answer, where it was asked for one.
  var text: String?
  /// Whether that is the only right one; nil where there are several.
  var isRight: Bool?
  /// The loss on the expected answer, in nats in all, and its tokens; nil where that is not the measure.
  var loss: Double?
  var tokens: Int?

  init(item: Int, text: String? = nil, isRight: Bool? = nil, loss: Double? = nil, tokens: Int? = nil) {
    self.item = item
    self.text = text
    self.isRight = isRight
    self.loss = loss
    self.tokens = tokens
  }

  init(_ field: JSONField) throws(FormatError) {
    item = try field["item"].integer(in: 0...Int.max)
    text = try field["answer"].ifPresent?.string()
    isRight = try field["right"].ifPresent?.bool()
    loss = try field["loss"].ifPresent?.number()
    tokens = try field["tokens"].ifPresent?.integer()
  }

  var json: JSONValue {
    var object = JSONObject()
    object["item"] = .integer(item)
    if let text { object["answer"] = .string(text) }
    if let isRight { object["right"] = .bool(isRight) }
    if let loss { object["loss"] = .number(loss) }
    if let tokens { object["tokens"] = .integer(tokens) }
    return .object(object)
  }
}

/// The answers of one model, a line each as they come: no item is asked twice.
struct AnswerLog: ~Copyable {
  private var file: AppendFile
  private(set) var results: [ItemResult] = []

  /// Opens the log, made when absent. A last line that is only a part of one is removed.
  init(path: String) throws(FormatError) {
    var file = try AppendFile(path: path)
    let lines = try JSONLines(path: path, allowsTorn: true)
    for row in lines.rows { results.append(try ItemResult(row)) }
    if lines.byteCount < file.byteCount {
      try AtomicFile.write(Array(ByteSource(path: path).read(at: 0, count: lines.byteCount)), to: path)
      file = try AppendFile(path: path)
    }
    self.file = file
  }

  mutating func append(_ result: ItemResult) throws(FormatError) {
    try file.append(result.json.encoded() + "\n")
    results.append(result)
  }

  /// Makes all answers outlast a power cut.
  func flush() throws(FormatError) { try file.flush() }
}
