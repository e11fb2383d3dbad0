import Foundation
import Kernels
import Shaders
import TestSupport
import Testing

@testable import VulkanRuntime

@Suite struct PipelineCacheTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)").path
  private let physical: PhysicalDevice

  init() throws { physical = try TestDevice.shared().device.physical }

  private func open() throws -> Device {
    var options = Device.Options()
    options.cacheFolder = folder
    return try Device(physical, options: options)
  }

  private func file() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count == 1, "\(names)")
    return folder + "/" + names[0]
  }

  private func compile(on device: Device) throws {
    _ = try PipelineLibrary(device).pipeline(KernelVariant(Shader.cast["f32", "f16", "w32"], constants: [8]))
  }

  @Test func isWrittenAndReadBack() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try compile(on: open())
    let first = try Data(contentsOf: URL(filePath: file()))
    let device = try open()
    let header = String(decoding: first.prefix { $0 != 10 }, as: UTF8.self)
    let identity = header.split(separator: " ")[3]
    #expect(PipelineCache.load(try file(), identity: String(identity)) != nil)
    #expect(PipelineCache.load(try file(), identity: "another device") == nil)
    try compile(on: device)
  }

  @Test(arguments: ["", "nonsense", "evolcano pipelines 1 x 3 y\nabc"])
  func aCorruptFileIsIgnoredAndReplaced(contents: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try compile(on: open())
    let file = try file()
    try Data(contents.utf8).write(to: URL(filePath: file))
    try compile(on: open())
    #expect(try Data(contentsOf: URL(filePath: file)).starts(with: Data("evolcano pipelines 1 ".utf8)))
  }

  @Test func atornFileIsIgnored() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try compile(on: open())
    let file = try file()
    let whole = try Data(contentsOf: URL(filePath: file))
    let identity = String(String(decoding: whole.prefix { $0 != 10 }, as: UTF8.self).split(separator: " ")[3])
    for length in [0, 1, 20, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(filePath: file))
      #expect(PipelineCache.load(file, identity: identity) == nil, "\(length) of \(whole.count) bytes")
    }
    var flipped = whole
    flipped[flipped.count - 1] ^= 1
    try flipped.write(to: URL(filePath: file))
    #expect(PipelineCache.load(file, identity: identity) == nil)
  }

  @Test func aFolderThatCanNotBeWrittenIsNoError() throws {
    var options = Device.Options()
    options.cacheFolder = "/dev/null/nowhere"
    try compile(on: Device(physical, options: options))
  }
}
