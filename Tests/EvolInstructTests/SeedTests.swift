import Formats
import Foundation
import Pool
import Testing

@testable import EvolInstruct

@Suite struct SeedTests {
  let scratch: Scratch
  static let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "../shared/data/seeds").standardizedFileURL
  static var hasShared: Bool { FileManager.default.fileExists(atPath: shared.path) }

  init() throws { scratch = try Scratch() }

  @Test(
    .enabled(if: hasShared, "the seed files do not lie beside the repository"),
    arguments: [
      ("self_instruct_seed_tasks.jsonl", 175, 125), ("alpaca_random_9k.json", 9229, 3666),
      ("alpaca_union_17k.json", 17387, 6056), ("dolly_3k.json", 2996, 434),
    ]) func realSeedsLoad(file: String, count: Int, inputs: Int) throws
  {
    let seeds = try Seed.read(path: Self.shared.appending(path: file).path)
    #expect(seeds.count == count)
    #expect(seeds.count { !$0.input.isEmpty } == inputs)
  }

  @Test func theThreeFormsAreRead() throws {
    let expected = [Seed(instruction: "Do \"[it]\"", input: "here", output: "done")]
    let texts = [
      #"[ {"instruction": "Do \"[it]\"", "input": "here", "output": "done"} ]"#,
      #"{"instruction": "Do \"[it]\"", "instances": [{"input": "here", "output": "done"}]}"# + "\n\n",
      #"{"instruction": "Do \"[it]\"", "context": "here", "response": "done", "category": "qa"}"#,
    ]
    for text in texts { #expect(try Seed.read(path: scratch.write(text, "seeds")) == expected) }
    #expect(expected[0].row(0).prompt == "Do \"[it]\"\n\nhere")
  }

  @Test(arguments: [
    ("", "seeds"), ("  \n", "seeds"), ("[]", "seeds"),
    ("{\"instruction\": \"a\"}\n{\"instruction\":\n", "seeds:2"),
    ("[\n{\"instruction\": \"a\"},\n{\"input\": \"b\"}\n]", "seeds:3"),
    ("[\n{\"instruction\": \"a\"},\n\n{\"instruction\": \" \"}]", "seeds:4"),
    ("[{\"instruction\": \"a\"},\n{\"instruction\": 5}]", "seeds:2"),
    ("[{\"instruction\": \"a\"},\n]", "seeds:2"), ("[{\"instruction\": \"a\"}\n", "seeds:2"),
    ("[{\"instruction\": \"a\"}]\n x", "seeds:1"), ("hello", "seeds:1"), ("{\"a\": 1}", "seeds:1"),
    (
      "{\"instruction\": \"a\", \"output\": \"b\"}\n{\"instruction\": \"a\", \"instances\": []}", "seeds:2"
    ),
    ("[5]", "seeds:1"),
  ]) func badSeedsAreNamedByLine(text: String, place: String) throws {
    let path = try scratch.write(text, "seeds")
    let error = #expect(throws: FormatError.self) { try Seed.read(path: path) }
    #expect(error?.file.hasSuffix(place) == true, "\(error?.description ?? "")")
  }
}
