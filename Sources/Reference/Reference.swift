/// What every kernel is held to: each operation in plain loops over `Double`, forward and backward.
///
/// Dimension letters: B batch, T rows (tokens), D hidden, H query heads, G key/value heads, K head size, F
/// feed-forward, V vocabulary. The gradient of x is `dx`. Shapes that do not fit are the caller's mistake and
/// stop the program.
public enum Reference {}
