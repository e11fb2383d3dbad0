public import Formats
public import Text

/// The texts of training data, one a message: what a vocabulary is made of before anything can be rendered.
public enum TrainingTexts {
  /// Reads everything there is; rows that are none are passed over, they are listed when they are rendered.
  ///
  /// - Parameter template: What inputs and instructions are put together for.
  /// - Throws: `FormatError` where a file cannot be read.
  public static func read(_ sources: [any RowSource], template: ChatTemplate) throws(FormatError) -> [String] {
    var texts: [String] = []
    for source in sources {
      var source = source
      while true {
        let rows = try source.chunk()
        if rows.isEmpty { break }
        for row in rows {
          switch try? row.row(as: source.format) {
          case .text(let text): texts.append(text)
          case .record(let record): texts += record.conversation(for: template).map(\.content)
          case nil: break
          }
        }
      }
    }
    return texts
  }
}
