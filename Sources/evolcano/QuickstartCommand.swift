import ArgumentParser
import LanguageModel
import TensorGraph
import VulkanRuntime
import Workflow

/// `evolcano quickstart`
struct QuickstartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "Train a small language model from nothing, to see the engine at work on this machine.",
    discussion: """
      Builds a LLaMA of two layers as a graph, differentiates it, plans its memory, records it once and replays it for \
      every step; the task is to continue arithmetic progressions. Then the model continues some that it never saw.
      """)

  @OptionGroup var options: DeviceOptions
  @Option(help: "Training steps.") var steps = 300

  func run() throws {
    let device = try options.open()
    complain(DeviceReport(device.properties).details.joined(separator: "\n"))
    let demonstration = try Demonstration(device, steps: steps)
    describe(demonstration)
    try train(demonstration)
    try show(demonstration)
    if let profile = try demonstration.training.profile() {
      print("\nwhere a forward and backward pass goes (each node timed alone)")
      print(profile.table(nodes: 0))
    }
  }

  private func describe(_ demonstration: Demonstration) {
    let (model, program) = (demonstration.model, demonstration.training)
    print("")
    print(
      "model     LLaMA, \(model.layers) layers, D=\(model.hidden) H=\(model.heads) G=\(model.kvHeads) "
        + "F=\(model.feedForward) V=\(model.vocabulary): \(demonstration.parameterCount) parameters")
    print(
      "graph     \(program.plan.order.count) nodes forward and backward, \(program.commandCount) dispatches, "
        + "\(program.barrierCount) barriers, \(program.segmentCount) submission\(program.segmentCount == 1 ? "" : "s")")
    print(
      "memory    \(formatted(bytes: program.plan.arenaBytes)) for intermediate values, "
        + "known before anything was allocated")
    print("task      continue an arithmetic progression modulo \(model.vocabulary)")
    print("")
  }

  private func train(_ demonstration: Demonstration) throws {
    var seconds: [Double] = []
    for index in 0..<steps {
      let step = try demonstration.step()
      if index > 0 { seconds.append(step.seconds) }  // the first compiles
      if index % max(steps / 10, 1) == 0 || index == steps - 1 {
        print("step \(pad(index, 4))   loss \(decimal(step.loss))   \(duration(step.seconds))")
      }
    }
    guard !seconds.isEmpty else { return }
    let median = seconds.sorted()[seconds.count / 2]
    print("\nmedian    \(duration(median)) a step, \(Int(Double(Demonstration.tokensPerStep) / median)) tokens/s")
  }

  private func show(_ demonstration: Demonstration) throws {
    let continuations = try demonstration.continuations()
    let right = continuations.filter { $0.continuation == $0.wanted }.count
    print("\nprogressions that it never saw: \(right) of \(continuations.count) continued without a mistake")
    for item in continuations.prefix(4) {
      let mark = item.continuation == item.wanted ? "✓" : "✗"
      print("  \(mark) \(list(item.prompt)) → \(list(item.continuation))")
    }
  }

  private func list(_ tokens: [Int32]) -> String { tokens.map { pad(Int($0), 2) }.joined(separator: " ") }

  private func pad(_ number: Int, _ width: Int) -> String {
    String(repeating: " ", count: max(width - String(number).count, 0)) + String(number)
  }
}
