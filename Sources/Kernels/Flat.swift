import Shaders
import VulkanRuntime

/// Element-wise work over whole tensors, in octets (eight elements, the unit of padding): the host's side of
/// `Shaders/include/flat.glsl`.
enum Flat {
  /// Every pipeline of some shaders on a device.
  static func variants(_ sets: [ShaderSet], for device: DeviceProperties) -> [KernelVariant] {
    sets.flatMap { $0.shaders(for: device) }.map { variant($0, for: device) }
  }

  /// Octets that a workgroup takes.
  static let workgroupOctets = 256

  /// The shader's one specialization constant is the length of a run: a subgroup, as far as a workgroup of 64 has one.
  static func variant(_ shader: Shader, for device: DeviceProperties) -> KernelVariant {
    KernelVariant(shader, constants: [UInt32(min(device.subgroupSize, 64))])
  }

  /// `octets` cut so that each operand's part, of `octetBytes` at the most an octet, is within the binding limit.
  static func pieces(_ octets: Int, octetBytes: Int, on device: DeviceProperties) -> [Range<Int>] {
    let bound = min(device.maxStorageBufferRange / octetBytes, device.maxWorkgroupCount * workgroupOctets)
    let step = bound / workgroupOctets * workgroupOctets
    return stride(from: 0, to: octets, by: step).map { $0..<min($0 + step, octets) }
  }

  /// The dispatches of a kernel that reads and writes `tensors`, all of one shape, octet by octet.
  /// - Parameters:
  ///   - operations: floating-point operations an element.
  ///   - passes: how often each tensor's bytes are moved, in the tensors' order; once each where nil.
  ///   - push: the push-constant block of a range of octets.
  ///   - buffers: the buffers of a range, given the tensors' parts; the parts themselves where nil.
  static func dispatches<Push: BitwiseCopyable>(
    _ shader: Shader, _ tensors: [TensorSlice], operations: Int, passes: [Int]? = nil,
    on device: DeviceProperties, push: (Range<Int>) -> Push,
    buffers: (([BufferSlice]) -> [BufferSlice])? = nil
  ) -> [Dispatch] {
    let first = tensors[0]
    for tensor in tensors {
      precondition(
        tensor.type.isFloat && tensor.rows == first.rows && tensor.columns == first.columns,
        "\(shader.name): \(tensor.summary) beside \(first.summary)")
    }
    let octetBytes = tensors.map(\.octetBytes)
    let moved = zip(octetBytes, passes ?? octetBytes.map { _ in 1 }).reduce(0) { $0 + $1.0 * $1.1 }
    let variant = variant(shader, for: device)
    return pieces(first.octets, octetBytes: octetBytes.max()!, on: device).map { range in
      let parts = tensors.map { $0.octets(range) }
      return Dispatch(
        variant, buffers?(parts) ?? parts, push: push(range), groups: groups(range.count),
        cost: Cost(operations: range.count * 8 * operations, bytes: range.count * moved))
    }
  }

  static func groups(_ octets: Int) -> (Int, Int, Int) {
    ((octets + workgroupOctets - 1) / workgroupOctets, 1, 1)
  }
}

extension DeviceProperties {
  /// The word by which kernels that go by octets access memory (`Shaders/include/octets.glsl`): a value of their axis
  /// `WORDS`, the last one.
  var words: String { type == .cpu && shaderInt64 ? "w64" : "w32" }
}

extension ShaderSet {
  /// The shaders of a set, with the axis `WORDS` as its last, that suit the device.
  func shaders(for device: DeviceProperties) -> [Shader] {
    precondition(axes.last == "WORDS", "\(stem) has the axes \(axes)")
    return all.filter { $0.name.hasSuffix("_" + device.words) }
  }
}

extension TensorSlice {
  /// Groups of eight elements, padding included.
  var octets: Int { rows * pitch / 8 }
  /// Groups of eight elements from one row to the next.
  var pitchOctets: Int { pitch / 8 }

  /// - Precondition: the type is not quantised.
  var octetBytes: Int {
    guard let bytes = type.elementBytes else { preconditionFailure("octets of a \(type.name) tensor") }
    return 8 * bytes
  }

  /// Bytes from one row to the next.
  var rowBytes: Int { pitchOctets * octetBytes }

  /// Some of the octets, counted over rows and padding.
  func octets(_ range: Range<Int>) -> BufferSlice {
    buffer.slice(offset: range.lowerBound * octetBytes, byteCount: range.count * octetBytes)
  }

  /// Such as `f16 (512, 2048)`, for messages.
  var summary: String { "\(type.name) (\(rows), \(columns))" }
}
