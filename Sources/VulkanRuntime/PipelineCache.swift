import CVulkan
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The driver's pipeline cache, kept on disk between runs, one file a device and driver.
///
/// Drivers are known to trust the blob that they are given, so the file carries a header of ours: a magic word, the
/// identity of device and driver, and a checksum. A file that does not match is ignored and later replaced.
final class PipelineCache: Sendable {
  private let logical: LogicalDevice
  private let file: String?
  private let identity: String
  private let handle: Mutex<Handle>

  private struct Handle: @unchecked Sendable {  // used under the lock only
    let raw: VkPipelineCache?
    var loadedBytes: Int
  }

  /// `$XDG_CACHE_HOME/evolcano/pipelines`, or below `~/.cache`; nil without a home.
  static var defaultFolder: String? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/evolcano/pipelines" }
    return environment["HOME"].map { $0 + "/.cache/evolcano/pipelines" }
  }

  init(_ logical: LogicalDevice, _ properties: DeviceProperties, folder: String?) {
    self.logical = logical
    identity =
      "\(properties.vendorID)-\(properties.deviceID)-\(properties.driverVersion)-\(properties.pipelineCacheUUID)"
    let file = folder.map { [identity] in "\($0)/\(identity).bin" }
    self.file = file
    let initial = file.flatMap { [identity] in Self.load($0, identity: identity) } ?? []
    var raw: VkPipelineCache?
    let result = initial.withUnsafeBytes { bytes in
      var info = VkPipelineCacheCreateInfo.make {
        $0.initialDataSize = bytes.count
        $0.pInitialData = bytes.baseAddress
      }
      return vkCreatePipelineCache(logical.handle, &info, nil, &raw)
    }
    // Without a cache object everything works, compiled afresh.
    handle = Mutex(Handle(raw: result == VK_SUCCESS ? raw : nil, loadedBytes: initial.count))
  }

  deinit {
    save()
    handle.withLock { vkDestroyPipelineCache(logical.handle, $0.raw, nil) }
  }

  func withHandle<R>(_ body: (VkPipelineCache?) -> R) -> R {
    // The cache object is internally synchronised (it is not created EXTERNALLY_SYNCHRONIZED), so compiling need not
    // hold the lock.
    nonisolated(unsafe) let raw = handle.withLock { $0.raw }
    return body(raw)
  }

  /// Writes the file if the cache has grown since it was read. A cache that can not be written is no error.
  func save() {
    guard let file else { return }
    handle.withLock { handle in
      var size = 0
      guard handle.raw != nil, vkGetPipelineCacheData(logical.handle, handle.raw, &size, nil) == VK_SUCCESS,
        size > handle.loadedBytes
      else { return }
      var data = [UInt8](repeating: 0, count: size)
      guard vkGetPipelineCacheData(logical.handle, handle.raw, &size, &data) == VK_SUCCESS else { return }
      let blob = Array(data.prefix(size))
      if Self.store(Self.header(identity, blob) + blob, at: file) { handle.loadedBytes = size }
    }
  }

  // MARK: The file

  private static func header(_ identity: String, _ blob: [UInt8]) -> [UInt8] {
    Array("evolcano pipelines 1 \(identity) \(blob.count) \(checksum(blob))\n".utf8)
  }

  /// The blob of a file that is whole and was written for this identity.
  static func load(_ file: String, identity: String) -> [UInt8]? {
    guard let data = FileManager.default.contents(atPath: file),
      let end = data.firstIndex(of: UInt8(ascii: "\n"))
    else { return nil }
    let blob = [UInt8](data[data.index(after: end)...])
    return Array(data[...end]) == header(identity, blob) ? blob : nil
  }

  /// FNV-1a, 64 bits: guards against torn and foreign files, not against an attacker who can write the user's cache.
  private static func checksum(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }

  /// Writes beside, flushes and renames, so that a reader sees the old file or the new one.
  private static func store(_ bytes: [UInt8], at file: String) -> Bool {
    let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let beside = "\(file).\(getpid())"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { return false }
    let whole = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    let flushed = fsync(descriptor) == 0
    guard close(descriptor) == 0, whole, flushed, rename(beside, file) == 0 else {
      unlink(beside)
      return false
    }
    return true
  }
}
