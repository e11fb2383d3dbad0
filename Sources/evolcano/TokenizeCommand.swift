import ArgumentParser
import Formats
import Foundation
import Text

/// `evolcano tokenize`
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Print the token ids of a text and the pieces they stand for.",
    discussion: "Marks such as </s> in the text stay text. Bytes that are no UTF-8 become U+FFFD.")

  @Option(help: "A Hugging Face folder or a .gguf file, which may hold a vocabulary only.") var model: String
  @Flag(help: "Leave out the token that begins a text.") var noBos = false
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "The text; - reads standard input as it is.") var text: String

  func run() throws {
    let tokenizer = try Tokenizer.load(model: URL(filePath: model))
    let bytes = text == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : Array(text.utf8)
    let ids = tokenizer.encode(bytes: bytes, addBOS: noBos ? false : nil)
    let pieces = ids.map { tokenizer.piece($0) ?? "" }
    if json {
      let result: JSONValue = [
        "ids": .array(ids.map { .integer($0) }), "pieces": .array(pieces.map { .string($0) }),
      ]
      print(result.encoded())
      return
    }
    for (id, piece) in zip(ids, pieces) {
      print("\(String(repeating: " ", count: max(0, 6 - String(id).count)))\(id)  \(harmless(piece))")
    }
  }
}
