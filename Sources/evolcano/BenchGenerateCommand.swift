import ArgumentParser
import Formats
import Foundation
import Kernels
import LanguageModel
import ModelBenchmark
import VulkanRuntime

/// `evolcano bench generate`
struct BenchGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "How fast a model reads a prompt and writes an answer, against the device's copy bandwidth.",
    discussion: """
      --random needs no model: weights of the shape are made up in memory. The first token is timed with nothing \
      compiled, driver caches apart.
      """)

  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case f32, f16, bf16, q8_0, q4_0, q4_k, q6_k

    var dtype: DType { DType(rawValue: rawValue)! }  // the names are those of the types
  }

  @Option(help: ArgumentHelp("A Hugging Face folder or a .gguf file.", valueName: "path")) var model: String?
  @Option(help: ArgumentHelp("A shape to fill with random weights.", valueName: "shape")) var random: NamedShape?
  @Option(help: "Type of the random matrices.") var type: WeightType = .f16
  @Option(help: "Round the matrices of --model while loading.") var quantize: Quantization?
  @Option(help: "Tokens of the prompt.") var prompt = 512
  @Option(help: "Tokens of the answer.") var tokens = 64
  @Option(help: "Answers at once.") var sequences = 1
  @Flag(help: "Show where the time of each program goes, each node timed by itself.") var profile = false
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var options: DeviceOptions

  func validate() throws {
    guard (model == nil) != (random == nil) else { throw ValidationError("give --model or --random, one of them") }
    guard prompt > 0, tokens > 0, sequences > 0 else { throw ValidationError("counts are 1 or more") }
  }

  func run() throws {
    let device = try options.open()
    let library = PipelineLibrary(device)
    let loaded: LoadedModel
    if let random {
      loaded = try LoadedModel.random(random.configuration, type: type.dtype, with: library)
    } else {
      loaded = try LoadedModel.load(
        ModelSource(path: model!), options: .init(quantize: quantize?.dtype), with: library)  // one of the two is given
    }
    var settings = GenerationBenchmark.Options()
    (settings.promptTokens, settings.answerTokens, settings.sequences) = (prompt, tokens, sequences)
    let report = try GenerationBenchmark(loaded, options: settings).run(
      profiling: profile ? { complain("\n\($0)\n\($1)") } : nil
    ) { complain("measuring \($0)") }
    if json {
      try printJSON(report)
    } else {
      show(report)
    }
  }

  private func show(_ report: GenerationBenchmark.Report) {
    print("\(report.device) · \(report.driver)")
    print("\(decimal(Double(report.parameters) * 1e-6)) M parameters, matrices in \(report.type)")
    print("")
    print("first token   \(duration(report.firstTokenSeconds))")
    print("prompt        \(decimal(report.promptTokensPerSecond)) tokens/s over \(report.promptTokens)")
    print(
      "answer        \(decimal(report.answerTokensPerSecond)) tokens/s over \(report.answerTokens)"
        + (report.sequences > 1 ? " × \(report.sequences)" : "")
        + " · \(decimal(report.answerGigabytesPerSecond)) GB/s, \(percent(report.shareOfCopy)) of a copy's "
        + "\(decimal(report.copyGigabytesPerSecond))")
    print(
      "memory        \(formatted(bytes: report.peakBytes)) at the peak, \(formatted(bytes: report.plannedBytes)) planned"
    )
  }
}
