import Conversation
import Formats
import Foundation
import Testing
import Text

@Suite struct ChatSessionTests {
  /// Asks and answers.
  @discardableResult
  private func ask(_ question: String, _ session: inout ChatSession, _ model: ScriptedModel) throws -> ChatPrompt {
    let prompt = try session.prompt(asking: question, of: model)
    _ = try session.answer(prompt, by: model) { _ in true }
    return prompt
  }

  @Test func aConversationGrows() throws {
    let model = ScriptedModel(answers: ["hello there", "fine"])
    var session = ChatSession(system: "be kind")
    try ask("hi", &session, model)
    try ask("how are you", &session, model)
    #expect(
      session.messages == [
        ChatMessage(.system, "be kind"), ChatMessage(.user, "hi"), ChatMessage(.assistant, "hello there"),
        ChatMessage(.user, "how are you"), ChatMessage(.assistant, "fine"),
      ])
    #expect(model.prompts[1] == session.messages.dropLast())
    #expect(session.hiddenCount == 0)
  }

  /// Context 40, so 30 for a prompt. System 3, a turn 5 + 5.
  @Test func theOldestTurnsAreHidden() throws {
    let model = ScriptedModel(contextLength: 40)
    var session = ChatSession(system: "be kind")
    for name in ["a", "b"] { #expect(try ask("\(name) 2 3 4", &session, model).dropped.isEmpty) }
    #expect(model.prompts[1].count == 4)
    // 3 + 10 + 10 + 5 fits, and with one turn more it does not.
    #expect(try ask("c 2 3 4", &session, model).dropped.isEmpty)
    let prompt = try ask("d 2 3 4", &session, model)
    #expect(prompt.dropped == [ChatTurn(question: "a 2 3 4", answer: "a 2 3 4")])
    #expect(prompt.tokenCount == 28 && prompt.maxTokens == 12)
    #expect(prompt.messages.map(\.content) == ["be kind", "b 2 3 4", "b 2 3 4", "c 2 3 4", "c 2 3 4", "d 2 3 4"])
    // What is hidden is not said twice, and stays in the conversation.
    #expect(session.hiddenCount == 1)
    #expect(try session.prompt(asking: "e 2 3 4", of: model).dropped.count == 1)
    #expect(session.messages.count == 9)
    // A long question hides all turns, never the system text.
    let long = (1...25).map(String.init).joined(separator: " ")
    let last = try session.prompt(asking: long, of: model)
    #expect(last.messages.map(\.role) == [.system, .user] && last.dropped.count == 3)
  }

  /// Whatever is asked, a prompt fits with its answer, and begins with the system text.
  @Test func promptsAlwaysFit() throws {
    for contextLength in [8, 15, 40, 100] {
      for maxTokens in [1, 5, 1000] {
        let model = ScriptedModel(contextLength: contextLength)
        var session = ChatSession(system: "s", maxTokens: maxTokens)
        var asked = 0
        for step in 0..<60 {
          let question = (0..<(step * 7 % 11 + 1)).map(String.init).joined(separator: " ")
          do {
            let prompt = try ask(question, &session, model)
            asked += 1
            #expect(prompt.tokenCount + prompt.maxTokens <= contextLength)
            #expect(prompt.maxTokens >= min(maxTokens, contextLength / 4) && prompt.maxTokens <= maxTokens)
            #expect(prompt.messages.first?.role == .system && prompt.messages.last?.content == question)
            #expect(prompt.messages.dropFirst().first?.role == .user)
          } catch is ChatSessionError {}
        }
        #expect(asked > 5)
      }
    }
  }

  @Test func aQuestionThatIsTooLongSaysByHowMuch() throws {
    let model = ScriptedModel(contextLength: 20)
    var session = ChatSession(system: "be kind")
    try ask("hi", &session, model)
    let before = session
    let long = (1...30).map(String.init).joined(separator: " ")
    // 15 for the prompt, 3 of them the system text and 1 the question's frame.
    #expect(throws: ChatSessionError.questionTooLong(tokenCount: 30, limit: 11)) {
      try session.prompt(asking: long, of: model)
    }
    #expect(session == before)
    try ask("and now", &session, model)
    #expect(session.turns.count == 2)
    let error = ChatSessionError.questionTooLong(tokenCount: 30, limit: 11)
    #expect("\(error)".contains("30 tokens") && "\(error)".contains("11 fit"))
  }

  @Test func aSystemTextThatIsTooLongIsNamed() throws {
    let model = ScriptedModel(contextLength: 20)
    let session = ChatSession(system: (1...30).map(String.init).joined(separator: " "))
    #expect(throws: ChatSessionError.systemTooLong(tokenCount: 32, limit: 15)) {
      try session.prompt(asking: "hi", of: model)
    }
  }

  @Test func aStoppedAnswerIsKeptAsSaid() throws {
    let model = ScriptedModel(answers: ["one two three four"])
    var session = ChatSession()
    var said = ""
    let prompt = try session.prompt(asking: "count", of: model)
    let answer = try session.answer(prompt, by: model) { text in
      said += text
      return said != "one two"
    }
    #expect(answer.reason == .stopped)
    #expect(session.turns == [ChatTurn(question: "count", answer: "one two")])
  }

  @Test func whatIsStoppedBeforeItsFirstWordIsNotKept() throws {
    let model = ScriptedModel(answers: ["one", "two"])
    var session = ChatSession()
    try ask("first", &session, model)
    let before = session
    _ = try session.answer(try session.prompt(asking: "count", of: model), by: model) { _ in false }
    #expect(session == before)
    // An answer that was to be replaced stays.
    _ = try session.answer(try session.promptForRetry(of: model), by: model) { _ in false }
    #expect(session == before)
  }

  @Test func anErrorLeavesTheSession() throws {
    let model = ScriptedModel()
    var session = ChatSession()
    try ask("first", &session, model)
    let before = session
    model.failure = ScriptError(description: "lost")
    #expect(throws: ScriptError.self) { try ask("second", &session, model) }
    #expect(session == before)
  }

  @Test func answersAreCutOff() throws {
    let model = ScriptedModel()
    var session = ChatSession(maxTokens: 2)
    let answer = try session.answer(try session.prompt(asking: "a b c", of: model), by: model) { _ in true }
    #expect(answer.reason == .length && session.turns[0].answer == "a b" && model.limits == [2])
  }

  @Test func turnsAreTakenBackAndGivenAgain() throws {
    let model = ScriptedModel(answers: ["one", "two", "three"])
    var session = ChatSession(system: "s")
    #expect(throws: ChatSessionError.nothingToRepeat) { try session.promptForRetry(of: model) }
    #expect(session.undo() == nil)
    try ask("a", &session, model)
    try ask("b", &session, model)
    _ = try session.answer(try session.promptForRetry(of: model), by: model) { _ in true }
    #expect(session.turns == [ChatTurn(question: "a", answer: "one"), ChatTurn(question: "b", answer: "three")])
    #expect(model.prompts[1] == model.prompts[2])
    #expect(session.undo()?.question == "b")
    #expect(session.turns.count == 1)
    session.reset()
    #expect(session == ChatSession(system: "s"))
    try ask("c", &session, model)
    session.restart(system: "t")
    #expect(session == ChatSession(system: "t"))
  }
}

@Suite struct SavingTests {
  @Test func aConversationIsARowForTrainers() throws {
    let folder = try ScratchFolder()
    let model = ScriptedModel(answers: ["say \"hi\"\n\u{1}日本"])
    var session = ChatSession(system: "be kind")
    _ = try session.answer(try session.prompt(asking: "a\\b", of: model), by: model) { _ in true }
    for _ in 0..<2 { try session.save(to: folder.file("chat.json")) }
    let text = try folder.text("chat.json")
    #expect(text.hasSuffix("}\n") && text.dropLast().allSatisfy { $0 != "\n" })
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: String]]]
    #expect(
      value == [
        "messages": [
          ["role": "system", "content": "be kind"], ["role": "user", "content": "a\\b"],
          ["role": "assistant", "content": "say \"hi\"\n\u{1}日本"],
        ]
      ])
  }

  @Test func otherFilesAreLeftAlone() throws {
    let folder = try ScratchFolder()
    for content in ["precious", "{}", "[1]", ""] {
      try content.write(toFile: folder.file("other"), atomically: false, encoding: .utf8)
      #expect(throws: FormatError.self) { try ChatSession().save(to: folder.file("other")) }
      #expect(try folder.text("other") == content)
    }
    #expect(throws: FormatError.self) { try ChatSession().save(to: folder.path) }
    #expect(throws: FormatError.self) { try ChatSession().save(to: folder.file("absent/chat.json")) }
  }
}
