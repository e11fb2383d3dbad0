public import Formats
import Foundation
public import TrainingData

/// The data of a training run: files, and pools that Evol-Instruct made.
public enum TrainingSources {
  /// Opens everything before anything is read: what is missing is known at once.
  ///
  /// - Parameters:
  ///   - paths: Files (`DataFile`), pools, and folders that hold one pool.
  ///   - format: Of all rows; nil for what each file is.
  /// - Throws: `FormatError` that names the path.
  public static func open(_ paths: [String], format: RowFormat? = nil) throws(FormatError) -> [any RowSource] {
    var sources: [any RowSource] = []
    for path in paths { sources.append(try open(path, format: format)) }
    return sources
  }

  private static func open(_ path: String, format: RowFormat?) throws(FormatError) -> any RowSource {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let file = isThere && isFolder.boolValue ? try pool(in: path) : path
    guard try isDatabase(file) else { return try DataFile.open(file, format: format) }
    guard format == nil || format == .pool else {
      throw FormatError(
        .wrongType, file: file, "is a pool, and the format `\(format?.rawValue ?? "")` is asked for; auto knows it")
    }
    return try PoolRows(path: file, isDetected: format == nil)
  }

  /// The one pool of a folder.
  private static func pool(in folder: String) throws(FormatError) -> String {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FormatError(.system, file: folder, "is a folder that cannot be read")
    }
    var pools: [String] = []
    for name in names.sorted() {
      let path = folder + "/" + name
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      if (try? isDatabase(path)) ?? false { pools.append(path) }
    }
    guard let pool = pools.first else {
      throw FormatError(.missing, file: folder, "is a folder without a pool; name the files of the data")
    }
    guard pools.count == 1 else {
      let names = pools.map { String($0.dropFirst(folder.count + 1)) }.joined(separator: ", ")
      throw FormatError(
        .unsupported, file: folder, "is a folder with several pools (\(names)); name those that are meant")
    }
    return pool
  }

  /// Whether a file starts as SQLite's do (https://sqlite.org/fileformat.html, 1.3).
  private static func isDatabase(_ path: String) throws(FormatError) -> Bool {
    let source = try ByteSource(path: path)
    let magic = Array("SQLite format 3\0".utf8)
    return source.byteCount >= magic.count ? try source.read(at: 0, count: magic.count) == magic : false
  }
}
