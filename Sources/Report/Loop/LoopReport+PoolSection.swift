extension LoopReport {
  /// How the pool grew, how difficult and how long its instructions are, and what became of those evolved.
  var poolSection: HTML {
    guard let pool else { return "" }
    let rounds = Array(pool.rounds.prefix(Limit.rounds))
    let growth = rounds.isEmpty ? "<p class=\"empty\">The pool is empty.</p>\n" : PoolGrowth(rounds: rounds).html
    let difficulty = DifficultyChart(rounds: rounds, source: pool.difficultySource).html
    return """
      <section id="pool" class="pool"><h2>The pool</h2>
      <div class="charts">\(growth)\(difficulty)\(WordsAddedChart(counts: pool.wordsAdded).html)\(roundTable(rounds))</div>
      \(Page.more(than: Limit.rounds, of: pool.rounds.count))\(YieldGrid(pool.yields).html)</section>

      """
  }

  private func roundTable(_ rounds: [Pool.Round]) -> HTML {
    guard !rounds.isEmpty else { return "" }
    let rows = rounds.map { round -> HTML in
      let mean = DifficultyChart.distribution(round.difficulties).map { DifficultyChart.tenths($0.mean) }
      let words = round.meanWords.flatMap { $0.isFinite ? NumberText.significant($0) : nil }
      let counts = [round.kept, round.removed, round.duplicates, round.contaminated].map { count -> HTML in
        "<td>\(NumberText.integer(count))</td>"
      }
      return """
        <tr><th scope="row">\(round.round == 0 ? "Seeds" : NumberText.integer(round.round))</th>\(counts)
        <td>\(words ?? "–")</td><td>\(mean ?? "–")</td></tr>

        """
    }
    return """
      <div class="card scroll" tabindex="0" role="region" aria-labelledby="rounds"><h3 id="rounds">Rounds</h3>
      <p class="detail">Duplicates and test-set overlaps are among those removed; words and difficulty are means of those kept.</p>
      <table class="numbers"><thead><tr><th scope="col">Round</th><th scope="col">Kept</th><th scope="col">Removed</th>
      <th scope="col">Duplicates</th><th scope="col">Test overlap</th><th scope="col">Words</th>
      <th scope="col">Difficulty</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>

      """
  }
}
