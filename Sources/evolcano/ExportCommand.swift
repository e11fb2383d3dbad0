import ArgumentParser
import Formats
import Foundation
import LanguageModel

/// `evolcano export`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model as a Hugging Face folder or a GGUF file, with an adapter merged into it.",
    discussion: """
      Without --type every tensor keeps its type; quantised ones become f16 in safetensors, which has no blocks. \
      No device is used.
      """)

  /// What is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors, gguf

    var format: ModelExport.Format { self == .gguf ? .gguf : .safetensors }
  }

  /// What the weights are written as.
  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case f32, f16, bf16, q8_0, q4_0

    var elementType: ElementType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      case .q8_0: .q8_0
      case .q4_0: .q4_0
      }
    }
  }

  @Option(help: ArgumentHelp("A Hugging Face folder or a .gguf file.", valueName: "path")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter (LoRA) to merge into the model.", valueName: "folder"))
  var adapter: String?
  @Option(help: "What to write.") var format: Format
  @Option(help: "Type of the matrices; q8_0 and q4_0 for gguf only.") var type: WeightType?
  @Option(help: ArgumentHelp("The folder or file to write.", valueName: "path")) var output: String
  @Flag(help: "Replace the model's folder or the file that is there.") var overwrite = false

  func validate() throws {
    if let type, type.elementType.isQuantized, format == .safetensors {
      throw ValidationError("safetensors has no type \(type.rawValue); f32, f16 and bf16 can be written")
    }
  }

  func run() throws {
    let export = try ModelExport(
      ModelSource(path: model), adapter: adapter.map { try Adapter(path: $0) },
      options: ModelExport.Options(format: format.format, type: type?.elementType, overwrites: overwrite))
    if export.isDequantized { complain("quantised matrices are written as f16; --type chooses another") }
    if !export.hasTokenizer { complain("\(model) holds no tokenizer: the weights are exported alone") }
    for name in export.notQuantized {
      complain("\(name) is written as f16: its rows are no whole blocks of \(type?.rawValue ?? "")")
    }
    var progress = Progress(unit: "MiB")
    defer { progress.clear() }
    let summary = try export.write(to: output) { done, total in
      progress.show(done >> 20, of: total >> 20, "exporting")
    }
    progress.clear()
    let types = summary.types.map { "\($0.tensors) \($0.type.name)" }.joined(separator: ", ")
    print(
      "\(summary.path): \(decimal(Double(summary.byteCount) / 1e6)) MB in \(summary.files) "
        + "\(summary.files == 1 ? "file" : "files"), tensors: \(types)")
  }
}
