/// A place in a JSON file, whether or not there is a value: reading it gives the value or an error that names file and
/// path, for example `config.json: rope_scaling.factor: expected a number, found a string`.
///
/// ```swift
/// let config = try JSONField(path: "model/config.json")
/// let hidden = try config["hidden_size"].integer()
/// let headSize = try config["head_dim"].ifPresent?.integer() ?? hidden / heads
/// ```
public struct JSONField: Sendable {
  public let file: String
  /// The keys and indices that led here; empty at the top.
  public let path: String
  /// What lies here; nil when the object has no such member.
  public let value: JSONValue?
  /// Set when something on the way here was not the object or array that it had to be.
  private let failure: FormatError?

  private init(file: String, path: String, value: JSONValue?, failure: FormatError?) {
    self.file = file
    self.path = path
    self.value = value
    self.failure = failure
  }

  public init(_ value: JSONValue, file: String, path: String = "") {
    self.init(file: file, path: path, value: value, failure: nil)
  }

  /// Reads and parses a file.
  public init(path: String, limits: JSONLimits = JSONLimits()) throws(FormatError) {
    self.init(try JSONValue.read(path: path, limits: limits), file: path)
  }

  /// An error about this place.
  public func error(_ kind: FormatError.Kind, _ problem: String) -> FormatError {
    FormatError(kind, file: file, field: path, problem)
  }

  /// The member `key`. Where this is no object, reading the member is an error.
  public subscript(key: String) -> JSONField {
    let inner = joinedPath(path, printable(key))
    switch value {
    case .object(let object): return JSONField(file: file, path: inner, value: object[key], failure: nil)
    case nil: return JSONField(file: file, path: inner, value: nil, failure: failure)
    case let other?:
      return JSONField(
        file: file, path: inner, value: nil,
        failure: failure ?? error(.wrongType, "expected an object, found \(other.kind)"))
    }
  }

  /// Nil where nothing or `null` lies here, so that `field.ifPresent?.integer()` reads an optional value.
  public var ifPresent: JSONField? {
    failure == nil && (value == nil || value == .null) ? nil : self
  }

  private func mismatch(_ wanted: String) -> FormatError {
    if let failure { return failure }
    guard let value else { return error(.missing, "is missing; expected \(wanted)") }
    return error(.wrongType, "expected \(wanted), found \(value.kind)")
  }

  public func string() throws(FormatError) -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }

  public func bool() throws(FormatError) -> Bool {
    guard case .bool(let flag) = value else { throw mismatch("true or false") }
    return flag
  }

  /// An integer; also a number such as `32.0`, which some writers print for one. Beyond `range` is an error.
  public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(FormatError) -> Int {
    let number: Int
    switch value {
    case .integer(let exact): number = exact
    case .number(let inexact):
      guard let exact = Int(exactly: inexact) else { throw mismatch("an integer") }
      number = exact
    default: throw mismatch("an integer")
    }
    guard range.contains(number) else {
      throw error(.wrongType, "is \(number); allowed are \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  public func number() throws(FormatError) -> Double {
    switch value {
    case .integer(let exact): return Double(exact)
    case .number(let number): return number
    default: throw mismatch("a number")
    }
  }

  /// The elements of an array.
  public func array() throws(FormatError) -> [JSONField] {
    guard case .array(let elements) = value else { throw mismatch("an array") }
    return elements.enumerated().map { JSONField($0.element, file: file, path: "\(path)[\($0.offset)]") }
  }

  /// The members of an object, in the order of the file.
  public func object() throws(FormatError) -> JSONObject {
    guard case .object(let object) = value else { throw mismatch("an object") }
    return object
  }

  /// The elements of an array of strings.
  public func strings() throws(FormatError) -> [String] {
    var texts: [String] = []
    for element in try array() { texts.append(try element.string()) }
    return texts
  }
}
