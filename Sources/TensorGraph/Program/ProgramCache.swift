/// The programs of one model, each compiled when its bucket is first used: the size of which what is live inside is less
/// or equal, dead rows filling it up.
public final class ProgramCache<Bucket: Hashable, Model> {
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
