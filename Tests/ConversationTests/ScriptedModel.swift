import Conversation
import Foundation
import Text

struct ScriptError: Error, CustomStringConvertible {
  let description: String
}

/// A model that says what it is told to, word by word. Its tokens are words; a message costs one more.
final class ScriptedModel: ChatModel {
  let contextLength: Int
  /// What it answers, in turn; then it repeats the question.
  var answers: [String]
  /// Set to fail with this.
  var failure: ScriptError?
  /// What it was asked.
  private(set) var prompts: [[ChatMessage]] = []
  private(set) var limits: [Int] = []
  /// Called before each word, as if time went by.
  var onWord: (Int) -> Void = { _ in }

  init(contextLength: Int = 1000, answers: [String] = []) {
    self.contextLength = contextLength
    self.answers = answers
  }

  func tokenCount(_ messages: [ChatMessage]) -> Int {
    messages.reduce(0) { $0 + 1 + Self.words($1.content).count }
  }

  /// Words with the space before them.
  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").enumerated().map { $0 == 0 ? String($1) : " \($1)" }
  }

  func answer(_ messages: [ChatMessage], maxTokens: Int, onText: (String) -> Bool) throws -> ChatAnswer {
    prompts.append(messages)
    limits.append(maxTokens)
    if let failure { throw failure }
    let words = Self.words(answers.isEmpty ? messages.last?.content ?? "" : answers.removeFirst())
    var answer = ChatAnswer(
      text: "", promptTokens: tokenCount(messages), generatedTokens: 0, reason: .end, promptSeconds: 0.5,
      generationSeconds: 2)
    onWord(0)
    if !onText("") {
      answer.reason = .stopped
      return answer
    }
    for word in words {
      if answer.generatedTokens == maxTokens {
        answer.reason = .length
        break
      }
      answer.generatedTokens += 1
      answer.text += word
      let goesOn = onText(word)
      onWord(answer.generatedTokens)
      if !goesOn || !onText("") {
        answer.reason = .stopped
        break
      }
    }
    return answer
  }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chat-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }
}
