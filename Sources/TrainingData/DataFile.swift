public import Formats

/// Files of training data: JSON, JSONL and plain text.
public enum DataFile {
  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: A JSON array of rows, a row a line (JSONL), or, where the name ends in `.txt`, one whole text.
  ///   - format: Of the rows; nil for what the file's first valid row is.
  /// - Throws: `FormatError` when the file cannot be read, is empty, or is not of the format.
  public static func open(_ path: String, format: RowFormat? = nil) throws(FormatError) -> any RowSource {
    if format == .pool {
      throw FormatError(.wrongType, file: path, "is no Evolcano pool, which the format `pool` asks for")
    }
    if path.lowercased().hasSuffix(".txt"), format == nil || format == .text {
      return try TextFile(path: path, isDetected: format == nil)
    }
    return try RowReader(path: path, format: format)
  }
}
