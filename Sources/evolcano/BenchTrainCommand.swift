import ArgumentParser
import Formats
import Foundation
import Kernels
import LanguageModel
import ModelBenchmark
import Training
import VulkanRuntime

/// `evolcano bench train`
struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "How fast a model trains, against the device's best matrix product.",
    discussion: """
      Weights of the shape are made up in memory. The first step is timed with nothing compiled, driver caches apart. \
      A shape that does not fit says what it needs, and which single change would fit.
      """)

  enum Method: String, ExpressibleByArgument, CaseIterable { case full, lora, qlora }

  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16

    var dtype: DType { DType(rawValue: rawValue)! }  // the names are those of the types
  }

  @Option(help: ArgumentHelp("A shape to fill with random weights.", valueName: "shape")) var random: NamedShape
  @Option(help: "What is trained: all, updates of rank 16, or those beside a base in 4 bits.")
  var method = Method.full
  @Option(help: "Type of what flows between the layers.") var precision: Precision = .f32
  @Option(help: "Tokens of a sequence.") var length = 512
  @Option(help: "Sequences of a micro-batch.") var micro = 1
  @Flag(help: "Compute each layer's activations again in the backward pass.") var checkpointing = false
  @Option(help: "Steps that are measured, after a first one.") var steps = 3
  @Flag(help: "Show where the time of each phase goes, each node timed by itself.") var profile = false
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var options: DeviceOptions

  func validate() throws {
    guard length > 1, micro > 0, steps > 0 else {
      throw ValidationError("counts are 1 or more, and a sequence has at least 2 tokens")
    }
    let most = random.configuration.length
    guard length <= most else {
      throw ValidationError("--length \(length): \(random.rawValue) is made for up to \(most) tokens")
    }
  }

  func run() throws {
    let device = try self.options.open()
    var options = TrainingOptions(method: trained, precision: precision.dtype, micro: micro, length: length)
    options.checkpointed = checkpointing
    options.maximumNorm = 1
    let report = try TrainingBenchmark(random.configuration, options: options, steps: steps).run(
      with: PipelineLibrary(device), profiling: profile ? { complain("\n\($0)\n\($1)") } : nil
    ) { complain("measuring \($0)") }
    if json {
      try printJSON(report)
    } else {
      show(report)
    }
  }

  private var trained: TrainingOptions.Method {
    let lora = LoRA(rank: 16, alpha: 32)
    return switch method {
    case .full: .full
    case .lora: .lora(lora)
    case .qlora: .quantizedLoRA(lora, base: .q4_0)
    }
  }

  private func show(_ report: TrainingBenchmark.Report) {
    print("\(report.device) · \(report.driver)")
    print(
      "\(decimal(Double(report.parameters) * 1e-6)) M parameters, "
        + "\(decimal(Double(report.trainedParameters) * 1e-6)) M of them trained (\(report.method)), in \(report.precision)"
    )
    print("")
    print(
      "training      \(decimal(report.tokensPerSecond)) tokens/s, steps of \(report.micro) × \(report.length) tokens in "
        + duration(report.stepSeconds))
    print(
      "              \(decimal(report.gigaflops)) GFLOP/s, \(percent(report.shareOfProduct)) of the best product's "
        + decimal(report.productGigaflops))
    if let forward = report.forwardSeconds, let backward = report.backwardSeconds,
      let optimizer = report.optimizerSeconds
    {
      print(
        "phases        forward \(duration(forward)), backward \(duration(backward)), optimizer \(duration(optimizer))")
    }
    print(
      "first step    \(duration(report.firstStepSeconds)), after \(duration(report.planSeconds)) of planning and "
        + "\(duration(report.preparationSeconds)) for memory and weights")
    print("a micro-step  \(grouped(report.commands)) commands, \(grouped(report.barriers)) barriers")
    print(
      "memory        \(formatted(bytes: report.peakBytes)) at the peak, \(formatted(bytes: report.plannedBytes)) planned"
    )
  }
}
