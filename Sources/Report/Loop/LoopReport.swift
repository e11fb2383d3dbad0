/// The whole loop on one page: what evolving the instructions was worth, and how it came about. An HTML file that needs
/// nothing else, neither network nor scripts, and stays below a megabyte whatever it is given.
///
/// ```swift
/// let report = LoopReport(
///   title: "quickstart", measure: .accuracy,
///   arms: [
///     .init(.base, plain: .init(right: 0, of: 250), complex: .init(right: 0, of: 250)),
///     .init(.seeds, plain: .init(right: 180, of: 250), complex: .init(right: 17, of: 250), trainedTokens: 800_000),
///     .init(.evolved, plain: .init(right: 171, of: 250), complex: .init(right: 105, of: 250), trainedTokens: 800_000),
///   ],
///   recipe: recipe.canonicalYAML)
/// try AtomicFile.write(report.html, to: "runs/quickstart/report.html")
/// ```
///
/// All texts are shown as they are, escaped; empty lists and values that are not finite leave their place on the page
/// empty.
public struct LoopReport: Sendable, Equatable {
  /// How the arms are compared.
  public enum Measure: String, Sendable {
    /// The share of held-out tasks that are answered exactly; from 0 to 1, higher is better.
    case accuracy
    /// The mean loss on the answers of held-out instructions, where none is the only right one; in nats a token, lower
    /// is better.
    case loss
  }

  public var title: String
  public var measure: Measure
  /// The models that are compared, at most one of each kind.
  public var arms: [Arm]
  /// The evolved arm's score less that of the seeds arm, as a mean over the same complex tasks; above 0 the evolved arm
  /// answers more of them, or has the higher loss. See `Score.init(gained:lost:of:)`. Its interval decides whether the page
  /// speaks of a gain; without it the arms' own intervals must be apart, which asks for more.
  public var gain: Score?
  /// The scores by difficulty, by number of parts, by operation.
  public var breakdowns: [Breakdown]
  /// What was compared on what: the base model, the teacher, the seeds, the test.
  public var setup: [Fact]
  public var pool: Pool?
  /// Some seeds with all that was made of them.
  public var lineages: [Lineage]
  /// Some held-out tasks with the arms' answers.
  public var answers: [AnsweredTask]
  /// What was done, in its order.
  public var stages: [Stage]
  /// The device, its driver, the versions of programs.
  public var facts: [Fact]
  /// The whole recipe as YAML.
  public var recipe: String

  public init(
    title: String, measure: Measure, arms: [Arm], gain: Score? = nil, breakdowns: [Breakdown] = [],
    setup: [Fact] = [], pool: Pool? = nil, lineages: [Lineage] = [], answers: [AnsweredTask] = [],
    stages: [Stage] = [], facts: [Fact] = [], recipe: String = ""
  ) {
    self.title = title
    self.measure = measure
    self.arms = arms
    self.gain = gain
    self.breakdowns = breakdowns
    self.setup = setup
    self.pool = pool
    self.lineages = lineages
    self.answers = answers
    self.stages = stages
    self.facts = facts
    self.recipe = recipe
  }
}

extension LoopReport {
  /// Something about the run: `Teacher`, `builtin`.
  public typealias Fact = TrainingReport.Fact

  /// One stage of the loop.
  public struct Stage: Sendable, Equatable {
    /// `evolve`, `train seeds`
    public var name: String
    /// What it took, in the process that did the work; nil where that is not known.
    public var seconds: Double?
    /// What it made: `3,204 rows`.
    public var detail: String
    /// Whether it was done already, by an earlier start.
    public var isReused: Bool

    public init(_ name: String, seconds: Double?, detail: String = "", isReused: Bool = false) {
      self.name = name
      self.seconds = seconds
      self.detail = detail
      self.isReused = isReused
    }
  }
}
