public import Formats
import Foundation
public import Training
public import TrainingData

/// Why a fine-tune cannot begin or went no further. Checkpoints that were there are there still.
public enum TrainError: Error, Sendable, CustomStringConvertible {
  /// A file or folder of model, data or output.
  case file(FormatError)
  case data(TrainingDataError)
  case training(TrainingError)
  case checkpoint(CheckpointError)
  /// A field of the recipe has a value that cannot be used here.
  case field(String, String)
  /// The output folder holds a run that this recipe would not go on with.
  case otherRun(folder: String, field: String)
  /// The loss rose far above what it had been; the checkpoints from before are there.
  case diverged(step: Int, loss: Double, best: Double)
  /// Anything below: the device, a graph.
  case device(String)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .data(let error): error.description
    case .training(let error): error.description
    case .checkpoint(let error): error.description
    case .field(let field, let problem): "\(field): \(problem)"
    case .otherRun(let folder, let field):
      "output: \(folder) holds another run: its \(field) differs, and training would go another way. "
        + "Name another folder, or give \(field) its old value to go on."
    case .diverged(let step, let loss, let best):
      "step \(step): the loss diverges: a mean of \(rounded(loss)) over the last steps, after \(rounded(best)). Lower "
        + "optimizer.learning_rate, warm up longer (schedule.warmup_steps) or look at the data; a new output folder begins anew."
    case .device(let problem): problem
    }
  }

  private func rounded(_ value: Double) -> String { String(format: "%.2f", value) }

  /// What was thrown below, by where it belongs.
  init(_ error: any Error) {
    switch error {
    case let error as TrainError: self = error
    case let error as FormatError: self = .file(error)
    case let error as TrainingDataError: self = .data(error)
    case let error as TrainingError: self = .training(error)
    case let error as CheckpointError: self = .checkpoint(error)
    default: self = .device("\(error)")
    }
  }
}
