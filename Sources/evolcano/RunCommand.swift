import ArgumentParser
import Formats
import Foundation
import Recipe
import Workflow

/// `evolcano run`
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "The whole loop: evolve instructions, train on them, measure what it was worth, and report.",
    discussion: """
      A model is trained on the seeds alone, another one on as many tokens of seeds and evolved instructions; both and the \
      untrained one are asked what neither has seen. Everything lies in the recipe's output folder. Stopped anywhere, the \
      same command goes on; with a changed recipe it does again what depends on the change, and sets aside what was there. \
      Tools/recipes/quickstart.yaml and loop.yaml are the manual.
      """)

  @Argument(help: ArgumentHelp("The recipe.", valueName: "recipe.yaml")) var recipe: String
  @Option(
    help: ArgumentHelp(
      "A value in place of the recipe's, such as train.tokens=20000; may be given several times.",
      valueName: "key=value"))
  var set: [String] = []
  @Flag(help: "Print what the loop needs and stop; nothing is written and nobody is asked.") var dryRun = false
  @Flag(name: .shortAndLong, help: "Do not ask before calls to servers.") var yes = false
  @Flag(help: "Print the figures as JSON.") var json = false
  @OptionGroup var options: DeviceOptions

  func run() async throws {
    let recipe = try LoopRecipe(path: recipe, settings: set)
    let device = try options.open()
    let key = ProcessInfo.processInfo.environment["OPENAI_API_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    let run = try await LoopRun(recipe, on: device, teacherDevice: options.device, key: key)
    let view = RunView(run: run)
    if dryRun {
      print(try view.plan(estimatingTime: true))
      return
    }
    complain(try view.plan(estimatingTime: false))
    guard yes || !asks(recipe) || confirmed() else { throw ExitCode(1) }
    let progress = RunProgress()
    defer { progress.clear() }
    let summary = try await Interruption().guarding("stopping: what is under way is saved …") {
      try await run.start { progress.take($0) }
    }
    progress.clear()
    guard let outcome = summary.outcome else {
      complain("stopped; the same command goes on from here")
      throw ExitCode(130)
    }
    print(json ? outcome.json.encoded(indent: 2) : view.end(outcome))
  }

  /// Servers may cost money; a person is asked before they do.
  private func asks(_ recipe: LoopRecipe) -> Bool {
    recipe.evolve.teacher.contains { $0.hasPrefix("http") } && isatty(STDIN_FILENO) != 0
  }
}
