import Foundation
import Report
import Testing

@Suite struct TrainingReportTests {
  private func report(_ rows: [StepRow], text: String = "text") -> TrainingReport {
    TrainingReport(
      title: text, recipe: text, device: [.init(text, text)], rows: rows,
      memory: [.init(text, byteCount: 3 << 30), .init("none", byteCount: 0)],
      samples: [.init(prompt: text, before: text, after: text)])
  }

  @Test(arguments: [0, 1, 2, 19, 20, 500, 20_000])
  func aPageForEveryLength(count: Int) throws {
    let html = report(realisticRows(count)).html
    try checkPage(html)
    #expect(html.contains("<svg") == (count > 0))
    #expect(html.contains("role=\"img\" aria-label=\"Loss: ") == (count > 0))
  }

  @Test func whatIsMeasuredIsShown() throws {
    let html = report((0..<40).map { row($0, evalLoss: $0 == 39 ? 0.75 : nil) }).html
    for text in ["Validation loss", "0.750", "81,920 tokens", "3.00 GiB", "1 min"] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func textsAreEscaped() throws {
    let evil = "</pre><script>alert(1)</script><img src=x onerror='y'>\"&amp;\0\u{1B}\u{85}"
    let html = report(realisticRows(30), text: evil).html
    #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("onerror='"))
    #expect(
      html.contains(
        "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;y&#39;&gt;&quot;&amp;amp;"))
    #expect(html.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" })
    #expect(html.unicodeScalars.allSatisfy { !(0x7F...0x9F).contains($0.value) })
    // Nine places: the title twice, recipe, device twice, memory, prompt and two answers.
    #expect(html.split(separator: "&lt;/pre&gt;", omittingEmptySubsequences: false).count == 10)
  }

  @Test func numbersThatAreNotFinite() throws {
    var rows = realisticRows(100)
    rows[3].loss = .nan
    rows[4].gradNorm = .infinity
    rows[99].loss = .nan
    rows[5].evalLoss = .nan
    for place in rows.indices { rows[place].tokensPerSecond = .nan }
    let html = report(rows).html
    try checkPage(html.replacing("NaN", with: ""))
    #expect(html.contains("Nothing was measured."))
  }

  @Test func countsThatNoNumberHolds() throws {
    var rows = realisticRows(30)
    for place in rows.indices { rows[place].tokens = .max }
    rows[29].step = .max
    try checkPage(report(rows).html)
  }

  @Test func floodsStayBelowAMegabyte() throws {
    let flood = String(repeating: "<&\">'é👩‍👩‍👧", count: 200_000)
    let sample = TrainingReport.Sample(prompt: flood, before: flood, after: flood)
    let page = TrainingReport(
      title: flood, recipe: flood, device: [TrainingReport.Fact](repeating: .init(flood, flood), count: 200),
      rows: realisticRows(20_000),
      memory: [TrainingReport.MemoryUse](repeating: .init(flood, byteCount: .max), count: 200),
      samples: [TrainingReport.Sample](repeating: sample, count: 100))
    let html = page.html
    #expect(html.utf8.count < 1_000_000)
    #expect(html.contains("70 more are not shown."))
  }
}

/// Writes what a run leaves, for `Tools/check_tensorboard.py` and for the eye.
@Suite(
  .enabled(
    if: reportOutput != nil,
    "Tools/check_tensorboard.py asks for these files"))
struct ReportOutputTests {
  private let folder = reportOutput ?? ""
  private let recipe = """
    model: models/llama-7b
    data:
      train:
        - evolved.jsonl
      format: auto
      template: vicuna
      validation: 0.02
    method: lora
    lora:
      rank: 16
      alpha: 32.0
      targets: all
    precision: bf16
    optimizer:
      learning_rate: 2.0e-05
    output: runs/lora

    """

  /// Ten steps; then the run is stopped and goes on at step 6.
  @Test func events() throws {
    var first = try TensorBoardLog(folder: folder, host: "host") { 1_700_000_000 }
    try first.append(recipe: recipe)
    for step in 0..<10 { try first.append(row(step, evalLoss: step == 4 ? 3.5 : nil)) }
    var second = try TensorBoardLog(folder: folder, resumingAt: 6, host: "host") { 1_700_000_100 }
    for step in 6..<9 {
      var again = row(step)
      again.loss = -Double(step)
      try second.append(again)
    }
  }

  @Test(arguments: [1, 12, 500, 20_000])
  func pages(count: Int) throws {
    let page = TrainingReport(
      title: "LoRA on evolved instructions", recipe: recipe,
      device: [
        .init("Device", "AMD Radeon RX 7900 XTX (RADV NAVI31)"), .init("Driver", "Mesa 25.0.7"),
        .init("Memory", "24.0 GiB"), .init("Subgroup", "32 or 64 lanes"),
        .init("Matrices", "cooperative, f16 × f16 → f32, 16 × 16 × 16"),
      ],
      rows: realisticRows(count),
      memory: [
        .init("Weights (Q4_0)", byteCount: 3_791_273_984), .init("Adapters", byteCount: 79_953_920),
        .init("Gradients", byteCount: 159_907_840), .init("Moments of AdamW", byteCount: 319_815_680),
        .init("Activations", byteCount: 2_281_701_376), .init("Logits and loss", byteCount: 262_144_000),
      ],
      samples: [
        .init(
          prompt: "Explain photosynthesis to a child.",
          before: "Explain photosynthesis to a child. Explain photosynthesis to a child. Explain photosynthesis",
          after: """
            Imagine a leaf is a tiny kitchen. It takes sunlight, water from the ground and air, and cooks sugar for the \
            plant to eat.

            While it cooks, it gives away oxygen – the very air that you and I breathe!
            """),
        .init(
          prompt: "اكتب جملة عن البحر.", before: "the the the",
          after: "البحر واسع وأزرق، وتلمع أمواجه تحت الشمس."),
        .init(
          prompt: "Write a function in Python that merges two sorted lists, and say how fast it is.",
          before: "def merge(a, b):\n  return a + b",
          after: """
            def merge(a, b):
                result = []
                i = j = 0
                while i < len(a) and j < len(b):
                    if a[i] <= b[j]:
                        result.append(a[i]); i += 1
                    else:
                        result.append(b[j]); j += 1
                return result + a[i:] + b[j:]

            It looks at each element once: O(n + m).
            """),
      ])
    try Data(page.html.utf8).write(to: URL(filePath: folder + "/report-\(count).html"))
  }
}
