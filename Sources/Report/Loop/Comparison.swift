/// What the arms with and without evolved data score on the same kind of tasks, and what can be said of it.
struct Comparison {
  enum Finding {
    case better, worse
    /// Chance may be all.
    case open
  }

  let measure: LoopReport.Measure
  let seeds: LoopReport.Score
  let evolved: LoopReport.Score
  /// The difference task by task, where it is known.
  private let paired: LoopReport.Score?

  /// Nil where one of the two is missing.
  init?(
    _ measure: LoopReport.Measure, seeds: LoopReport.Score?, evolved: LoopReport.Score?, paired: LoopReport.Score? = nil
  ) {
    guard let seeds, let evolved, seeds.isMeasured, evolved.isMeasured else { return nil }
    self.measure = measure
    self.seeds = seeds
    self.evolved = evolved
    self.paired = paired.flatMap { $0.isMeasured && $0.interval != nil ? $0 : nil }
  }

  /// 1 where more is better, −1 where less is.
  private var direction: Double { measure == .accuracy ? 1 : -1 }

  var finding: Finding {
    let (low, high): (Double, Double)
    if let interval = paired?.interval {
      (low, high) = (interval.lowerBound, interval.upperBound)
    } else if let seeds = seeds.interval, let evolved = evolved.interval {
      (low, high) = (evolved.lowerBound - seeds.upperBound, evolved.upperBound - seeds.lowerBound)
    } else {
      return .open
    }
    return low > 0 ? (direction > 0 ? .better : .worse) : high < 0 ? (direction > 0 ? .worse : .better) : .open
  }

  /// The difference, as measured: `+35.3 points`.
  var difference: String {
    let value = paired?.value ?? evolved.value - seeds.value
    return "\(measure.difference(value, isSigned: true)) \(measure.differenceUnit)"
  }

  /// `95 % interval: +29.1 to +41.5`; nil where it is not known.
  var interval: String? {
    paired?.interval.map {
      "95\u{A0}% interval: \(measure.difference($0.lowerBound, isSigned: true)) to "
        + measure.difference($0.upperBound, isSigned: true)
    }
  }

  /// What it comes to, in a few words.
  var verdict: String {
    switch finding {
    case .better: "Evolving helped"
    case .worse: "Evolving did harm"
    case .open: "No gain shown"
    }
  }

  /// What the difference is worth, in a sentence.
  var sentence: String {
    let end =
      switch finding {
      case .better: "."
      case .worse: ": seeds + evolved does worse."
      case .open: ": no gain is shown."
      }
    guard let paired, let interval else {
      return "The 95\u{A0}% intervals of the two \(finding == .open ? "overlap" : "are apart")\(end)"
    }
    let tasks = NumberText.integer(paired.count)
    return "Over the same \(tasks) tasks the difference is \(difference) (\(interval))\(end)"
  }
}
