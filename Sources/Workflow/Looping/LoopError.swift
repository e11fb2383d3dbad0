public import Formats
import Pool

/// Why a loop cannot begin or went no further. What was done before is there still, and the same command goes on from it.
public enum LoopError: Error, Sendable, CustomStringConvertible {
  case evolve(EvolveError)
  /// What went wrong with the model of an arm, by the folder of its run.
  case train(TrainError, run: String)
  /// A file or a folder cannot be read or written.
  case file(FormatError)
  /// A field of the recipe has a value that cannot be used here.
  case field(String, String)
  /// Anything below: the device, a graph.
  case device(String)

  public var description: String {
    switch self {
    case .evolve(let error): "evolve: \(error)"
    // The rows are the loop's own; the recipe has no such field.
    case .train(.field("data.train", let problem), let run): "\(run): \(problem)"
    case .train(.field(let field, let problem), _): "train.\(field): \(problem)"
    case .train(let error, let run): "\(run): \(error)"
    case .file(let error): error.description
    case .field(let field, let problem): "\(field): \(problem)"
    case .device(let problem): problem
    }
  }

  /// What was thrown below, by where it belongs.
  init(_ error: any Error) {
    switch error {
    case let error as LoopError: self = error
    case let error as EvolveError: self = .evolve(error)
    case let error as FormatError: self = .file(error)
    case let error as PoolError: self = .evolve(EvolveError(error))
    default: self = .device("\(error)")
    }
  }
}
