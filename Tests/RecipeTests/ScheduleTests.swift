import Formats
import Foundation
import Recipe
import Testing

/// Learning rates are those of transformers' `get_scheduler` (Tools/schedule_fixture.py).
@Suite struct ScheduleTests {
  @Test func ratesAreThoseOfTransformers() throws {
    let fixture = try JSONField(path: House.fixtures.appending(path: "schedules.json").path)
    var kinds: Set<String> = []
    var compared = 0
    for one in try fixture["cases"].array() {
      let kind = try one["kind"].string()
      kinds.insert(kind)
      var schedule = Recipe.Schedule()
      schedule.kind = try #require(Recipe.Schedule.Kind(rawValue: kind))
      schedule.warmupSteps = try one["warmup"].integer()
      let total = try one["total"].integer()
      let peak = try one["peak"].number()
      for (stepField, rateField) in zip(try one["steps"].array(), try one["rates"].array()) {
        let (step, rate) = (try stepField.integer(), try rateField.number())
        let found = schedule.learningRate(peak: peak, step: step, total: total)
        // Both are doubles; the cosines may come from different libraries.
        #expect(
          abs(found - rate) <= 4e-16 * peak,
          "\(kind), warm-up \(schedule.warmupSteps) of \(total), step \(step)")
        compared += 1
      }
    }
    #expect(kinds.count == Recipe.Schedule.Kind.allCases.count)
    #expect(compared > 300)
  }

  @Test func aWarmedUpRunStartsAtZeroAndReachesThePeak() throws {
    let recipe = try recipe("schedule: {kind: linear, warmup_steps: 4}\noptimizer: {learning_rate: 8}\n")
    #expect((0..<7).map { recipe.learningRate(step: $0, total: 8) } == [0, 2, 4, 6, 8, 6, 4])
  }
}
