import Dispatch
import Foundation
import Synchronization

/// Turns the first Ctrl-C or SIGTERM into a cancelled task, so that work can end in order; a second one ends the program
/// at once.
final class Interruption: Sendable {
  private static let signals = [SIGINT, SIGTERM]
  private let count = Atomic<Int>(0)

  /// Whether a signal came.
  var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Runs work that a signal cancels.
  ///
  /// - Parameter notice: said when the first signal comes.
  func guarding<Value: Sendable>(
    _ notice: String, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    let sources = Self.signals.map { number in
      signal(number, SIG_IGN)  // the source sees it all the same
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        guard count.add(1, ordering: .relaxed).oldValue == 0 else { _exit(130) }
        complain("\(isatty(STDERR_FILENO) != 0 ? "\r\u{1b}[K" : "")\(notice)")
        task.cancel()
      }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for number in Self.signals { signal(number, SIG_DFL) }
    }
    return try await task.value
  }
}

/// Asks the person at the terminal whether to go on.
func confirmed() -> Bool {
  FileHandle.standardError.write(Data("Go on? [Y/n] ".utf8))
  let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
  return answer.map { ["", "y", "yes"].contains($0) } ?? false
}
