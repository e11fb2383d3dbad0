import Testing
import TerminalInput

@Suite struct KeyParserTests {
  private func keys(_ text: String) -> [Key] {
    var parser = KeyParser()
    return parser.parse(Array(text.utf8))
  }

  @Test(arguments: [
    ("a", [Key.text("a")]), ("日本", [.text("日本")]), ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]),
    ("\u{7F}", [.backspace]), ("\u{08}", [.backspace]), ("\u{03}", [.control("c")]), ("\u{12}", [.control("r")]),
    ("\u{1B}[A", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
    ("\u{1B}[H", [.home]), ("\u{1B}OF", [.end]), ("\u{1B}[1~", [.home]), ("\u{1B}[4~", [.end]),
    ("\u{1B}[3~", [.delete]), ("\u{1B}[1;5C", [.wordRight]), ("\u{1B}[1;3D", [.wordLeft]),
    ("\u{1B}[1;2C", [.right]), ("\u{1B}b", [.alt("b")]), ("\u{1B}\u{7F}", [.alt("\u{7F}")]),
    ("\u{1B}\r", [.newline]), ("\u{1B}[13;2u", [.newline]), ("\u{1B}[27;2;13~", [.newline]),
    ("ab\u{1B}[Dc\r", [.text("ab"), .left, .text("c"), .enter]), ("\u{1B}\u{1B}[A", [.escape, .up]),
    ("\u{0}", [.unknown]), ("\u{1B}[5~", [.unknown]), ("\u{1B}[[A", [.unknown]), ("\u{1B}[?1;2c", [.unknown]),
    ("\u{1B}[200~a\rb\r\nc\n\td\u{1B}[201~e", [.paste("a\nb\nc\n\td"), .text("e")]),
    ("\u{1B}[200~\u{1B}[31mx\u{07}\u{1B}[201~", [.paste("[31mx")]), ("\u{1B}[200~\u{1B}[201~", []),
    ("\u{9B}A", [.text("A")]),
  ])
  func bytesAreKeys(text: String, wanted: [Key]) {
    #expect(keys(text) == wanted)
  }

  /// However the bytes are cut into pieces, the same text and keys come out.
  @Test func piecesDoNotMatter() {
    let text = "aé日😀\u{1B}[1;5C\u{1B}[200~x\r\n日\u{1B}[2J\u{1B}[201~\u{1B}Oq\u{1B}fz\r"
    let bytes = Array(text.utf8)
    let whole = joined(keys(text))
    for size in 1...7 {
      var parser = KeyParser()
      var found: [Key] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        found += parser.parse(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(joined(found) == whole, "in pieces of \(size)")
    }
  }

  /// Texts that follow one another as one.
  private func joined(_ keys: [Key]) -> [Key] {
    keys.reduce(into: []) { result, key in
      if case .text(let text) = key, case .text(let before) = result.last {
        result[result.count - 1] = .text(before + text)
      } else {
        result.append(key)
      }
    }
  }

  @Test func aLoneEscapeIsKnownWhenNothingFollows() {
    var parser = KeyParser()
    #expect(parser.parse([0x1B]).isEmpty)
    #expect(parser.isWaiting)
    #expect(parser.flush() == [.escape])
    #expect(!parser.isWaiting)
    #expect(parser.parse(Array("[A".utf8)) == [.text("[A")])
  }

  @Test func brokenCharactersAreRepaired() {
    var parser = KeyParser()
    #expect(parser.parse([0x61, 0xFF, 0x62]) == [.text("a\u{FFFD}b")])
    #expect(parser.parse([0xE6]).isEmpty)
    #expect(!parser.isWaiting)
    #expect(parser.parse([0x61]) == [.text("\u{FFFD}a")])
  }

  @Test func noiseIsNoText() {
    var parser = KeyParser()
    let noise = Array("\u{1B}[".utf8) + Array(repeating: UInt8(ascii: "1"), count: 100)
    #expect(parser.parse(noise).first == .unknown)
    // Any bytes at all: no trap, and nothing but printable text.
    var state: UInt64 = 1
    for _ in 0..<20000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let byte = state >> 33 & 7 == 0 ? 0x1B : UInt8(truncatingIfNeeded: state >> 40)
      for key in parser.parse([byte]) {
        guard case .text(let text) = key else { continue }
        #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      }
    }
  }

  /// A large paste is looked through once.
  @Test func aLargePasteIsQuick() {
    var parser = KeyParser()
    _ = parser.parse(Array("\u{1B}[200~".utf8))
    let piece = Array(repeating: UInt8(ascii: "x"), count: 4096)
    let start = ContinuousClock.now
    for _ in 0..<100 { #expect(parser.parse(piece).isEmpty) }
    #expect(parser.parse(Array("\u{1B}[201~".utf8)) == [.paste(String(repeating: "x", count: 409_600))])
    #expect(ContinuousClock.now - start < .seconds(10))
  }
}
