import Conversation
import Foundation
import TerminalInput
import Testing

@Suite struct HistoryFileTests {
  @Test func entriesComeBack() throws {
    let folder = try ScratchFolder()
    let file = HistoryFile(path: folder.file("data/evolcano/chat_history"), capacity: 3)
    #expect(try file.read().entries.isEmpty)
    for entry in ["dropped", "a\nb", #"c:\new\\"#, #"c:\new\\"#, " ", "日本"] { try file.add(entry) }
    #expect(try file.read().entries == ["a\nb", #"c:\new\\"#, "日本"])
    #expect(try folder.text("data/evolcano/chat_history") == "a\\nb\nc:\\\\new\\\\\\\\\n日本\n")
    let permissions = { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? NSNumber }
    #expect(try permissions(file.path)?.intValue == 0o600)
    #expect(try permissions(folder.file("data/evolcano"))?.intValue == 0o700)
  }

  @Test func twoChatsKeepBoth() throws {
    let folder = try ScratchFolder()
    try HistoryFile(path: folder.file("h")).add("one")
    try HistoryFile(path: folder.file("h")).add("two")
    #expect(try HistoryFile(path: folder.file("h")).read().entries == ["one", "two"])
  }

  @Test func aStrangeFileDoesNoHarm() throws {
    let folder = try ScratchFolder()
    try Data([0x61, 0xFF, 0x0A, 0x1B, 0x5B, 0x0A, 0x5C, 0x0A, 0x0A, 0x5C, 0x78]).write(
      to: URL(filePath: folder.file("h")))
    #expect(try HistoryFile(path: folder.file("h")).read().entries == ["a\u{FFFD}", "␛[", "x"])
    try HistoryFile(path: folder.file("h")).add(String(repeating: "x", count: 1 << 20))
    #expect(try HistoryFile(path: folder.file("h")).read().entries.count == 3)
  }

  @Test(arguments: [
    (["HOME": "/home/a"], "/home/a/.local/share/evolcano/chat_history"),
    (["HOME": "/home/a", "XDG_DATA_HOME": "/data"], "/data/evolcano/chat_history"),
    (["HOME": "/home/a", "XDG_DATA_HOME": "data"], "/home/a/.local/share/evolcano/chat_history"),
    (["HOME": "/home/a", "XDG_DATA_HOME": ""], "/home/a/.local/share/evolcano/chat_history"),
    (["HOME": "/home/a", "EVOLCANO_HISTORY": "off"], nil), ([:], nil),
  ])
  func theEnvironmentSaysWhere(environment: [String: String], path: String?) {
    #expect(HistoryFile.standard(environment: environment)?.path == path)
  }
}
