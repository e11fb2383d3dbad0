import EvolInstruct
import Kernels
import Recipe
import TaskWorld

extension LoopRecipe {
  /// What the verb `evolve` would be told.
  ///
  /// - Parameter key: sent to servers as a bearer token.
  func evolveConfiguration(output: String, device: String?, key: String?) throws(LoopError) -> EvolveConfiguration {
    let local = LocalTeacherModel(
      path: "", adapter: evolve.teacherAdapter, quantize: evolve.quantize.map(DType.init),
      template: evolve.teacherTemplate, context: evolve.context, device: device)
    let teacher: TeacherChoice
    do {
      teacher = try TeacherChoice(
        evolve.teacher, served: evolve.teacherModel, world: evolve.isBuiltin ? WorldSize(evolve.world) : nil,
        local: local)
    } catch {
      throw .field("evolve.teacher", "\(error)".replacing("--teacher-model", with: "evolve.teacher_model"))
    }
    var configuration = EvolveConfiguration(
      seeds: evolve.seeds.map { .file($0) } ?? .builtin(count: evolve.seedCount),
      teacher: teacher, output: output, prompts: evolve.prompts, testSets: evolve.decontaminate,
      options: try evolutionOptions, key: key)
    configuration.isExporting = false
    if let problem = configuration.problem { throw .field("evolve", problem) }
    return configuration
  }

  private var evolutionOptions: EvolutionOptions {
    get throws(LoopError) {
      var price: Price?
      if evolve.priceIn != nil || evolve.priceOut != nil {
        price = Price(promptMillion: evolve.priceIn ?? 0, completionMillion: evolve.priceOut ?? 0)
      }
      var budget = Budget(price: price)
      for text in evolve.budget {
        do { try budget.limit(text) } catch { throw .field("evolve.budget", "\(error)") }
      }
      if budget.money != nil, price == nil {
        throw .field("evolve.budget", "limits money, which needs evolve.price_in and evolve.price_out")
      }
      return EvolutionOptions(
        rounds: evolve.rounds, seed: evolve.seed,
        sampling: Sampling(temperature: evolve.temperature, topP: evolve.topP, maxTokens: evolve.maxTokens),
        concurrency: evolve.concurrency, budget: budget, ratesDifficulty: evolve.rateDifficulty != nil,
        difficultySample: evolve.rateDifficulty, removesOutsideWordRange: evolve.strictLength,
        similarityLimit: evolve.similarity)
    }
  }
}

extension WorldSize {
  init(_ world: LoopRecipe.World) {
    self =
      switch world {
      case .small: .small
      case .wide: .wide
      }
  }
}
