import Dispatch
import EvolInstruct
import Generation

/// Runs an engine for callers that come and go: whatever they ask for meanwhile joins the running batch.
///
/// An actor with a thread of its own: steps wait for the device, and must not take a thread from the tasks that wait for
/// them.
actor BatchDecoder {
  /// A text as it came out.
  struct Completion: Sendable {
    var text = ""
    var tokens = 0
    /// Whether it was cut off at the limit of tokens or at the end of the context.
    var isTruncated = false
  }

  typealias Outcome = Result<Completion, TeacherError>

  private struct Caller {
    let key: Int
    var completion = Completion()
    let end: CheckedContinuation<Outcome, Never>
  }

  private nonisolated let thread = QueueExecutor(label: "evolcano.decoding")
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let engine: GenerationEngine
  /// By the engine's number of the sequence.
  private var callers: [Int: Caller] = [:]
  /// Keys of callers that went away before they came.
  private var cancelled: Set<Int> = []
  private var isRunning = false

  init(_ engine: sending GenerationEngine) { self.engine = engine }

  /// Prompt tokens that were computed, and those that another prompt's computation served.
  var promptTokens: (computed: Int, shared: Int) { (engine.prefilledTokens, engine.sharedTokens) }

  /// Continues a prompt.
  ///
  /// - Parameter key: what `cancel` names it by.
  func complete(_ request: GenerationRequest, key: Int) async -> Outcome {
    await withCheckedContinuation { end in
      if cancelled.remove(key) != nil {
        return end.resume(returning: .failure(TeacherError(.cancelled, "the work was cancelled")))
      }
      do throws(GenerationError) {
        callers[try engine.submit(request)] = Caller(key: key, end: end)
      } catch {
        var kind = TeacherError.Kind.fatal
        if case .promptTooLong = error { kind = .tooLong }
        return end.resume(returning: .failure(TeacherError(kind, "\(error)")))
      }
      if !isRunning {
        isRunning = true
        Task { await run() }
      }
    }
  }

  /// Gives a caller's place to others; it gets an error.
  func cancel(_ key: Int) {
    guard let (id, caller) = callers.first(where: { $0.value.key == key }) else {
      cancelled.insert(key)
      return
    }
    engine.cancel(id)
    callers[id] = nil
    caller.end.resume(returning: .failure(TeacherError(.cancelled, "the work was cancelled")))
  }

  private func run() async {
    while !engine.isIdle {
      do {
        for event in try engine.step() { take(event) }
      } catch {
        failAll(TeacherError(.fatal, "\(error)"))
      }
      // Who came meanwhile joins before the next step.
      await Task.yield()
    }
    isRunning = false
  }

  private func take(_ event: GenerationEvent) {
    guard var caller = callers[event.sequence] else { return }
    caller.completion.text += event.text
    caller.completion.tokens = event.tokens
    callers[event.sequence] = caller
    guard let reason = event.reason else { return }
    caller.completion.isTruncated = reason == .length || reason == .context
    callers[event.sequence] = nil
    caller.end.resume(returning: .success(caller.completion))
  }

  private func failAll(_ error: TeacherError) {
    for (id, caller) in callers {
      engine.cancel(id)
      caller.end.resume(returning: .failure(error))
    }
    callers = [:]
  }
}

/// Runs an actor's work on a queue of its own.
private final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
