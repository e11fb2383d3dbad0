import Formats

/// A small file of JSON objects, one a line.
struct JSONLines {
  /// The largest file that is read: some hundred thousand held-out rows.
  private static let byteLimit = 1 << 30

  /// The objects, each with its place for errors; none where there is no file.
  let rows: [JSONField]
  /// The bytes up to the end of the last whole line.
  let byteCount: Int

  /// - Parameter allowsTorn: Whether a last line that has no end, or is none, is passed over: a killed process may have
  ///   left a part of it.
  init(path: String, allowsTorn: Bool = false) throws(FormatError) {
    let bytes: [UInt8]
    do throws(FormatError) {
      bytes = try ByteSource(path: path).readAll(limit: Self.byteLimit)
    } catch {
      guard error.kind == .missing else { throw error }
      bytes = []
    }
    var (rows, start): ([JSONField], Int) = ([], 0)
    while start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else {
        if allowsTorn { break }
        throw FormatError(.truncated, file: path, offset: start, "the last line has no end")
      }
      do throws(FormatError) {
        let value = try JSONValue.parse(Array(bytes[start..<end]), file: path, offset: start)
        rows.append(JSONField(value, file: "\(path):\(rows.count + 1)"))
      } catch {
        // A power cut may leave zeros where the last lines were.
        guard allowsTorn else { throw error }
        break
      }
      start = end + 1
    }
    self.rows = rows
    byteCount = start
  }
}
