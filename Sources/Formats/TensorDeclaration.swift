/// A tensor that is going to be written: what the header says before its bytes follow.
public struct TensorDeclaration: Sendable, Equatable {
  public let name: String
  public let type: ElementType
  /// Outermost dimension first, row-major.
  public let shape: [Int]

  /// - Precondition: Every dimension is at least 1 and rows are whole blocks of the type.
  public init(name: String, type: ElementType, shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 1 }, "\(name) has the shape \(shape)")
    precondition(
      (shape.last ?? 1).isMultiple(of: type.blockElements),
      "\(name): rows of \(shape.last ?? 1) elements; \(type.name) needs multiples of \(type.blockElements)")
    self.name = name
    self.type = type
    self.shape = shape
  }

  /// Bytes of the whole tensor.
  public var byteCount: Int { shape.reduce(1, *) / type.blockElements * type.blockBytes }
}

/// Where in a file the bytes of declared tensors belong, handed out in the order of declaration.
struct TensorRegions {
  private let ranges: [Range<Int>]
  private var current = 0
  private var filled = 0

  init(_ ranges: [Range<Int>]) {
    self.ranges = ranges
  }

  var isFull: Bool { current == ranges.count }

  /// Where the next bytes go and how many of `count` may go there.
  mutating func take(_ count: Int) -> Range<Int> {
    precondition(!isFull, "\(count) bytes more than the declared tensors have")
    let range = ranges[current]
    let start = range.lowerBound + filled
    let end = min(start + count, range.upperBound)
    filled += end - start
    if end == range.upperBound {
      current += 1
      filled = 0
    }
    return start..<end
  }

  /// Writes `bytes` to where they belong.
  mutating func write(_ bytes: UnsafeRawBufferPointer, to file: inout AtomicFile) throws(FormatError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let range = take(rest.count)
      try file.write(UnsafeRawBufferPointer(rebasing: rest.prefix(range.count)), at: range.lowerBound)
      rest = rest.dropFirst(range.count)
    }
  }
}
