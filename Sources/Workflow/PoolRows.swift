import Formats
import Pool
import Text
import TrainingData

/// An Evolcano pool as training data: the rows of its export, in the same order.
struct PoolRows: RowSource {
  let path: String
  let isDetected: Bool
  let byteCount: Int
  private var rows: ExportedRows

  var format: RowFormat { .pool }
  var bytesRead: Int { byteCount * rows.position / rows.count }

  /// - Throws: `FormatError` when the file cannot be read, is no pool, or holds no row that was kept and answered.
  init(path: String, isDetected: Bool) throws(FormatError) {
    self.path = path
    self.isDetected = isDetected
    byteCount = try ByteSource(path: path).byteCount
    rows = try Self.translating { () throws(PoolError) in try ExportedRows(try Pool(reading: path)) }
    guard rows.count > 0 else {
      throw FormatError(.missing, file: path, "holds no instruction that was kept and answered; is its evolution done?")
    }
  }

  mutating func chunk() throws(FormatError) -> [SourceRow] {
    let first = rows.position
    var rows = rows
    let chunk = try Self.translating { () throws(PoolError) in try rows.next(1024) }
    self.rows = rows
    return chunk.enumerated().map { index, row in
      let place = RowPlace(file: path, line: first + index + 1, name: "seed \(row.id.seed), round \(row.id.round)")
      return SourceRow(place: place, row.record)
    }
  }

  private static func translating<Value>(_ body: () throws(PoolError) -> Value) throws(FormatError) -> Value {
    do throws(PoolError) {
      return try body()
    } catch {
      throw FormatError(.system, file: error.file, error.problem)
    }
  }
}
