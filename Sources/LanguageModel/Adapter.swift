public import Formats
import Foundation

/// A low-rank adapter in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`.
public struct Adapter: Sendable {
  /// What PEFT puts before the names of a model's parameters.
  public static let prefix = "base_model.model."

  public let path: String
  public let lora: LoRA
  private let weights: Safetensors

  /// - Throws: `FormatError` for another kind of adapter, and for what PEFT can do to a model and this cannot.
  public init(path: String) throws(FormatError) {
    self.path = path
    let config = try JSONField(path: path + "/adapter_config.json")
    let kind = try config["peft_type"].string()
    guard kind == "LORA" else { throw config["peft_type"].error(.unsupported, "\(printable(kind)); LORA is supported") }
    try Self.refuseExtras(config)
    var lora = LoRA(
      rank: try config["r"].integer(in: 1...1 << 16), alpha: try config["lora_alpha"].number(), targets: [])
    lora.isRankStabilized = try config["use_rslora"].ifPresent?.bool() ?? false
    let file = path + "/adapter_model.safetensors"
    guard FileManager.default.fileExists(atPath: file) else {
      if FileManager.default.fileExists(atPath: path + "/adapter_model.bin") {
        _ = try ModelMagic(try ByteSource(path: path + "/adapter_model.bin"))  // refuses it with advice
      }
      throw FormatError(.missing, file: path, "holds no adapter_model.safetensors")
    }
    weights = try Safetensors(path: file)
    // Which projections are updated is what the weights say; `target_modules` may be a pattern.
    for tensor in weights.tensors {
      let parts = tensor.name.split(separator: ".")
      guard parts.count > 3, LoRA.allTargets.contains(String(parts[parts.count - 3])) else {
        throw tensor.error(.unsupported, "is no low-rank update of a layer's projection")
      }
      lora.targets.insert(String(parts[parts.count - 3]))
    }
    guard !lora.targets.isEmpty else { throw FormatError(.missing, file: file, "holds no tensor") }
    self.lora = lora
  }

  private static func refuseExtras(_ config: JSONField) throws(FormatError) {
    for name in ["use_dora", "fan_in_fan_out", "lora_bias"] {
      if try config[name].ifPresent?.bool() ?? false { throw config[name].error(.unsupported, "is not supported") }
    }
    if let bias = try config["bias"].ifPresent?.string(), bias != "none" {
      throw config["bias"].error(.unsupported, "\(printable(bias)) is not supported; none is")
    }
    for name in ["rank_pattern", "alpha_pattern"] {
      if let field = config[name].ifPresent, try field.object().count > 0 {
        throw field.error(.unsupported, "ranks that differ between modules are not supported")
      }
    }
    if let field = config["modules_to_save"].ifPresent, try field.array().count > 0 {
      throw field.error(.unsupported, "modules trained whole are not supported in an adapter")
    }
  }

  /// The factors of every update of a model.
  /// - Parameter shape: the model's, with this adapter's `lora`.
  /// - Throws: `FormatError` where the adapter was made for another model.
  public func stored(for shape: LLaMA) throws(FormatError) -> [StoredParameter] {
    var result: [StoredParameter] = []
    for parameter in shape.loraParameters {
      let tensor = try weights.tensors.tensor(Self.prefix + parameter.name)
      guard tensor.shape == parameter.shape else {
        throw tensor.error(
          .malformed, "has the shape \(tensor.shape), the model wants \(parameter.shape): an adapter of another model")
      }
      result.append(StoredParameter(parameter, tensor: tensor, type: try tensor.elementType(), pairedRows: nil))
    }
    guard result.count == weights.tensors.count else {
      throw FormatError(
        .malformed, file: path,
        "updates \(weights.tensors.count / 2) projections, the model has \(result.count / 2) of these: "
          + "an adapter of another model")
    }
    return result
  }
}
