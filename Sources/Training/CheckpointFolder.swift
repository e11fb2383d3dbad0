public import Formats
import Foundation
import VulkanRuntime

/// What is wrong with checkpoints beyond a file's format.
public enum CheckpointError: Error, Equatable, Sendable {
  /// The checkpoint is of another model, method or precision.
  case otherRun(String)
  /// The disk has `free` bytes, a checkpoint needs `needed`; the ones that are there stay.
  case diskFull(path: String, needed: Int, free: Int)
}

extension CheckpointError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .otherRun(let path):
      "\(path) holds other slabs than this run has: it was written for another model, method or precision, or by a "
        + "device with another binding limit. Choose another output folder to start afresh."
    case .diskFull(let path, let needed, let free):
      "\(path): a checkpoint needs \(formatted(bytes: needed)), the disk has \(formatted(bytes: free)) free. "
        + "Make room, or keep fewer checkpoints; those that are there stay."
    }
  }
}

/// The checkpoints of one run, `step-N` each; N is the step that comes next.
public struct CheckpointFolder: Sendable {
  public let path: String
  /// How many stay.
  public let keep: Int
  /// Free bytes of the disk; nil where it does not tell.
  var freeBytes: @Sendable (_ path: String) -> Int? = { path in
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }
  /// Called before each piece with the bytes written so far: how the tests fail in the middle.
  var willWrite: @Sendable (_ written: Int) throws -> Void = { _ in }

  /// - Parameter output: the run's folder, in which `checkpoints` lies.
  public init(output: String, keep: Int) {
    precondition(keep > 0, "a run that keeps \(keep) checkpoints")
    path = output + "/checkpoints"
    self.keep = keep
  }

  /// Where the checkpoint before step `step` lies.
  public func path(ofStep step: Int) -> String { path + "/step-\(step)" }

  /// The steps of which there are checkpoints, the newest first.
  public var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst("step-".count)) : nil }.filter { $0 >= 0 }
      .sorted(by: >)
  }

  /// Writes a checkpoint, and then removes those that are no longer kept.
  /// - Throws: `CheckpointError.diskFull` before a byte is written; `FormatError`, `GraphError`. The older checkpoints are
  ///   then as they were.
  public func save(_ session: TrainingSession, recipe: String, dataCursor: Int) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let needed = session.memory.checkpoint
    if let free = freeBytes(path), free < needed {
      throw CheckpointError.diskFull(path: path, needed: needed, free: free)
    }
    let record = try session.record(recipe: recipe, dataCursor: dataCursor)
    let folder = try AtomicFolder(path: path(ofStep: record.step), replacing: true)
    try session.write(record, to: folder, willWrite: willWrite)
    try folder.commit()
    for step in steps.filter({ $0 <= record.step }).dropFirst(keep) { remove(step) }
  }

  /// Removes a checkpoint; it loses its name first, so that half of one is never taken for a whole one.
  private func remove(_ step: Int) {
    let doomed = path + "/.step-\(step).removed"
    do {
      try? FileManager.default.removeItem(atPath: doomed)
      try FileManager.default.moveItem(atPath: path(ofStep: step), toPath: doomed)
      try FileManager.default.removeItem(atPath: doomed)
    } catch {
      // An old checkpoint too many does no harm; the next save tries again.
    }
  }

  /// What `resume` found.
  public struct Resumption: Sendable {
    /// The checkpoint that the session now stands at; nil where there is none, and the session is as it was.
    public var checkpoint: Checkpoint?
    /// Newer checkpoints that could not be used, and why.
    public var passedOver: [FormatError]
    /// What differs from the machine that wrote it (`TrainingSession.differences`).
    public var differences: [String]
  }

  /// Lets a session go on from the newest checkpoint that is whole.
  /// - Throws: `CheckpointError.otherRun`; `FormatError` where there are checkpoints and none is whole.
  public func resume(_ session: TrainingSession) throws -> Resumption {
    var passedOver: [FormatError] = []
    for step in steps {
      do {
        let checkpoint = try Checkpoint(path: path(ofStep: step))
        try session.restore(checkpoint)
        return Resumption(
          checkpoint: checkpoint, passedOver: passedOver, differences: session.differences(from: checkpoint.record))
      } catch let error as FormatError {
        passedOver.append(error)
      }
    }
    if let first = passedOver.first { throw first }
    return Resumption(checkpoint: nil, passedOver: [], differences: [])
  }
}
