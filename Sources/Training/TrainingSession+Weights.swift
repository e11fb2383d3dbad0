import Formats
import LanguageModel
public import TensorGraph

extension TrainingSession {
  /// Reads every parameter from the files to where it is trained or read, and starts the low-rank updates.
  func loadWeights(_ source: ModelSource, progress: (_ done: Int, _ of: Int) -> Void) throws {
    let loader = WeightLoader(store: store)
    var stored: [StoredParameter] = []
    for parameter in plan.shape.parameters { stored.append(try source.stored(parameter)) }
    let total = stored.reduce(0) { $0 + $1.tensor.byteCount }
    var done = 0
    for item in stored {
      for name in names(of: item.parameter.name) { try loader.load(item, to: name) }
      done += item.tensor.byteCount
      progress(done, total)
    }
    let initial = InitialWeights(seed: options.seed, initializerRange: options.initializerRange)
    for parameter in plan.shape.loraParameters { try write(initial.loRA(parameter), to: parameter.name) }
  }

  /// Fresh weights for everything.
  func initialiseWeights() throws {
    let initial = InitialWeights(seed: options.seed, initializerRange: options.initializerRange)
    for parameter in plan.shape.parameters { try write(initial.fresh(parameter), to: parameter.name) }
    for parameter in plan.shape.loraParameters { try write(initial.loRA(parameter), to: parameter.name) }
  }

  /// Writes a parameter, its master and its copy where it has both.
  func write(_ values: [Float], to parameter: String) throws {
    for name in names(of: parameter) { try WeightLoader(store: store).load(values, to: name) }
  }

  /// The tensors that hold a parameter: its master first, then the copy that the kernels read.
  private func names(of parameter: String) -> [String] {
    plan.layout.copyType == nil || plan.layout.places[parameter] == nil
      ? [parameter] : ["\(parameter).master", parameter]
  }

  /// A trained parameter in f32.
  public func parameter(_ name: String) throws(GraphError) -> [Float] { try store.read(names(of: name)[0]) }
}
