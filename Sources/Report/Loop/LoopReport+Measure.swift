extension LoopReport.Measure {
  /// `Accuracy`
  var name: String {
    switch self {
    case .accuracy: "Accuracy"
    case .loss: "Loss"
    }
  }

  /// What is measured, and which way is better.
  var caption: String {
    switch self {
    case .accuracy: "Answered exactly, in percent"
    case .loss: "Mean loss on the answers, nats a token; lower is better"
    }
  }

  /// `41.9 %`, `1.21`
  func text(_ value: Double) -> String {
    switch self {
    case .accuracy: NumberText.percent(value)
    case .loss: value.isFinite ? NumberText.significant(value) : "–"
    }
  }

  /// `36.0–48.1`; `–` where there is no interval.
  func text(from low: Double, to high: Double) -> String {
    guard low.isFinite, high.isFinite else { return "–" }
    switch self {
    case .accuracy: return "\(NumberText.percentage(low))–\(NumberText.percentage(high))"
    case .loss: return "\(NumberText.significant(low))–\(NumberText.significant(high))"
    }
  }

  /// A difference with its sign where it may have either: `+35.3`, `−0.27`.
  func difference(_ value: Double, isSigned: Bool) -> String {
    let size =
      switch self {
      case .accuracy: NumberText.percentage(abs(value))
      case .loss: NumberText.significant(abs(value), digits: 2)
      }
    return value < 0 ? "−\(size)" : isSigned && value > 0 ? "+\(size)" : size
  }

  /// What differences are counted in.
  var differenceUnit: String {
    switch self {
    case .accuracy: "points"
    case .loss: "nats"
    }
  }

  /// A value in the unit of the axis.
  func scaled(_ value: Double) -> Double {
    switch self {
    case .accuracy: value * 100
    case .loss: value
    }
  }

  /// An axis for scores and their intervals; from 0 where that is natural.
  func axis(_ scores: [LoopReport.Score]) -> Axis {
    let measured = scores.filter(\.isMeasured)
    let ends = measured.flatMap { [$0.value] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) }
    switch self {
    case .accuracy: return Axis(covering: 0...min(100, max(1, 100 * (ends.max() ?? 1))))
    case .loss: return Axis(covering: (ends.min() ?? 0)...(ends.max() ?? 1), intervals: 4)
    }
  }
}

extension LoopReport.Score {
  /// Whether there is a value that can be shown.
  var isMeasured: Bool { count > 0 && abs(value) <= 1e100 }

  /// The interval, where it is one.
  var interval: ClosedRange<Double>? {
    abs(low) <= 1e100 && abs(high) <= 1e100 && low <= high ? low...high : nil
  }
}

extension LoopReport {
  /// The arms in the order in which they are shown, one of each kind.
  var shownArms: [Arm] {
    Arm.Kind.allCases.compactMap { kind in arms.first { $0.kind == kind } }
  }

  func arm(_ kind: Arm.Kind) -> Arm? { arms.first { $0.kind == kind } }
}

extension LoopReport.Arm.Kind {
  var tone: Tone {
    switch self {
    case .base: .base
    case .seeds: .seeds
    case .evolved: .evolved
    }
  }
}
