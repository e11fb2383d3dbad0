import Foundation
import Testing

/// The repository, seen as files.
enum House {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Files below `folder` with the extension, relative to the root.
  static func files(_ folder: String, _ pathExtension: String) -> [String] {
    let base = root.appending(path: folder)
    guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
    return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".\(pathExtension)") }
      .map { "\(folder)/\($0)" }.sorted()
  }

  static func text(_ file: String) throws -> String {
    try String(contentsOf: root.appending(path: file), encoding: .utf8)
  }

  /// Kernel families: the folders of `Shaders/`.
  static var families: [String] {
    let shaders = Set(files("Shaders", "comp").map { $0.split(separator: "/")[1] })
    return shaders.map(String.init).sorted()
  }
}

@Suite struct HouseTests {
  @Test func thereAreFamilies() {
    #expect(House.families.count >= 10, "found \(House.families)")
  }

  /// A kernel family is one stem in five places.
  @Test(arguments: House.families)
  func familyStandsInFivePlaces(family: String) {
    func stands(_ folder: String, suffix: String = "") -> Bool {
      let wanted = family.replacing("_", with: "") + suffix.lowercased() + ".swift"
      return House.files(folder, "swift").contains { file in
        String(file.split(separator: "/").last!).lowercased() == wanted
      }
    }
    #expect(stands("Sources/Kernels"), "\(family) has no binding in Sources/Kernels")
    #expect(stands("Sources/TensorGraph/Ops"), "\(family) has no op in Sources/TensorGraph/Ops")
    #expect(stands("Sources/Reference"), "\(family) has no oracle in Sources/Reference")
    #expect(stands("Tests/KernelTests", suffix: "Tests"), "\(family) has no test in Tests/KernelTests")
  }

  /// Arrows go down: which targets of ours a target may import.
  static let arrows: [String: Set<String>] = [
    "CVulkan": [],
    "VulkanRuntime": ["CVulkan"],
    "Kernels": ["Shaders", "VulkanRuntime"],
    "TensorGraph": ["Kernels", "VulkanRuntime"],
    "Randomness": [],
    "Formats": [],
    "CSentencePiece": [],
    "Text": ["CSentencePiece", "Formats"],
    "LanguageModel": ["Formats", "Kernels", "TensorGraph", "Text", "VulkanRuntime"],
    "Generation": ["Kernels", "LanguageModel", "Randomness", "TensorGraph", "Text", "VulkanRuntime"],
    "Recipe": ["Formats"],
    "TrainingData": ["Formats", "Randomness", "Text"],
    "Report": ["Formats"],
    "Training": [
      "Formats", "Kernels", "LanguageModel", "Randomness", "Recipe", "TensorGraph", "Text", "TrainingData",
      "VulkanRuntime",
    ],
    "TerminalInput": [],
    "TaskWorld": ["Randomness"],
    "Pool": ["Formats", "Randomness", "Text"],
    "EvolInstruct": ["Formats", "Pool", "Randomness", "Text"],
    "Conversation": ["Formats", "TerminalInput", "Text"],
    "Workflow": [
      "Conversation", "EvolInstruct", "Formats", "Generation", "KernelBenchmark", "Kernels", "LanguageModel", "Pool",
      "Randomness", "Recipe", "Report", "TaskWorld", "TensorGraph", "Text", "Training", "TrainingData", "VulkanRuntime",
    ],
    "KernelBenchmark": ["Kernels", "TensorGraph", "VulkanRuntime"],
    "ModelBenchmark": [
      "Generation", "KernelBenchmark", "Kernels", "LanguageModel", "TensorGraph", "Training", "TrainingData",
      "VulkanRuntime",
    ],
    "Reference": [],
    "evolcano": [
      "Conversation", "EvolInstruct", "Formats", "Generation", "KernelBenchmark", "Kernels", "LanguageModel",
      "ModelBenchmark", "Pool", "Recipe", "Report", "TaskWorld", "TensorGraph", "TerminalInput", "Text", "Training",
      "TrainingData", "VulkanRuntime", "Workflow",
    ],
  ]

  @Test func arrowsGoDown() throws {
    let ours = Set(Self.arrows.keys).union(["Shaders", "TestSupport"])
    for file in House.files("Sources", "swift") {
      let target = String(file.split(separator: "/")[1])
      let allowed = try #require(Self.arrows[target], "\(target) is not in the picture of the house")
      for line in try House.text(file).split(separator: "\n") where line.contains("import ") {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword <= 1, words.count > keyword + 1 else { continue }
        let module = String(words[keyword + 1])
        #expect(!ours.contains(module) || allowed.contains(module), "\(file) imports \(module)")
      }
    }
  }

  /// Only `VulkanRuntime` says `vk…`.
  @Test func onlyTheRuntimeCallsVulkan() throws {
    for file in House.files("Sources", "swift") where !file.hasPrefix("Sources/VulkanRuntime/") {
      let text = try House.text(file)
      #expect(text.firstMatch(of: /\bvk[A-Z][A-Za-z]+\(/) == nil, "\(file) calls Vulkan")
    }
  }

  /// Only `Text` says `csp_…`.
  @Test func onlyTheTokenizerCallsSentencePiece() throws {
    for file in House.files("Sources", "swift") where !file.hasPrefix("Sources/Text/") {
      let text = try House.text(file)
      #expect(!text.contains("csp_"), "\(file) calls libsentencepiece")
    }
  }

  /// A device may allow 128 bytes of push constants and 128 MiB a binding; shaders must not need more exotic things.
  @Test func shadersNeedNoOptionalStorage() throws {
    for file in House.files("Shaders", "comp") + House.files("Shaders", "glsl") {
      let text = try House.text(file)
      for word in ["16bit_storage", "8bit_storage", "arithmetic_types_float16", "buffer_reference", "atomicAdd"] {
        #expect(!text.contains(word), "\(file) uses \(word)")
      }
    }
  }
}
