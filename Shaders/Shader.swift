import FoundationEssentials

/// One compiled compute shader: a source of this folder at one choice of its variant axes.
public struct Shader: Sendable {
  /// The source's stem followed by its axis values, such as `matmul_nt_f16_f32`; unique.
  public let name: String
  /// How the shader uses each storage buffer of descriptor set 0, in binding order.
  public let bindings: [Access]
  /// Size of the push-constant block, in bytes.
  public let pushBytes: Int
  /// Number of specialization constants; their ids are `0..<constants`.
  public let constants: Int
  /// Whether ranges of workgroups may run as dispatches of their own: not if the shader asks how many there are.
  public let divisible: Bool
  let base64: StaticString

  public init(
    name: String, bindings: [Access], pushBytes: Int, constants: Int, divisible: Bool, base64: StaticString
  ) {
    self.name = name
    self.bindings = bindings
    self.pushBytes = pushBytes
    self.constants = constants
    self.divisible = divisible
    self.base64 = base64
  }

  /// Read from the SPIR-V, so that a hazard can not be declared wrongly by hand.
  public enum Access: UInt8, Sendable {
    case read, write, readWrite
  }

  /// The SPIR-V module, decoded on each call.
  public var spirv: [UInt32] {
    let data = Data(base64Encoded: "\(base64)")!  // written by EmbedShader
    return data.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
  }
}

extension Shader: Hashable {
  public static func == (a: Shader, b: Shader) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// All variants of one source, looked up by axis values in the order in which the source declares its axes:
/// `Shader.matmul["nt", "f16", "f32"]`; a source without axes has the one shader `Shader.copy[]`.
public struct ShaderSet: Sendable {
  /// The source's file name without extension.
  public let stem: String
  /// The folder of the source: the kernel family.
  public let family: String
  /// The variant axes, as declared.
  public let axes: [String]
  /// Every variant, in declared order.
  public let all: [Shader]
  private let byName: [String: Shader]

  public init(stem: String, family: String, axes: [String], all: [Shader]) {
    self.stem = stem
    self.family = family
    self.axes = axes
    self.all = all
    byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  }

  /// - Precondition: the source declares the combination.
  public subscript(values: String...) -> Shader {
    let name = ([stem] + values).joined(separator: "_")
    guard let shader = byName[name] else {
      preconditionFailure("\(stem) has no variant \(name); it has \(byName.keys.sorted())")
    }
    return shader
  }

  /// Whether the source declares the combination.
  public func has(_ values: String...) -> Bool { byName[([stem] + values).joined(separator: "_")] != nil }
}
