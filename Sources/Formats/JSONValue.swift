/// One JSON value (RFC 8259). Numbers keep what the text said: an integer that fits is an `Int`, all else a `Double`.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// What the value is, in words for a message.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order of the text, found by key in constant time.
public struct JSONObject: Sendable {
  public struct Member: Sendable, Equatable {
    public let key: String
    public var value: JSONValue
  }

  public private(set) var members: [Member] = []
  /// A hash table with open addressing: places in `members` plus 1, 0 for none. Empty while a scan is as fast.
  ///
  /// A `Dictionary` would take four times the memory, and a hostile file decides how much there is.
  private var slots: [UInt32] = []
  private static let scanLimit = 8

  public init() {}

  public var count: Int { members.count }

  /// The value of `key`; setting replaces or appends, setting nil removes.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        rebuild()
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  private func place(of key: String) -> Int? {
    if slots.isEmpty { return members.firstIndex { $0.key == key } }
    var slot = key.hashValue & (slots.count - 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if members[place].key == key { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
    if members.count * 2 > slots.count { rebuild() } else { enter(members.count - 1) }
  }

  private mutating func enter(_ place: Int) {
    var slot = members[place].key.hashValue & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(place + 1)
  }

  /// Sizes the table for twice the members there are, a power of two; none for a few.
  private mutating func rebuild() {
    guard members.count > Self.scanLimit else {
      slots = []
      return
    }
    var size = 1
    while size < members.count * 4 { size *= 2 }
    slots = [UInt32](repeating: 0, count: size)
    for place in members.indices { enter(place) }
  }
}

extension JSONObject: Equatable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// A repeated key keeps its first place and its last value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}
