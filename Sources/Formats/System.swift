import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The operating system's calls that this module makes, each wrapped once: interrupted calls are repeated, a failure is
/// a `FormatError` with the call's own words. No other file says `open`, `pread` or `fsync`.
enum System {
  /// A file descriptor's kind and size.
  struct Status {
    let isRegular: Bool
    let isFolder: Bool
    let byteCount: Int
    private let device: UInt64
    private let inode: UInt64

    init(_ raw: stat) {
      isRegular = raw.st_mode & S_IFMT == S_IFREG
      isFolder = raw.st_mode & S_IFMT == S_IFDIR
      byteCount = Int(raw.st_size)
      device = UInt64(raw.st_dev)
      inode = UInt64(raw.st_ino)
    }

    /// Whether both are the same thing on the disk, not merely alike.
    func isSame(as other: Status) -> Bool { device == other.device && inode == other.inode }
  }

  static func failure(_ action: String, _ file: String, code: Int32 = errno) -> FormatError {
    FormatError(code == ENOENT ? .missing : .system, file: file, "cannot \(action): \(String(cString: strerror(code)))")
  }

  /// Repeats `call` while signals interrupt it; nil when it failed otherwise (`errno` says why).
  private static func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value? {
    while true {
      let result = call()
      if result != -1 { return result }
      if errno != EINTR { return nil }
    }
  }

  static func openForReading(_ path: String) throws(FormatError) -> Int32 {
    // Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
    guard let descriptor = retrying({ open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }) else {
      throw failure("open", path)
    }
    return descriptor
  }

  /// Opens for writing, made when absent and left as it is when present.
  static func openForWriting(_ path: String) throws(FormatError) -> Int32 {
    guard let descriptor = retrying({ open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644) }) else {
      throw failure("create", path)
    }
    return descriptor
  }

  static func release(_ descriptor: Int32) { _ = close(descriptor) }

  static func status(_ descriptor: Int32, _ file: String) throws(FormatError) -> Status {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { throw failure("examine", file) }
    return Status(raw)
  }

  /// The status of what lies at `path` (a link is followed), or nil when nothing does.
  static func status(path: String) -> Status? {
    var raw = stat()
    return stat(path, &raw) == 0 ? Status(raw) : nil
  }

  /// Reads up to `bytes.count` bytes; 0 at the end of the file.
  static func read(
    _ descriptor: Int32, at offset: Int, into bytes: UnsafeMutableRawBufferPointer, _ file: String
  ) throws(FormatError) -> Int {
    guard let count = retrying({ pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) }) else {
      throw failure("read", file)
    }
    return count
  }

  /// Writes all of `bytes`.
  static func write(
    _ descriptor: Int32, at offset: Int, _ bytes: UnsafeRawBufferPointer, _ file: String
  ) throws(FormatError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      guard let count = retrying({ pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }) else {
        throw failure("write", file)
      }
      done += count
    }
  }

  static func truncate(_ descriptor: Int32, _ file: String) throws(FormatError) {
    guard retrying({ ftruncate(descriptor, 0) }) != nil else { throw failure("empty", file) }
  }

  /// Leaves the file to be read and written by its owner alone.
  static func makePrivate(_ descriptor: Int32, _ file: String) throws(FormatError) {
    guard retrying({ fchmod(descriptor, 0o600) }) != nil else { throw failure("protect", file) }
  }

  static func flush(_ descriptor: Int32, _ file: String) throws(FormatError) {
    guard retrying({ fsync(descriptor) }) != nil else { throw failure("flush", file) }
  }

  /// Takes the lock of an open file or folder; false when someone else holds it. A file system without locks gives it.
  static func lock(_ descriptor: Int32) -> Bool {
    retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) != nil || errno != EWOULDBLOCK
  }

  static func move(_ old: String, to new: String) throws(FormatError) {
    guard rename(old, new) == 0 else { throw failure("put \(old) in its place", new) }
  }

  /// Makes two folders change places in one step, so that each name always has one.
  static func exchange(_ first: String, with second: String) throws(FormatError) {
    // Swift's Glibc module leaves renameat2 out; the C library has it since 2.28.
    typealias Rename = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    let exchangeFlag: UInt32 = 2  // RENAME_EXCHANGE
    guard let symbol = dlsym(nil, "renameat2") else {
      throw FormatError(.system, file: second, "this system cannot replace a folder in one step; remove it first")
    }
    // The cast gives the symbol the type that its manual page declares.
    let call = unsafeBitCast(symbol, to: Rename.self)
    guard call(AT_FDCWD, first, AT_FDCWD, second, exchangeFlag) == 0 else {
      throw failure("put \(first) in its place", second)
    }
  }

  /// Makes a file's bytes, or what a rename in a folder did, outlast a power cut.
  static func flush(path: String) throws(FormatError) {
    let descriptor = try openForReading(path)
    defer { release(descriptor) }
    try flush(descriptor, path)
  }

  /// Flushes every file and folder below `folder`, and `folder` itself.
  static func flushTree(_ folder: String) throws(FormatError) {
    for name in names(in: folder) {
      let path = folder + "/" + name
      guard let status = status(path: path) else { continue }
      if status.isFolder { try flushTree(path) } else if status.isRegular { try flush(path: path) }
    }
    try flush(path: folder)
  }

  static func makeFolder(_ path: String) throws(FormatError) {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("create", path) }
  }

  static func remove(file path: String) { _ = unlink(path) }

  /// Removes a folder with all that is in it; nothing is done about what resists.
  static func remove(folder path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The names in a folder, hidden ones as well; none where there is no folder.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
