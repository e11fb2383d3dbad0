import EvolInstruct
import Formats
import Foundation
import Generation
public import Kernels
import LanguageModel
import Text
import TrainingData
import VulkanRuntime

/// A model on this machine that is to teach.
public struct LocalTeacherModel: Sendable {
  /// A Hugging Face folder or a `.gguf` file.
  public var path: String
  /// A PEFT adapter's folder.
  public var adapter: String?
  /// Q8_0 or Q4_0, into which matrices are rounded while loading.
  public var quantize: DType?
  /// The chat template by name; nil for the model's own, else Vicuna's.
  public var template: String?
  /// Positions of prompt and reply together; nil for the model's length, up to 4096.
  public var context: Int?
  /// The device's index or a part of its name; nil for the best.
  public var device: String?
  /// Whether the Vulkan validation layer is on.
  public var isValidating: Bool

  public init(
    path: String, adapter: String? = nil, quantize: DType? = nil, template: String? = nil, context: Int? = nil,
    device: String? = nil, isValidating: Bool = false
  ) {
    self.path = path
    self.adapter = adapter
    self.quantize = quantize
    self.template = template
    self.context = context
    self.device = device
    self.isValidating = isValidating
  }
}

extension LocalTeacher {
  /// Opens the device, loads the model and makes it a teacher.
  ///
  /// - Parameter concurrency: requests that run together; those beyond what an engine takes wait.
  static func load(
    _ choice: LocalTeacherModel, concurrency: Int, events: @escaping @Sendable (EvolveEvent) -> Void
  ) throws -> LocalTeacher {
    let source = try ModelSource(path: choice.path)
    let tokenizer = try source.tokenizer()
    let template = try TemplateChoice(named: choice.template, for: tokenizer)
    let adapter = try choice.adapter.map { try Adapter(path: $0) }
    let device = try Device.open(choice.device, validating: choice.isValidating ? true : nil)
    events(.note("device: \(device.properties.name) (\(device.properties.type.rawValue))"))
    if let note = note(on: template) { events(.note(note)) }
    let loaded = try LoadedModel.load(
      source, adapter: adapter, options: LoadedModel.Options(quantize: choice.quantize), with: PipelineLibrary(device)
    ) { done, total in events(.loading(done: done, total: total)) }
    if !loaded.notQuantized.isEmpty {
      events(.note("\(loaded.notQuantized.count) matrices keep their type, their rows are no whole blocks"))
    }
    let engine = try GenerationEngine(
      loaded, tokenizer: tokenizer,
      options: .init(context: choice.context ?? min(loaded.configuration.length, 4096), sequences: concurrency))
    return LocalTeacher(
      engine, model: URL(filePath: choice.path).standardizedFileURL.lastPathComponent,
      fingerprint: try fingerprint(of: choice, template: template.template.name), tokenizer: tokenizer,
      template: template.template)
  }

  private static func note(on choice: TemplateChoice) -> String? {
    switch choice.reason {
    case .asked, .model: nil
    case .modelHasNone:
      "the model has no chat template; it is asked in \(choice.template.name)'s (--teacher-template names another)"
    case .modelIsUnknown:
      "the model's chat template is none that is known; it is asked in \(choice.template.name)'s "
        + "(--teacher-template names another)"
    }
  }

  /// A hash of what decides the model's words: names, sizes and both ends of its files, and how it is loaded.
  static func fingerprint(of choice: LocalTeacherModel, template: String) throws(FormatError) -> String {
    var fingerprint = Fingerprint()
    for folder in [choice.path] + (choice.adapter.map { [$0] } ?? []) { try fingerprint.add(modelAt: folder) }
    fingerprint.add("\(choice.quantize.map { "\($0)" } ?? "as it is") \(template)")
    return "local:" + fingerprint.text
  }
}
