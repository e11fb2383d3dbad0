import Foundation

/// A training run on one page: an HTML file that needs nothing else, neither network nor scripts, and stays below a
/// megabyte however long the run was.
///
/// ```swift
/// let report = TrainingReport(
///   title: "lora", recipe: recipe.canonicalYAML, device: [.init("Device", "AMD Radeon RX 7900 XTX")],
///   rows: try MetricsLog.read(path: "runs/lora/metrics.jsonl"), memory: [.init("Weights", byteCount: 13 << 30)],
///   samples: [.init(prompt: "Hello", before: "lo lo", after: "Hello! How can I help?")])
/// try AtomicFile.write(report.html, to: "runs/lora/report.html")
/// ```
public struct TrainingReport: Sendable {
  /// Something about the device or the run: `Driver`, `Mesa 25.0.7`.
  public struct Fact: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// What memory is used for.
  public struct MemoryUse: Sendable, Equatable {
    public var name: String
    public var byteCount: Int

    public init(_ name: String, byteCount: Int) {
      self.name = name
      self.byteCount = byteCount
    }
  }

  /// A prompt with the model's answers before and after training.
  public struct Sample: Sendable, Equatable {
    public var prompt: String
    public var before: String
    public var after: String

    public init(prompt: String, before: String, after: String) {
      self.prompt = prompt
      self.before = before
      self.after = after
    }
  }

  public var title: String
  /// The whole recipe as YAML.
  public var recipe: String
  public var device: [Fact]
  /// The steps, in their order.
  public var rows: [StepRow]
  public var memory: [MemoryUse]
  public var samples: [Sample]

  public init(
    title: String, recipe: String, device: [Fact], rows: [StepRow], memory: [MemoryUse], samples: [Sample]
  ) {
    self.title = title
    self.recipe = recipe
    self.device = device
    self.rows = rows
    self.memory = memory
    self.samples = samples
  }

  /// The page.
  public var html: String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(Self.short(title, 200)) – training report</title>
      <style>\(HTML(stringLiteral: Self.style))</style>
      </head>
      <body>
      <header><p class="kicker">Training report</p><h1>\(Self.short(title, 200))</h1></header>
      <main>
      \(figures)\(curves)\(answers)\(machine)\(milestones)\(theRecipe)</main>
      <footer><p>Written by Evolcano.</p></footer>
      </body>
      </html>

      """
    return page.text
  }
}

// MARK: - Sections

extension TrainingReport {
  /// The figures that one looks for first.
  private var figures: HTML {
    guard let last = rows.last else { return "<p class=\"empty\">No step was trained.</p>\n" }
    let losses = Curve(rows.map { .init(step: $0.step, value: $0.loss) })
    let final = losses.points.suffix(10).map(\.value)
    let checks = rows.compactMap(\.evalLoss)
    let seconds = rows.map(\.seconds).filter(\.isFinite).reduce(0, +)
    let tokens = rows.map(\.tokens).reduce(0, +)
    var tiles = [
      tile(
        "Training loss", final.isEmpty ? "–" : NumberText.significant(final.reduce(0, +) / Double(final.count)),
        "last \(final.count == 1 ? "step" : "\(final.count) steps"); at first \(losses.points.first.map { NumberText.significant($0.value) } ?? "–")"
      )
    ]
    if let check = checks.last {
      tiles.append(
        tile(
          "Validation loss", NumberText.significant(check),
          "perplexity \(NumberText.significant(exp(check))); lowest \(NumberText.significant(checks.min() ?? check))"))
    }
    tiles += [
      tile("Steps", NumberText.integer(last.step + 1), "\(NumberText.integer(tokens)) tokens"),
      tile(
        "Time", NumberText.duration(seconds),
        seconds > 0 ? "\(NumberText.significant(Double(tokens) / seconds)) tokens a second" : ""),
    ]
    return "<section class=\"tiles\" aria-label=\"Summary\">\(tiles)</section>\n"
  }

  private func tile(_ name: String, _ value: String, _ detail: String) -> HTML {
    "<div class=\"tile\"><h2>\(name)</h2><p class=\"value\">\(value)</p><p class=\"detail\">\(detail)</p></div>\n"
  }

  private var curves: HTML {
    func curve(_ value: (StepRow) -> Double?) -> Curve {
      Curve(rows.compactMap { row in value(row).map { Curve.Point(step: row.step, value: $0) } })
    }
    let charts = [
      Chart(
        title: "Loss", caption: "Nats a token", curve: curve(\.loss), startsAtZero: false, checks: curve(\.evalLoss),
        names: ("Training", "Validation")),
      Chart(title: "Learning rate", caption: "Of each step", curve: curve(\.learningRate), isSmoothed: false),
      Chart(title: "Gradient norm", caption: "Before clipping", curve: curve(\.gradNorm)),
      Chart(title: "Speed", caption: "Tokens a second", curve: curve(\.tokensPerSecond)),
    ]
    return "<section aria-label=\"Curves\"><h2>Curves</h2><div class=\"charts\">\(charts.map(\.html))</div></section>\n"
  }

  private var answers: HTML {
    guard !samples.isEmpty else { return "" }
    let shown = samples.prefix(Self.sampleLimit).map { sample -> HTML in
      """
      <article class="sample"><h3 dir="auto">\(Self.short(sample.prompt, Self.textLimit))</h3>
      <div class="pair"><section><h4>Before</h4><p dir="auto">\(Self.short(sample.before, Self.textLimit))</p></section>
      <section class="after"><h4>After</h4><p dir="auto">\(Self.short(sample.after, Self.textLimit))</p></section></div></article>

      """
    }
    let more: HTML =
      samples.count > shown.count ? "<p class=\"empty\">\(samples.count - shown.count) more are not shown.</p>" : ""
    return "<section><h2>Answers before and after training</h2>\n\(shown)\(more)</section>\n"
  }

  private var machine: HTML {
    let facts = device.prefix(Self.listLimit).map { fact -> HTML in
      "<tr><th scope=\"row\">\(Self.short(fact.name, 200))</th><td>\(Self.short(fact.value, 500))</td></tr>\n"
    }
    let deviceTable: HTML =
      facts.isEmpty ? "" : "<section><h2>Device</h2><table class=\"facts\"><tbody>\(facts)</tbody></table></section>\n"
    return "<div class=\"columns\">\(deviceTable)\(memoryTable)</div>\n"
  }

  private var memoryTable: HTML {
    guard !memory.isEmpty else { return "" }
    let total = memory.reduce(0.0) { $0 + Double($1.byteCount) }
    let rows = memory.prefix(Self.listLimit).map { use -> HTML in
      let share = total > 0 ? Double(max(0, use.byteCount)) / total * 100 : 0
      return """
        <tr><th scope="row">\(Self.short(use.name, 200))</th><td class="bar" aria-hidden="true"><span
        style="width:\(String(format: "%.1f", share))%"></span></td><td>\(NumberText.bytes(use.byteCount))</td></tr>

        """
    }
    let sum = NumberText.bytes(Int(min(total, Double(Int.max / 2))))
    return """
      <section><h2>Memory</h2><table class="memory"><tbody>\(rows)</tbody>
      <tfoot><tr><th scope="row">Total</th><td></td><td>\(sum)</td></tr></tfoot></table></section>

      """
  }

  /// The curves as numbers, at twenty steps or so.
  private var milestones: HTML {
    guard rows.count > 1 else { return "" }
    let checked = rows.indices.filter { rows[$0].evalLoss != nil }
    var chosen = Set(Self.spread(20, over: checked) + [0, rows.count - 1])
    if checked.count < 10 { chosen.formUnion(Self.spread(20, over: Array(rows.indices))) }
    let body = chosen.sorted().map { place -> HTML in
      let row = rows[place]
      let cells = [
        NumberText.significant(row.loss, digits: 4), row.evalLoss.map { NumberText.significant($0, digits: 4) } ?? "",
        NumberText.significant(row.learningRate), NumberText.significant(row.gradNorm),
        NumberText.significant(row.tokensPerSecond),
      ]
      let columns = cells.map { cell -> HTML in "<td>\(cell)</td>" }
      return "<tr><th scope=\"row\">\(NumberText.integer(row.step))</th>\(columns)</tr>\n"
    }
    return """
      <section><details><summary><h2>The curves in numbers</h2></summary><div class="scroll"><table class="numbers">
      <thead><tr><th scope="col">Step</th><th scope="col">Loss</th><th scope="col">Validation</th>
      <th scope="col">Learning rate</th><th scope="col">Gradient norm</th><th scope="col">Tokens/s</th></tr></thead>
      <tbody>\(body)</tbody></table></div></details></section>

      """
  }

  /// At most `count` of the places, evenly spread, the first and the last among them.
  private static func spread(_ count: Int, over places: [Int]) -> [Int] {
    guard places.count > count else { return places }
    return (0..<count).map { places[$0 * (places.count - 1) / (count - 1)] }
  }

  private var theRecipe: HTML {
    guard !recipe.isEmpty else { return "" }
    return """
      <section><details open><summary><h2>Recipe</h2></summary><pre tabindex="0">\(Self.short(recipe, Self.recipeLimit))</pre>
      </details></section>

      """
  }
}

// MARK: - Limits

extension TrainingReport {
  /// Bounds that keep the page below a megabyte whatever it is given.
  private static let sampleLimit = 30
  private static let textLimit = 3000
  private static let recipeLimit = 50_000
  private static let listLimit = 100

  /// The text, or as much of it as has about `limit` bytes once it is escaped.
  private static func short(_ text: String, _ limit: Int) -> String {
    var room = limit
    for (place, scalar) in zip(text.unicodeScalars.indices, text.unicodeScalars) {
      switch scalar {
      case "&", "<", ">", "\"", "'": room -= 6
      default: room -= max(1, scalar.utf8.count)
      }
      if room < 0 { return text.unicodeScalars[..<place].reduce(into: "") { $0.unicodeScalars.append($1) } + "…" }
    }
    return text
  }
}
