import AsyncHTTPClient
import Formats
public import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Pool

/// A teacher behind one or more OpenAI-compatible servers: `POST /v1/chat/completions`, no streaming.
///
/// The key is held in memory for the header alone: it is in no message, no journal and no fingerprint.
public final class EndpointTeacher: Teacher {
  /// How calls are made.
  public struct Options: Sendable {
    /// Calls under way at once at each server.
    public var concurrency: Int
    /// Seconds for one try, from connecting to the last byte.
    public var timeout: Double
    /// Tries of one call.
    public var tries: Int
    /// Seconds before the second try; doubled from try to try.
    public var firstDelay: Double
    /// Seconds between two tries at most, whatever the server asks for.
    public var longestDelay: Double
    /// Bytes of a reply.
    public var replyByteLimit: Int

    public init(
      concurrency: Int = 32, timeout: Double = 300, tries: Int = 6, firstDelay: Double = 1, longestDelay: Double = 60,
      replyByteLimit: Int = 512 << 10
    ) {
      self.concurrency = concurrency
      self.timeout = timeout
      self.tries = tries
      self.firstDelay = firstDelay
      self.longestDelay = longestDelay
      self.replyByteLimit = replyByteLimit
    }
  }

  public let model: String
  /// The model's name: which server it runs on makes no other teacher.
  public var fingerprint: String { "endpoint:" + model }
  private let key: String?
  private let options: Options
  private let turns: EndpointTurns
  private let client: HTTPClient

  /// - Parameters:
  ///   - endpoints: Addresses such as `http://127.0.0.1:8080/v1`; the path of chat completions is added where it is
  ///     missing. Calls go to the one with the fewest under way.
  ///   - model: The name that the servers know the model by.
  ///   - key: Sent as a bearer token; nil sends none.
  public init(
    endpoints: [URL], model: String, key: String? = nil, options: Options = Options()
  ) throws(TeacherError) {
    guard !endpoints.isEmpty else { throw TeacherError(.fatal, "no address of a teacher was given") }
    var addresses: [String] = []
    for endpoint in endpoints {
      guard let scheme = endpoint.scheme, ["http", "https"].contains(scheme), endpoint.host() != nil else {
        throw TeacherError(.fatal, "\(endpoint) is no http address")
      }
      let text =
        endpoint.absoluteString.hasSuffix("/")
        ? String(endpoint.absoluteString.dropLast())
        : endpoint.absoluteString
      addresses.append(text.hasSuffix("/chat/completions") ? text : text + "/chat/completions")
    }
    self.model = model
    self.key = key
    self.options = options
    turns = EndpointTurns(addresses: addresses, limit: max(1, options.concurrency))
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, options.concurrency)
    // A refused connection is a try that failed, with our own delays between; the client would go on for 10 s.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(10))
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes the connections; the teacher answers no more.
  public func shutDown() async {
    // Nothing is under way any more, and nobody could do anything about a connection that will not close.
    try? await client.shutdown()
  }

  deinit {
    // A client that was not shut down by `shutDown` must not outlive its teacher.
    client.shutdown { _ in }
  }

  public func reply(to request: TeacherRequest) async throws(TeacherError) -> TeacherReply {
    let body = ChatCompletion.request(request, model: model)
    var generator = SystemRandomNumberGenerator()
    var attempt = 1
    while true {
      let address = await turns.take()
      let outcome = await post(body, to: address)
      await turns.giveBack(address)
      if Task.isCancelled { throw TeacherError(.cancelled, "the work was cancelled") }
      switch outcome {
      case .reply(let reply): return reply
      case .failed(let error): throw error
      case .again(let error, let after):
        if attempt >= options.tries {
          throw TeacherError(error.kind, "\(error.problem) (\(attempt) tries)", received: error.received)
        }
        // Full jitter: a crowd of waiting calls does not come back all at once.
        let doubled = min(options.longestDelay, options.firstDelay * Double(1 << min(attempt - 1, 20)))
        let delay = after.map { min($0, options.longestDelay) } ?? Double.random(in: 0...doubled, using: &generator)
        attempt += 1
        do { try await Task.sleep(for: .seconds(delay)) } catch {
          throw TeacherError(.cancelled, "the work was cancelled")
        }
      }
    }
  }

  /// What one try came to.
  private enum Outcome: Sendable {
    case reply(TeacherReply)
    case failed(TeacherError)
    /// Worth another try, after so many seconds where the server says so.
    case again(TeacherError, after: Double?)
  }

  private func post(_ body: String, to address: String) async -> Outcome {
    var request = HTTPClientRequest(url: address)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    request.body = .bytes(ByteBuffer(string: body))
    let limit = options.replyByteLimit
    do {
      return try await within(seconds: options.timeout) { [client, options, request] in
        let response = try await client.execute(request, timeout: .nanoseconds(Int64(options.timeout * 1e9)))
        let bytes = try await response.body.collect(upTo: limit)
        return Self.outcome(
          status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
          Array(bytes.readableBytesView), address)
      }
    } catch is NIOTooManyBytesError {
      return .failed(TeacherError(.call, "\(address): the reply is larger than \(limit) bytes"))
    } catch is TimedOut {
      return .again(TeacherError(.unreachable, "\(address): no reply within \(options.timeout) s"), after: nil)
    } catch {
      // Errors of the client name hosts and states, never headers.
      return .again(TeacherError(.unreachable, "\(address): \(Self.words(error))"), after: nil)
    }
  }

  private static func outcome(status: Int, retryAfter: String?, _ body: [UInt8], _ address: String) -> Outcome {
    let text = String(decoding: body, as: UTF8.self)
    func error(_ kind: TeacherError.Kind, _ problem: String) -> TeacherError {
      TeacherError(kind, "\(address): \(problem)", received: text)
    }
    switch status {
    case 200..<300:
      do throws(FormatError) {
        return .reply(try ChatCompletion.reply(body, file: "the reply"))
      } catch {
        return .again(TeacherError(.call, "\(address): \(error)", received: text), after: nil)
      }
    case 401, 403: return .failed(error(.fatal, "status \(status): the key is missing or wrong"))
    case 404, 405: return .failed(error(.fatal, "status \(status): there is no such model or address"))
    case 408, 409, 425, 429, 500...: return .again(error(.call, "status \(status)"), after: seconds(retryAfter))
    default: return .failed(error(.call, "status \(status)"))
    }
  }

  /// What kept a connection from working, in one line.
  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let single = error.connectionErrors.first { return words(single.error) }
      return "no connection: the name \(error.host) is not known"
    case let error as IOError: return "no connection: \(String(cString: strerror(error.errnoCode)))"
    case let error as HTTPClientError where error == .connectTimeout: return "no connection within 10 s"
    case let error as HTTPClientError where error == .remoteConnectionClosed:
      return "the connection was closed before a reply"
    default: return "\(error)"
    }
  }

  /// The seconds that a `Retry-After` header asks for: a number, or a date of HTTP.
  static func seconds(_ header: String?, now: Date = Date()) -> Double? {
    guard let header else { return nil }
    if let seconds = Double(header) { return seconds >= 0 && seconds.isFinite ? seconds : nil }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return formatter.date(from: header).map { max(0, $0.timeIntervalSince(now)) }
  }
}

/// A try took too long.
private struct TimedOut: Error {}

/// What `body` returns, unless it takes longer.
private func within<Value: Sendable>(
  seconds: Double, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: .seconds(seconds))
      throw TimedOut()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw TimedOut() }
    return value
  }
}
