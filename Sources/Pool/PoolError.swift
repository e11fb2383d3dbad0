/// What went wrong with a pool: which file, what, and what can be done.
public struct PoolError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What sort of thing went wrong, for a program to decide on; `problem` is for people.
  public enum Kind: Equatable, Sendable {
    /// No such file, or it cannot be opened.
    case system
    /// The file is something else than a pool, or of a newer version.
    case notAPool
    /// Bytes of the pool contradict themselves.
    case damaged
    /// The disk has no room; what was written before is whole.
    case full
    /// Another program is writing the pool.
    case busy
    /// The pool was made by other seeds, prompts or another teacher.
    case mismatch
    /// The task was cancelled.
    case cancelled
  }

  public let kind: Kind
  /// The pool's path as it was given.
  public let file: String
  public let problem: String

  public init(_ kind: Kind, file: String, _ problem: String) {
    self.kind = kind
    self.file = file
    self.problem = problem
  }

  public var description: String { "\(file): \(problem)" }
}
