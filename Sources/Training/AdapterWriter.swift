import Formats
import Foundation
import LanguageModel
import TensorGraph
public import Text

extension TrainingSession {
  /// Writes the low-rank updates in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`, in f32. The
  /// folder appears whole.
  /// - Parameters:
  ///   - base: what `base_model_name_or_path` says.
  ///   - template: the one that was trained with; `chat_template.jinja` tells it to programs that chat.
  /// - Precondition: the method trains low-rank updates.
  /// - Throws: `FormatError`, `GraphError`.
  public func writeAdapter(to path: String, base: String, template: ChatTemplate? = nil) throws {
    guard let lora = options.method.lora else { preconditionFailure("a full fine-tune has no adapter") }
    let folder = try AtomicFolder(path: path, replacing: true)
    let parameters = plan.shape.loraParameters
    let declared = parameters.map {
      TensorDeclaration(name: Adapter.prefix + $0.name, type: .f32, shape: $0.shape)
    }
    var writer = try SafetensorsWriter(path: folder.file("adapter_model.safetensors"), tensors: declared)
    for parameter in parameters {
      try self.parameter(parameter.name).withUnsafeBytes { try writer.append($0) }  // little-endian machines alone
    }
    try writer.finish()
    try AtomicFile.write(
      Self.configuration(lora, base: base).encoded(indent: 2) + "\n", to: folder.file("adapter_config.json"))
    if let template { try AtomicFile.write(template.jinja, to: folder.file(ChatTemplate.fileName)) }
    try folder.commit()
  }

  /// Source: peft, `LoraConfig`.
  private static func configuration(_ lora: LoRA, base: String) -> JSONValue {
    let alpha: JSONValue = Int(exactly: lora.alpha).map { .integer($0) } ?? .number(lora.alpha)
    return [
      "base_model_name_or_path": .string(base), "bias": "none", "fan_in_fan_out": false, "inference_mode": true,
      "init_lora_weights": true, "lora_alpha": alpha, "lora_dropout": .number(Double(lora.dropout)),
      "modules_to_save": .null, "peft_type": "LORA", "r": .integer(lora.rank),
      "target_modules": .array(LoRA.allTargets.filter(lora.targets.contains).map { .string($0) }),
      "task_type": "CAUSAL_LM", "use_dora": false, "use_rslora": .bool(lora.isRankStabilized),
      "rank_pattern": [:], "alpha_pattern": [:],
    ]
  }
}
