import Formats
import Foundation
import Testing

@Suite struct ByteSourceTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func readsAreChecked() throws {
    let path = try folder.write("a", Array(0..<100))
    for source in [try ByteSource(path: path), ByteSource(bytes: Array(0..<100), name: "memory")] {
      #expect(source.byteCount == 100)
      #expect(try source.read(at: 98, count: 2) == [98, 99])
      #expect(try source.read(at: 100, count: 0).isEmpty)
      for (offset, count) in [(99, 2), (101, 0), (-1, 1), (0, -1), (1, Int.max), (Int.max, 1), (Int.min, 1)] {
        let error = try refusal { try source.read(at: offset, count: count, field: "f") }
        #expect(error.kind == .truncated && error.field == "f" && error.offset == offset)
      }
      #expect(try refusal { try source.stream(50..<101) }.kind == .truncated)
      #expect(try refusal { try source.readAll(limit: 99) }.kind == .limit)
    }
  }

  @Test func aStreamGivesAllInOrder() throws {
    let source = try ByteSource(path: try folder.write("a", Array(0..<100)))
    var stream = try source.stream(3..<100)
    var all: [UInt8] = []
    var staging = [UInt8](repeating: 0, count: 16)
    while case let count = try staging.withUnsafeMutableBytes({ try stream.next(into: $0) }), count > 0 {
      all += staging[..<count]
    }
    #expect(all == Array(3..<100) && stream.remaining.isEmpty)
  }

  @Test func aFileThatShrinksIsAnError() throws {
    let path = try folder.write("a", [UInt8](repeating: 1, count: 100_000))
    let source = try ByteSource(path: path)
    var stream = try source.stream(0..<100_000)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 50_000)
    try handle.close()
    let error = try refusal { try source.read(at: 0, count: 100_000) }
    #expect(error.kind == .truncated && error.offset == 50_000)
    var staging = [UInt8](repeating: 0, count: 30_000)
    #expect(try staging.withUnsafeMutableBytes { try stream.next(into: $0) } == 30_000)
    _ = try refusal { try staging.withUnsafeMutableBytes { try stream.next(into: $0) } }
  }

  @Test func onlyRegularFilesAreOpened() throws {
    #expect(try refusal { try ByteSource(path: folder.file("absent")) }.kind == .missing)
    #expect(try refusal { try ByteSource(path: folder.path) }.kind == .wrongType)
    #expect(try refusal { try ByteSource(path: "/dev/zero") }.kind == .wrongType)
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    #expect(try refusal { try ByteSource(path: folder.file("pipe")) }.kind == .wrongType)
  }
}
