import Foundation
import Testing

/// `bench train` on the smallest shape.
@Suite struct BenchTrainTests {
  private static func report(_ arguments: String...) throws -> [String: Any] {
    let run = try evolcano(
      ["bench", "train", "--random", "0.9M", "--length", "32", "--steps", "2", "--json"] + arguments)
    #expect(run.status == 0, "\(run.messages)")
    return try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  @Test func fullTrainingIsMeasured() throws {
    let report = try Self.report("--micro", "2", "--checkpointing")
    #expect(report["method"] as? String == "full")
    #expect(report["precision"] as? String == "f32")
    #expect(report["checkpointing"] as? Bool == true)
    #expect(report["length"] as? Int == 32 && report["micro"] as? Int == 2 && report["steps"] as? Int == 2)
    let parameters = try #require(report["parameters"] as? Int)
    #expect(parameters == 2 * 400 * 128 + 4 * (4 * 128 * 128 + 3 * 128 * 352 + 2 * 128) + 128)
    #expect(report["trainedParameters"] as? Int == parameters)
    try Self.check(report, rows: 64)
    // What is planned is what is held, but for what a driver adds.
    let (planned, peak) = (try Self.number("plannedBytes", report), try Self.number("peakBytes", report))
    #expect(planned >= Double(parameters * 16))
    #expect(abs(peak - planned) <= 0.05 * planned + 1e6, "\(peak) bytes held, \(planned) planned")
  }

  @Test(arguments: ["lora", "qlora"]) func updatesAreMeasured(method: String) throws {
    let report = try Self.report("--method", method)
    #expect(report["method"] as? String == method)
    #expect(report["trainedParameters"] as? Int == 4 * 16 * (4 * (128 + 128) + 3 * (128 + 352)))
    try Self.check(report, rows: 32)
  }

  /// Rates, times and shares fit one another.
  private static func check(_ report: [String: Any], rows: Double) throws {
    let step = try number("stepSeconds", report)
    #expect(abs(try number("tokensPerSecond", report) * step - rows) <= 1e-6 * rows)
    let (rate, product) = (try number("gigaflops", report), try number("productGigaflops", report))
    #expect(abs(try number("gigaoperations", report) / step - rate) <= 1e-6 * rate)
    #expect(abs(try number("shareOfProduct", report) * product - rate) <= 1e-6 * rate)
    for key in ["planSeconds", "preparationSeconds", "firstStepSeconds", "commands", "barriers"] {
      #expect(try number(key, report) > 0, "\(key)")
    }
    if report["forwardSeconds"] != nil {
      for key in ["forwardSeconds", "backwardSeconds", "optimizerSeconds"] {
        #expect(try number(key, report) > 0, "\(key)")
      }
    }
  }

  private static func number(_ key: String, _ report: [String: Any]) throws -> Double {
    try #require(report[key] as? Double, "\(key) is missing")
  }

  @Test func whatDoesNotFitSaysWhatItNeeds() throws {
    let run = try evolcano("bench", "train", "--random", "8B", "--length", "8192", "--micro", "64")
    #expect(run.status == 1)
    #expect(run.output.isEmpty)
    #expect(run.messages.contains("training needs") && run.messages.contains("moments of the optimizer"))
  }

  @Test func aWrongCommandLineExitsWith2() throws {
    #expect(try evolcano("bench", "train").status == 2)
    #expect(try evolcano("bench", "train", "--random", "9M").status == 2)
    #expect(try evolcano("bench", "train", "--random", "0.9M", "--length", "4096").status == 2)
  }
}
