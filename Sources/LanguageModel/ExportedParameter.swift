import Formats

/// A parameter as it is going to lie in another file.
struct ExportedParameter: Sendable {
  /// Elements that are read, changed and written at once.
  private static let chunkElements = 1 << 20

  let stored: StoredParameter
  /// The name in the other file.
  let name: String
  let type: ElementType
  /// What is added to it.
  let update: LowRankFactors?
  /// K where the other file has the rows of each head as pairs that are rotated together; nil elsewhere.
  let pairedRows: Int?

  /// - Parameter configuration: of the model in `stored`'s file; pairing follows from the family.
  init(
    _ stored: StoredParameter, type: ElementType, update: LowRankFactors?, for format: ModelExport.Format,
    configuration: ModelConfiguration
  ) {
    self.stored = stored
    self.type = type
    self.update = update
    name = format == .gguf ? GGUFNames.name(stored.parameter) : stored.parameter.name
    let isPaired = format == .gguf && configuration.family.ggufPairsRows && stored.parameter.isRotated
    pairedRows = isPaired ? configuration.shape.headSize : nil
  }

  var declaration: TensorDeclaration {
    TensorDeclaration(name: name, type: type, shape: stored.parameter.shape)
  }

  /// Bytes of what moves when rows are paired: a row of a matrix, an element of a vector.
  private var rowBytes: Int {
    stored.parameter.isMatrix ? stored.columns / type.blockElements * type.blockBytes : type.blockBytes
  }

  /// Ranges of rows, whole heads where rows are paired in either file.
  private var chunks: [Range<Int>] {
    guard stored.parameter.isMatrix else { return [0..<stored.rows] }
    let unit = pairedRows ?? stored.pairedRows ?? 1
    let step = max(Self.chunkElements / stored.columns / unit, 1) * unit
    return stride(from: 0, to: stored.rows, by: step).map { $0..<min($0 + step, stored.rows) }
  }

  /// Gives the bytes of the tensor, piece by piece and in order.
  func stream(to append: (UnsafeRawBufferPointer) throws(FormatError) -> Void) throws(FormatError) {
    let update = try update.map { (factors) throws(FormatError) in try LowRankUpdate(factors) }
    var converter = RowConverter(from: stored.type, columns: stored.columns)
    var bytes: [UInt8] = []
    for rows in chunks {
      try stored.read(rows, into: &bytes)
      var output: [UInt8]
      if stored.type == type, update == nil {
        output = bytes
      } else {
        var floats = bytes.withUnsafeBytes { converter.decoded($0, rows: rows.count) }
        try update?.add(to: &floats, rows: rows)
        output = try encoded(floats)
      }
      if let pairedRows {
        let heads = output.count / (rowBytes * pairedRows)
        output.withUnsafeMutableBytes { [rowBytes] in
          StoredParameter.pair($0, heads: heads, rows: pairedRows, rowBytes: rowBytes)
        }
      }
      try output.withUnsafeBufferPointer { (bytes) throws(FormatError) in try append(UnsafeRawBufferPointer(bytes)) }
    }
  }

  private func encoded(_ floats: [Float]) throws(FormatError) -> [UInt8] {
    try checkRange(floats)
    var bytes = [UInt8](repeating: 0, count: floats.count / type.blockElements * type.blockBytes)
    bytes.withUnsafeMutableBytes { bytes in
      floats.withUnsafeBufferPointer { floats in
        if type.isQuantized {
          BlockQuantizer.quantize(floats, as: type, into: bytes)
        } else {
          Transcode.encode(floats, as: type, into: bytes)
        }
      }
    }
    return bytes
  }

  /// Refuses numbers that would silently become infinite, and in blocks all that is not finite: a block has one scale.
  private func checkRange(_ floats: [Float]) throws(FormatError) {
    // The least magnitude that rounds to infinity: in F16 65,520, in BF16 the float between the last and the next.
    let limit: Float
    switch type {
    case .f32: return
    case .bf16: limit = Float(bitPattern: 0x7F7F_8000)
    case .q8_0: limit = 65_520 * 127
    case .q4_0: limit = 65_520 * 8
    default: limit = 65_520
    }
    for number in floats where !(number.magnitude < limit) {
      guard number.isFinite || type.isQuantized else { continue }
      throw stored.tensor.error(
        .unsupported, "holds \(number), which \(type.name) cannot; choose a wider type")
    }
  }
}
