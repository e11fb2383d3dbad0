import Text

/// A sequence on its way: what it holds of the cache and what it has said.
struct RunningSequence {
  let id: Int
  let request: GenerationRequest
  /// Prompt and generated tokens.
  var tokens: [Int]
  /// How many of `tokens` have their keys and values in the cache.
  var cached = 0
  /// Blocks of the cache, in order.
  var blocks: [Int] = []
  /// Row of the block table.
  var row = 0
  var sampler: Sampler
  private var stream: TextStream?
  private var matcher: StopMatcher

  init(id: Int, _ request: GenerationRequest, tokenizer: Tokenizer?) {
    self.id = id
    self.request = request
    tokens = request.prompt
    sampler = Sampler(request.sampling, prompt: request.prompt)
    stream = tokenizer.map { tokenizer in
      TextStream(tokenizer, continuing: request.prompt.contains { !tokenizer.isSpecial($0) })
    }
    matcher = StopMatcher(request.stops)
  }

  var isPrefilled: Bool { cached >= request.prompt.count }
  var generated: Int { tokens.count - request.prompt.count }

  /// Takes the next token up.
  /// - Parameter context: positions that a sequence may have.
  mutating func take(_ token: Int, context: Int) -> GenerationEvent {
    if request.ends.contains(token) {
      return GenerationEvent(sequence: id, text: rest(), tokens: generated, reason: .end)
    }
    tokens.append(token)
    var (text, isStopped) = matcher.append(stream?.append(token) ?? "")
    var reason: FinishReason? =
      isStopped ? .stop : generated >= request.maxTokens ? .length : tokens.count >= context ? .context : nil
    if reason == .length || reason == .context {
      let (more, stopped) = matcher.append(stream?.finish() ?? "")
      text += more
      if stopped { reason = .stop } else { text += matcher.finish() }
    }
    return GenerationEvent(sequence: id, text: text, tokens: generated, reason: reason)
  }

  /// What was held back: the end of the text.
  private mutating func rest() -> String {
    let (text, isStopped) = matcher.append(stream?.finish() ?? "")
    return isStopped ? text : text + matcher.finish()
  }
}
