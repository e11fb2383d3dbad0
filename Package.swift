// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The oracle and the parsers of files are plain loops over numbers; optimised even in debug builds, the tests wait for
/// them 20 times less.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "evolcano",
  products: [
    .executable(name: "evolcano", targets: ["evolcano"]),
    .library(name: "TensorGraph", targets: ["TensorGraph"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
  ],
  targets: [
    // The engine, from the bottom up ------------------------------------------
    .target(
      name: "CVulkan", cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "VulkanRuntime", dependencies: ["CVulkan"], swiftSettings: strict),
    .target(name: "Shaders", path: "Shaders", swiftSettings: strict, plugins: ["CompileShaders"]),
    .target(name: "Kernels", dependencies: ["Shaders", "VulkanRuntime"], swiftSettings: strict),
    .target(name: "TensorGraph", dependencies: ["Kernels", "VulkanRuntime"], swiftSettings: strict),
    .target(name: "Randomness", swiftSettings: optimised),
    .target(name: "Formats", swiftSettings: optimised),
    .target(
      name: "CSentencePiece",
      linkerSettings: [.linkedLibrary("sentencepiece_train"), .linkedLibrary("sentencepiece")]),
    .target(name: "Text", dependencies: ["CSentencePiece", "Formats"], swiftSettings: optimised),
    .target(name: "TerminalInput", swiftSettings: strict),
    .target(name: "Conversation", dependencies: ["Formats", "TerminalInput", "Text"], swiftSettings: strict),
    .target(
      name: "Recipe", dependencies: ["Formats", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
    .target(name: "Report", dependencies: ["Formats"], swiftSettings: strict),
    .target(name: "TrainingData", dependencies: ["Formats", "Randomness", "Text"], swiftSettings: optimised),
    .target(name: "TaskWorld", dependencies: ["Randomness"], swiftSettings: strict),
    .target(
      name: "Pool", dependencies: ["Formats", "Randomness", "Text", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "EvolInstruct",
      dependencies: [
        "Formats", "Pool", "Randomness", "Text",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "KernelBenchmark", dependencies: ["Kernels", "TensorGraph", "VulkanRuntime"],
      swiftSettings: strict),

    .target(
      name: "LanguageModel", dependencies: ["Formats", "Kernels", "TensorGraph", "Text", "VulkanRuntime"],
      swiftSettings: strict),
    .target(
      name: "Generation",
      dependencies: ["Kernels", "LanguageModel", "Randomness", "TensorGraph", "Text", "VulkanRuntime"],
      swiftSettings: strict),
    .target(
      name: "ModelBenchmark",
      dependencies: [
        "Generation", "KernelBenchmark", "Kernels", "LanguageModel", "TensorGraph", "Training", "TrainingData",
        "VulkanRuntime",
      ],
      swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Formats", "Kernels", "LanguageModel", "Randomness", "Recipe", "TensorGraph", "Text", "TrainingData",
        "VulkanRuntime",
      ],
      swiftSettings: strict),
    .target(
      name: "Workflow",
      dependencies: [
        "Conversation", "EvolInstruct", "Formats", "Generation", "KernelBenchmark", "Kernels", "LanguageModel", "Pool",
        "Randomness", "Recipe", "Report", "TaskWorld", "TensorGraph", "Text", "Training", "TrainingData",
        "VulkanRuntime",
      ],
      swiftSettings: strict),

    // The program -------------------------------------------------------------
    .executableTarget(
      name: "evolcano",
      dependencies: [
        "Conversation", "EvolInstruct", "Formats", "Generation", "KernelBenchmark", "Kernels", "LanguageModel",
        "ModelBenchmark", "Pool", "Recipe", "Report", "TaskWorld", "TensorGraph", "TerminalInput", "Text", "Training",
        "TrainingData", "VulkanRuntime", "Workflow",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Build tools -------------------------------------------------------------
    .plugin(
      name: "CompileShaders", capability: .buildTool(), dependencies: ["EmbedShader"],
      path: "Tools/CompileShaders"),
    .executableTarget(name: "EmbedShader", path: "Tools/EmbedShader", swiftSettings: strict),
    .executableTarget(
      name: "VendorCompile", dependencies: ["Kernels", "VulkanRuntime"], path: "Tools/VendorCompile",
      swiftSettings: strict),

    // Tests -------------------------------------------------------------------
    .target(name: "Reference", swiftSettings: optimised),
    .target(
      name: "TestSupport", dependencies: ["Kernels", "Reference", "TensorGraph", "VulkanRuntime"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "VulkanRuntimeTests",
      dependencies: ["Kernels", "Reference", "Shaders", "TestSupport", "VulkanRuntime"],
      swiftSettings: strict),
    .testTarget(
      name: "TextTests", dependencies: ["Formats", "Text"], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "RecipeTests", dependencies: ["Formats", "Recipe", "Text"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(name: "ReportTests", dependencies: ["Formats", "Report"], swiftSettings: strict),
    .testTarget(
      name: "FormatsTests", dependencies: ["Formats"], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(name: "TerminalInputTests", dependencies: ["TerminalInput"], swiftSettings: strict),
    .testTarget(
      name: "ConversationTests", dependencies: ["Conversation", "Formats", "TerminalInput", "Text"],
      swiftSettings: strict),
    .testTarget(
      name: "TrainingDataTests", dependencies: ["Formats", "Randomness", "Text", "TrainingData"], swiftSettings: strict),
    .testTarget(name: "TaskWorldTests", dependencies: ["Randomness", "TaskWorld"], swiftSettings: strict),
    .testTarget(name: "PoolTests", dependencies: ["Formats", "Pool", "Text"], swiftSettings: strict),
    .testTarget(
      name: "EvolInstructTests",
      dependencies: [
        "EvolInstruct", "Formats", "Pool", "Text",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReferenceTests", dependencies: ["Reference", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "KernelTests", dependencies: ["Kernels", "Reference", "TestSupport", "VulkanRuntime"],
      swiftSettings: strict),
    .testTarget(
      name: "TensorGraphTests",
      dependencies: ["Kernels", "LanguageModel", "Reference", "TensorGraph", "TestSupport", "VulkanRuntime"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "LanguageModelTests",
      dependencies: ["Formats", "Kernels", "LanguageModel", "TensorGraph", "TestSupport", "Text", "VulkanRuntime"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "GenerationTests",
      dependencies: [
        "Generation", "Kernels", "LanguageModel", "Randomness", "TensorGraph", "TestSupport", "VulkanRuntime",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Formats", "Kernels", "LanguageModel", "Recipe", "TensorGraph", "TestSupport", "Text", "Training",
        "TrainingData", "VulkanRuntime",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "WorkflowTests",
      dependencies: [
        "EvolInstruct", "Formats", "LanguageModel", "Pool", "Recipe", "Report", "TaskWorld", "TestSupport", "Text",
        "TrainingData", "VulkanRuntime", "Workflow",
      ],
      swiftSettings: strict),
    .testTarget(name: "VendorCompileTests", dependencies: ["VendorCompile"], swiftSettings: strict),
    .testTarget(name: "CommandLineTests", dependencies: ["Pool", "evolcano"], swiftSettings: strict),
    .testTarget(name: "StructureTests", dependencies: ["Kernels", "Shaders"], swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
