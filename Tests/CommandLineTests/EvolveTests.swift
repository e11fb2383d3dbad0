import Foundation
import Testing

/// `evolcano evolve` and `evolcano pool` with the teacher that needs nothing.
@Suite struct EvolveTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func arguments(_ output: String, seeds: Int = 40, _ more: [String] = []) -> [String] {
    [
      "evolve", "--teacher", "builtin", "--seed-count", "\(seeds)", "--rounds", "2", "--output", path(output),
    ] + more
  }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

  @Test func evolvesShowsAndExports() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try evolcano(arguments("a"))
    #expect(run.status == 0, "\(run.messages)")
    for word in ["round 2", "complicate input", "words added", "difficulty"] {
      #expect(run.output.contains(word), "\(run.output)")
    }
    #expect(run.messages.contains("estimate") && run.messages.contains("computed world, not a language model"))
    #expect(!run.output.contains("\u{1b}"))
    let show = try evolcano("pool", "show", path("a"), "--seed", "3")
    #expect(show.status == 0 && show.output.contains("seed 3  difficulty 1") && show.output.contains("└─ round"))
    let json = try evolcano("pool", "show", path("a/pool.sqlite"), "--json", "--rule", "unchanged")
    let root = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((root["lineage"] as? [Any])?.isEmpty == false && root["teacher"] as? String == "builtin")
    #expect((root["removed"] as? [[String: Any]])?.allSatisfy { $0["rule"] as? String == "unchanged" } == true)
    let rounds = try #require(root["rounds"] as? [[String: Any]])
    let kept = rounds.compactMap { $0["kept"] as? Int }
    for (format, count) in [("alpaca", kept.reduce(0, +)), ("sharegpt", kept[1]), ("messages", 5), ("jsonl", 5)] {
      let more =
        format == "alpaca" ? [] : format == "sharegpt" ? ["--round", "1"] : ["--max-rows", "5", "--round", "1-2"]
      let export = try evolcano(["pool", "export", path("a"), "--format", format, "--output", path(format)] + more)
      #expect(export.status == 0 && export.messages.contains("\(count) rows, \(format)"), "\(export.messages)")
      let piped = try evolcano(["pool", "export", path("a"), "--format", format] + more)
      #expect(try Data(piped.output.utf8) == bytes(format))
    }
    #expect(try evolcano("pool", "export", path("a"), "--operation", "breadth", "--round", "0").output == "[\n]\n")
  }

  /// Bytes of the log of writes of a pool.
  private func logSize(_ name: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path(name + "/pool.sqlite-wal"))
    return attributes?[.size] as? Int ?? 0
  }

  /// Killed again and again, the same command goes on, repeats no journaled call and ends with the same bytes.
  @Test func killedRunsGoOn() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = try evolcano(arguments("whole", seeds: 500, ["--json"]))
    #expect(whole.status == 0)
    // The first when calls have been journaled, the others wherever it is by then.
    _ = try signalled(arguments("parts", seeds: 500), SIGKILL, after: 60) { logSize("parts") > 1_500_000 }
    for delay in [0.15, 0.5, 0.3, 0.7] { _ = try signalled(arguments("parts", seeds: 500), SIGKILL, after: delay) }
    let rest = try evolcano(arguments("parts", seeds: 500, ["--json"]))
    #expect(rest.status == 0, "\(rest.messages)")
    #expect(rest.messages.contains("made already"), "nothing was journaled before the kills")
    #expect(try bytes("whole/evolved.jsonl") == bytes("parts/evolved.jsonl"))
    func calls(_ run: Outcome) throws -> Int? {
      (try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])?["calls"] as? Int
    }
    #expect(try calls(whole) != nil && calls(whole) == calls(rest))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func signalsEndInOrderWith130(signal: Int32) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (status, messages) = try signalled(arguments("a", seeds: 3000), signal, after: 60) {
      // A round is under way when the log has grown beyond the seeds.
      logSize("a") > 4_000_000
    }
    #expect(status == 130 && messages.contains("the same command goes on from here"), "\(status) \(messages)")
    let show = try evolcano("pool", "show", path("a"))
    #expect(show.status == 0 && show.output.contains("not finished"), "\(show)")
  }

  @Test func shardsMerge() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try evolcano(arguments("whole")).status == 0)
    for index in 0..<2 { #expect(try evolcano(arguments("\(index)", ["--shard", "\(index)/2"])).status == 0) }
    let merge = try evolcano("pool", "merge", path("both/pool.sqlite"), path("0"), path("1"))
    #expect(merge.status == 0 && merge.messages.contains("2 pools joined"), "\(merge.messages)")
    func export(_ name: String) throws -> String {
      try evolcano("pool", "export", path(name), "--format", "jsonl").output
    }
    #expect(try export("whole") == export("both") && !export("whole").isEmpty)
    let again = try evolcano(arguments("both", ["--json"]))
    #expect(again.status == 0 && again.output.contains("\"ending\": \"finished\""), "\(again.messages)")
    #expect(try evolcano("pool", "merge", path("both"), path("nothing")).status == 1)
  }

  @Test func aDryRunEstimatesAndWritesNothing() throws {
    let run = try evolcano(
      arguments("a", ["--dry-run", "--json", "--price-in", "3", "--price-out", "15", "--budget", "money=1"]))
    #expect(run.status == 0, "\(run.messages)")
    let root = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(root["calls"] as? Int == 240 && (root["cost"] as? Double ?? 0) > 0 && root["seconds"] is Double)
    #expect(!FileManager.default.fileExists(atPath: path("a")))
  }

  @Test func mistakesAreSaidClearly() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for more in [
      ["--rounds", "0"], ["--budget", "bananas"], ["--shard", "2/2"], ["--sample", "0"], ["--concurrency", "0"],
      ["--teacher-model", "m"], ["--seeds", "x.json"], ["--budget", "money=3"], ["--temperature", "nan"],
    ] {
      let run = try evolcano(arguments("a", more))
      #expect(run.status == 2 && run.output.isEmpty && !run.messages.isEmpty, "\(more): \(run)")
    }
    let seeds = path("seeds.jsonl")
    func model(_ text: String) throws -> Outcome {
      try Data(text.utf8).write(to: URL(filePath: seeds))
      return try evolcano("evolve", "--seeds", seeds, "--teacher", "/nonexistent", "--output", path("a"))
    }
    #expect(try model("").messages.contains("seeds.jsonl: is empty"))
    #expect(try model("{\"instruction\": \"a\"}\nnot JSON\n").messages.contains("seeds.jsonl:2"))
    #expect(try model("{\"instruction\": \"a\"}\n{\"output\": \"b\"}\n").messages.contains("seeds.jsonl:2"))
    let mixed = "{\"instruction\": \"a\", \"output\": \"\"}\n{\"instruction\": \"b\", \"response\": \"c\"}\n"
    #expect(try model(mixed).messages.contains("seeds.jsonl:2"))
    let missing = try model("{\"instruction\": \"a\"}\n")
    #expect(missing.status == 1 && missing.messages.contains("evolcano: /nonexistent: there is no such"), "\(missing)")
    #expect(try evolcano(arguments("a")).status == 0)
    let other = try evolcano(arguments("a", ["--temperature", "0.5"]))
    #expect(other.status == 1 && other.messages.contains("--allow-mixed"), "\(other.messages)")
    #expect(try evolcano(arguments("a", ["--temperature", "0.5", "--allow-mixed"])).status == 0)
    #expect(try evolcano("pool", "show", seeds).messages.contains("is no SQLite database"))
    #expect(try evolcano("pool", "show", path("a"), "--seed", "999").status == 1)
    #expect(try evolcano("pool", "export", path("a"), "--round", "3-1").status == 2)
  }

  @Test func aServerThatIsNotThereIsOneMessage() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let seeds = path("seeds.jsonl")
    try Data("{\"instruction\": \"Say it.\"}\n{\"instruction\": \"Sing it.\"}\n".utf8).write(to: URL(filePath: seeds))
    let run = try evolcano(
      [
        "evolve", "--seeds", seeds, "--teacher", "http://127.0.0.1:1/v1", "--teacher-model", "m", "--output", path("a"),
      ],
      environment: ["OPENAI_API_KEY": "a-secret-key"])
    #expect(run.status == 1 && run.messages.contains("http://127.0.0.1:1/v1/chat/completions: no connection"))
    #expect(run.messages.split(separator: "\n").count { $0.hasPrefix("evolcano: ") } == 1, "\(run.messages)")
    let pool = try bytes("a/pool.sqlite")
    #expect(!run.messages.contains("a-secret-key") && pool.range(of: Data("a-secret-key".utf8)) == nil)
  }
}
