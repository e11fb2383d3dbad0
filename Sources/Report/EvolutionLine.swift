/// How far an evolution is, on one line:
/// `round 2/4 ▕████░░░▏ 38 % 812/1,500 rows 3,210 calls 41 calls/s 1,210,000 tokens 12 min left`
public struct EvolutionLine: Sendable, Equatable {
  /// From 1.
  public var round: Int
  public var rounds: Int
  /// The part of the whole work that is done, from 0 to 1.
  public var share: Double
  /// Rows of the round that are done, of so many.
  public var finished: Int
  public var total: Int
  public var calls: Int
  public var callsPerSecond: Double
  public var tokens: Int
  /// What is left, where that can be said already.
  public var secondsLeft: Double?

  public init(
    round: Int, rounds: Int, share: Double, finished: Int, total: Int, calls: Int, callsPerSecond: Double, tokens: Int,
    secondsLeft: Double? = nil
  ) {
    self.round = round
    self.rounds = rounds
    self.share = share
    self.finished = finished
    self.total = total
    self.calls = calls
    self.callsPerSecond = callsPerSecond
    self.tokens = tokens
    self.secondsLeft = secondsLeft
  }

  private enum Part: CaseIterable {
    case round, bar, share, rows, calls, callsPerSecond, tokens, secondsLeft
  }

  /// The line in at most `width` columns: what matters least is left out first, and the bar takes the room that is left.
  public func text(width: Int) -> String {
    let line = FittedLine(
      core: Part.round,
      expendable: [.tokens, .callsPerSecond, .calls, .bar, .rows, .secondsLeft, .share], text: text)
    return line.text(width: width)
  }

  private func text(_ part: Part, bar: Int) -> String? {
    switch part {
    case .round: "round \(round)/\(rounds)"
    case .bar: ProgressBar.text(share, width: bar)
    // Rounded down: 100 % is said when all is done.
    case .share: "\(Int((min(1, max(0, share)) * 100).rounded(.down))) %"
    case .rows: "\(NumberText.integer(finished))/\(NumberText.integer(total)) rows"
    case .calls: "\(NumberText.integer(calls)) calls"
    case .callsPerSecond: callsPerSecond > 0 ? NumberText.significant(callsPerSecond) + " calls/s" : nil
    case .tokens: tokens > 0 ? NumberText.integer(tokens) + " tokens" : nil
    case .secondsLeft: secondsLeft.map { NumberText.duration($0) + " left" }
    }
  }
}
