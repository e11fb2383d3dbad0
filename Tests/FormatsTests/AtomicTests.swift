import Formats
import Foundation
import Testing

@Suite struct AtomicTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func text(_ name: String) throws -> String {
    String(decoding: try ByteSource(path: folder.file(name)).readAll(limit: 1000), as: UTF8.self)
  }

  @Test func aFileAppearsWhenItIsWhole() throws {
    try AtomicFile.write("old", to: folder.file("a"))
    var file = try AtomicFile(path: folder.file("a"))
    try file.append("new")
    #expect(try text("a") == "old")
    #expect(folder.names == [".a.partial", "a"])
    try file.append(" text")
    try file.commit()
    #expect(try text("a") == "new text")
    #expect(folder.names == ["a"])
  }

  @Test func aFileThatIsGivenUpLeavesTheOldOne() throws {
    try AtomicFile.write("old", to: folder.file("a"))
    do {
      var file = try AtomicFile(path: folder.file("a"))
      try file.append("new")
    }
    #expect(try text("a") == "old")
    #expect(folder.names == ["a"])
  }

  @Test func whatAKilledWriterLeftIsTakenOver() throws {
    _ = try folder.write(".a.partial", [UInt8](repeating: 1, count: 1000))
    try AtomicFile.write("new", to: folder.file("a"))
    #expect(try text("a") == "new")
    #expect(folder.names == ["a"])
  }

  @Test func twoWritersAreRefused() throws {
    var first = try AtomicFile(path: folder.file("a"))
    #expect(try refusal { try AtomicFile.write("second", to: folder.file("a")) }.kind == .system)
    try first.append("first")
    try first.commit()
    #expect(try text("a") == "first")
  }

  @Test func aPrivateFileIsItsOwnersAlone() throws {
    for name in ["a", "a"] {
      try AtomicFile.write("secret", to: folder.file(name), isPrivate: true)
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
  }

  @Test func holesReadAsZeros() throws {
    var file = try AtomicFile(path: folder.file("a"))
    try [UInt8(ascii: "x")].withUnsafeBytes { try file.write($0, at: 3) }
    #expect(file.byteCount == 4)
    try file.commit()
    #expect(try text("a") == "\0\0\0x")
  }

  @Test func pathsWithoutAPlaceAreRefused() throws {
    for path in [folder.file("absent/a"), "", ".", "..", "/", folder.file("..")] {
      _ = try refusal("\(path)") { try AtomicFile.write("x", to: path) }
    }
    // A folder stands in the way of the file.
    try FileManager.default.createDirectory(atPath: folder.file("d"), withIntermediateDirectories: false)
    #expect(try refusal { try AtomicFile.write("x", to: folder.file("d")) }.file == folder.file("d"))
    #expect(folder.names == ["d"])
  }

  @Test func aLinkInTheWayIsNotFollowed() throws {
    _ = try folder.write("precious", [1])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(".a.partial"), withDestinationPath: folder.file("precious"))
    #expect(try refusal { try AtomicFile.write("x", to: folder.file("a")) }.kind == .system)
    #expect(try text("precious") == "\u{1}")
    #expect(!folder.names.contains("a"))
  }

  @Test func aFolderAppearsWhenItIsWhole() throws {
    let path = folder.file("model")
    let new = try AtomicFolder(path: path + "/")
    try AtomicFile.write("{}", to: new.file("config.json"))
    try FileManager.default.createDirectory(atPath: new.file("inner"), withIntermediateDirectories: false)
    #expect(folder.names == [".model.partial"])
    try new.commit()
    #expect(folder.names == ["model"])
    #expect(try text("model/config.json") == "{}")
  }

  @Test func aFolderThatIsGivenUpLeavesNothing() throws {
    do {
      let new = try AtomicFolder(path: folder.file("model"))
      try AtomicFile.write("{}", to: new.file("config.json"))
    }
    #expect(folder.names.isEmpty)
  }

  @Test func aFullFolderIsReplacedOnlyWhenAsked() throws {
    let path = folder.file("model")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try AtomicFolder(path: path).commit()
    _ = try folder.write("model/old", [1])
    #expect(try refusal { try AtomicFolder(path: path).commit() }.kind == .system)
    let new = try AtomicFolder(path: path, replacing: true)
    try AtomicFile.write("new", to: new.file("new"))
    #expect(folder.names == [".model.partial", "model"])
    try new.commit()
    #expect(folder.names == ["model"])
    #expect(FileManager.default.fileExists(atPath: path + "/new"))
    #expect(!FileManager.default.fileExists(atPath: path + "/old"))
  }

  @Test func aFileIsNoFolder() throws {
    _ = try folder.write("model", [1])
    _ = try refusal { try AtomicFolder(path: folder.file("model"), replacing: true).commit() }
    #expect(folder.names == ["model"])
  }
}
