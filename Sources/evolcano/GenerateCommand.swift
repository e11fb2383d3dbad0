import ArgumentParser
import Foundation
import Generation
import LanguageModel
import Text
import VulkanRuntime

/// `evolcano generate`
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue a text.",
    discussion: "Only the continuation goes to standard output. Greedy unless --temperature is given.")

  @OptionGroup var model: ModelOptions
  @Option(help: "The text to continue; - reads standard input as it is.") var prompt: String
  @Option(help: "Tokens to generate at the most.") var maxTokens = 256
  @OptionGroup var sampling: SamplingArguments
  @Option(help: ArgumentHelp("End before this text; may be given several times.", valueName: "text"))
  var stop: [String] = []
  @Flag(help: "Go on when the model ends the text.") var ignoreEos = false
  @Option(help: "Positions of prompt and continuation together; what they need, if not given.") var context: Int?
  @Option(help: "Type of the cache of keys and values.") var cache: CacheType?
  @OptionGroup var options: DeviceOptions

  func run() throws {
    let device = try options.open()
    let (loaded, tokenizer) = try model.load(on: device)
    let text = prompt == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : Array(prompt.utf8)
    let ids = tokenizer.encode(bytes: text)
    let length = loaded.configuration.length
    let engine = try GenerationEngine(
      loaded, tokenizer: tokenizer,
      options: .init(context: context ?? min(ids.count + maxTokens, length), cacheType: cache?.dtype))
    if options.verbose { complain("memory: \(engine.memory)") }
    try engine.submit(
      GenerationRequest(
        prompt: ids, maxTokens: maxTokens, sampling: SamplingOptions(sampling), stops: stop,
        ends: ignoreEos ? [] : tokenizer.special.ends))
    let clock = ContinuousClock()
    let start = clock.now
    var first: ContinuousClock.Instant?
    var generated = 0
    while !engine.isIdle {
      for event in try engine.step() {
        if first == nil { first = clock.now }
        generated = event.tokens
        FileHandle.standardOutput.write(Data(event.text.utf8))
      }
    }
    print("")
    if options.verbose, let first {
      let (prompt, rest) = (seconds(first - start), seconds(clock.now - first))
      complain(
        "prompt \(ids.count) tokens in \(duration(prompt)) · \(generated) tokens, "
          + "\(decimal(Double(max(generated - 1, 0)) / max(rest, 1e-9))) tokens/s")
    }
  }
}

extension SamplingOptions {
  init(_ arguments: SamplingArguments) {
    self.init(
      temperature: arguments.temperature, topK: arguments.topK, topP: arguments.topP, minP: arguments.minP,
      repetitionPenalty: arguments.repetitionPenalty, seed: arguments.seed)
  }
}

/// A duration in seconds.
func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}
