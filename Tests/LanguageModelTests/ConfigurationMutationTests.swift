import Formats
import Foundation
import LanguageModel
import TestSupport
import Testing

/// Configurations changed at random: each gives a shape that can be computed with, or a `FormatError`, and soon.
@Suite struct ConfigurationMutationTests {
  /// A few changes of bytes, digits and words.
  private func change(_ original: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0..<3, using: &generator) where bytes.count > 30 {
      let place = Int.random(in: 0..<bytes.count - 24, using: &generator)
      let end = place + Int.random(in: 1...16, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      case 3: bytes.replaceSubrange(place..<end, with: Array("-9223372036854775808".utf8))
      default:
        // A number in place of another: what a hostile file would do.
        guard let digit = bytes[place...].firstIndex(where: { (48...57).contains($0) }) else { continue }
        let last = bytes[digit...].firstIndex { !(48...57).contains($0) } ?? digit + 1
        let number = [0, 1, -1, 3, 1 << 17, 1 << 31, Int.max, 7].randomElement(using: &generator)!
        bytes.replaceSubrange(digit..<last, with: Array(String(number).utf8))
      }
    }
    return bytes
  }

  @Test(arguments: ["llama3.1", "mistral", "qwen2-window", "qwen3"])
  func changedConfigurations(family: String) throws {
    let original = [UInt8](try Data(contentsOf: ModelFixture.folder.appending(path: "\(family)/config.json")))
    var generator = SplitMix64(state: 11)
    let clock = ContinuousClock()
    var refused = 0
    let count = 3000
    for round in 0..<count {
      let start = clock.now
      do {
        let value = try JSONValue.parse(change(original, &generator), file: "config.json")
        let configuration = try ModelConfiguration(huggingFace: JSONField(value, file: "config.json"))
        // What is accepted can be counted and built without overflow.
        #expect(configuration.shape.parameterCount > 0 && configuration.shape.headSize <= 256)
        #expect(configuration.shape.heads % configuration.shape.kvHeads == 0)
      } catch {
        refused += 1
        #expect(!error.problem.isEmpty && "\(error)".utf8.count < 2000)
      }
      #expect(clock.now - start < .seconds(1), "change \(round)")
    }
    #expect(refused > count / 10 && refused < count, "\(refused) of \(count) were refused")
  }
}
