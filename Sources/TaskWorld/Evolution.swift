public import Randomness

extension WorldTask {
  /// The task after one operation; `nil` where the operation has nothing to work on here.
  ///
  /// Operations in depth keep the input's meaning and all steps and add one thing; each changes what is asked. Breadth
  /// draws another task of the domain with as many parts and a rare step.
  public func evolved(by operation: Operation, generator: inout SeededGenerator) -> WorldTask? {
    switch operation {
    case .addConstraint: constrained(&generator)
    case .deepen: deepened(&generator)
    case .concretize: concretized(&generator)
    case .increaseReasoning: reasoned(&generator)
    case .complicateInput: complicated(&generator)
    case .breadth: rarer(&generator)
    }
  }

  /// The task with some of its parts replaced.
  private func with(
    _ operation: Operation, input: Value? = nil, isVague: Bool? = nil, steps: [Step]? = nil,
    constraints: [Constraint]? = nil, probes: [Probe]? = nil, format: InputFormat? = nil
  ) -> WorldTask? {
    WorldTask(
      domain: domain, input: input ?? self.input, isVague: isVague ?? self.isVague, steps: steps ?? self.steps,
      constraints: constraints ?? self.constraints, probes: probes ?? self.probes, format: format ?? self.format,
      phrasing: phrasing, operations: operations + [operation], world: world)
  }

  private func constrained(_ generator: inout SeededGenerator) -> WorldTask? {
    for kind in generator.shuffled(world.extent.constraints) {
      let constraint = Constraint(kind, generator.number(in: kind.amounts))
      if let child = with(.addConstraint, constraints: constraints + [constraint]), child.answer != answer {
        return child
      }
    }
    return nil
  }

  private func deepened(_ generator: inout SeededGenerator) -> WorldTask? {
    generator.shuffled(world.extent.probes).lazy.compactMap { with(.deepen, probes: probes + [$0]) }.first
  }

  /// One more step of the common ones: rare steps are left to breadth.
  private func reasoned(_ generator: inout SeededGenerator) -> WorldTask? {
    for kind in generator.shuffled(world.extent.added) {
      // A second draw, since whether a filter keeps some but not all depends on its amount.
      for _ in 0..<2 {
        let step = Step.random(kind, &generator)
        if let child = with(.increaseReasoning, steps: steps + [step]), child.result != result { return child }
      }
    }
    return nil
  }

  /// The input in a format; where it has one, in another, with one thing more where it can hold more. Where the parts
  /// that a world allows are all there, the input grows without a format.
  private func complicated(_ generator: inout SeededGenerator) -> WorldTask? {
    let format = generator.choice(InputFormat.complex.filter { $0 != self.format })
    guard self.format != .plain else {
      return with(.complicateInput, format: format) ?? lengthened(in: .plain, &generator)
    }
    return lengthened(in: format, &generator) ?? with(.complicateInput, format: format)
  }

  /// The task with one thing more in its input; `nil` where that can hold no more or no answer is left.
  func lengthened(in format: InputFormat, _ generator: inout SeededGenerator) -> WorldTask? {
    input.grown(in: world.extent, &generator).flatMap { with(.complicateInput, input: $0, format: format) }
  }

  private func concretized(_ generator: inout SeededGenerator) -> WorldTask? {
    switch input {
    case .words(let words): return replacingNoun(of: words, &generator) { .words(words.map($0)) }
    case .sets(let first, let second):
      return replacingNoun(of: first + second, &generator) { .sets(first.map($0), second.map($0)) }
    case .table(let rows):
      return replacingNoun(of: rows.map(\.item), &generator) { replace in
        .table(rows.map { Value.Row(item: replace($0.item), price: $0.price) })
      }
    case .numbers(let numbers, nil):
      let thing = generator.choice(world.extent.concepts.flatMap(\.members))
      return with(.concretize, input: .numbers(numbers, of: thing))
    case .date(let day) where isVague:
      let other = CalendarDay(month: day.parts.month, day: generator.number(in: 2...14))
      return with(.concretize, input: .date(other), isVague: false)
    case .amount(_, let unit) where isVague:
      return with(.concretize, input: .amount(generator.number(in: 3...11), unit), isVague: false)
    case .numbers, .date, .amount: return nil
    }
  }

  /// The task with one general noun replaced by a specific one under it.
  private func replacingNoun(
    of nouns: [String], _ generator: inout SeededGenerator, _ input: ((String) -> String) -> Value
  ) -> WorldTask? {
    for general in generator.shuffled(nouns) {
      for specific in generator.shuffled(world.extent.members(of: general)) where !nouns.contains(specific) {
        if let child = with(.concretize, input: input { $0 == general ? specific : $0 }) { return child }
      }
    }
    return nil
  }

  /// Another task of the domain, as large, with a rare step.
  private func rarer(_ generator: inout SeededGenerator) -> WorldTask? {
    for _ in 0..<20 {
      let (value, isVague) = domain.input(in: world.extent, &generator)
      let step = Step.random(generator.choice(world.extent.rare(of: domain)), &generator)
      let seed = generator.next()
      let start = WorldTask(
        domain: domain, input: value, isVague: isVague, steps: [step], format: format, phrasing: seed, world: world)
      guard let start, start.result != value, let task = start.grown(like: self, &generator),
        !task.asksTheSame(as: self)
      else { continue }
      return task.with(history: operations + [.breadth])
    }
    return nil
  }

  /// The task with steps, constraints and probes added until it has as many parts as `model`; `nil` where it cannot.
  private func grown(like model: WorldTask, _ generator: inout SeededGenerator) -> WorldTask? {
    var task = self
    while task.size < model.size {
      let next: WorldTask? =
        if task.steps.count < model.steps.count {
          task.reasoned(&generator)
        } else if task.constraints.count < model.constraints.count {
          task.constrained(&generator)
        } else {
          task.deepened(&generator)
        }
      guard let next else { return nil }
      task = next
    }
    return task
  }

  /// The task with another past.
  private func with(history: [Operation]) -> WorldTask? {
    WorldTask(
      domain: domain, input: input, isVague: isVague, steps: steps, constraints: constraints, probes: probes,
      format: format, phrasing: phrasing, operations: history, world: world)
  }
}
