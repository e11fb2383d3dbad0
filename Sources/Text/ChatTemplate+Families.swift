extension ChatTemplate {
  /// Every template, by the name that `--template` takes.
  public static let families: [ChatTemplate] = [
    wizardLM, vicuna, alpaca, llama2, llama3, llama31(), chatML(), qwen25, mistral(), zephyr,
  ]

  public static func named(_ name: String) -> ChatTemplate? { families.first { $0.name == name } }

  /// WizardLM 7B V1.0. Source: nlpxucan/WizardLM, WizardLM/README.md, "Inference WizardLM Demo Script".
  public static let wizardLM = ChatTemplate(
    name: "wizardlm", start: [.bos], system: Turn(before: [], after: ["\n\n"]), user: Turn(before: [], after: ["\n\n"]),
    prompt: ["### Response:"], answerEnd: [.eos])

  /// Vicuna v1.1, which WizardLM 13B and 70B speak. Source: lm-sys/FastChat, fastchat/conversation.py, `vicuna_v1.1`.
  public static let vicuna = ChatTemplate(
    name: "vicuna", start: [.bos], system: Turn(before: [], after: [" "]),
    defaultSystem: "A chat between a curious user and an artificial intelligence assistant. "
      + "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    user: Turn(before: ["USER: "], after: [" "]), prompt: ["ASSISTANT:"], answerLead: [" "], answerEnd: [.eos])

  /// Alpaca. Source: tatsu-lab/stanford_alpaca, train.py, `PROMPT_DICT`.
  public static let alpaca = ChatTemplate(
    name: "alpaca", start: [.bos], system: Turn(before: [], after: ["\n\n"]),
    defaultSystem: "Below is an instruction that describes a task. "
      + "Write a response that appropriately completes the request.",
    user: Turn(before: ["### Instruction:\n"], after: ["\n\n"]), prompt: ["### Response:"], answerEnd: [.eos])

  /// Alpaca's system text for an instruction with an input.
  static let alpacaSystemWithInput =
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    + "Write a response that appropriately completes the request."

  /// Llama 2 Chat. Source: `chat_template` of meta-llama/Llama-2-7b-chat-hf.
  public static let llama2 = ChatTemplate(
    name: "llama2", system: Turn(before: ["<<SYS>>\n"], after: ["\n<</SYS>>\n\n"]), systemIsInQuestion: true,
    user: Turn(before: [.bos, .mark("[INST]"), " "], after: [" ", .mark("[/INST]")]), prompt: [], answerLead: [" "],
    answerEnd: [" ", .eos], trimsContent: true)

  private static func header(_ role: String) -> [Fragment] {
    [.mark("<|start_header_id|>"), .text(role), .mark("<|end_header_id|>"), "\n\n"]
  }

  /// Llama 3. Source: `chat_template` of meta-llama/Meta-Llama-3-8B-Instruct.
  public static let llama3 = ChatTemplate(
    name: "llama3", start: [.bos], system: Turn(before: header("system"), after: [.mark("<|eot_id|>")]),
    user: Turn(before: header("user"), after: [.mark("<|eot_id|>")]), prompt: header("assistant"),
    answerEnd: [.mark("<|eot_id|>")], trimsContent: true)

  /// Llama 3.1 to 3.3, which put two dates before every system text, and have one where none is given.
  ///
  /// Source: `chat_template` of meta-llama/Llama-3.1-8B-Instruct. Llama 3.2's takes the day it is; 3.1's is fixed.
  public static func llama31(date: String = "26 Jul 2024") -> ChatTemplate {
    var template = llama3
    template.name = "llama3.1"
    template.system.before += [.text("Cutting Knowledge Date: December 2023\nToday Date: \(date)\n\n")]
    template.defaultSystem = ""
    return template
  }

  /// ChatML, with the system text that a model's makers put where none is given.
  ///
  /// Source: openai/openai-python, chatml.md; `chat_template` of the Qwen and SmolLM models.
  public static func chatML(defaultSystem: String? = nil) -> ChatTemplate {
    func turn(_ role: String) -> Turn {
      Turn(before: [.mark("<|im_start|>"), .text(role + "\n")], after: [.mark("<|im_end|>"), "\n"])
    }
    return ChatTemplate(
      name: "chatml", system: turn("system"), defaultSystem: defaultSystem, user: turn("user"),
      prompt: turn("assistant").before, answerEnd: [.mark("<|im_end|>")], answerGap: ["\n"])
  }

  /// Qwen2.5. Source: `chat_template` of Qwen/Qwen2.5-7B-Instruct.
  public static let qwen25: ChatTemplate = {
    var template = chatML(defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
    template.name = "qwen2.5"
    return template
  }()

  /// Mistral Instruct, whose releases differ in spaces. Source: `chat_template` of mistralai/Mistral-7B-Instruct-v0.1
  /// to v0.3.
  ///
  /// - Parameters:
  ///   - beforeQuestion: Before `[INST]`.
  ///   - beforeEnd: Between the question and `[/INST]`.
  ///   - lead: Before an answer.
  ///   - gap: After the EOS of an answer.
  public static func mistral(
    beforeQuestion: String = "", beforeEnd: String = " ", lead: String = " ", gap: String = ""
  ) -> ChatTemplate {
    func optional(_ text: String) -> [Fragment] { text.isEmpty ? [] : [.text(text)] }
    return ChatTemplate(
      name: "mistral", start: [.bos], system: Turn(before: [], after: ["\n\n"]), systemIsInQuestion: true,
      user: Turn(
        before: optional(beforeQuestion) + [.mark("[INST]"), " "], after: optional(beforeEnd) + [.mark("[/INST]")]),
      prompt: [], answerLead: optional(lead), answerEnd: [.eos], answerGap: optional(gap))
  }

  /// Zephyr, also TinyLlama Chat. Source: `chat_template` of HuggingFaceH4/zephyr-7b-beta.
  public static let zephyr: ChatTemplate = {
    func turn(_ role: String) -> Turn { Turn(before: [.mark("<|\(role)|>"), "\n"], after: [.eos, "\n"]) }
    return ChatTemplate(
      name: "zephyr", system: turn("system"), user: turn("user"), prompt: turn("assistant").before, answerEnd: [.eos],
      answerGap: ["\n"])
  }()
}
