public import Formats
import Foundation
public import Kernels
import TensorGraph
import VulkanRuntime

/// Where a run stands beside what lies on the device: what the host must know to go on.
public struct RunRecord: Sendable, Equatable {
  /// The step that comes next, from 0.
  public var step: Int
  /// Where the data stand, in the words of whoever hands it out; the step itself for a plan that follows from it.
  public var dataCursor: Int
  /// The recipe's text.
  public var recipe: String
  public var seed: UInt64
  /// The name of the device and of its driver with version.
  public var device: String
  public var driver: String
  /// `TrainingSession.summationOrders`.
  public var summationOrders: [String]
  /// Loss scale, step count of the optimizer, powers of the betas.
  public var control: ControlBlock
}

/// One checkpoint on the disk: `checkpoint.json` and the slabs of parameters and moments in `slabs.safetensors`.
///
/// It appears whole or not at all (`AtomicFolder`), and is believed only after every slab's checksum has been found right.
public struct Checkpoint: Sendable {
  static let recordName = "checkpoint.json"
  static let slabsName = "slabs.safetensors"
  /// More than the record and the header take.
  static let overhead = 1 << 20
  private static let version = 1
  /// Steps and cursors that are believed: beyond any run, and far from the largest number.
  static let counts = 0...1 << 48
  /// Bytes that are read or written at a time.
  static let pieceBytes = 8 << 20

  public let path: String
  public let record: RunRecord
  let slabs: TensorTable
  /// By the names of the slabs.
  private let checksums: [String: UInt64]

  /// Opens a checkpoint and reads its record; no slab is read.
  /// - Throws: `FormatError` for files that are missing, torn or of another kind.
  public init(path: String) throws(FormatError) {
    let json = try JSONField(path: path + "/" + Self.recordName)
    let version = try json["version"].integer()
    guard version == Self.version else {
      throw json["version"].error(.unsupported, "is \(version); this program reads \(Self.version)")
    }
    self.path = path
    record = try RunRecord(json)
    slabs = try Safetensors(path: path + "/" + Self.slabsName).tensors
    var checksums: [String: UInt64] = [:]
    for member in try json["checksums"].object().members {
      checksums[member.key] = try Self.number(json["checksums"][member.key])
    }
    self.checksums = checksums
  }

  /// A number of 64 bits, which JSON keeps as text.
  static func number(_ field: JSONField) throws(FormatError) -> UInt64 {
    guard let number = UInt64(try field.string()) else { throw field.error(.malformed, "is no number of 64 bits") }
    return number
  }

  /// Reads everything once and compares it with the checksums.
  /// - Throws: `FormatError`.
  public func verify() throws(FormatError) {
    for index in 0..<slabs.count {
      let slab = slabs[index]
      guard let wanted = checksums[slab.name] else {
        throw slab.error(.missing, "has no checksum in \(Self.recordName)")
      }
      var checksum = Checksum()
      try read(slab) { checksum.add($0) }
      guard checksum.value == wanted else {
        throw slab.error(.malformed, "is damaged: its checksum is not the one noted")
      }
    }
    guard checksums.count == slabs.count else {
      throw FormatError(.missing, file: path + "/" + Self.slabsName, "lacks a slab that \(Self.recordName) lists")
    }
  }

  /// Calls `use` with the bytes of a slab, piece by piece, each with its offset.
  func read(
    _ slab: StoredTensor, _ use: (UnsafeRawBufferPointer) -> Void
  ) throws(FormatError) {
    var stream = try slab.stream()
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(Self.pieceBytes, max(slab.byteCount, 1)), alignment: 16)
    defer { piece.deallocate() }
    while true {
      let count = try stream.next(into: piece)
      guard count > 0 else { return }
      use(UnsafeRawBufferPointer(rebasing: piece[..<count]))
    }
  }
}

extension RunRecord {
  init(_ json: JSONField) throws(FormatError) {
    let words = json["control"]
    let bytes = try words.array().map { (field) throws(FormatError) in
      UInt32(try field.integer(in: 0...Int(UInt32.max)))
    }
    .flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    guard let control = ControlBlock(bytes: bytes) else {
      throw words.error(.malformed, "has other than \(ControlBlock.wordCount) words")
    }
    self.init(
      step: try json["step"].integer(in: Checkpoint.counts),
      dataCursor: try json["data_cursor"].integer(in: Checkpoint.counts),
      recipe: try json["recipe"].string(), seed: try Checkpoint.number(json["seed"]),
      device: try json["device"].string(), driver: try json["driver"].string(),
      summationOrders: try json["summation_orders"].strings(), control: control)
  }

  func json(checksums: [(name: String, value: UInt64)]) -> JSONValue {
    var sums = JSONObject()
    for sum in checksums { sums[sum.name] = .string(String(sum.value)) }
    return [
      "version": 1, "step": .integer(step), "data_cursor": .integer(dataCursor), "seed": .string(String(seed)),
      "device": .string(device), "driver": .string(driver),
      "control": .array(control.words.map { .integer(Int($0)) }),
      "summation_orders": .array(summationOrders.map { .string($0) }), "recipe": .string(recipe),
      "checksums": .object(sums),
    ]
  }
}

/// FNV-1a (Fowler, Noll & Vo) over little-endian words of 64 bits: finds a torn or flipped word, and is as fast as the
/// disk.
struct Checksum {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// - Parameter bytes: whole words but for the last piece, whose rest counts as a word filled with zeros.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var value = value
    for offset in stride(from: 0, to: bytes.count / 8 * 8, by: 8) {
      value =
        (value ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        &* 0x100_0000_01B3
      value ^= value >> 32
    }
    var rest: UInt64 = 0
    for offset in bytes.count / 8 * 8..<bytes.count { rest = rest << 8 | UInt64(bytes[offset]) }
    if !bytes.count.isMultiple(of: 8) { value = (value ^ rest) &* 0x100_0000_01B3 }
    self.value = value
  }
}
