import Randomness

extension WorldTask {
  /// Plain tasks: one common step on an input, most of them in general terms, in plain text. No two read the same.
  ///
  /// - Parameters:
  ///   - count: How many; fewer come only where 50 times as many draws do not find so many.
  ///   - domains: What they are about, as far as the world has them; at least one of those. Fewer domains are
  ///     learnt from fewer tokens.
  ///   - heldOut: What none of them may be.
  ///   - world: What they are drawn from.
  public static func seeds(
    count: Int, seed: UInt64, domains: [Domain] = Domain.allCases, heldOut: HeldOut = HeldOut(),
    world: WorldSize = .wide
  ) -> [WorldTask] {
    let domains = world.domains(of: domains)
    var generator = SeededGenerator(seed, 1)
    return distinct(count) {
      let task = plain(of: domains, in: world, &generator)
      return heldOut.contains(task) ? nil : task
    }
  }

  /// Up to `count` tasks that read differently, out of 50 times as many attempts.
  static func distinct(_ count: Int, _ make: () -> WorldTask?) -> [WorldTask] {
    var tasks: [WorldTask] = []
    var seen: Set<String> = []
    for _ in 0..<count * 50 where tasks.count < count {
      if let task = make(), seen.insert(task.instruction).inserted { tasks.append(task) }
    }
    return tasks
  }

  /// A plain task of one of the domains.
  static func plain(
    of domains: [Domain], in world: WorldSize = .wide, _ generator: inout SeededGenerator
  ) -> WorldTask {
    let extent = world.extent
    while true {
      let domain = generator.choice(domains)
      let (input, isVague) = domain.input(in: extent, &generator)
      let steps = [Step.random(generator.choice(extent.common(of: domain)), &generator)]
      let phrasing = generator.next()
      // A filter that keeps nothing and the like are drawn again; most draws are good.
      if let task = WorldTask(
        domain: domain, input: input, isVague: isVague, steps: steps, phrasing: phrasing, world: world),
        task.result != input
      {
        return task
      }
    }
  }
}

extension Step {
  /// A step of the kind with any amount it allows.
  static func random(_ kind: StepKind, _ generator: inout SeededGenerator) -> Step {
    Step(kind, generator.number(in: kind.amounts))
  }
}

extension Domain {
  /// An input of the domain, and whether it is a vague date or amount (two in three are).
  func input(in extent: Extent, _ generator: inout SeededGenerator) -> (value: Value, isVague: Bool) {
    switch self {
    case .words:
      return (.words(nouns(generator.number(in: extent.listLengths) - 1, of: extent, &generator)), false)
    case .lists: return (.words(nouns(generator.number(in: extent.listLengths), of: extent, &generator)), false)
    case .numbers:
      let numbers = generator.shuffled(Array(1...20))
      return (.numbers(Array(numbers.prefix(generator.number(in: 2...4))), of: nil), false)
    case .dates:
      let isVague = generator.below(3) > 0
      let day = isVague ? generator.choice(Vague.days) : generator.number(in: 2...14)
      return (.date(CalendarDay(month: generator.below(12), day: day)), isVague)
    case .units:
      let units = Measure.allCases.filter { $0.smaller != nil }
      let isVague = generator.below(3) > 0
      let count = isVague ? generator.choice(Vague.counts) : generator.number(in: 3...11)
      return (.amount(count, generator.choice(units)), isVague)
    case .sets:
      let nouns = nouns(generator.number(in: 3...5), of: extent, &generator)
      let shared = generator.number(in: 1...2)
      let own = (nouns.count - shared + 1) / 2
      let first = generator.shuffled(Array(nouns.prefix(shared + own)))
      let second = generator.shuffled(Array(nouns.prefix(shared) + nouns.dropFirst(shared + own)))
      return (.sets(first, second), false)
    case .tables:
      let items = nouns(generator.number(in: 2...3), of: extent, &generator)
      let prices = generator.shuffled(Array(1...20))
      return (.table(zip(items, prices).map { Value.Row(item: $0, price: $1) }), false)
    }
  }

  /// Different nouns, each general with probability one half, one of them always.
  private func nouns(_ count: Int, of extent: Extent, _ generator: inout SeededGenerator) -> [String] {
    var general = generator.shuffled(extent.concepts.map(\.name))
    var specific = generator.shuffled(extent.concepts.flatMap(\.members))
    var nouns = [general.removeLast()]
    while nouns.count < count {
      nouns.append(generator.below(2) == 0 && !general.isEmpty ? general.removeLast() : specific.removeLast())
    }
    return generator.shuffled(nouns)
  }
}
