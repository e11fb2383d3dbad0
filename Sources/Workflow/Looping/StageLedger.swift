import Formats
import Foundation

/// Which stages of a loop are begun and done, and what went into them: `stages.json` in the output folder.
struct StageLedger {
  /// What is known of a stage.
  struct Entry: Equatable {
    /// Of everything that decides what the stage makes.
    var fingerprint: String
    var isDone: Bool
    /// Over all starts.
    var seconds: Double
  }

  /// Where a stage stands.
  enum Standing { case fresh, begun, done }

  private let folder: LoopFolder
  private(set) var entries: [LoopStage: Entry] = [:]

  /// Reads the ledger of a folder; an empty one where there is none.
  init(_ folder: LoopFolder) throws(FormatError) {
    self.folder = folder
    guard FileManager.default.fileExists(atPath: folder.ledger) else { return }
    let file = try JSONField(path: folder.ledger)
    for stage in LoopStage.allCases {
      guard let entry = file[stage.rawValue].ifPresent else { continue }
      entries[stage] = Entry(
        fingerprint: try entry["fingerprint"].string(), isDone: try entry["done"].bool(),
        seconds: try entry["seconds"].number())
    }
  }

  /// Whether a stage is done, of these inputs.
  func isDone(_ stage: LoopStage, of fingerprint: String) -> Bool {
    entries[stage].map { $0.isDone && $0.fingerprint == fingerprint } ?? false
      && FileManager.default.fileExists(atPath: folder.product(of: stage))
  }

  /// Begins a stage or goes on with it. What other inputs made before is set aside, never mixed with.
  ///
  /// - Parameter keeping: Whether what is there may be gone on with although other inputs made it.
  /// - Returns: Where the stage stands, and where what lay in its place lies now.
  mutating func begin(
    _ stage: LoopStage, of fingerprint: String, keeping: Bool = false
  ) throws -> (standing: Standing, setAside: String?) {
    if isDone(stage, of: fingerprint) { return (.done, nil) }
    let product = folder.product(of: stage)
    let isThere = FileManager.default.fileExists(atPath: product)
    let isSame = isThere && (keeping || entries[stage]?.fingerprint == fingerprint)
    var setAside: String?
    if isThere, !isSame { setAside = try setAsideProduct(of: stage) }
    // Written before the stage begins: whatever lies in its place from now on is of these inputs.
    entries[stage] = Entry(fingerprint: fingerprint, isDone: false, seconds: isSame ? entries[stage]?.seconds ?? 0 : 0)
    try write()
    return (isSame ? .begun : .fresh, setAside)
  }

  /// Enters what a start did for a stage.
  mutating func end(_ stage: LoopStage, isDone: Bool, seconds: Double) throws(FormatError) {
    entries[stage]?.isDone = isDone
    entries[stage]?.seconds += seconds
    try write()
  }

  /// Moves what a stage made under a name that says what it was, and that is free.
  private func setAsideProduct(of stage: LoopStage) throws -> String {
    try FileManager.default.createDirectory(atPath: folder.earlier, withIntermediateDirectories: true)
    let product = URL(filePath: folder.product(of: stage))
    let name = product.deletingPathExtension().lastPathComponent
    let mark = entries[stage].map { "-" + $0.fingerprint.prefix(8) } ?? ""
    let suffix = product.pathExtension.isEmpty ? "" : "." + product.pathExtension
    let candidates = (1...10_000).lazy.map { folder.earlier + "/\(name)\(mark)" + ($0 == 1 ? "" : "-\($0)") + suffix }
    guard let free = candidates.first(where: { !FileManager.default.fileExists(atPath: $0) }) else {
      throw FormatError(.limit, file: folder.earlier, "holds too much of other recipes; remove what is not needed")
    }
    try FileManager.default.moveItem(atPath: folder.product(of: stage), toPath: free)
    return free
  }

  private func write() throws(FormatError) {
    var object = JSONObject()
    for stage in LoopStage.allCases {
      guard let entry = entries[stage] else { continue }
      object[stage.rawValue] = [
        "fingerprint": .string(entry.fingerprint), "done": .bool(entry.isDone), "seconds": .number(entry.seconds),
      ]
    }
    try AtomicFile.write(JSONValue.object(object).encoded(indent: 2) + "\n", to: folder.ledger)
  }
}
