import Testing

@testable import Conversation

@Suite struct ChatLineTests {
  @Test(arguments: [
    ("hello", ChatLine.question("hello")), ("  code", .question("  code")), ("", .blank), (" \t", .blank),
    ("//etc is a folder", .question("/etc is a folder")), ("a /help", .question("a /help")),
    ("/help", .command(.help)), (" /HELP ", .command(.help)), ("/system", .command(.showSystem)),
    ("/system  be  kind ", .command(.setSystem("be  kind"))), ("/system\nbe\nkind", .command(.setSystem("be\nkind"))),
    ("/reset", .command(.reset)), ("/undo", .command(.undo)), ("/retry", .command(.retry)),
    ("/save my file.json", .command(.save(path: "my file.json"))), ("/quit", .command(.quit)),
    ("/save", .invalid("/save needs FILE")), ("/quit now", .invalid("/quit takes nothing after it")),
    ("/rest", .invalid("there is no /rest; did you mean /reset?")),
    ("/qiut", .invalid("there is no /qiut; did you mean /quit?")),
    ("/frobnicate", .invalid("there is no /frobnicate; /help lists the commands; // starts a question with /")),
    ("/", .invalid("there is no /; /help lists the commands; // starts a question with /")),
    ("/\u{1B}[2J", .invalid("there is no /␛[2J; /help lists the commands; // starts a question with /")),
  ])
  func linesAreUnderstood(line: String, wanted: ChatLine) {
    #expect(ChatLine(line) == wanted)
  }

  @Test func theHelpNamesEveryCommand() {
    for form in ChatDirective.Form.all { #expect(ChatDirective.helpText.contains("/\(form.name)")) }
    #expect(ChatDirective.helpText.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func distancesCountEdits() {
    for (one, other, distance) in [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("ab", "ba", 1), ("reset", "rest", 1)] {
      #expect(one.editDistance(to: other) == distance)
    }
    #expect("quit".editDistance(to: "undo") == 4)
  }

  @Test func whatAModelSaysCannotCommandATerminal() {
    #expect("a\n\tb日😀".printable == "a\n\tb日😀")
    #expect("\u{1B}]0;x\u{07}\r\u{7F}\u{9B}2J".printable == "␛]0;x␇␍␡\u{FFFD}2J")
  }
}
