/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable, Codable {
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    case system, user, assistant
  }

  public var role: Role
  public var content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// Why a conversation cannot be written in a template.
public enum ChatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are no messages, or nothing but a system text where the template puts that into the first question.
  case noQuestion
  /// A system text at place `index`, where only the first message may be one.
  case systemNotFirst(index: Int)

  public var description: String {
    switch self {
    case .noQuestion: "the conversation has no question"
    case .systemNotFirst(let index): "message \(index) is a system text; only the first may be one"
    }
  }
}
