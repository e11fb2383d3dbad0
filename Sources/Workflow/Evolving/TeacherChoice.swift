public import Foundation
public import TaskWorld

/// Who is to evolve, judge and answer.
public enum TeacherChoice: Sendable {
  /// The built-in world of tasks with computed answers, of this size: no model, no network.
  case builtin(WorldSize)
  /// A model on this machine.
  case model(LocalTeacherModel)
  /// One or more OpenAI-compatible servers that all serve the model of this name.
  case endpoints([URL], model: String)

  /// What the built-in teacher of a world is, for a user to read.
  public static func builtinDescription(_ world: WorldSize) -> String {
    "\(BuiltinTeacher.description) The \(world.rawValue) world: \(world.description)"
  }

  /// Reads what a person wrote: `builtin`, a path or addresses.
  ///
  /// - Parameters:
  ///   - names: in the order given; several only where all are addresses.
  ///   - served: the name by which the servers know their model.
  ///   - world: how large the built-in world is, wide unless given; only beside `builtin`.
  ///   - local: how a model on this machine is loaded; its path is set here.
  public init(
    _ names: [String], served: String?, world: WorldSize? = nil,
    local: LocalTeacherModel = LocalTeacherModel(path: "")
  ) throws(EvolveError) {
    if let world, let other = names.first(where: { $0 != "builtin" }) {
      throw .usage("--world \(world.rawValue) is a size of the built-in teacher's world, and \(other) has none")
    }
    let addresses = names.filter { $0.hasPrefix("http://") || $0.hasPrefix("https://") }
    if addresses.isEmpty {
      guard let name = names.first, names.count == 1 else {
        throw .usage("one teacher, or several addresses of servers; \(names.joined(separator: " and ")) are neither")
      }
      if served != nil { throw .usage("--teacher-model names the model of a server, and \(name) is none") }
      var local = local
      local.path = name
      self = name == "builtin" ? .builtin(world ?? .wide) : .model(local)
      return
    }
    guard addresses.count == names.count else {
      throw .usage("teachers are all addresses of servers that serve one model, or there is only one")
    }
    guard let served, !served.isEmpty else {
      throw .usage("--teacher-model is missing: the name by which \(addresses[0]) knows the model")
    }
    var urls: [URL] = []
    for address in addresses {
      guard let url = URL(string: address), url.host() != nil else {
        throw .usage("\(address) is no http address; expected one such as http://127.0.0.1:8080/v1")
      }
      urls.append(url)
    }
    self = .endpoints(urls, model: served)
  }
}
