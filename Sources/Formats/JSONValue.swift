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
  /// A hash table with open addressing: the key's hash in the upper half, its place in `members` plus 1 in the lower; 0
  /// where there is none. Empty while a scan is as fast.
  ///
  /// A `Dictionary` would hold every key a second time, and a hostile file decides how many there are.
  private var slots: [UInt64] = []
  private static let scanLimit = 8

  public init() {}

  public var count: Int { members.count }

  /// The value of `key`; setting replaces or appends, setting nil removes.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key, hash: hash(key)).map { members[$0].value } }
    set {
      let hash = hash(key)
      switch (place(of: key, hash: hash), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        rebuild()
      case (nil, let value?):
        members.append(Member(key: key, value: value))
        if slots.isEmpty ? members.count > Self.scanLimit : members.count * 4 > slots.count * 3 {
          rebuild()
        } else if !slots.isEmpty {
          Self.enter(UInt64(hash) << 32 | UInt64(members.count), into: &slots)
        }
      case (nil, nil): break
      }
    }
  }

  /// 0 while no table needs it.
  private func hash(_ key: String) -> UInt32 {
    members.count < Self.scanLimit ? 0 : UInt32(truncatingIfNeeded: key.hashValue)
  }

  /// Keys are compared by their bytes: `==` on `String` takes U+03AF and U+1F77 for the same, vocabularies hold both.
  private func place(of key: String, hash: UInt32) -> Int? {
    if slots.isEmpty { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] >> 32 == hash, members[place].key.utf8.elementsEqual(key.utf8) { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private static func enter(_ entry: UInt64, into slots: inout [UInt64]) {
    var slot = Int(entry >> 32) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = entry
  }

  /// Makes a table for twice the members that there are, a power of two; none for a few.
  private mutating func rebuild() {
    var size = 1
    while size < members.count * 2 { size *= 2 }
    var larger = [UInt64](repeating: 0, count: members.count > Self.scanLimit ? size : 0)
    if !larger.isEmpty {
      for (place, member) in members.enumerated() {
        Self.enter(UInt64(hash(member.key)) << 32 | UInt64(place + 1), into: &larger)
      }
    }
    slots = larger
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
