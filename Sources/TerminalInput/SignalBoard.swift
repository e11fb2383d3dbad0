import Glibc
import Synchronization

/// What the signal handlers of a process and the terminal that is open tell one another.
///
/// Handlers do only what POSIX allows them: atomics, `tcsetattr`, `write`, `sigaction`, `raise`.
struct SignalBoard: ~Copyable {
  /// How often Ctrl-C came (SIGINT) since the count was last set to 0.
  let interrupts = Atomic<Int>(0)
  /// Whether the terminal's size changed, or the process was stopped and goes on.
  let isChanged = Atomic<Bool>(false)
  /// Whether the terminal's mode is its owner's own again, because the process was stopped meanwhile.
  let isRestored = Atomic<Bool>(false)

  /// Set before the handlers are, and never changed: the terminal, its mode before this program touched it, and the
  /// pipe that wakes who waits for a key.
  fileprivate let terminal: Int32
  fileprivate let original: termios
  fileprivate let wakeEnd: Int32
  /// The handlers that were set before, in the order of `SignalHandlers.all`.
  fileprivate let previous = UnsafeMutablePointer<sigaction>.allocate(capacity: SignalHandlers.all.count)

  init(terminal: Int32, original: termios, wakeEnd: Int32) {
    self.terminal = terminal
    self.original = original
    self.wakeEnd = wakeEnd
    previous.initialize(repeating: sigaction(), count: SignalHandlers.all.count)
  }

  deinit { previous.deallocate() }

  /// Ends what editing set on the terminal: bracketed paste.
  static let editingEnd: StaticString = "\u{1B}[?2004l"

  fileprivate func restoreTerminal() {
    var original = original
    _ = Glibc.write(terminal, Self.editingEnd.utf8Start, Self.editingEnd.utf8CodeUnitCount)
    _ = tcsetattr(terminal, TCSANOW, &original)
    isRestored.store(true, ordering: .relaxed)
  }

  fileprivate func wake() {
    var byte: UInt8 = 0
    _ = Glibc.write(wakeEnd, &byte, 1)
  }
}

/// The board of the terminal that is open. A process has one handler a signal, and a handler gets nothing but the
/// signal's number, so this one word has to be global. It is atomic; `unsafe` because pointers are never Sendable.
nonisolated(unsafe) private let board = Atomic<UnsafeMutablePointer<SignalBoard>?>(nil)

/// Sets the handlers of a process while a terminal is open, so that it is restored however the program ends or stops.
enum SignalHandlers {
  static let interrupt = SIGINT
  /// Signals whose usual effect is wanted, once the terminal is restored.
  private static let ending = [SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE]
  static let all = [SIGINT, SIGTSTP, SIGWINCH] + ending

  /// How many times Ctrl-C may come unanswered; at the next one the program ends without being asked.
  private static let patience = 2

  /// Sets the handlers; false where another terminal of this process is open.
  static func set(_ new: UnsafeMutablePointer<SignalBoard>) -> Bool {
    guard board.compareExchange(expected: nil, desired: new, ordering: .acquiringAndReleasing).exchanged else {
      return false
    }
    for (place, signal) in all.enumerated() {
      var action = handler
      sigaction(signal, &action, new.pointee.previous + place)
    }
    atexit { board.load(ordering: .acquiring)?.pointee.restoreTerminal() }
    return true
  }

  /// Restores the terminal, and the handlers that were set before.
  static func remove(_ old: UnsafeMutablePointer<SignalBoard>) {
    old.pointee.restoreTerminal()
    for (place, signal) in all.enumerated() { sigaction(signal, old.pointee.previous + place, nil) }
    board.store(nil, ordering: .releasing)
  }

  /// SA_NODEFER: a handler raises its own signal again.
  private static var handler: sigaction {
    var action = sigaction()
    action.sa_flags = SA_RESTART | SA_NODEFER
    action.__sigaction_handler.sa_handler = { signal in
      guard let board = board.load(ordering: .acquiring) else { return }
      let code = errno
      SignalHandlers.handle(signal, board)
      errno = code
    }
    return action
  }

  private static func handle(_ signal: Int32, _ board: UnsafeMutablePointer<SignalBoard>) {
    switch signal {
    case SIGWINCH: board.pointee.isChanged.store(true, ordering: .relaxed)
    case SIGTSTP:
      // The process stops inside this call, as its parent expects, and goes on here.
      reraise(signal, board)
      var action = handler
      sigaction(signal, &action, nil)
      board.pointee.isChanged.store(true, ordering: .relaxed)
    case interrupt:
      if board.pointee.interrupts.add(1, ordering: .relaxed).oldValue >= patience { reraise(signal, board) }
    default: reraise(signal, board)
    }
    board.pointee.wake()
  }

  /// Restores the terminal and lets the signal do what it did before.
  private static func reraise(_ signal: Int32, _ board: UnsafeMutablePointer<SignalBoard>) {
    board.pointee.restoreTerminal()
    if let place = all.firstIndex(of: signal) { sigaction(signal, board.pointee.previous + place, nil) }
    raise(signal)
  }
}
