import Formats
import Foundation
import Recipe

/// The folder of a run: whose it is, and where in it everything lies.
struct RunFolder {
  let path: String

  var recipe: String { path + "/recipe.yaml" }
  /// What the run is trained on; written first, and what tells a run from other folders.
  var facts: String { path + "/run.json" }
  var samples: String { path + "/samples.json" }
  var metrics: String { path + "/metrics.jsonl" }
  var report: String { path + "/report.html" }
  /// The trained model, or the adapter where low-rank updates are trained.
  var model: String { path + "/model" }
  var adapter: String { path + "/adapter" }

  /// Whether a run has begun here.
  var isBegun: Bool { FileManager.default.fileExists(atPath: facts) }

  /// Bytes that a run may take here: free ones, and those of its own files, which make room for newer ones. Nil where
  /// the system does not say.
  var freeBytes: Int? {
    var place = path.isEmpty ? "." : path
    while !FileManager.default.fileExists(atPath: place), place.contains("/") {
      place = URL(filePath: place).deletingLastPathComponent().path(percentEncoded: false)
      if place.count > 1, place.hasSuffix("/") { place.removeLast() }
    }
    if !FileManager.default.fileExists(atPath: place) { place = "." }
    guard let facts = try? FileManager.default.attributesOfFileSystem(forPath: place),
      let free = facts[.systemFreeSize] as? NSNumber
    else { return nil }
    return free.intValue + ownBytes
  }

  private var ownBytes: Int {
    guard isBegun, let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    var sum = 0
    while names.nextObject() != nil {
      sum += ((names.fileAttributes?[.size] as? NSNumber)?.intValue) ?? 0
    }
    return sum
  }

  /// Refuses a folder in which something else lies, and one of a run that would have gone another way.
  ///
  /// - Parameter fingerprint: `TrainingSet.fingerprint` of what is to be trained on.
  func check(_ recipe: Recipe, fingerprint: UInt64) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw TrainError.field("output", "\(path) is a file; name a folder") }
    guard isBegun else {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      guard names.allSatisfy({ $0.hasPrefix(".") }) else {
        throw TrainError.field("output", "\(path) holds other files and no run; name a new folder")
      }
      return
    }
    // Killed between the two files, a run has no recipe yet and nothing that depends on it.
    if FileManager.default.fileExists(atPath: self.recipe),
      let field = recipe.firstTrajectoryDifference(from: try Recipe(path: self.recipe))
    {
      throw TrainError.otherRun(folder: path, field: field)
    }
    let known = try JSONField(path: facts)["fingerprint"].string()
    guard known == String(fingerprint, radix: 16) else {
      throw TrainError.otherRun(folder: path, field: "data (the contents of its files)")
    }
  }

  /// Makes the folder and writes whose it is.
  func begin(_ recipe: Recipe, fingerprint: UInt64, examples: Int, steps: Int) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let facts: JSONValue = [
      "fingerprint": .string(String(fingerprint, radix: 16)), "examples": .integer(examples), "steps": .integer(steps),
    ]
    try AtomicFile.write(facts.encoded(indent: 2) + "\n", to: self.facts)
    try AtomicFile.write(recipe.canonicalYAML, to: self.recipe)
  }
}
