import Formats
import Foundation
import Testing

@Suite struct AppendFileTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func text(_ name: String) throws -> String {
    String(decoding: try ByteSource(path: folder.file(name)).readAll(limit: 1000), as: UTF8.self)
  }

  @Test func whatIsAppendedIsThereAtOnce() throws {
    var file = try AppendFile(path: folder.file("log"))
    #expect(file.byteCount == 0)
    try file.append("one\n")
    #expect(try text("log") == "one\n")
    try file.append([0x32, 0x0A])
    try file.append("")
    try file.flush()
    #expect(try text("log") == "one\n2\n")
    #expect(file.byteCount == 6)
  }

  @Test func aFileThatIsThereGrowsOn() throws {
    _ = try folder.write("log", Array("old\n".utf8))
    var file = try AppendFile(path: folder.file("log"))
    #expect(file.byteCount == 4)
    try file.append("new\n")
    #expect(try text("log") == "old\nnew\n")
  }

  @Test func twoWritersAreRefused() throws {
    var first = try AppendFile(path: folder.file("log"))
    #expect(try refusal { _ = try AppendFile(path: folder.file("log")) }.kind == .system)
    try first.append("x")
    #expect(try text("log") == "x")
  }

  @Test func theLockGoesWithTheWriter() throws {
    for _ in 0..<3 {
      var file = try AppendFile(path: folder.file("log"))
      try file.append("x")
    }
    #expect(try text("log") == "xxx")
  }

  @Test func whatIsNoFileIsRefused() throws {
    _ = try refusal { _ = try AppendFile(path: folder.path) }
    #expect(try refusal { _ = try AppendFile(path: folder.file("absent/log")) }.kind == .missing)
    _ = try folder.write("precious", [1])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: folder.file("precious"))
    _ = try refusal { _ = try AppendFile(path: folder.file("link")) }
  }
}
