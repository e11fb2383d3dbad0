import Testing

@testable import TrainingData

@Suite struct BatchPlanTests {
  private typealias Batches = BatchPlan.Batches

  private func allSteps(_ plan: BatchPlan) -> [Step] {
    var plan = plan
    return (0..<plan.stepCount).map { plan.step(at: $0) }
  }

  private func allDocuments(of steps: [Step], length: Int) -> [Document] {
    steps.flatMap(\.microBatches).flatMap { documents(in: $0, length: length) }.sorted()
  }

  /// One micro-batch of 8, 8 of 1, and packed: the same documents with the same targets, and each once.
  @Test(arguments: [1, 7, 8, 31, 33, 257])
  func batchesOfAllShapesHoldTheSame(count: Int) {
    let made = examples(lengths: lengths(count, most: 257, seed: UInt64(count)))
    let wanted = made.map { Document(tokens: $0.tokens, targets: $0.targets) }.sorted()
    let shapes = [
      Batches(length: 257, micro: 8, accumulate: 1, packing: false),
      Batches(length: 257, accumulate: 8, packing: false),
      Batches(length: 300, micro: 2, accumulate: 3, packing: false, shuffle: false),
      Batches(length: 257, accumulate: 8), Batches(length: 512, micro: 3, accumulate: 2),
      Batches(length: 1024, micro: 8, shuffle: false),
    ]
    for shape in shapes {
      let steps = allSteps(BatchPlan(made, batches: shape, extent: .epochs(1)))
      #expect(allDocuments(of: steps, length: shape.length) == wanted, "\(shape)")
      for step in steps {
        #expect(step.tokenCount == step.microBatches.reduce(0) { $0 + $1.targets.count { $0 >= 0 } })
        #expect(step.microBatches.allSatisfy { $0.tokens.count == shape.micro * shape.length })
        #expect((1...shape.accumulate).contains(step.microBatches.count))
      }
      #expect(steps.reduce(0) { $0 + $1.tokenCount } == made.reduce(0) { $0 + $1.targetCount })
      #expect(steps.reduce(0) { $0 + $1.rowCount } == made.reduce(0) { $0 + $1.tokens.count })
      // Only the last step is partial.
      #expect(steps.dropLast().allSatisfy { $0.microBatches.count == shape.accumulate })
    }
    // Step by step, not only in sum.
    let wide = allSteps(BatchPlan(made, batches: shapes[0], extent: .epochs(1)))
    let deep = allSteps(BatchPlan(made, batches: shapes[1], extent: .epochs(1)))
    #expect(wide.count == (count + 7) / 8 && wide.count == deep.count)
    for (left, right) in zip(wide, deep) {
      #expect(allDocuments(of: [left], length: 257) == allDocuments(of: [right], length: 257))
      #expect(left.tokenCount == right.tokenCount)
    }
  }

  /// A run of so many tokens ends with the step that reaches them, in whichever epoch that is.
  @Test(arguments: [1, 100, 5000, 20_000]) func aRunMayBeAsLongAsItsTokens(least: Int) {
    let made = examples(lengths: lengths(57, most: 128, seed: 3))
    for packing in [true, false] {
      let shape = Batches(length: 128, micro: 2, accumulate: 2, packing: packing)
      let plan = BatchPlan(made, batches: shape, extent: .tokens(least))
      let seen = allSteps(plan).map(\.rowCount)
      #expect(seen.reduce(0, +) >= least && seen.dropLast().reduce(0, +) < least)
      #expect(plan.rowCount == seen.reduce(0, +))
      // The same steps as those of a run of so many.
      let counted = BatchPlan(made, batches: shape, extent: .steps(plan.stepCount))
      #expect(allSteps(counted) == allSteps(plan) && counted.epochCount == plan.epochCount)
      #expect(counted.rowCount == plan.rowCount)
    }
  }

  @Test func everyTokenIsLearnedOnceAnEpoch() {
    let made = examples(lengths: lengths(257, most: 128, seed: 5))
    let shape = Batches(length: 256, micro: 2, accumulate: 3)
    let plan = BatchPlan(made, batches: shape, extent: .epochs(3))
    let steps = allSteps(plan)
    let wanted = made.flatMap(\.targets).filter { $0 >= 0 }.sorted()
    for epoch in 0..<3 {
      let learned = steps[plan.steps(inEpoch: epoch)].flatMap(\.microBatches).flatMap(\.targets).filter { $0 >= 0 }
      #expect(learned.sorted() == wanted)
      #expect(steps[plan.steps(inEpoch: epoch)].allSatisfy { $0.epoch == epoch })
    }
    #expect(steps[plan.steps(inEpoch: 0)].first != steps[plan.steps(inEpoch: 1)].first)
  }

  @Test func fileOrderWithoutShuffling() {
    let made = examples(lengths: Array(repeating: 5, count: 10))
    var plan = BatchPlan(
      made, batches: Batches(length: 8, micro: 2, accumulate: 2, packing: false, shuffle: false), extent: .epochs(2))
    #expect(plan.stepCount == 6 && plan.epochCount == 2)
    let first = plan.step(at: 0)
    #expect(first.microBatches[0].tokens == [0, 1, 2, 3, 4, 0, 0, 0, 1000, 1001, 1002, 1003, 1004, 0, 0, 0])
    #expect(first.microBatches[0].targets == [-1, 2, 3, 4, -1, -1, -1, -1, -1, 1002, 1003, 1004, -1, -1, -1, -1])
    #expect(first.microBatches[0].positions == [0, 1, 2, 3, 4, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0])
    #expect(first.microBatches[0].documentStart == [0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8, 16, 16, 16])
    // The last step of an epoch takes what is left, and the next epoch starts anew.
    #expect(plan.step(at: 2).microBatches.count == 1)
    #expect(plan.step(at: 3).microBatches == first.microBatches)
  }

  @Test func packedDocumentsStandOneAfterTheOther() {
    var plan = BatchPlan(
      examples(lengths: [3, 2, 2]), batches: Batches(length: 6, micro: 2, shuffle: false), extent: .epochs(1))
    let batch = plan.step(at: 0).microBatches[0]
    #expect(batch.tokens == [0, 1, 2, 1000, 1001, 0, 2000, 2001, 0, 0, 0, 0])
    #expect(batch.targets == [1, 2, -1, 1001, -1, -1, 2001, -1, -1, -1, -1, -1])
    #expect(batch.positions == [0, 1, 2, 0, 1, 0, 0, 1, 0, 0, 0, 0])
    #expect(batch.documentStart == [0, 0, 0, 3, 3, 6, 6, 6, 12, 12, 12, 12])
  }

  @Test(arguments: [true, false], [true, false])
  func goingOnFromAnyStepIsLikeNeverHavingStopped(packing: Bool, shuffle: Bool) {
    let made = examples(lengths: lengths(33, most: 40, seed: 2))
    let shape = Batches(length: 64, micro: 2, accumulate: 2, packing: packing, shuffle: shuffle, seed: 9)
    let whole = allSteps(BatchPlan(made, batches: shape, extent: .epochs(3)))
    #expect(whole.count >= 9)
    for start in 0..<whole.count {
      var resumed = BatchPlan(made, batches: shape, extent: .epochs(3))
      #expect((start..<resumed.stepCount).map { resumed.step(at: $0) } == Array(whole[start...]))
    }
    // The order in which steps are asked for does not matter.
    var backwards = BatchPlan(made, batches: shape, extent: .epochs(3))
    #expect(whole.indices.reversed().map { backwards.step(at: $0) } == whole.reversed())
  }

  @Test func stepsMayEndARunAnywhere() {
    let made = examples(lengths: lengths(33, most: 40, seed: 2))
    let shape = Batches(length: 64, accumulate: 4)
    let whole = allSteps(BatchPlan(made, batches: shape, extent: .epochs(3)))
    for count in [0, 1, 5, whole.count] {
      let plan = BatchPlan(made, batches: shape, extent: .steps(count))
      #expect(plan.stepCount == count && allSteps(plan) == Array(whole[..<count]))
      #expect((0..<plan.epochCount).flatMap { plan.steps(inEpoch: $0) } == Array(0..<count))
    }
  }
}
