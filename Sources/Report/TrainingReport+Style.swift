extension TrainingReport {
  /// What the page has beside the common style: the answers before and after.
  static let style = """

    .sample { padding: 1rem; margin-bottom: .75rem; }
    .sample h3, .sample p { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem; margin-top: .75rem; }
    .pair section { background: var(--page); border-radius: .4rem; padding: .6rem .8rem; min-width: 0; }
    .pair .after { background: var(--good); }
    .pair h4 { margin: 0 0 .2rem; font-size: .8rem; font-weight: 600; color: var(--dim); }
    .pair p { font-size: .95rem; }
    .steps { min-width: 34rem; }

    """
}
