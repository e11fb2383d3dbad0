import EvolInstruct
import Formats
import Recipe
import Report
import TaskWorld
import Text

/// What the models of a loop are asked: tasks of the built-in world that its teacher never makes, rows of a pool that were
/// held out, or files.
struct LoopTest {
  let recipe: LoopRecipe
  let folder: LoopFolder

  /// Of the tasks of the built-in world one in so many is plain.
  private static let plainShare = 3

  /// The items, none of which is in the training data, in an order that does not change.
  func items() throws -> [HeldOutItem] {
    if !recipe.evaluate.test.isEmpty { return try files() }
    guard recipe.evolve.isBuiltin else { return try JSONLines(path: folder.heldOut).rows.map(HeldOutItem.init) }
    let count = recipe.evaluate.tasks
    let plain = count / Self.plainShare
    let tasks = HeldOut().testSet(
      plain: plain, complex: count - plain, seed: recipe.evolve.seed, world: WorldSize(recipe.evolve.world))
    let trained = Set(try JSONLines(path: folder.rows(.evolved)).rows.map { try $0["instruction"].string() })
    return tasks.filter { !trained.contains($0.instruction) }.map(HeldOutItem.init)
  }

  private func files() throws(LoopError) -> [HeldOutItem] {
    var items: [HeldOutItem] = []
    for path in recipe.evaluate.test {
      let rows: [Seed]
      do { rows = try Seed.read(path: path) } catch { throw .file(error) }
      for row in rows where !row.output.isEmpty {
        items.append(
          HeldOutItem(InstructionRecord(instruction: row.instruction, input: row.input, output: row.output), file: path)
        )
      }
    }
    guard !items.isEmpty else { throw .field("evaluate.test", "no row of the files has an answer") }
    return items
  }
}
