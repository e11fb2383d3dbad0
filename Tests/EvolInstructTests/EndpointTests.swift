import Foundation
import Pool
import Testing
import Text

@testable import EvolInstruct

@Suite struct EndpointTests {
  private static let request = TeacherRequest(
    row: RowID(seed: 0, round: 1), task: .answer(state: nil), messages: [ChatMessage(.user, "Say \"ü\"")],
    sampling: Sampling(maxTokens: 99), seed: 1 << 52)
  private static let quick = EndpointTeacher.Options(timeout: 1, tries: 3, firstDelay: 0.01, longestDelay: 2)

  /// Asks a server that fails at first; the reply or the error.
  private func ask(
    _ options: EndpointTeacher.Options = quick, key: String? = nil,
    _ script: @escaping @Sendable (Int, String) -> FailingServer.Act
  ) async throws -> (Result<TeacherReply, TeacherError>, [FailingServer.Request]) {
    let server = try FailingServer(script)
    let teacher = try EndpointTeacher(endpoints: [server.address], model: "m", key: key, options: options)
    let result: Result<TeacherReply, TeacherError>
    do { result = .success(try await teacher.reply(to: Self.request)) } catch { result = .failure(error) }
    await teacher.shutDown()
    try await server.stop()
    return (result, server.requests)
  }

  @Test func aCallCarriesModelMessagesSamplingSeedAndKey() async throws {
    let (result, requests) = try await ask(key: "secret") { _, _ in .raw(FailingServer.completion("yes\n")) }
    #expect(try result.get() == TeacherReply(text: "yes\n", promptTokens: 11, completionTokens: 7))
    let request = try #require(requests.first)
    #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
    #expect(request.head.contains("Bearer secret"))
    let body = try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
    #expect(body?["model"] as? String == "m" && body?["max_tokens"] as? Int == 99 && body?["top_p"] as? Double == 0.9)
    #expect(body?["temperature"] as? Double == 1 && body?["frequency_penalty"] as? Double == 0)
    #expect(body?["seed"] as? Int == 1 << 52)
    #expect((body?["messages"] as? [[String: String]]) == [["role": "user", "content": "Say \"ü\""]])
  }

  /// What goes away is tried again.
  @Test(arguments: [
    FailingServer.Act.raw(FailingServer.response("{}", status: "429 Too Many Requests")),
    .raw(FailingServer.response("{}", status: "500 Oops")), .raw(FailingServer.response("{\"choices\": [{\"mess")),
    .raw(FailingServer.response("{\"choices\": []}")), .raw(FailingServer.response("{\"answer\": 4}")),
    .raw(FailingServer.response("{\"choices\": [{\"message\": {\"content\": 5}}]}")),
    .stall("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cho"), .stall(""), .drop(""),
    .drop("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cho"),
  ]) func passingFailuresAreTriedAgain(failure: FailingServer.Act) async throws {
    let (result, requests) = try await ask { number, _ in number < 2 ? failure : .raw(FailingServer.completion("yes")) }
    #expect(try result.get().text == "yes")
    #expect(requests.count == 3)
  }

  @Test func afterTheLastTryTheErrorSaysWhatWasReceived() async throws {
    let (result, requests) = try await ask(key: "secret") { _, _ in .raw(FailingServer.response("{\"half")) }
    #expect(requests.count == 3)
    guard case .failure(let error) = result else {
      Issue.record("a reply")
      return
    }
    #expect(error.kind == .call && error.received == "{\"half" && error.problem.contains("3 tries"))
    #expect(!error.problem.contains("secret"))
  }

  @Test func retryAfterIsHonoured() async throws {
    let (result, requests) = try await ask { number, _ in
      number == 0
        ? .raw(FailingServer.response("", status: "429 Too Many Requests", headers: "Retry-After: 1\r\n"))
        : .raw(FailingServer.completion("yes"))
    }
    #expect(try result.get().text == "yes")
    try #require(requests.count == 2)
    #expect(requests[0].time.duration(to: requests[1].time) >= .milliseconds(990))
    let now = Date(timeIntervalSince1970: 1_445_412_470)
    #expect(EndpointTeacher.seconds("Wed, 21 Oct 2015 07:28:00 GMT", now: now) == 10)
    #expect(EndpointTeacher.seconds("soon") == nil && EndpointTeacher.seconds("-3") == nil)
  }

  @Test(arguments: ["401 Unauthorized", "403 Forbidden", "404 Not Found"])
  func whatNoCallCanPassIsFatal(status: String) async throws {
    let (result, requests) = try await ask(key: "secret") { _, _ in .raw(FailingServer.response("{}", status: status)) }
    #expect(requests.count == 1)
    #expect(throws: TeacherError.self) { try result.get() }
    if case .failure(let error) = result { #expect(error.kind == .fatal && !"\(error)".contains("secret")) }
  }

  @Test func aReplyBeyondTheCapIsNotRead() async throws {
    let (result, requests) = try await ask { _, _ in
      .raw(FailingServer.completion(String(repeating: "a", count: 1 << 20)))
    }
    #expect(requests.count == 1)
    #expect(throws: TeacherError.self) { try result.get() }
  }

  @Test func aFilteredReplyIsEmptyAndACutOneTruncated() async throws {
    let body = #"{"choices": [{"message": {"content": null, "refusal": "no"}, "finish_reason": "content_filter"}]}"#
    #expect(try await ask { _, _ in .raw(FailingServer.response(body)) }.0.get().text == "")
    #expect(try await ask { _, _ in .raw(FailingServer.completion("a", finish: "length")) }.0.get().isTruncated)
  }

  @Test func badAddressesAreRefused() throws {
    #expect(throws: TeacherError.self) { try EndpointTeacher(endpoints: [], model: "m") }
    #expect(throws: TeacherError.self) { try EndpointTeacher(endpoints: [URL(filePath: "/a")], model: "m") }
  }

  /// A whole run against two servers that fail at every turn: refusals, echoes, dropped connections.
  @Test func aRunAgainstFailingServersEnds() async throws {
    let script: @Sendable (Int, String) -> FailingServer.Act = { number, body in
      switch number % 11 {
      case 0: return .raw(FailingServer.response("", status: "500 Oops"))
      case 1: return .drop("")
      case 2: return .raw(FailingServer.completion("I'm sorry, but I can't do that."))
      case 3: return .raw(FailingServer.response("{\"choices\": ["))
      case 4: return .raw(FailingServer.completion(""))
      case 5: return .raw(FailingServer.response("", status: "429 Slow", headers: "Retry-After: 0\r\n"))
      default:
        return .raw(FailingServer.completion(body.contains("Not Equal") ? "Not Equal" : "Something new \(number)"))
      }
    }
    let servers = [try FailingServer(script), try FailingServer(script)]
    let teacher = try EndpointTeacher(endpoints: servers.map(\.address), model: "m", key: "secret", options: Self.quick)
    let scratch = try Scratch()
    do {
      let pool = try Pool(path: scratch.path("a.pool"))
      let options = EvolutionOptions(rounds: 2)
      #expect(try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(40)) == .finished)
      #expect(try await contents(pool).count == 120)
      #expect(try await pool.count(round: 2, .kept) > 0)
    }
    #expect(servers.allSatisfy { !$0.requests.isEmpty })
    await teacher.shutDown()
    for server in servers { try await server.stop() }
    for file in try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path) {
      #expect(try Data(contentsOf: scratch.folder.appending(path: file)).range(of: Data("secret".utf8)) == nil)
    }
  }

  /// Thousands of calls through HTTP and the journal. How fast is printed and no condition: other tests run beside it.
  @Test func manyCallsAreAnswered() async throws {
    let server = try FailingServer { number, body in
      .raw(FailingServer.completion(body.contains("Not Equal") ? "Not Equal" : "Something new \(number) of its kind"))
    }
    let teacher = try EndpointTeacher(endpoints: [server.address], model: "m")
    let scratch = try Scratch()
    let pool = try Pool(path: scratch.path("a.pool"))
    let options = EvolutionOptions(rounds: 1, concurrency: 32)
    let start = ContinuousClock.now
    let ending = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(700))
    let rate = Double(server.requests.count) / (start.duration(to: .now) / .seconds(1))
    print("calls per second through HTTP: \(Int(rate)) (\(server.requests.count) calls)")
    #expect(ending == .finished && server.requests.count >= 2 * 700)
    await teacher.shutDown()
    try await server.stop()
  }
}
