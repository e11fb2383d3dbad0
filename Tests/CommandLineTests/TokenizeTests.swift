import Foundation
import Testing

@Suite struct TokenizeTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TextTests/Fixtures")

  private struct Tokens: Decodable {
    let ids: [Int]
    let pieces: [String]
  }

  private static let model = fixtures.appending(path: "sentencepiece-bpe").path

  private func tokens(of run: Outcome) throws -> Tokens {
    #expect(run.status == 0 && run.messages.isEmpty, "\(run.messages)")
    return try JSONDecoder().decode(Tokens.self, from: Data(run.output.utf8))
  }

  @Test func printsIdsAndPieces() throws {
    let all = try tokens(of: evolcano("tokenize", "--model", Self.model, "--json", "Hello </s>"))
    #expect(all.ids.count == all.pieces.count && all.ids.first == 1 && all.pieces.first == "<s>")
    #expect(all.pieces.dropFirst().joined() == "▁Hello▁</s>" && !all.ids.contains(2))
    let bare = try tokens(of: evolcano("tokenize", "--model", Self.model, "--json", "--no-bos", "Hello </s>"))
    #expect(bare.ids == Array(all.ids.dropFirst()))
  }

  @Test func printsALineAToken() throws {
    let path = Self.fixtures.appending(path: "gpt2").path
    let run = try evolcano("tokenize", "--model", path, "a\u{1}b")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasSuffix("  a") && lines[2].hasSuffix("  b"))
  }

  @Test func aMissingTokenizerIsAnError() throws {
    for path in ["/nonexistent", Self.fixtures.path] {
      let run = try evolcano("tokenize", "--model", path, "text")
      #expect(run.status == 1 && run.output.isEmpty && run.messages.contains(path), "\(run.messages)")
    }
    #expect(try evolcano("tokenize", "text").status == 2)
  }
}
