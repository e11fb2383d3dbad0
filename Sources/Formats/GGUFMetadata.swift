/// The keys and values of a GGUF file, in the order of the file.
public struct GGUFMetadata: Sendable {
  /// The file that errors name.
  public let file: String
  public private(set) var entries: [(key: String, value: GGUFValue)] = []
  /// Where each value starts in the file, in the order of `entries`.
  private var offsets: [Int] = []
  private var places: [String: Int] = [:]

  init(file: String) {
    self.file = file
  }

  /// Adds an entry; false when the key is there already.
  mutating func append(_ key: String, _ value: GGUFValue, offset: Int) -> Bool {
    guard places.updateValue(entries.count, forKey: key) == nil else { return false }
    entries.append((key, value))
    offsets.append(offset)
    return true
  }

  /// The place of `key`, whether or not there is a value.
  public subscript(key: String) -> GGUFField {
    guard let place = places[key] else { return GGUFField(file: file, key: key, value: nil, offset: nil) }
    return GGUFField(file: file, key: key, value: entries[place].value, offset: offsets[place])
  }
}

/// One key of a GGUF file: reading it gives the value or an error that names file, key and byte.
///
/// ```swift
/// let layers = try file.metadata["llama.block_count"].integer()
/// let base = try file.metadata["llama.rope.freq_base"].ifPresent?.number() ?? 10_000
/// ```
public struct GGUFField: Sendable {
  public let file: String
  public let key: String
  /// Nil when the file has no such key.
  public let value: GGUFValue?
  /// Where the value starts in the file.
  public let offset: Int?

  /// Nil when the file has no such key, so that `field.ifPresent?.integer()` reads an optional value.
  public var ifPresent: GGUFField? { value == nil ? nil : self }

  /// An error about this key.
  public func error(_ kind: FormatError.Kind, _ problem: String) -> FormatError {
    FormatError(kind, file: file, field: printable(key), offset: offset, problem)
  }

  private func mismatch(_ wanted: String) -> FormatError {
    guard let value else { return error(.missing, "is missing; expected \(wanted)") }
    return error(.wrongType, "expected \(wanted), found \(value.kind)")
  }

  public func string() throws(FormatError) -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }

  public func bool() throws(FormatError) -> Bool {
    guard case .bool(let flag) = value else { throw mismatch("a boolean") }
    return flag
  }

  /// An integer of any width. Beyond `range` is an error.
  public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(FormatError) -> Int {
    guard let number = value?.integer else { throw mismatch("an integer") }
    guard range.contains(number) else {
      throw error(.wrongType, "is \(number); allowed are \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number of any type.
  public func number() throws(FormatError) -> Double {
    switch value {
    case .float32(let number): return Double(number)
    case .float64(let number): return number
    default:
      guard let number = value?.integer else { throw mismatch("a number") }
      return Double(number)
    }
  }

  public func strings() throws(FormatError) -> [String] {
    guard case .array(.string(let texts)) = value else { throw mismatch("an array of strings") }
    return texts
  }

  /// An array of integers of any width.
  public func integers() throws(FormatError) -> [Int] {
    guard case .array(let array) = value, let numbers = array.integers else { throw mismatch("an array of integers") }
    return numbers
  }

  public func floats() throws(FormatError) -> [Float] {
    guard case .array(.float32(let numbers)) = value else { throw mismatch("an array of float32") }
    return numbers
  }

  public func bools() throws(FormatError) -> [Bool] {
    guard case .array(.bool(let flags)) = value else { throw mismatch("an array of booleans") }
    return flags
  }
}
