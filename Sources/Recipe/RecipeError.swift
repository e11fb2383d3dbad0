/// What was wrong with a recipe: where it was written, which field, and what would have been right, for example
/// `lora.yaml:12: optimizer.learning_rat: unknown key; did you mean learning_rate?`.
///
/// Reading a recipe throws this and nothing else.
public struct RecipeError: Error, Equatable, Sendable {
  /// What sort of thing went wrong, for a program to decide on; `problem` is for people.
  public enum Kind: Equatable, Sendable {
    /// The file cannot be read.
    case file
    /// The text is not YAML, or not of the part of YAML that recipes are written in.
    case syntax
    /// A key that no recipe has.
    case unknownKey
    /// A key that a recipe must have.
    case missing
    /// Another type of value than the field has.
    case wrongType
    /// The right type, but no value that the field can have.
    case invalid
  }

  /// Where something was written.
  public enum Place: Equatable, Sendable {
    /// A line of a file, counted from 1; nil where no line can be named.
    case file(String, line: Int?)
    /// A setting of the command line, such as `optimizer.learning_rate=1e-4`.
    case setting(String)
  }

  public let kind: Kind
  public let place: Place
  /// The key's whole path, for example `optimizer.learning_rate`; empty when the recipe as a whole is meant.
  public let field: String
  /// What was found and what is allowed.
  public let problem: String

  public init(_ kind: Kind, at place: Place, field: String = "", _ problem: String) {
    self.kind = kind
    self.place = place
    self.field = field
    self.problem = problem
  }
}

extension RecipeError: CustomStringConvertible {
  public var description: String {
    field.isEmpty ? "\(place): \(problem)" : "\(place): \(field): \(problem)"
  }
}

extension RecipeError.Place: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let path, let line?): "\(path):\(line)"
    case .file(let path, nil): path
    case .setting(let text): "--set \(text)"
    }
  }
}
