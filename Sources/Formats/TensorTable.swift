/// The tensors of a model file, or of a folder of shards, found by name.
public struct TensorTable: Sendable, RandomAccessCollection {
  /// The file that errors name: for shards, their index.
  public let file: String
  private let tensors: [StoredTensor]
  private let places: [String: Int]

  /// The names are unique; the readers have checked.
  init(_ tensors: [StoredTensor], file: String) {
    self.file = file
    self.tensors = tensors
    places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($0.element.name, $0.offset) })
  }

  public var startIndex: Int { tensors.startIndex }
  public var endIndex: Int { tensors.endIndex }
  public subscript(position: Int) -> StoredTensor { tensors[position] }

  /// The tensor called `name`, or nil.
  public subscript(name: String) -> StoredTensor? { places[name].map { tensors[$0] } }

  /// The tensor called `name`, or an error that names it.
  public func tensor(_ name: String) throws(FormatError) -> StoredTensor {
    guard let tensor = self[name] else {
      throw FormatError(.missing, file: file, field: printable(name), "there is no such tensor")
    }
    return tensor
  }
}
