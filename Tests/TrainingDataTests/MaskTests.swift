import Foundation
import Testing
import Text

@testable import TrainingData

/// What is learned of a row, against expectations made by hand.
@Suite struct MaskTests {
  /// The example's text with what is learned in brackets.
  private func marked(_ row: String, _ template: ChatTemplate = .vicuna, tokenizer name: String = "sentencepiece-bpe")
    throws -> String
  {
    let tokenizer = try Fixture.tokenizer(name)
    let set = try withFile(row) { path in
      try TrainingSet(files: [path], template: template, tokenizer: tokenizer, length: 4096)
    }
    let example = try #require(set.examples.first)
    return example.maskedText(tokenizer).map { $0.isTrained ? "[\($0.text)]" : $0.text }.joined()
  }

  private static let vicuna =
    "<s>A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
    + "detailed, and polite answers to the user's questions."

  @Test func alpacaRows() throws {
    #expect(
      try marked(#"{"instruction": "Add.", "input": "", "output": "Three."}"#)
        == Self.vicuna + " USER: Add. ASSISTANT:[ Three.</s>]")
    #expect(
      try marked(#"{"instruction": "Add.", "input": "1, 2", "output": "Three."}"#)
        == Self.vicuna + " USER: Add.\n\n1, 2 ASSISTANT:[ Three.</s>]")
    #expect(
      try marked(#"{"instruction": "Add.", "input": null, "output": "Three."}"#, .wizardLM)
        == "<s>Add.\n\n### Response:[Three.</s>]")
    #expect(
      try marked(#"{"instruction": "Add.", "input": "1, 2", "output": "Three."}"#, .alpaca).hasSuffix(
        "### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response:[Three.</s>]"))
  }

  @Test func everyAnswerOfAConversationIsLearnedWithItsEnd() throws {
    let shareGPT = """
      {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, \
      {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}]}
      """
    let wanted = Self.vicuna + " USER: a ASSISTANT:[ b</s>]USER: c ASSISTANT:[ d</s>]"
    #expect(try marked(shareGPT) == wanted)
    let messages = """
      {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a"}, \
      {"role": "assistant", "content": "b"}]}
      """
    #expect(
      try marked(messages, .chatML(), tokenizer: "qwen2")
        == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n[b<|im_end|>]\n"
    )
  }

  @Test func textIsLearnedWhole() throws {
    #expect(try marked(#"{"text": "Once upon a time"}"#) == "<s>[ Once upon a time</s>]")
  }

  @Test func targetsAreTheNextTokens() {
    let flags = [true, false, true, true, false, true]
    let example = Example(place: RowPlace(file: "f", line: 1), ids: [10, 11, 12, 13, 14, 15], isTrained: flags)
    #expect(example.tokens == [10, 11, 12, 13, 14, 15])
    #expect(example.targets == [-1, 12, 13, -1, 15, -1])
    #expect(example.trained == [2..<4, 5..<6] && example.targetCount == 3)
    let lone = Example(place: RowPlace(file: "f", line: 1), ids: [7], isTrained: [true])
    #expect(lone.targets == [-1] && lone.targetCount == 0)
  }

  /// The ids of the renderer that chatting uses, and its mask.
  @Test(arguments: ["qwen2", "llama3", "sentencepiece-bpe"])
  func examplesAreWhatTheRendererRenders(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for template in ChatTemplate.families {
      let set = try withFile(#"{"instruction": "Übersetze 你好.", "input": "x\ty", "output": "naïve 🙂 \n end"}"#) {
        path in
        try TrainingSet(files: [path], template: template, tokenizer: tokenizer, length: 4096)
      }
      let example = try #require(set.examples.first)
      let record = InstructionRecord(instruction: "Übersetze 你好.", input: "x\ty", output: "naïve 🙂 \n end")
      let wanted = try ChatRenderer(tokenizer: tokenizer, template: template)
        .render(record.conversation(for: template), prompting: false)
      #expect(example.tokens.map(Int.init) == wanted.ids)
      for (row, target) in example.targets.enumerated() {
        let isLearned = row + 1 < wanted.ids.count && wanted.isTrained[row + 1]
        #expect(Int(target) == (isLearned ? wanted.ids[row + 1] : -1))
      }
      #expect(
        example.maskedText(tokenizer).map(\.text).joined() == tokenizer.decode(wanted.ids, skippingSpecial: false))
    }
  }
}
