/// A file that appears under its name all at once: written beside as `.NAME.partial`, flushed, renamed.
///
/// A full disk, an error or a killed process leaves what was there before. What a killed process left beside is taken
/// over by the next writer of the same name; two writers at once are refused.
///
/// ```swift
/// var file = try AtomicFile(path: "model.gguf")
/// try file.append(header)
/// try file.commit()
/// ```
public struct AtomicFile: ~Copyable {
  public let path: String
  /// Where the next `append` writes.
  public private(set) var byteCount = 0
  private let partial: PartialItem
  private var isCommitted = false

  /// - Parameter isPrivate: Whether only its owner may read the file; else the process's own rule (umask) decides.
  public init(path: String, isPrivate: Bool = false) throws(FormatError) {
    let partial = try PartialItem(of: path, isFolder: false)
    do throws(FormatError) {
      try System.truncate(partial.descriptor, partial.path)
      // Before there is anything to read in it.
      if isPrivate { try System.makePrivate(partial.descriptor, partial.path) }
    } catch {
      partial.discard()
      throw error
    }
    self.path = path
    self.partial = partial
  }

  deinit {
    if !isCommitted { partial.discard() }
  }

  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    try write(bytes, at: byteCount)
  }

  public mutating func append(_ bytes: [UInt8]) throws(FormatError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FormatError) in try append(UnsafeRawBufferPointer(buffer)) }
  }

  public mutating func append(_ text: String) throws(FormatError) {
    try append(Array(text.utf8))
  }

  /// Writes at any place; what is skipped reads as zeros.
  public mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FormatError) {
    try System.write(partial.descriptor, at: offset, bytes, path)
    byteCount = max(byteCount, offset + bytes.count)
  }

  /// Gives the file its name, once its bytes are on the disk.
  public consuming func commit() throws(FormatError) {
    try System.flush(partial.descriptor, path)
    try System.move(partial.path, to: path)
    isCommitted = true
    System.release(partial.descriptor)
    try System.flush(path: partial.folder)
  }

  /// Writes a whole file at once.
  public static func write(_ bytes: [UInt8], to path: String, isPrivate: Bool = false) throws(FormatError) {
    var file = try AtomicFile(path: path, isPrivate: isPrivate)
    try file.append(bytes)
    try file.commit()
  }

  /// Writes a whole text at once, as UTF-8.
  public static func write(_ text: String, to path: String, isPrivate: Bool = false) throws(FormatError) {
    try write(Array(text.utf8), to: path, isPrivate: isPrivate)
  }
}

/// A folder that appears under its name all at once, with everything in it: filled beside as `.NAME.partial`, flushed,
/// renamed.
///
/// ```swift
/// let folder = try AtomicFolder(path: "exported")
/// try AtomicFile.write(config, to: folder.file("config.json"))
/// try folder.commit()
/// ```
public struct AtomicFolder: ~Copyable {
  public let path: String
  /// Whether a folder of the same name that is not empty is replaced, and what it held removed.
  public let replaces: Bool
  private let partial: PartialItem
  private var isCommitted = false

  /// - Parameter replaces: Whether a folder that is there and not empty may be replaced; else that is an error, here
  ///   already, before any work is done.
  public init(path: String, replacing replaces: Bool = false) throws(FormatError) {
    if let status = System.status(path: path) {
      guard status.isFolder else { throw FormatError(.system, file: path, "is there already and is no folder") }
      guard replaces || System.names(in: path).isEmpty else {
        throw FormatError(.system, file: path, "is there already and is not empty")
      }
    }
    let partial = try PartialItem(of: path, isFolder: true)
    for name in System.names(in: partial.path) { System.remove(folder: partial.path + "/" + name) }
    self.path = path
    self.replaces = replaces
    self.partial = partial
  }

  deinit {
    if !isCommitted { partial.discard() }
  }

  /// Where files are written until the folder gets its name.
  public var temporaryPath: String { partial.path }

  /// The path to write the file `name` to.
  public func file(_ name: String) -> String { partial.path + "/" + name }

  /// Gives the folder its name, once all that is in it is on the disk.
  public consuming func commit() throws(FormatError) {
    try System.flushTree(partial.path)
    if replaces, !System.names(in: path).isEmpty {
      try System.exchange(partial.path, with: path)
      isCommitted = true
      // The old folder has the name of the partial one now.
      partial.discard()
    } else {
      try System.move(partial.path, to: path)
      isCommitted = true
      System.release(partial.descriptor)
    }
    try System.flush(path: partial.folder)
  }
}

/// The file or folder `.NAME.partial` beside the one that is being made, open and locked.
struct PartialItem {
  /// The folder in which both lie.
  let folder: String
  let path: String
  let descriptor: Int32
  private let isFolder: Bool

  init(of target: String, isFolder: Bool) throws(FormatError) {
    var parts = target.split(separator: "/", omittingEmptySubsequences: false)
    while parts.count > 1, parts.last == "" { parts.removeLast() }
    let name = parts.removeLast()
    guard !name.isEmpty, name != ".", name != ".." else {
      throw FormatError(.system, file: "`\(target)`", "cannot be written: the path has no name at its end")
    }
    let parent = parts == [""] ? "/" : parts.joined(separator: "/")
    folder = parent.isEmpty ? "." : parent
    path = (parts.isEmpty ? "" : parts.joined(separator: "/") + "/") + ".\(name).partial"
    self.isFolder = isFolder
    descriptor = try Self.open(path, target: target, isFolder: isFolder)
  }

  /// Opens and locks the partial item. Between the two another writer may have finished and given it its final name, so
  /// what is locked must still be what the path leads to.
  private static func open(_ path: String, target: String, isFolder: Bool) throws(FormatError) -> Int32 {
    for _ in 0..<16 {
      if isFolder { try System.makeFolder(path) }
      let descriptor = try isFolder ? System.openForReading(path) : System.openForWriting(path)
      guard System.lock(descriptor) else {
        System.release(descriptor)
        throw FormatError(.system, file: target, "is being written by someone else at this moment")
      }
      if let there = System.status(path: path), let open = try? System.status(descriptor, path),
        there.isSame(as: open)
      {
        return descriptor
      }
      System.release(descriptor)
    }
    throw FormatError(.system, file: target, "other writers keep getting in the way")
  }

  /// Removes the item.
  func discard() {
    if isFolder { System.remove(folder: path) } else { System.remove(file: path) }
    System.release(descriptor)
  }
}
