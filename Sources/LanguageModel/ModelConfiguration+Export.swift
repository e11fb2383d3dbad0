import Formats
import Foundation
import Kernels
import Text

extension ModelConfiguration {
  /// The configuration in the words of `transformers`: a GGUF file's family, factors and window have other names there.
  /// - Parameter file: the model's, for messages.
  /// - Throws: `FormatError` of kind `unsupported` for what `config.json` cannot say.
  func forHuggingFace(file: String) throws(FormatError) -> ModelConfiguration {
    var result = self
    if family == .llama, shape.windows.contains(where: { $0 > 0 }) { result.family = .mistral }
    if case .factors(let factors) = shape.rotaryScaling {
      guard
        let scaling = RotaryScaling.llama3(explaining: factors, headSize: shape.headSize, theta: shape.theta)
      else {
        throw FormatError(
          .unsupported, file: file, field: "rope_freqs.weight",
          "these factors are not of LLaMA 3's kind, and config.json has no name for others; export as gguf instead")
      }
      result.shape.rotaryScaling = scaling
    }
    try result.checkReadBack(file: file)
    return result
  }

  /// Holds what `config.json` would say to this configuration: a family's class has or has not biases, as a whole.
  private func checkReadBack(file: String) throws(FormatError) {
    let json = huggingFace(type: .f32, bos: nil, eos: [], padding: nil)
    let read = try ModelConfiguration(huggingFace: JSONField(json, file: file))
    guard read.shape.parameters == shape.parameters else {
      let names = Set(read.shape.parameters.map(\.name)).symmetricDifference(shape.parameters.map(\.name))
      throw FormatError(
        .unsupported, file: file, field: names.min() ?? "",
        "\(family.architecture) of transformers cannot have these biases; export as gguf instead")
    }
    guard (0..<shape.layers).allSatisfy({ read.shape.window($0) == shape.window($0) }) else {
      throw FormatError(.unsupported, file: file, "\(family.architecture) of transformers cannot have these windows")
    }
  }

  /// The configuration in the words of a GGUF file, which has one window for all layers.
  func forGGUF(file: String) throws(FormatError) -> ModelConfiguration {
    guard Set((0..<shape.layers).map(shape.window)).count == 1 else {
      throw FormatError(
        .unsupported, file: file, field: "layer_types",
        "some layers have a sliding window and others not, which a GGUF file cannot say")
    }
    return self
  }
}

extension RotaryScaling {
  /// LLaMA 3's scaling, if there is one that gives these factors.
  ///
  /// The bounds 1 and 4 are those of every published model. The largest factor is that of the longest wavelengths; a
  /// factor between 1 and it says to which length the model was trained first:
  /// 1 / f = (1 − s) / factor + s, where s = (length / wavelength − 1) / (4 − 1).
  static func llama3(explaining factors: [Float], headSize: Int, theta: Double) -> RotaryScaling? {
    let (low, high) = (1.0, 4.0)
    guard let largest = factors.max().map(Double.init), largest > 1 else { return nil }
    let frequencies = factors.indices.map { RotaryTable.frequency($0, headSize: headSize, theta: theta) }
    // Without a factor between, every length that reproduces the factors means the same; the published one is tried.
    var lengths = [8192.0]
    for (factor, frequency) in zip(factors, frequencies) where factor > 1 && Double(factor) < largest {
      let share = (1 / Double(factor) - 1 / largest) / (1 - 1 / largest)
      lengths.append((2 * Double.pi / frequency * (low + share * (high - low))).rounded())
    }
    for length in lengths where length >= 1 {
      let scaling = RotaryScaling.llama3(
        factor: largest, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength: length)
      let explained = zip(factors, frequencies).enumerated().allSatisfy { index, pair in
        abs(pair.1 / scaling.scaled(pair.1, at: index) / Double(pair.0) - 1) <= 1e-5
      }
      if explained { return scaling }
    }
    return nil
  }
}

extension ModelExport {
  /// `config.json`: the source's own where it has one, with the type of the weights as they are written.
  func huggingFaceConfig() throws(FormatError) -> JSONValue {
    guard source.gguf == nil else {
      let special = hasTokenizer ? try source.tokenizer().special : nil
      let ends = special.map { special in special.ends.subtracting([special.eos].compactMap(\.self)).sorted() } ?? []
      return configuration.huggingFace(
        type: mainType, bos: special?.bos, eos: [special?.eos].compactMap(\.self) + ends, padding: special?.padding)
    }
    var config = try JSONField(path: source.path + "/config.json").object()
    // Transformers 5 says `dtype`, 4 `torch_dtype`.
    let keys = ["dtype", "torch_dtype"]
    let present = keys.filter { config[$0] != nil }
    for key in present.isEmpty ? keys : present { config[key] = .string(mainType.torchName) }
    return .object(config)
  }

  /// The metadata of a GGUF file: the model's, what a source that is one says of itself, and the tokenizer's.
  func ggufEntries() throws(FormatError) -> [(key: String, value: GGUFValue)] {
    let metadata = source.gguf?.metadata
    let name = try metadata?["general.name"].ifPresent?.string() ?? sourceName
    var entries = configuration.ggufEntries(name: name, fileType: try ggufFileType())
    let taken = Set(entries.map(\.key)).union(["general.alignment"])
    for entry in metadata?.entries ?? [] where entry.key.hasPrefix("general.") && !taken.contains(entry.key) {
      entries.append(entry)
    }
    return entries
      + (try TokenizerFiles(model: URL(filePath: source.path)).ggufEntries(
        vocabularySize: configuration.shape.vocabulary))
  }

  /// The last part of the source's path.
  private var sourceName: String {
    URL(filePath: source.path).standardizedFileURL.deletingPathExtension().lastPathComponent
  }

  /// llama.cpp's number of a file's type (include/llama.h, `llama_ftype`). Of a file whose types were kept it is the one
  /// that it had: a mixture such as Q4_K_M has a number of its own.
  private func ggufFileType() throws(FormatError) -> UInt32 {
    if options.type == nil, let number = try source.gguf?.metadata["general.file_type"].ifPresent?.integer(in: 0...1023) {
      return UInt32(number)
    }
    switch mainType {
    case .f32: return 0
    case .f16: return 1
    case .bf16: return 32
    case .q4_0: return 2
    case .q8_0: return 7
    case .q4_K: return 15
    case .q6_K: return 18
    }
  }
}

extension ElementType {
  /// What PyTorch calls a plain type.
  var torchName: String { self == .f32 ? "float32" : self == .f16 ? "float16" : "bfloat16" }
}
