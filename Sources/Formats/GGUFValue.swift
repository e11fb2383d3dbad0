/// One value of a GGUF file's metadata.
///
/// Source: ggml, docs/gguf.md.
public enum GGUFValue: Sendable, Equatable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  case string(String)
  case array(GGUFArray)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  /// What the value is, in words for a message.
  public var kind: String {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: "an integer"
    case .float32, .float64: "a number"
    case .bool: "a boolean"
    case .string: "a string"
    case .array(let array): "an array of \(array.type)"
    }
  }

  /// The value as an `Int`; nil when it is no integer or beyond `Int`.
  public var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(value)
    case .float32, .float64, .bool, .string, .array: nil
    }
  }
}

/// An array in a GGUF file's metadata: all elements of one type.
public enum GGUFArray: Sendable, Equatable {
  case uint8([UInt8])
  case int8([Int8])
  case uint16([UInt16])
  case int16([Int16])
  case uint32([UInt32])
  case int32([Int32])
  case float32([Float])
  case bool([Bool])
  case string([String])
  case array([GGUFArray])
  case uint64([UInt64])
  case int64([Int64])
  case float64([Double])

  /// The element type.
  public var type: GGUFType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  public var count: Int {
    switch self {
    case .uint8(let values): values.count
    case .int8(let values): values.count
    case .uint16(let values): values.count
    case .int16(let values): values.count
    case .uint32(let values): values.count
    case .int32(let values): values.count
    case .float32(let values): values.count
    case .bool(let values): values.count
    case .string(let values): values.count
    case .array(let values): values.count
    case .uint64(let values): values.count
    case .int64(let values): values.count
    case .float64(let values): values.count
    }
  }

  /// The elements as `Int`; nil when they are no integers or one is beyond `Int`.
  public var integers: [Int]? {
    switch self {
    case .uint8(let values): values.map { Int($0) }
    case .int8(let values): values.map { Int($0) }
    case .uint16(let values): values.map { Int($0) }
    case .int16(let values): values.map { Int($0) }
    case .uint32(let values): values.map { Int($0) }
    case .int32(let values): values.map { Int($0) }
    case .int64(let values): values.map { Int($0) }
    case .uint64(let values): values.contains { $0 > Int.max } ? nil : values.map { Int($0) }
    case .float32, .float64, .bool, .string, .array: nil
    }
  }
}

/// The type of a metadata value, by its number in the file.
public enum GGUFType: UInt32, Sendable, CaseIterable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// The fewest bytes that one value takes in a file: an empty string is its length, an empty array type and count.
  var minimumByteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}
