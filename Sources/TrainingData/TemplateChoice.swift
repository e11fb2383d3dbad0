public import Text

/// The template that data is rendered with, and why this one.
public struct TemplateChoice: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    /// It was asked for.
    case asked
    /// It is the model's own.
    case model
    /// The model has none.
    case modelHasNone
    /// The model's own is none that is known.
    case modelIsUnknown
  }

  public let template: ChatTemplate
  public let reason: Reason

  /// The template of a name, else the model's own, else Vicuna's, which WizardLM was trained with.
  public init(named name: String?, for tokenizer: Tokenizer) throws(TrainingDataError) {
    if let name {
      guard let template = ChatTemplate.named(name) else {
        throw .unknownTemplate(name, known: ChatTemplate.families.map(\.name))
      }
      self.init(template: template, reason: .asked)
    } else if let jinja = tokenizer.chatTemplate {
      let own = ChatTemplate.recognized(in: jinja)
      self.init(template: own ?? .vicuna, reason: own == nil ? .modelIsUnknown : .model)
    } else {
      self.init(template: .vicuna, reason: .modelHasNone)
    }
  }

  private init(template: ChatTemplate, reason: Reason) {
    self.template = template
    self.reason = reason
  }
}
