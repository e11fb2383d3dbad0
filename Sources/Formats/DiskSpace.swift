/// The room on the disk that a file is going to be written to.
public enum DiskSpace {
  /// Bytes that may still be written to the file system on which the folder lies; nil where the system does not say.
  public static func available(in folder: String) -> Int? {
    System.availableBytes(path: folder)
  }

  /// Refuses work whose result cannot fit, before it is begun. What others write meanwhile is not foreseen.
  ///
  /// - Parameters:
  ///   - byteCount: The least that is going to be written.
  ///   - path: The file or folder that will be made; what is written lies in the folder around it.
  /// - Throws: `FormatError` of kind `.system` that names both sizes.
  public static func require(_ byteCount: Int, for path: String) throws(FormatError) {
    guard let available = available(in: PartialItem.place(of: path).folder), byteCount > available else { return }
    throw FormatError(
      .system, file: path, "takes \(megabytes(byteCount)), and \(megabytes(available)) are free on this disk")
  }

  private static func megabytes(_ count: Int) -> String {
    // Rounded up, so that what does not fit is not written as what does.
    "\((count + 99_999) / 100_000 / 10).\((count + 99_999) / 100_000 % 10) MB"
  }
}
