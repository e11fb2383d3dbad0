import Report

/// The output folder of a loop: where in it everything lies.
struct LoopFolder: Sendable {
  let path: String

  /// Held while a loop works here.
  var lock: String { path + "/.lock" }
  var ledger: String { path + "/stages.json" }
  var recipe: String { path + "/recipe.yaml" }
  var report: String { path + "/report.html" }
  var results: String { path + "/results.json" }
  /// What other recipes made here before.
  var earlier: String { path + "/earlier" }
  /// The pool's folder.
  var evolve: String { path + "/evolve" }
  var data: String { path + "/data" }
  /// The rows that a model is trained on.
  func rows(_ arm: LoopReport.Arm.Kind) -> String { data + "/\(arm.rawValue).jsonl" }
  /// The rows of the pool that no model is trained on.
  var heldOut: String { data + "/heldout.jsonl" }
  var vocabulary: String { path + "/vocabulary" }
  /// The run of a trained model.
  func run(_ arm: LoopReport.Arm.Kind) -> RunFolder { RunFolder(path: path + "/\(arm.rawValue)") }
  var answers: String { path + "/answers" }
  /// What is asked.
  var test: String { answers + "/test.jsonl" }
  func answers(_ arm: LoopReport.Arm.Kind) -> String { answers + "/\(arm.rawValue).jsonl" }

  /// What a stage makes: a file or a folder.
  func product(of stage: LoopStage) -> String {
    switch stage {
    case .evolve: evolve
    case .data: data
    case .vocabulary: vocabulary
    case .trainSeeds: run(.seeds).path
    case .trainEvolved: run(.evolved).path
    case .evaluateBase: answers(.base)
    case .evaluateSeeds: answers(.seeds)
    case .evaluateEvolved: answers(.evolved)
    }
  }
}
