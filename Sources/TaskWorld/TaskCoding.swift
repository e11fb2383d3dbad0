import Foundation

/// Why a stored task was refused.
public struct WorldTaskError: Error, Equatable, CustomStringConvertible {
  /// What was found and what is allowed.
  public let problem: String

  public var description: String { "a task of the built-in world: \(problem)" }
}

extension WorldTask: Codable {
  /// The longest text that `init(encoded:)` reads, in bytes.
  static let longestText = 16_384

  /// The task as one line of JSON with sorted keys: the same task gives the same text.
  public var encoded: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings, numbers below 2⁶⁴ and lists of them are all representable in JSON.
    guard let data = try? encoder.encode(self) else { preconditionFailure("a task is not representable in JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  /// A task as `encoded` wrote it.
  public init(encoded: String) throws(WorldTaskError) {
    guard encoded.utf8.count <= Self.longestText else {
      throw WorldTaskError(problem: "the text has \(encoded.utf8.count) bytes, more than \(Self.longestText)")
    }
    do {
      self = try JSONDecoder().decode(WorldTask.self, from: Data(encoded.utf8))
    } catch let error as DecodingError {
      throw WorldTaskError(problem: Self.problem(error))
    } catch {
      throw WorldTaskError(problem: "\(error)")
    }
  }

  /// Where and what, in one line.
  private static func problem(_ error: DecodingError) -> String {
    let context: DecodingError.Context =
      switch error {
      case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
        .valueNotFound(_, let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
    return (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + context.debugDescription
  }

  private enum CodingKeys: String, CodingKey {
    case domain, input, isVague = "vague", steps, constraints, probes, format, phrasing, operations, world
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(domain, forKey: .domain)
    try fields.encode(input, forKey: .input)
    if isVague { try fields.encode(isVague, forKey: .isVague) }
    try fields.encode(steps, forKey: .steps)
    if !constraints.isEmpty { try fields.encode(constraints, forKey: .constraints) }
    if !probes.isEmpty { try fields.encode(probes, forKey: .probes) }
    if format != .plain { try fields.encode(format, forKey: .format) }
    // As text: a JSON number beyond 2⁵³ does not survive every reader.
    try fields.encode(String(phrasing), forKey: .phrasing)
    if !operations.isEmpty { try fields.encode(operations, forKey: .operations) }
    if world != .wide { try fields.encode(world, forKey: .world) }
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let number = try fields.decode(String.self, forKey: .phrasing)
    guard let phrasing = UInt64(number) else {
      throw DecodingError.dataCorruptedError(forKey: .phrasing, in: fields, debugDescription: "\(number) is no number")
    }
    guard
      let task = WorldTask(
        domain: try fields.decode(Domain.self, forKey: .domain),
        input: try fields.decode(Value.self, forKey: .input),
        isVague: try fields.decodeIfPresent(Bool.self, forKey: .isVague) ?? false,
        steps: try fields.decode([Step].self, forKey: .steps),
        constraints: try fields.decodeIfPresent([Constraint].self, forKey: .constraints) ?? [],
        probes: try fields.decodeIfPresent([Probe].self, forKey: .probes) ?? [],
        format: try fields.decodeIfPresent(InputFormat.self, forKey: .format) ?? .plain, phrasing: phrasing,
        operations: try fields.decodeIfPresent([Operation].self, forKey: .operations) ?? [],
        world: try fields.decodeIfPresent(WorldSize.self, forKey: .world) ?? .wide)
    else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "such a task has no answer"))
    }
    self = task
  }
}

extension Value: Codable {
  /// One key names the kind, as `words`; `of` stands beside `numbers` of things.
  private enum CodingKeys: String, CodingKey {
    case words, numbers, of, date, amount, sets, table
  }

  /// An amount as it is stored.
  private struct Amount: Codable {
    let count: Int
    let unit: Measure
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .words(let words): try fields.encode(words, forKey: .words)
    case .numbers(let numbers, let thing):
      try fields.encode(numbers, forKey: .numbers)
      try fields.encodeIfPresent(thing, forKey: .of)
    case .date(let day): try fields.encode(day.ordinal, forKey: .date)
    case .amount(let count, let unit): try fields.encode(Amount(count: count, unit: unit), forKey: .amount)
    case .sets(let first, let second): try fields.encode([first, second], forKey: .sets)
    case .table(let rows): try fields.encode(rows, forKey: .table)
    }
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func refusal(_ key: CodingKeys, _ problem: String) -> DecodingError {
      DecodingError.dataCorruptedError(forKey: key, in: fields, debugDescription: problem)
    }
    if let words = try fields.decodeIfPresent([String].self, forKey: .words) {
      self = .words(words)
    } else if let numbers = try fields.decodeIfPresent([Int].self, forKey: .numbers) {
      self = .numbers(numbers, of: try fields.decodeIfPresent(String.self, forKey: .of))
    } else if let ordinal = try fields.decodeIfPresent(Int.self, forKey: .date) {
      guard (0..<365).contains(ordinal) else { throw refusal(.date, "\(ordinal) is no day of a year, 0 to 364") }
      self = .date(CalendarDay(ordinal: ordinal))
    } else if let amount = try fields.decodeIfPresent(Amount.self, forKey: .amount) {
      self = .amount(amount.count, amount.unit)
    } else if let sets = try fields.decodeIfPresent([[String]].self, forKey: .sets) {
      guard sets.count == 2 else { throw refusal(.sets, "there are \(sets.count) sets, not 2") }
      self = .sets(sets[0], sets[1])
    } else {
      self = .table(try fields.decode([Row].self, forKey: .table))
    }
  }
}
