import Foundation
import Pool

/// What became of the instructions of a pool, for a terminal.
struct YieldView {
  let yields: YieldTable
  /// Whether titles are bold and zeros dim.
  let isColored: Bool

  var text: String {
    var parts: [String] = []
    for round in yields.rounds where round.round > 0 { parts.append(self.round(round)) }
    parts.append(title("rounds") + "\n" + rounds)
    if let words { parts.append(title("words added") + dim("  the paper asks for 10 to 20") + "\n" + words) }
    return parts.joined(separator: "\n\n")
  }

  private func title(_ text: String) -> String { isColored ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
  private func dim(_ text: String) -> String { isColored ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

  /// Operations down, ends across: the paper's four rules, then ours; rules that removed nothing are left out.
  private func round(_ round: YieldTable.Round) -> String {
    let here = yields.entries.filter { $0.round == round.round }
    let rules = EliminationRule.allCases.filter { rule in here.contains { $0.rule == rule } }
    var table = TextTable(
      ["", "drawn", "kept", ""] + rules.map(Self.name),
      alignments: [.left, .right, .right, .right] + rules.map { _ in .right })
    func add(_ name: String, _ entries: [YieldTable.Entry]) {
      func count(_ isWanted: (YieldTable.Entry) -> Bool) -> Int { entries.filter(isWanted).map(\.count).reduce(0, +) }
      let (drawn, kept) = (count { _ in true }, count { $0.verdict == .kept })
      let share = drawn > 0 ? percent(Double(kept) / Double(drawn)) : ""
      table.add(
        ["  " + name, grouped(drawn), grouped(kept), share]
          + rules.map { rule in
            let removed = count { $0.rule == rule }
            return removed == 0 ? "·" : grouped(removed)
          })
    }
    for operation in EvolvingOperation.allCases {
      add(Self.name(operation), here.filter { $0.operation == operation })
    }
    add("all", here)
    let unfinished = round.unfinished == 0 ? "" : dim("  \(grouped(round.unfinished)) not finished")
    return title("round \(round.round)") + unfinished + "\n" + table.text
  }

  private var rounds: String {
    let longest = yields.rounds.map(\.meanWords).max() ?? 0
    var table = TextTable(
      ["", "kept", "duplicates", "in a test set", "words", "", "difficulty", ""],
      alignments: [.left, .right, .right, .right, .right, .left, .right, .left])
    for round in yields.rounds {
      table.add([
        round.round == 0 ? "  seeds" : "  round \(round.round)", grouped(round.kept), grouped(round.duplicates),
        grouped(round.contaminated), round.kept > 0 ? String(format: "%.1f", round.meanWords) : "–",
        bar(Int(round.meanWords * 100), of: Int(longest * 100), width: 12),
        round.meanDifficulty.map { String(format: "%.1f", $0) } ?? "–",
        bar(Int((round.meanDifficulty ?? 0) * 100), of: 1000, width: 12),
      ])
    }
    return table.text
  }

  private var words: String? {
    let added = yields.wordsAdded
    let all = added.below + added.within + added.above
    guard all > 0 else { return nil }
    let most = max(added.below, added.within, added.above)
    var table = TextTable(["", "", "", ""], alignments: [.left, .right, .right, .left])
    for (name, count) in [("below 10", added.below), ("10 to 20", added.within), ("above 20", added.above)] {
      table.add(["  " + name, grouped(count), percent(Double(count) / Double(all)), bar(count, of: most, width: 24)])
    }
    let mean = added.mean.map { "\n  mean " + String(format: "%.1f", $0) } ?? ""
    return String(table.text.drop { $0 == "\n" }) + mean
  }

  static func name(_ operation: EvolvingOperation) -> String { operation.rawValue.replacing("_", with: " ") }
  static func name(_ rule: EliminationRule) -> String { rule.rawValue.replacing("_", with: " ") }
}
