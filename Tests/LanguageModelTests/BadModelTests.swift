import Formats
import Foundation
import LanguageModel
import TestSupport
import Testing

/// Folders that are no model, or not one that can be read: each a typed error that names file and field.
@Suite struct BadModelTests {
  /// A copy of a fixture's folder, changed; removed afterwards.
  private func with(
    _ fixture: String = "llama2", _ change: (String) throws -> Void, _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)").path()
    try FileManager.default.copyItem(atPath: ModelFixture.folder.appending(path: fixture).path(), toPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try change(folder)
    try body(folder)
  }

  /// Sets a key of `config.json`; nil removes it.
  private func configure(_ folder: String, _ key: String, _ value: JSONValue?) throws {
    var object = try JSONField(path: folder + "/config.json").object()
    object[key] = value
    try AtomicFile.write(JSONValue.object(object).encoded(), to: folder + "/config.json")
  }

  private func expectError(
    _ kind: FormatError.Kind, _ words: String..., from body: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      try body()
      Issue.record("no error", sourceLocation: sourceLocation)
    } catch let error as FormatError {
      #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
      for word in words { #expect("\(error)".contains(word), "\(error)", sourceLocation: sourceLocation) }
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
  }

  /// A key of `config.json` with a value that it must not have.
  struct Mistake: Sendable, CustomTestStringConvertible {
    let key: String
    let value: JSONValue
    let kind: FormatError.Kind
    let word: String
    var testDescription: String { "\(key) \(value.encoded())" }

    init(_ key: String, _ value: JSONValue, _ kind: FormatError.Kind, _ word: String) {
      (self.key, self.value, self.kind, self.word) = (key, value, kind, word)
    }
  }

  static let mistakes: [Mistake] = [
    Mistake("model_type", .string("gpt2"), .unsupported, "gpt2"),
    Mistake("hidden_act", "gelu", .unsupported, "gelu"), Mistake("hidden_size", .integer(0), .wrongType, "hidden_size"),
    Mistake("hidden_size", .integer(1 << 60), .wrongType, "hidden_size"),
    Mistake("num_hidden_layers", .integer(-1), .wrongType, "num_hidden_layers"),
    Mistake("num_attention_heads", .integer(3), .unsupported, "3 query heads"),
    Mistake("head_dim", .integer(7), .unsupported, "head size of 7"),
    Mistake("head_dim", .integer(512), .unsupported, "512"),
    Mistake("vocab_size", .integer(0), .wrongType, "vocab_size"),
    Mistake("vocab_size", .integer(68), .malformed, "embed_tokens"),
    Mistake("num_hidden_layers", .integer(3), .missing, "model.layers.2"),
    Mistake("intermediate_size", .integer(80), .malformed, "gate_proj"),
    Mistake("rope_parameters", ["rope_type": "yarn", "rope_theta": .number(1e4)], .unsupported, "yarn"),
    Mistake("rope_parameters", ["rope_type": "linear", "factor": .integer(0)], .malformed, "factor"),
    Mistake("rope_parameters", ["rope_type": "llama3", "factor": .integer(8)], .missing, "low_freq_factor"),
    Mistake("partial_rotary_factor", .number(0.5), .unsupported, "0.5"),
    Mistake("hidden_size", "wide", .wrongType, "expected an integer"),
  ]

  @Test(arguments: mistakes)
  func configuration(mistake: Mistake) throws {
    try with { folder in
      try configure(folder, "rope_scaling", nil)
      try configure(folder, mistake.key, mistake.value)
    } _: { folder in
      expectError(mistake.kind, mistake.word) {
        let source = try ModelSource(path: folder)
        for parameter in source.configuration.shape.parameters { _ = try source.stored(parameter) }
      }
    }
  }

  @Test func missingThings() throws {
    expectError(.system, "no such file") { _ = try ModelSource(path: "/nonexistent/model") }
    try with {
      try FileManager.default.removeItem(atPath: $0 + "/config.json")
    } _: { folder in
      expectError(.missing, "config.json") { _ = try ModelSource(path: folder) }
    }
    try with {
      try FileManager.default.removeItem(atPath: $0 + "/model.safetensors")
    } _: { folder in
      expectError(.missing, "model.safetensors") { _ = try ModelSource(path: folder) }
    }
    try with { _ in
    } _: { folder in
      expectError(.missing, "tokenizer") { _ = try ModelSource(path: folder).tokenizer() }
      expectError(.unsupported, "give the folder") { _ = try ModelSource(path: folder + "/model.safetensors") }
    }
  }

  @Test func picklesAreRefused() throws {
    try with { folder in
      try FileManager.default.moveItem(
        atPath: folder + "/model.safetensors", toPath: folder + "/pytorch_model.bin")
    } _: { folder in
      expectError(.pickle, "safetensors") { _ = try ModelSource(path: folder) }
    }
  }

  /// A file that becomes shorter after it was opened is an error and not the end of the process.
  @Test func truncatedWhileItIsRead() throws {
    try with { _ in
    } _: { folder in
      let source = try ModelSource(path: folder)
      truncate(folder + "/model.safetensors", 5000)
      expectError(.truncated, "model.safetensors") {
        _ = try LoadedModel.load(source, with: TestDevice.shared().library)
      }
    }
  }

  @Test func adapterOfAnotherModel() throws {
    let adapter = try Adapter(path: ModelFixture.folder.appending(path: "llama2-adapter").path())
    for (family, word) in [("llama1", "another model"), ("llama2-wide", "another model")] {
      let source = try ModelSource(path: ModelFixture.folder.appending(path: family).path())
      expectError(.malformed, word) {
        _ = try LoadedModel.load(source, adapter: adapter, with: TestDevice.shared().library)
      }
    }
  }
}
