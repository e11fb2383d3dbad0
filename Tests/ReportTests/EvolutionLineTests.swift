import Report
import Testing

@Suite struct EvolutionLineTests {
  private let line = EvolutionLine(
    round: 2, rounds: 4, share: 0.379, finished: 812, total: 1500, calls: 3210, callsPerSecond: 41.26,
    tokens: 1_210_000, secondsLeft: 720)

  @Test func saysEverythingWhereThereIsRoom() {
    #expect(
      line.text(width: 120)
        == "round 2/4 ▕█████████░░░░░░░░░░░░░░░▏ 37 % 812/1,500 rows 3,210 calls 41.3 calls/s 1,210,000 tokens 12 min left"
    )
  }

  @Test(arguments: 0...140) func fitsEveryWidth(width: Int) {
    let text = line.text(width: width)
    #expect(text.count <= width)
    #expect(width < 9 || text.hasPrefix("round 2/4"))
    #expect(width < 40 || text.contains("37 %") && text.contains("12 min left"))
  }

  @Test func whatIsNotKnownIsNotSaid() {
    let fresh = EvolutionLine(
      round: 1, rounds: 1, share: 0, finished: 0, total: 0, calls: 0, callsPerSecond: 0, tokens: 0)
    #expect(fresh.text(width: 120) == "round 1/1 ▕░░░░░░░░░░░░░░░░░░░░░░░░▏ 0 % 0/0 rows 0 calls")
    for share in [Double.infinity, 1.5, 1] {
      var full = fresh
      full.share = share
      #expect(full.text(width: 120).contains("100 %"))
    }
  }
}
