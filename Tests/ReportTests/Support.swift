import Foundation
import Report
import Testing

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: file(name)))
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: file(name))), as: UTF8.self)
  }

  /// Names in the folder, hidden ones as well.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// A row with numbers that tell its step.
func row(_ step: Int, evalLoss: Double? = nil) -> StepRow {
  StepRow(
    step: step, loss: 4 - Double(step) / 8, learningRate: Double(step) * 1e-5, gradNorm: 0.5, tokens: 2048,
    tokensPerSecond: 1024, seconds: 2, evalLoss: evalLoss)
}

/// What a real run of `count` steps looks like: a loss that falls as a power of the step, noise, a few spikes, warm-up and
/// cosine, evaluations. Always the same.
func realisticRows(_ count: Int) -> [StepRow] {
  var state: UInt64 = 42
  func random() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53)
  }
  /// Nearly normal (the sum of twelve uniform numbers, less 6).
  func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + random() } }
  let warmup = max(1, count / 20)
  return (0..<count).map { step in
    let course = 1.18 + 9.2 * pow(1 + Double(step) / (Double(count) * 0.01), -0.85)
    let isSpike = step > count / 5 && random() < 3.0 / Double(count)
    let progress = Double(step - warmup) / Double(count - warmup)
    let rate = step < warmup ? Double(step) / Double(warmup) : 0.5 * (1 + cos(Double.pi * progress))
    let seconds = 2.1 * (1 + 0.02 * normal()) * (random() < 0.01 ? 1.7 : 1)
    let tokens = 65536 - Int(random() * 4000)
    let isChecked = (step + 1) % max(1, count / 20) == 0
    return StepRow(
      step: step, loss: course * (1 + 0.035 * normal()) + (isSpike ? 2 + 3 * random() : 0), learningRate: 2e-5 * rate,
      gradNorm: (0.6 + 20 * pow(1 + Double(step) / 3, -1)) * exp(0.18 * normal()) * (isSpike ? 18 : 1), tokens: tokens,
      tokensPerSecond: Double(tokens) / seconds, seconds: seconds,
      evalLoss: isChecked ? course * 1.03 + 0.05 + 0.08 * Double(step) / Double(count) : nil)
  }
}

/// Where pages are put that are to be looked at; nil where nobody asks for them.
let reportOutput = ProcessInfo.processInfo.environment["EVOLCANO_REPORT_OUTPUT"]

/// A page that a strict reader takes (XML but for the elements that have no end), that needs nothing from outside, keeps
/// below a megabyte, and has no number that is none.
func checkPage(_ html: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  #expect(html.utf8.count < 1_000_000, sourceLocation: sourceLocation)
  for outside in ["http:", "https:", "<script", "<link", "<img", "url(", "@import", " src=\""] {
    #expect(!html.contains(outside), "\(outside)", sourceLocation: sourceLocation)
  }
  #expect(!html.contains("nan") && !html.contains("inf,") && !html.contains("inf "), sourceLocation: sourceLocation)
  var open: [Substring] = []
  for match in html.matches(of: /<(\/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(\/?)>/) {
    let name = match.2
    if ["meta", "br"].contains(name) || !match.3.isEmpty { continue }
    if match.1.isEmpty {
      open.append(name)
    } else {
      #expect(open.popLast() == name, "</\(name)>", sourceLocation: sourceLocation)
    }
  }
  #expect(open.isEmpty, sourceLocation: sourceLocation)
  let identifiers = html.matches(of: /\sid="([^"]*)"/).map(\.1)
  #expect(Set(identifiers).count == identifiers.count, "\(identifiers)", sourceLocation: sourceLocation)
  for link in html.matches(of: /\shref="#([^"]*)"/).map(\.1) {
    #expect(identifiers.contains(link), "#\(link)", sourceLocation: sourceLocation)
  }
}
