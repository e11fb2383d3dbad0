public import EvolInstruct
public import Formats
import Pool

/// Why an evolution could not be prepared or went no further. What the pool had before, it has still.
public enum EvolveError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Options that make no sense, or not together.
  case usage(String)
  /// A file of seeds, prompts or tests cannot be used.
  case file(FormatError)
  /// The output folder cannot be written.
  case output(String)
  /// The teacher cannot be made: its model, its device or its address.
  case teacher(String)
  case evolution(EvolutionError)

  public var description: String {
    switch self {
    case .usage(let problem), .output(let problem), .teacher(let problem): problem
    case .file(let error): error.description
    case .evolution(let error): error.description
    }
  }

  init(_ error: PoolError) { self = .evolution(EvolutionError(error)) }
}
