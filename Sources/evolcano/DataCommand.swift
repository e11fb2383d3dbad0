import ArgumentParser
import Formats
import Foundation
import Text
import TrainingData
import Workflow

/// `evolcano data`
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Show what a trainer would see: rendered rows with the loss mask, bad rows, lengths, packing.",
    discussion: """
      Data is JSON arrays, JSONL, texts (.txt) and pools, or folders that hold a pool. What is learned is green and bold on a terminal and stands in ⟦ ⟧ elsewhere. Rows \
      that cannot be used are listed with their lines; more than 10 % of them make the exit status 1. Needs no device.
      """)

  /// The formats that `--format` takes.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case auto, alpaca, sharegpt, messages, text, pool

    /// Nil where the file decides.
    var rows: RowFormat? { RowFormat(rawValue: rawValue) }
  }

  @Option(help: "A Hugging Face folder or a .gguf file; a tokenizer alone will do.") var model: String
  @Option(
    help:
      "The prompt template: \(ChatTemplate.families.map(\.name).joined(separator: ", ")). (default: the model's own)")
  var template: String?
  @Option(help: "What the rows look like; auto looks at each file's first valid row.") var format = Format.auto
  @Option(help: "Tokens of a training sequence; longer conversations are left out, longer texts cut.") var length = 2048
  @Option(help: "How many rows to show.") var rows = 3
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "The data: files, pools, folders with a pool.") var files: [String]

  func validate() throws {
    if let template, ChatTemplate.named(template) == nil {
      let names = ChatTemplate.families.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no template '\(template)'; there are \(names).")
    }
    guard length > 0 else { throw ValidationError("--length must be at least 1.") }
    guard rows >= 0 else { throw ValidationError("--rows must not be negative.") }
  }

  func run() throws {
    let tokenizer = try Tokenizer.load(model: URL(filePath: model))
    let choice = try TemplateChoice(named: template, for: tokenizer)
    var progress = Progress(unit: "%")
    let sources = try TrainingSources.open(files, format: format.rows)
    let set = try TrainingSet(
      sources, template: choice.template, tokenizer: tokenizer, length: length,
      allowBad: true
    ) { progress.show($0 * 100 / max($1, 1), of: 100, "reading and tokenizing") }
    progress.clear()
    let view = DataView(
      data: set, summary: DataSummary(set, length: length), choice: choice, tokenizer: tokenizer, shownRows: rows)
    print(json ? view.json.encoded(indent: 2) : view.text(isColored: isColorTerminal))
    if set.report.hasTooManyBadRows { throw TrainingDataError.tooManyBadRows(set.report) }
  }
}
