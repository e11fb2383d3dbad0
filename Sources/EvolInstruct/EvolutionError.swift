public import Formats
public import Pool

/// Why an evolution stopped. The pool has everything up to then, and a later start goes on from it.
public enum EvolutionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The pool cannot be read or written.
  case pool(PoolError)
  /// A file given cannot be used.
  case file(FormatError)
  /// The teacher says that no call will succeed.
  case teacher(String)
  /// So many calls failed one after another that the teacher must be gone.
  case failing(calls: Int, last: String)
  case cancelled

  public var description: String {
    switch self {
    case .pool(let error): error.description
    case .file(let error): error.description
    case .teacher(let problem): "the teacher cannot be used: \(problem)"
    case .failing(let calls, let last):
      "\(calls) calls in a row failed, the last because: \(last). The pool is whole; start again to go on"
    case .cancelled: "stopped; the pool is whole, start again to go on"
    }
  }
}
