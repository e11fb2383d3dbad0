import Randomness
@testable import TaskWorld

/// Tasks to test on.
enum Sample {
  static let seeds = WorldTask.seeds(count: 1400, seed: 11)

  /// The seeds and what four rounds make of them, as the loop does it: a random operation, and the parent again where
  /// it failed.
  static let evolved: [WorldTask] = {
    let teacher = BuiltinTeacher()
    var generator = SeededGenerator(state: 12)
    var all = seeds
    var pool = seeds
    for round in 0..<4 {
      for place in pool.indices {
        let key = UInt64(round * pool.count + place)
        guard let child = teacher.evolve(pool[place], by: generator.choice(Operation.allCases), key: key) else {
          continue
        }
        pool[place] = child
        all.append(child)
      }
    }
    return all
  }()
}
