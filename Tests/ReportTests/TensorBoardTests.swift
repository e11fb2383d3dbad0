import Formats
import Foundation
import Testing

@testable import Report

@Suite struct TensorBoardTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum([UInt8](0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
    #expect(CRC32C.checksum([]) == 0)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Records as tensorboard 2.21's `RecordWriter` writes them.
  @Test func recordsAreThoseOfTensorBoard() {
    func record(_ step: Int, _ content: TensorBoardEvent.Content) -> String {
      hex(TensorBoardEvent(time: 1.5, step: step, content: content).record)
    }
    #expect(
      record(0, .fileVersion) == "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c")
    #expect(record(300, .sessionStart) == "100000000000000095fbfe1809000000000000f83f10ac023a020801713b788a")
    #expect(
      record(3, .scalars([("train/loss", 0), ("b", -2.5)]))
        == "2a00000000000000ae8d91f509000000000000f83f10032a1d0a110a0a747261696e2f6c6f737315000000000a080a01621500002"
        + "0c0fd17e61b")
    // The fields of a value stand in the order of their numbers here; the writer above puts the metadata last.
    #expect(
      record(3, .text(tag: "r", "    a: 1"))
        == "300000000000000095f5d05f09000000000000f83f10032a230a210a0172421208071204120208014208202020"
        + "20613a20314a080a060a0474657874c8f8d83f")
  }

  @Test func aFileOfARun() throws {
    let folder = try ScratchFolder()
    var log = try TensorBoardLog(folder: folder.path, host: "ma/chine\n1.ü") { 1_700_000_000.5 }
    try log.append(recipe: "a: 1\n")
    try log.append(row(0))
    try log.flush()
    #expect(folder.names == ["events.out.tfevents.1700000000.machine1."])
    let bytes = try ByteSource(path: log.path).readAll(limit: 10_000)
    let version = TensorBoardEvent(time: 1_700_000_000.5, step: 0, content: .fileVersion).record
    #expect(bytes.starts(with: version))
    #expect(bytes.count > 3 * version.count)
  }

  @Test func aRunThatIsResumedAtOnceGetsAFileOfItsOwn() throws {
    let folder = try ScratchFolder()
    do { _ = try TensorBoardLog(folder: folder.path, host: "h") { 7 } }
    do { _ = try TensorBoardLog(folder: folder.path, resumingAt: 3, host: "h") { 7 } }
    #expect(folder.names == ["events.out.tfevents.7.h", "events.out.tfevents.7.h.1"])
    #expect(throws: FormatError.self) { _ = try TensorBoardLog(folder: folder.file("absent")) }
    #expect(!TensorBoardLog.host.isEmpty)
  }
}
