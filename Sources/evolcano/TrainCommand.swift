import ArgumentParser
import Foundation
import Recipe
import Report
import Training
import Workflow

/// `evolcano train`
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Fine-tune a model as a recipe says.",
    discussion: """
      Everything lies in the recipe's output folder. Stopped anywhere, the same command goes on from the last checkpoint \
      and ends in the same bytes. Tools/recipes holds recipes whose comments are the manual.
      """)

  @Option(help: ArgumentHelp("The recipe.", valueName: "recipe.yaml")) var config: String
  @Option(
    help: ArgumentHelp(
      "A value in place of the recipe's, such as optimizer.learning_rate=1e-4; may be given several times.",
      valueName: "key=value"))
  var set: [String] = []
  @Flag(help: "Print what the run needs and stop; nothing is written.") var dryRun = false
  @OptionGroup var options: DeviceOptions

  func run() async throws {
    let recipe = try Recipe(path: config, settings: set)
    let interruption = Interruption()
    let (options, dryRun) = (options, dryRun)
    let ending = try await interruption.guarding("stopping: the step under way is finished and saved …") {
      try Self.train(recipe, options, dryRun: dryRun)
    }
    if ending == .interrupted { throw ExitCode(130) }
  }

  private static func train(
    _ recipe: Recipe, _ options: DeviceOptions, dryRun: Bool
  ) throws -> TrainSummary.Ending {
    let device = try options.open()
    var reading = Progress(unit: "%")
    let run = try TrainRun(recipe, on: device) {
      reading.show($0 * 100 / max($1, 1), of: 100, "reading and tokenizing")
    }
    reading.clear()
    let view = TrainView(run: run)
    if dryRun {
      print(try view.plan(estimatingTime: true))
      return .finished
    }
    complain(try view.plan(estimatingTime: false))
    let progress = TrainProgress()
    defer { progress.clear() }
    let summary = try run.start(isStopped: { Task.isCancelled }) { progress.take($0) }
    progress.clear()
    print(view.end(summary))
    return summary.ending
  }
}
