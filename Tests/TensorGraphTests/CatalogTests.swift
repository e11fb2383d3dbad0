import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import Testing
import VulkanRuntime

/// The vendor gate compiles what the catalog lists; a pipeline that a training run creates beside it would never be seen.
@Suite struct CatalogTests {
  @Test(arguments: [DType.f32, .f16, .bf16])
  func everyPipelineOfATrainingRunIsInTheCatalog(type: DType) throws {
    let device = try TestDevice.shared().device
    let library = PipelineLibrary(device)
    var model = LLaMA(hidden: 64, layers: 1, heads: 2, kvHeads: 1, headSize: 32, feedForward: 72, vocabulary: 61)
    model.dtype = type
    model.dropout = 0.1
    var training = try model.training(rows: 33)
    let control = try training.graph.controlBlock()
    try training.graph.accumulateGradients(
      of: training.loss.sum, scale: control, withRespectTo: training.graph.trainableParameters)
    let layout = training.graph.slabLayout(slabBytes: device.properties.maxStorageBufferRange)
    let store = TensorStore(device)
    try store.add(layout)
    _ = try Program.compile(training.graph, outputs: [training.loss.sum], with: library, store: store)
    _ = try Program.compile(Graph.optimizer(layout), outputs: [], with: library, store: store)
    let listed = Set(KernelCatalog.entries(for: device.properties).map(\.variant))
    let missing = library.compiled.subtracting(listed).map(\.name).sorted()
    #expect(library.compiled.count > 15 && missing.isEmpty, "not in the catalog: \(missing)")
  }
}
