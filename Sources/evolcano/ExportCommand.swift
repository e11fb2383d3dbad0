import ArgumentParser
import Formats
import Foundation
import LanguageModel
import Text
import VulkanRuntime

/// `evolcano export`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model as a Hugging Face folder or a GGUF file, in another type, with an adapter merged in.",
    discussion: "Needs no device. The tokenizer and chat template go along.")

  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case f32, f16, bf16, q8_0, q4_0, q4_k, q6_k

    var elementType: ElementType { ElementType(rawValue: rawValue.uppercased())! }  // the names are those of the types
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors, gguf
  }

  @Option(help: ArgumentHelp("A Hugging Face folder or a .gguf file.", valueName: "path")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter (LoRA) to merge into the model.", valueName: "folder"))
  var adapter: String?
  @Option(help: "What to write.") var format: Format
  @Option(help: "Type of the matrices; the type that each has, if not given.") var type: WeightType?
  @Option(help: ArgumentHelp("The folder or file to write.", valueName: "path")) var output: String
  @Flag(help: "Replace what is there.") var overwrite = false

  func validate() throws {
    if format == .safetensors, let type, type.elementType.isQuantized {
      throw ValidationError("safetensors has no type \(type.rawValue); f32, f16 and bf16 can be written")
    }
  }

  func run() throws {
    let source = try ModelSource(path: model)
    let plan = try ExportPlan(
      source, adapter: adapter.map { try Adapter(path: $0) },
      format: format == .gguf ? .gguf : .safetensors, type: type?.elementType)
    let tokenizer = try tokenizerFiles(source)
    if !plan.notQuantized.isEmpty {
      let names = plan.notQuantized
      complain(
        "\(names.count) matrices are written in F16, their rows are no whole blocks of \(type?.rawValue ?? ""): "
          + names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : ""))
    }
    if plan.isDequantized { complain("quantised matrices are written in F16; --type chooses another") }
    var progress = Progress(unit: "MiB")
    try ModelExport(source, plan, tokenizer: tokenizer).write(to: output, overwriting: overwrite) {
      progress.show($0 >> 20, of: $1 >> 20, "writing")
    }
    progress.clear()
    let types = plan.typeBytes.map { "\($0.type.name) \(formatted(bytes: $0.bytes))" }.joined(separator: ", ")
    print("\(output): \(formatted(bytes: plan.byteCount)) of weights (\(types))")
  }

  /// A folder may do without a tokenizer, and says so.
  private func tokenizerFiles(_ source: ModelSource) throws -> TokenizerFiles? {
    if format == .safetensors, !source.hasTokenizer {
      complain("the model has no tokenizer; its weights alone are written")
      return nil
    }
    return try TokenizerFiles(model: URL(filePath: model))
  }
}
