import ArgumentParser
import Foundation
import Kernels
import LanguageModel
import Text
import VulkanRuntime

/// A type that a matrix can be rounded to while it is loaded.
enum Quantization: String, ExpressibleByArgument, CaseIterable {
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0, q4_0, q4_k, q6_k

  var dtype: DType { DType(rawValue: rawValue)! }  // the names are those of the types
}

/// A type of the cache of keys and values.
enum CacheType: String, ExpressibleByArgument, CaseIterable {
  case f32, f16

  var dtype: DType { self == .f32 ? .f32 : .f16 }
}

/// Which model: the options that every verb with one shares.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A Hugging Face folder or a .gguf file.", valueName: "path")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter (LoRA) to apply to the model.", valueName: "folder")) var adapter: String?
  @Option(help: "Round the matrices while loading: less memory, a little less exact.") var quantize: Quantization?

  /// Loads the model and its tokenizer, with a progress line on standard error.
  func load(on device: Device) throws -> (model: LoadedModel, tokenizer: Tokenizer) {
    let source = try ModelSource(path: model)
    let tokenizer = try source.tokenizer()
    let adapter = try self.adapter.map { try Adapter(path: $0) }
    var progress = Progress(unit: "MiB")
    let loaded = try LoadedModel.load(
      source, adapter: adapter, options: LoadedModel.Options(quantize: quantize?.dtype),
      with: PipelineLibrary(device)
    ) { done, total in
      progress.show(done >> 20, of: total >> 20, "loading")
    }
    progress.clear()
    if !loaded.notQuantized.isEmpty, let quantize {
      complain(
        "\(loaded.notQuantized.count) matrices keep their type, their rows are no whole blocks of \(quantize.rawValue): "
          + loaded.notQuantized.prefix(3).joined(separator: ", ") + (loaded.notQuantized.count > 3 ? ", …" : ""))
    }
    return (loaded, tokenizer)
  }
}

/// How tokens are drawn: the options that every verb that writes text shares.
struct SamplingArguments: ParsableArguments {
  @Option(help: "What logits are divided by; 0 takes the likeliest token.") var temperature: Float = 0
  @Option(help: "Draw from the so many likeliest tokens; 0: all.") var topK = 0
  @Option(help: "Draw from the likeliest tokens whose probabilities sum to this.") var topP: Float = 1
  @Option(help: "Draw from tokens at least this times as likely as the likeliest.") var minP: Float = 0
  @Option(help: "Makes tokens that have occurred less likely; 1: not.") var repetitionPenalty: Float = 1
  @Option(help: "Same seed, same text.") var seed: UInt64 = 0
}
