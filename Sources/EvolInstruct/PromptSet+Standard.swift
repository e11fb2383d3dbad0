extension PromptTemplate.Name {
  /// The words that the project ships. They are part of what made a pool: a changed word is another prompt set.
  var standardText: String {
    switch self {
    case .inDepth: Self.inDepthText
    case .addConstraints:
      "Put one more constraint or one more requirement into #Given Prompt#."
    case .deepening:
      "If #Given Prompt# asks about an issue, make the question about it deeper and wider."
    case .concretizing:
      "Replace general concepts in #Given Prompt# by more specific ones."
    case .increaseReasoning:
      "If #Given Prompt# can be solved in a few simple steps of thought, rewrite it so that it asks explicitly for "
        + "reasoning in several steps."
    case .complicateInput: Self.complicateInputText
    case .breadth: Self.breadthText
    case .judge: Self.judgeText
    case .answer: "{prompt}"
    case .rate: Self.rateText
    }
  }

  private static let inDepthText = """
    Work as a rewriter of prompts.
    Turn the prompt below into a harder version of itself, one that well-known AI systems such as ChatGPT and GPT-4 find \
    more difficult to handle. It must stay reasonable, and people must be able to understand it and to answer it.
    Leave out nothing of #Given Prompt# that is not plain text, such as tables and code, and keep the input that \
    #Given Prompt# comes with.
    Make it harder by this method:
    {method}
    Do your best to keep #Rewritten Prompt# from becoming verbose: it may have only 10 to 20 words more than #Given \
    Prompt#.
    The strings '#Given Prompt#', '#Rewritten Prompt#', 'given prompt' and 'rewritten prompt' must not occur in \
    #Rewritten Prompt#.
    Reply with the new prompt and nothing else.

    #Given Prompt#:
    {prompt}

    #Rewritten Prompt#:
    """

  private static let complicateInputText = """
    Work as a rewriter of prompts.
    Turn the prompt below into a harder version of itself, one that well-known AI systems such as ChatGPT and GPT-4 find \
    more difficult to handle. It must stay reasonable, and people must be able to understand it and to answer it.
    Do it by adding data to work on: #Rewritten Prompt# must contain, written out, a concrete instance of {format} as its \
    input, and must be phrased as a question about it. Leave out nothing that #Given Prompt# comes with.
    The strings '#Given Prompt#', '#Rewritten Prompt#', 'given prompt' and 'rewritten prompt' must not occur in \
    #Rewritten Prompt#.
    Reply with the new prompt and nothing else. Two examples, then your turn.

    Example with XML data
    #Given Prompt#:
    How can I find the most expensive item of a list?
    #Rewritten Prompt#:
    Which XPath expression gives the name of the most expensive item in this catalogue, and why does max() not work in \
    XPath 1.0?
    <catalogue>
      <item><name>Lamp</name><price>40</price></item>
      <item><name>Desk</name><price>210</price></item>
    </catalogue>

    Example with Python code
    #Given Prompt#:
    Explain what a recursive function is.
    #Rewritten Prompt#:
    Why does this function stop with a RecursionError for n = 5, and which single line has to change?
    def total(n):
        if n == 0:
            return 0
        return n + total(n - 2)

    Your turn, with {format}
    #Given Prompt#:
    {prompt}
    #Rewritten Prompt#:
    """

  private static let breadthText = """
    Work as a creator of prompts.
    Let the prompt below inspire you to write a brand-new one. It must belong to the same domain as #Given Prompt#, but \
    be rarer.
    Length and difficulty of #Created Prompt# must be similar to those of #Given Prompt#.
    #Created Prompt# must be reasonable, and people must be able to understand it and to answer it.
    The strings '#Given Prompt#', '#Created Prompt#', 'given prompt' and 'created prompt' must not occur in \
    #Created Prompt#.
    Reply with the new prompt and nothing else.

    #Given Prompt#:
    {prompt}

    #Created Prompt#:
    """

  private static let judgeText = """
    Here are two instructions for an AI system. Decide whether they are equal. They are equal when both hold:
    1. They have the same constraints and requirements.
    2. They inquire with the same depth and the same breadth.

    The first instruction:
    {first}

    The second instruction:
    {second}

    Your decision, without giving reasons: say only "Equal" or "Not Equal".
    """

  private static let rateText = """
    How difficult and complex is the following question for an AI system to answer well? Rate it from 1 to 10; a higher \
    number means more difficult. Say only the number, without giving reasons.

    The question:
    {prompt}

    The number:
    """
}
