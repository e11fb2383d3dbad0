import ArgumentParser
import Formats
import Foundation
import LanguageModel
import Text

/// `evolcano perplexity`
struct PerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Mean loss (nats a token) and perplexity of a model over a text.",
    discussion: """
      The text is taken in windows of the context. Each begins with the token that begins a text, where the model has \
      one, so that every token of the text is foretold once.
      """)

  @OptionGroup var model: ModelOptions
  @Option(help: ArgumentHelp("The text; - reads standard input.", valueName: "path")) var file: String
  @Option(help: "Tokens of a window; the model's length, up to 2048, if not given.") var context: Int?
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var options: DeviceOptions

  func run() throws {
    let device = try options.open()
    let bytes =
      file == "-"
      ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : try ByteSource(path: file).readAll(limit: 1 << 30)
    let (loaded, tokenizer) = try model.load(on: device)
    let length = loaded.configuration.length
    let context = self.context ?? min(length, 2048)
    guard (2...length).contains(context) else {
      throw ValidationError("--context \(context): expected 2 to the model's length, \(length)")
    }
    var progress = Progress(unit: "tokens")
    let result = try Perplexity(
      tokenizer.encode(bytes: bytes, addBOS: false), bos: tokenizer.addsBOS ? tokenizer.special.bos : nil,
      context: context, with: loaded
    ) { progress.show($0, of: $1, "") }
    progress.clear()
    if json {
      let value: JSONValue = [
        "loss": .number(result.loss), "perplexity": .number(result.perplexity), "tokens": .integer(result.tokens),
      ]
      print(value.encoded())
    } else {
      print(
        "loss \(String(format: "%.6f", result.loss)) nats a token · "
          + "perplexity \(String(format: "%.4f", result.perplexity)) · \(result.tokens) tokens")
    }
  }
}
