import Formats
import Kernels

extension ModelConfiguration {
  /// The scaling of rotary frequencies in words: factors that a GGUF file gives one by one are those of LLaMA 3's kind,
  /// or have none.
  func namedScaling(file: String) throws(FormatError) -> RotaryScaling {
    guard case .factors(let factors) = shape.rotaryScaling else { return shape.rotaryScaling }
    guard let named = RotaryScaling.llama3(explaining: factors, headSize: shape.headSize, theta: shape.theta) else {
      throw FormatError(
        .unsupported, file: file, field: "rope_freqs.weight",
        "its factors are not of LLaMA 3's kind, and config.json has no word for others; export it as gguf")
    }
    return named
  }

  /// Holds what `config.json` would say to this configuration: the class of a family has all of some biases or none.
  /// - Precondition: the scaling is named.
  func checkHuggingFace(file: String) throws(FormatError) {
    let json = huggingFace(type: .f32, bos: nil, eos: [], padding: nil)
    let read = try ModelConfiguration(huggingFace: JSONField(json, file: file))
    let names = Set(read.shape.parameters.map(\.name)).symmetricDifference(shape.parameters.map(\.name))
    guard let name = names.min() else { return }
    throw FormatError(
      .unsupported, file: file, field: name,
      "\(family.architecture) of transformers has other biases than this model; export it as gguf")
  }
}

extension RotaryScaling {
  /// LLaMA 3's scaling, if there is one that gives these factors.
  ///
  /// The bounds 1 and 4 are those of every published model (config.json of meta-llama/Llama-3.1-8B and Llama-3.2-1B).
  /// The largest factor is that of the longest wavelengths; a factor between 1 and it says to which length the model was
  /// trained first: 1 / f = (1 − s) / largest + s, where s = (length / wavelength − 1) / (4 − 1).
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
    for length in lengths where length >= 1 && length < 0x1p53 {
      let scaling = RotaryScaling.llama3(
        factor: largest, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength: length)
      let isExplained = zip(factors, frequencies).enumerated().allSatisfy { index, pair in
        abs(pair.1 / scaling.scaled(pair.1, at: index) / Double(pair.0) - 1) <= 1e-5
      }
      if isExplained { return scaling }
    }
    return nil
  }
}
