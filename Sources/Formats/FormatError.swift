/// What was wrong with a file: which file, which field of it, at which byte, and what would have been right.
///
/// Every reader and writer of this module throws this and nothing else.
public struct FormatError: Error, Equatable, Sendable {
  /// What sort of thing went wrong, for a program to decide on; `problem` is for people.
  public enum Kind: Equatable, Sendable {
    /// The operating system refused a call: no such file, no permission, disk full.
    case system
    /// The file ends before something that it says it holds.
    case truncated
    /// The bytes break the rules of the format.
    case malformed
    /// A size, a count or a depth is beyond what this reader takes.
    case limit
    /// A value has another type or range than the one asked for.
    case wrongType
    /// Something that was asked for is not there.
    case missing
    /// Well-formed, but of a kind that is not supported.
    case unsupported
    /// A pickle: a program in disguise, never opened.
    case pickle
  }

  public let kind: Kind
  /// The file's path as it was given.
  public let file: String
  /// Where in the file's own terms, for example `rope_scaling.factor`; empty when the file as a whole is meant.
  public private(set) var field: String
  /// The byte at which the offending thing starts, where one byte can be named.
  public let offset: Int?
  /// What was found and what is allowed.
  public let problem: String

  public init(_ kind: Kind, file: String, field: String = "", offset: Int? = nil, _ problem: String) {
    self.kind = kind
    self.file = file
    self.field = field
    self.offset = offset
    self.problem = problem
  }

  /// The same error one level further out: `component` is put before the field.
  func inside(_ component: String) -> FormatError {
    var error = self
    error.field = joinedPath(component, field)
    return error
  }
}

extension FormatError: CustomStringConvertible {
  public var description: String {
    var place = file
    if !field.isEmpty { place += ": " + field }
    if let offset { place += " (byte \(offset))" }
    return place + ": " + problem
  }
}

/// `a` and `b` as one path of fields: `a.b`, `a[3]`.
func joinedPath(_ first: String, _ second: String) -> String {
  if first.isEmpty { return second }
  if second.isEmpty { return first }
  return second.hasPrefix("[") ? first + second : first + "." + second
}

/// Text from a file made safe to print: control characters escaped, and no longer than a line.
package func printable(_ text: String, limit: Int = 80) -> String {
  // Nearly every name is plain, and a file may have very many.
  if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return result + "…" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
      result += scalar.escaped(asASCII: true)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
