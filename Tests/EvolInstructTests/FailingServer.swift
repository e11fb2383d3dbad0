import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server on 127.0.0.1 that answers every request with bytes of the script's own, so that it can be wrong in
/// every way.
final class FailingServer: Sendable {
  /// What is done with a request.
  enum Act: Sendable {
    /// The bytes as they are; the connection stays open.
    case raw(String)
    /// The bytes, then nothing more, for ever.
    case stall(String)
    /// The bytes, then the connection is closed.
    case drop(String)
  }

  let port: Int
  private let channel: any Channel
  private let log = Log()

  /// A request as it came.
  struct Request: Sendable {
    let head: String
    let body: String
    let time: ContinuousClock.Instant
  }

  /// - Parameter script: What is done with the request of that number, from 0.
  init(_ script: @escaping @Sendable (_ number: Int, _ body: String) -> Act) throws {
    let log = log
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(log: log, script: script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
  }

  var requests: [Request] { log.requests.withLock { $0 } }
  var address: URL { URL(string: "http://127.0.0.1:\(port)/v1")! }

  func stop() async throws { try await channel.close() }

  /// A response of chat completions.
  static func completion(_ text: String, finish: String = "stop") -> String {
    let quoted = String(decoding: try! JSONEncoder().encode(text), as: UTF8.self)
    return response(
      """
      {"choices": [{"index": 0, "message": {"role": "assistant", "content": \(quoted)}, "finish_reason": "\(finish)"}],
      "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}}
      """)
  }

  static func response(_ body: String, status: String = "200 OK", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let log: Log
    private let script: @Sendable (Int, String) -> Act
    private var received = ""

    init(log: Log, script: @escaping @Sendable (Int, String) -> Act) {
      self.log = log
      self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      guard let end = received.range(of: "\r\n\r\n") else { return }
      let head = String(received[..<end.lowerBound])
      let length = head.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
      let body = String(received[end.upperBound...])
      guard body.utf8.count >= length else { return }
      received = ""
      let number = log.requests.withLock { requests in
        requests.append(Request(head: head, body: body, time: .now))
        return requests.count - 1
      }
      switch script(number, body) {
      case .raw(let text), .stall(let text): write(text, context)
      case .drop(let text):
        write(text, context)
        context.close(promise: nil)
      }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
