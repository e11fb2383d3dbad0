/// One line while it is being typed: what it holds and what of it is drawn.
struct EditingSession {
  var editor: LineEditor
  var painter: Painter
  private let prompt: Prompt

  init(_ prompt: Prompt, _ history: InputHistory, afterInterrupt: Bool, isStyled: Bool) {
    editor = LineEditor(history: history, wasInterrupted: afterInterrupt)
    painter = Painter(isStyled: isStyled)
    self.prompt = prompt
  }

  func layout(columns: Int) -> Layout {
    Layout(
      prompt: editor.search?.prompt ?? prompt.text, continuation: prompt.continuation,
      characters: editor.buffer.characters, cursor: editor.buffer.cursor, columns: columns)
  }

  /// What is shown in an empty line.
  var placeholder: String {
    guard editor.buffer.isEmpty, editor.search == nil else { return "" }
    return editor.wasInterrupted ? "Ctrl-C again leaves, so does Ctrl-D" : prompt.placeholder
  }
}
