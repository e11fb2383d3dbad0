import Foundation
import Testing

@Suite struct ExportCommandTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "LanguageModelTests/Fixtures").path
  private let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)").path

  private func withFolder(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body()
  }

  @Test func saysWhatWasWritten() throws {
    try withFolder {
      let model = Self.fixtures + "/gguf/llama2-q8_0.gguf"
      // No driver: no device is opened.
      let run = try evolcano(
        "export", "--model", model, "--format", "safetensors", "--output", folder + "/model",
        environment: ["VK_ICD_FILENAMES": "/nonexistent", "VK_DRIVER_FILES": "/nonexistent"])
      #expect(run.status == 0 && run.output.hasPrefix(folder + "/model: ") && run.output.contains("F16"))
      #expect(run.messages.contains("written in F16; --type"))
      let again = try evolcano(
        "export", "--model", model, "--format", "safetensors", "--output", folder + "/model")
      #expect(again.status == 1 && again.output.isEmpty && again.messages.contains("is not empty"))
    }
  }

  @Test func aTypeThatTheFormatHasNotIsAWrongCommandLine() throws {
    let run = try evolcano(
      "export", "--model", "absent", "--format", "safetensors", "--type", "q8_0", "--output", folder)
    #expect(run.status == 2 && run.messages.contains("safetensors has no type q8_0"))
  }

  @Test func superBlocksAreWritten() throws {
    try withFolder {
      let model = Self.fixtures + "/gguf/llama256-q4_k.gguf"
      let half = try evolcano(
        "export", "--model", model, "--format", "gguf", "--type", "f16", "--output", folder + "/h")
      #expect(half.status == 0, "\(half.messages)")
      for type in ["q4_k", "q6_k"] {
        let run = try evolcano(
          "export", "--model", folder + "/h", "--format", "gguf", "--type", type, "--output", folder + "/" + type)
        #expect(run.status == 0 && run.output.contains("\(type.uppercased()) ") && run.messages.isEmpty, "\(run)")
      }
    }
  }

  @Test func aBrokenTokenizerIsNoMissingOne() throws {
    try withFolder {
      let model = folder + "/model"
      try FileManager.default.copyItem(atPath: Self.fixtures + "/llama2", toPath: model)
      let bare = try evolcano("export", "--model", model, "--format", "safetensors", "--output", folder + "/bare")
      #expect(bare.status == 0 && bare.messages.contains("no tokenizer"))
      try Data(#"{"model": {"type": "BPE"}}"#.utf8).write(to: URL(filePath: model + "/tokenizer.json"))
      let broken = try evolcano("export", "--model", model, "--format", "safetensors", "--output", folder + "/broken")
      #expect(broken.status == 1 && broken.messages.contains("tokenizer.json"))
    }
  }

  /// A limit on the size of files stands for a full disk: it needs no rights to set up.
  @Test(arguments: ["safetensors", "gguf"]) func aWriteThatFailsLeavesNothing(format: String) throws {
    try withFolder {
      let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "evolcano")
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      // In units of 1,024 bytes. Without the trap the signal would end the program before it sees the error.
      process.arguments = [
        "-c", #"trap "" XFSZ; ulimit -f 16; exec "$@""#, "bash", program.path, "export", "--model",
        Self.fixtures + "/gguf/llama2-f32.gguf", "--format", format, "--output", folder + "/model",
      ]
      let messages = Pipe()
      process.standardError = messages
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let said = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1 && said.contains("cannot write"), "\(said)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }
}
