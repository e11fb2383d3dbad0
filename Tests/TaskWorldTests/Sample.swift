import Randomness
@testable import TaskWorld

/// Tasks to test on.
enum Sample {
  static let seeds = WorldTask.seeds(count: 1400, seed: 11)

  /// The seeds and what four rounds make of them.
  static let evolved = rounds(4, of: seeds, seed: 12).all

  /// What rounds of the loop make of the seeds: a random operation for each task, and the parent again where it failed.
  ///
  /// - Returns: The new tasks of each round, and all tasks, the seeds first.
  static func rounds(_ count: Int, of seeds: [WorldTask], seed: UInt64) -> (new: [[WorldTask]], all: [WorldTask]) {
    let teacher = BuiltinTeacher()
    var generator = SeededGenerator(state: seed)
    var pool = seeds
    var new: [[WorldTask]] = []
    for round in 0..<count {
      new.append([])
      for place in pool.indices {
        let key = UInt64(round * pool.count + place)
        guard let child = teacher.evolve(pool[place], by: generator.choice(Operation.allCases), key: key) else {
          continue
        }
        pool[place] = child
        new[round].append(child)
      }
    }
    return (new, seeds + new.joined())
  }
}
