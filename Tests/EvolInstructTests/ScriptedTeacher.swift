import Foundation
import Pool
import Synchronization

@testable import EvolInstruct

/// A folder of a test's own, removed at its end.
final class Scratch: Sendable {
  let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-evolve-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ text: String, _ name: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
    return path(name)
  }
}

/// A teacher that replies as a function of the request says, after a delay of chance.
final class ScriptedTeacher: Teacher {
  let model: String
  var fingerprint: String { model }
  private let script: @Sendable (TeacherRequest) throws(TeacherError) -> TeacherReply
  /// Longest delay of a reply in milliseconds.
  private let delay: Int
  private let asked = Mutex<[String: Int]>([:])

  init(
    model: String = "script", delay: Int = 0,
    _ script: @escaping @Sendable (TeacherRequest) throws(TeacherError) -> TeacherReply = {
      ScriptedTeacher.standard($0)
    }
  ) {
    self.model = model
    self.script = script
    self.delay = delay
  }

  /// How often each row and kind was asked for.
  var counts: [String: Int] { asked.withLock { $0 } }
  var calls: Int { counts.values.reduce(0, +) }

  func reply(to request: TeacherRequest) async throws(TeacherError) -> TeacherReply {
    asked.withLock { $0["\(request.row) \(request.task.kind)", default: 0] += 1 }
    if delay > 0 {
      do { try await Task.sleep(for: .milliseconds(Int.random(in: 0...delay))) } catch {
        throw TeacherError(.cancelled, "cancelled")
      }
    }
    return try script(request)
  }

  /// A function of the request alone: evolutions of all lengths, one in four judged equal, one in nine answers sorry.
  static func standard(_ request: TeacherRequest) -> TeacherReply {
    let number = request.seed % 36
    let text: String
    switch request.task {
    case .evolve(let operation, let parent, _):
      text = "Evolve \(request.row) by \(operation) from \(parent), variant \(request.seed)"
    case .judge: text = number % 4 == 0 ? "Equal" : "Not Equal."
    case .answer: text = number % 9 == 0 ? "Sorry, no." : "Answer \(request.seed) to \(request.row)"
    case .rate: text = "\(1 + number % 10)"
    }
    return TeacherReply(text: text, promptTokens: 10, completionTokens: 5)
  }
}

func seeds(_ count: Int) -> [Seed] {
  (0..<count).map {
    Seed(instruction: "Seed instruction number \($0) of its own kind \($0 * 7919)", output: "Yes \($0)")
  }
}

/// Every row of a pool with its lineage, in order.
func contents(_ pool: Pool) async throws -> [InstructionRow] {
  var rows: [InstructionRow] = []
  for round in 0...(try await pool.lastRound() ?? 0) { rows += try await pool.rows(round: round) }
  return rows
}
