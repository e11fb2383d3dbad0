import Formats
import Foundation
import KernelBenchmark
import Kernels
import LanguageModel
import Recipe
import Report
import Text
import Training
import TrainingData
import VulkanRuntime

/// The steps of a fine-tune, with what is measured, saved and shown between them.
final class TrainLoop {
  private let run: TrainRun
  private let events: (TrainEvent) -> Void
  private let session: TrainingSession
  private let checkpoints: CheckpointFolder
  private var samples: SampleLog
  private let sampler: AnswerSampler
  private let validation: [MicroBatch]
  private var batches: BatchPlan
  private var metrics: MetricsLog
  private var board: TensorBoardLog
  private var pace: Pace
  private var watch: DivergenceWatch
  private var lastSaved: Int
  private var measuredPeak: Double?

  private var recipe: Recipe { run.recipe }
  private var total: Int { batches.stepCount }

  /// Loads, resumes where there is something to resume from, and measures the model as it was.
  init(_ run: TrainRun, events: @escaping (TrainEvent) -> Void) throws {
    self.run = run
    self.events = events
    let (recipe, folder) = (run.recipe, run.folder)
    batches = run.inputs.batches
    validation = run.inputs.validation
    let wasBegun = folder.isBegun
    try folder.begin(
      recipe, fingerprint: run.inputs.data.fingerprint, examples: run.exampleCount, steps: batches.stepCount)
    session = try run.makeSession(events)
    checkpoints = CheckpointFolder(output: folder.path, keep: recipe.save.keep)
    let resumption = try checkpoints.resume(session)
    for error in resumption.passedOver { events(.note("a checkpoint was passed over: \(error)")) }
    if !resumption.differences.isEmpty {
      events(.note("bits may differ from a run without a stop: \(resumption.differences.joined(separator: "; "))"))
    }
    let step = session.stepIndex
    if wasBegun {
      events(.note(step > 0 ? "going on after step \(step) of \(batches.stepCount)" : "starting again from step 0"))
    }
    sampler = AnswerSampler(
      tokenizer: run.inputs.tokenizer.tokenizer,
      template: recipe.data.format == .text ? nil : run.inputs.template, prompts: recipe.evaluate.prompts,
      maxTokens: recipe.evaluate.maxTokens)
    samples = try SampleLog(path: folder.samples, resumingAt: step)
    metrics = try MetricsLog(path: folder.metrics, resumingAt: step)
    board = try TensorBoardLog(folder: folder.path, resumingAt: step)
    try board.append(recipe: recipe.canonicalYAML, step: step)
    pace = Pace(firstStep: step, total: batches.stepCount)
    watch = DivergenceWatch(step > 0 ? try MetricsLog.read(path: folder.metrics).map(\.loss) : [])
    lastSaved = step
    if samples.rows.isEmpty { try look() }
  }

  /// Takes the steps that are left.
  func run(isStopped: () -> Bool) throws -> TrainSummary {
    while session.stepIndex < total {
      if isStopped() {
        if lastSaved < session.stepIndex { try save() }
        try metrics.flush()
        return try summary(.interrupted)
      }
      try takeStep()
      if session.stepIndex % recipe.save.every == 0, session.stepIndex < total { try save() }
    }
    if lastSaved < total { try save() }
    events(.working("writing the result"))
    try writeResult()
    try metrics.flush()
    try board.flush()
    return try summary(.finished)
  }

  private func takeStep() throws {
    let index = session.stepIndex
    let rate = recipe.learningRate(step: index, total: total)
    let result = try session.step(batches.step(at: index), learningRate: rate)
    var row = StepRow(
      step: index, loss: result.loss, learningRate: rate, gradNorm: result.gradientNorm, tokens: result.tokens,
      tokensPerSecond: Double(result.tokens) / max(result.seconds, 1e-9), seconds: result.seconds)
    if result.skipped { events(.note("step \(index): f16 gradients overflowed; the step is left out")) }
    let isLast = index + 1 == total
    if isLast || recipe.evaluate.every.map({ (index + 1) % $0 == 0 }) ?? false { row.evalLoss = try look() }
    try metrics.append(row)
    try board.append(row)
    try watch.take(row)
    events(.step(row, line: pace.line(row, operationsPerSecond: operationsPerSecond(result), peak: try peak())))
  }

  /// Has the model answer the prompts and measures the validation loss.
  /// - Returns: that loss, where there are validation rows.
  @discardableResult
  private func look() throws -> Double? {
    let step = session.stepIndex
    guard !validation.isEmpty || !sampler.prompts.isEmpty else { return nil }
    events(.working(step == 0 ? "looking at the model as it is" : "looking at the model after step \(step)"))
    let row = SampleLog.Row(
      step: step, validation: validation.isEmpty ? nil : try session.evaluate(validation),
      answers: try sampler.answers(session))
    try samples.append(row)
    for (prompt, answer) in zip(sampler.prompts, row.answers) {
      events(.sample(step: step, prompt: prompt, answer: answer))
    }
    return row.validation
  }

  /// Operations that the step needed at the least, a second.
  private func operationsPerSecond(_ result: StepResult) -> Double {
    Double(recipe.batch.accumulate) * session.plan.leastOperations / max(result.seconds, 1e-9)
  }

  /// Operations a second of the device's best matrix product; measured after the first step, which nobody has to wait
  /// longer for.
  private func peak() throws -> Double {
    if let measuredPeak { return measuredPeak }
    let rate = try Stopwatch(run.library.device, library: run.library, quick: true)
      .productRate(session.options.precision, quick: true)
    measuredPeak = rate
    return rate
  }

  private func save() throws {
    try checkpoints.save(session, recipe: recipe.canonicalYAML, dataCursor: session.stepIndex)
    try metrics.flush()
    lastSaved = session.stepIndex
    events(.saved(step: lastSaved))
  }

  private func writeResult() throws {
    let (folder, inputs) = (run.folder, run.inputs)
    let template = recipe.data.format == .text ? nil : inputs.template
    if session.options.method.lora != nil {
      try session.writeAdapter(to: folder.adapter, base: inputs.source?.path ?? "", template: template)
    } else {
      try session.writeModel(
        to: folder.model, source: inputs.source, tokenizer: inputs.tokenizer, template: template,
        type: session.options.precision.elementType ?? .f32)
    }
  }

  private func summary(_ ending: TrainSummary.Ending) throws -> TrainSummary {
    let rows = try MetricsLog.read(path: run.folder.metrics)
    let (first, last) = (samples.rows.first, samples.rows.last)
    let answers = zip(recipe.evaluate.prompts, zip(first?.answers ?? [], last?.answers ?? [])).map {
      TrainingReport.Sample(prompt: $0, before: $1.0, after: $1.1)
    }
    let properties = run.library.device.properties
    let report = TrainingReport(
      title: URL(filePath: recipe.output).lastPathComponent, recipe: recipe.canonicalYAML,
      device: [
        .init("Device", properties.name), .init("Driver", "\(properties.driverName) \(properties.driverInfo)"),
        .init("Trained parameters", "\(run.trainedCount)"),
      ],
      rows: rows,
      memory: session.memory.parts.map { TrainingReport.MemoryUse($0.name, byteCount: $0.bytes) }, samples: answers)
    try AtomicFile.write(report.html, to: run.folder.report)
    let losses = rows.suffix(10).map(\.loss)
    let isAdapter = session.options.method.lora != nil
    return TrainSummary(
      ending: ending, step: session.stepIndex, total: total,
      loss: losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count), firstLoss: rows.first?.loss,
      validation: first?.validation.flatMap { first in last?.validation.map { (first, $0) } },
      result: ending == .finished ? (isAdapter ? run.folder.adapter : run.folder.model) : nil, isAdapter: isAdapter,
      report: run.folder.report)
  }
}
