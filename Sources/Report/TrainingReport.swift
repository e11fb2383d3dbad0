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
    let content: HTML = "\(figures)\(curves)\(answers)\(machine)\(milestones)\(Page.recipe(recipe))"
    return Page(title: title, kind: "Training report", style: Self.style, content: content).html.text
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
    let tokens = rows.map(\.tokens).total
    var tiles = [
      Page.tile(
        "Training loss", final.isEmpty ? "–" : NumberText.significant(final.reduce(0, +) / Double(final.count)),
        "last \(final.count == 1 ? "step" : "\(final.count) steps"); at first \(losses.points.first.map { NumberText.significant($0.value) } ?? "–")"
      )
    ]
    if let check = checks.last {
      tiles.append(
        Page.tile(
          "Validation loss", NumberText.significant(check),
          "perplexity \(NumberText.significant(exp(check))); lowest \(NumberText.significant(checks.min() ?? check))"))
    }
    tiles += [
      Page.tile("Steps", NumberText.integer([last.step, 1].total), "\(NumberText.integer(tokens)) tokens"),
      Page.tile(
        "Time", NumberText.duration(seconds),
        seconds > 0 ? "\(NumberText.significant(Double(tokens) / seconds)) tokens a second" : ""),
    ]
    return "<section class=\"tiles\" aria-label=\"Summary\">\(tiles)</section>\n"
  }

  private var curves: HTML {
    func curve(_ value: (StepRow) -> Double?) -> Curve {
      Curve(rows.compactMap { row in value(row).map { Curve.Point(step: row.step, value: $0) } })
    }
    let charts = [
      Chart(
        title: "Loss", caption: "Nats a token",
        lines: [
          ChartLine(name: "Training", curve: curve(\.loss)),
          ChartLine(name: "Validation", curve: curve(\.evalLoss), tone: .check, form: .dotted),
        ], startsAtZero: false),
      Chart(
        title: "Learning rate", caption: "Of each step",
        lines: [ChartLine(name: "", curve: curve(\.learningRate), form: .plain)]),
      Chart(
        title: "Gradient norm", caption: "Before clipping", lines: [ChartLine(name: "", curve: curve(\.gradNorm))]),
      Chart(title: "Speed", caption: "Tokens a second", lines: [ChartLine(name: "", curve: curve(\.tokensPerSecond))]),
    ]
    return "<section aria-label=\"Curves\"><h2>Curves</h2><div class=\"charts\">\(charts.map(\.html))</div></section>\n"
  }

  private var answers: HTML {
    guard !samples.isEmpty else { return "" }
    let shown = samples.prefix(Self.sampleLimit).map { sample -> HTML in
      """
      <article class="sample"><h3 dir="auto">\(sample.prompt.short(Self.textLimit))</h3>
      <div class="pair"><section><h4>Before</h4><p dir="auto">\(sample.before.short(Self.textLimit))</p></section>
      <section class="after"><h4>After</h4><p dir="auto">\(sample.after.short(Self.textLimit))</p></section></div></article>

      """
    }
    return
      "<section><h2>Answers before and after training</h2>\n\(shown)\(Page.more(than: Self.sampleLimit, of: samples.count))</section>\n"
  }

  private var machine: HTML {
    let facts = Page.facts(device, limit: Self.listLimit)
    let deviceTable: HTML = device.isEmpty ? "" : "<section class=\"card\"><h2>Device</h2>\(facts)</section>\n"
    return "<div class=\"columns\">\(deviceTable)\(memoryTable)</div>\n"
  }

  private var memoryTable: HTML {
    guard !memory.isEmpty else { return "" }
    let total = memory.reduce(0.0) { $0 + Double($1.byteCount) }
    let rows = memory.prefix(Self.listLimit).map { use -> HTML in
      let share = total > 0 ? Double(max(0, use.byteCount)) / total * 100 : 0
      return """
        <tr><th scope="row">\(use.name.short(200))</th><td class="bar" aria-hidden="true"><span
        style="width:\(String(format: "%.1f", share))%"></span></td><td>\(NumberText.bytes(use.byteCount))</td></tr>

        """
    }
    let sum = NumberText.bytes(Int(min(total, Double(Int.max / 2))))
    return """
      <section class="card"><h2>Memory</h2><table class="sums"><tbody>\(rows)</tbody>
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
      <section><details><summary><h2>The curves in numbers</h2></summary><div class="scroll card"><table class="numbers steps">
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
}

// MARK: - Limits

extension TrainingReport {
  /// Bounds that keep the page below a megabyte whatever it is given.
  private static let sampleLimit = 30
  private static let textLimit = 3000
  private static let listLimit = 100
}
