/// The shape for which a program is compiled. What is live inside it is less or equal: dead rows fill it up.
public enum Bucket: Hashable, Sendable {
  /// One row for each of so many sequences.
  case decode(rows: Int)
  /// So many rows of a prompt.
  case prefill(rows: Int)
  /// So many rows of packed documents.
  case training(rows: Int)

  public static let decodeRows = [1, 2, 4, 8, 16, 32]
  public static let prefillRows = [128, 512]

  /// The smallest bucket that decodes `rows` sequences at once; nil if there are too many.
  public static func decoding(_ rows: Int) -> Bucket? { decodeRows.first { $0 >= rows }.map { .decode(rows: $0) } }

  /// The smallest bucket that takes `rows` rows of a prompt, the largest if there are more: the rest is another chunk.
  public static func prefilling(_ rows: Int) -> Bucket {
    .prefill(rows: prefillRows.first { $0 >= rows } ?? prefillRows[prefillRows.count - 1])
  }

  public var rows: Int {
    switch self {
    case .decode(let rows), .prefill(let rows), .training(let rows): rows
    }
  }
}

/// The programs of one model, each compiled when its bucket is first used.
public final class ProgramCache<Model> {
  private let compile: (Bucket) throws -> Model
  private var programs: [Bucket: Model] = [:]

  /// - Parameter compile: makes what belongs to a bucket: a program, and the values of its inputs and outputs.
  public init(_ compile: @escaping (Bucket) throws -> Model) { self.compile = compile }

  public func program(for bucket: Bucket) throws -> Model {
    if let known = programs[bucket] { return known }
    let new = try compile(bucket)
    programs[bucket] = new
    return new
  }

  /// Buckets that have been compiled.
  public var compiled: Set<Bucket> { Set(programs.keys) }
}
