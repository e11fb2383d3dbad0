public import Kernels
public import Reference
import TensorGraph

extension Matrix {
  /// A control block as numbers, word by word; β₁ and β₂ stand in the first of their two words.
  public init(control: ControlBlock) {
    var numbers = control.words.map { Double(Float(bitPattern: $0)) }
    for word: ControlBlock.Word in [.growthInterval, .goodSteps, .nonFinite, .step, .skippedSteps] {
      numbers[word.rawValue] = Double(control.words[word.rawValue])
    }
    for word: ControlBlock.Word in [.beta1, .beta2] {
      let (low, high) = (control.words[word.rawValue], control.words[word.rawValue + 1])
      numbers[word.rawValue] = (Double(high) * 0x1p32 + Double(low)) * 0x1p-64
      numbers[word.rawValue + 1] = 0
    }
    self.init(row: numbers)
  }

  /// Begins a step in a control block, as `ControlBlock.beginStep`.
  public mutating func beginStep(learningRate: Double, tokenCount: Int) {
    values[ControlBlock.Word.learningRate.rawValue] = learningRate
    values[ControlBlock.Word.inverseTokenCount.rawValue] = tokenCount == 0 ? 0 : 1 / Double(tokenCount)
    values[ControlBlock.Word.loss.rawValue] = 0
  }

  subscript(word: ControlBlock.Word) -> Double {
    get { values[word.rawValue] }
    set { values[word.rawValue] = newValue }
  }
}

extension GraphInterpreter {
  func evaluateOptimizer(_ op: any Op, _ node: Graph.Node) -> [Matrix]? {
    switch op {
    case is GradientNormOp: return [normed(node)]
    case let op as AdamWOp: return stepped(op, node)
    default: return nil
    }
  }

  private func normed(_ node: Graph.Node) -> Matrix {
    var control = matrix(node, 0)
    let limit = control[.maximumNorm]
    let result = Reference.gradientNorm(
      slabs: node.inputs.dropFirst().map { self[$0].values }, maxNorm: limit == 0 ? .infinity : limit,
      lossScale: control[.lossScale])
    control[.gradientNorm] = result.isFinite ? result.norm : .infinity
    control[.nonFinite] = result.isFinite ? 0 : 1
    control[.clipCoefficient] = result.isFinite ? result.clip : 0
    control[.gradientMultiplier] = control[.clipCoefficient] / control[.lossScale]
    control[.step] += result.isFinite ? 1 : 0
    control[.skippedSteps] += result.isFinite ? 0 : 1
    if control[.growthInterval] > 0 {
      var scale = Reference.LossScale(scale: control[.lossScale], growthInterval: Int(control[.growthInterval]))
      scale.goodSteps = Int(control[.goodSteps])
      scale.update(foundNonFinite: !result.isFinite)
      control[.lossScale] = scale.scale
      control[.goodSteps] = Double(scale.goodSteps)
    }
    return control
  }

  private func stepped(_ op: AdamWOp, _ node: Graph.Node) -> [Matrix] {
    let control = matrix(node, 0)
    var (gradients, parameters) = (matrix(node, 1), matrix(node, 2))
    var (first, second) = (matrix(node, 3), matrix(node, 4))
    for region in op.regions {
      let range = 4 * region.quads.lowerBound..<min(4 * region.quads.upperBound, parameters.count)
      var state = Reference.AdamWState(weight: Array(parameters.values[range]))
      state.firstMoment = Array(first.values[range])
      state.secondMoment = Array(second.values[range])
      state.step = Int(control[.step]) - 1  // counted when the norm was measured
      Reference.adamW(
        &state, gradient: Array(gradients.values[range]),
        options: Reference.AdamWOptions(
          learningRate: control[.learningRate], beta1: control[.beta1], beta2: control[.beta2],
          epsilon: control[.epsilon], weightDecay: Double(region.weightDecay)),
        gradientScale: control[.gradientMultiplier], skipped: control[.nonFinite] != 0)
      parameters.values.replaceSubrange(range, with: state.weight)
      first.values.replaceSubrange(range, with: state.firstMoment)
      second.values.replaceSubrange(range, with: state.secondMoment)
    }
    if op.clearingGradients { gradients = gradients.map { _ in 0 } }
    return [gradients, parameters, first, second] + (node.inputs.count == 6 ? [parameters] : [])
  }
}
