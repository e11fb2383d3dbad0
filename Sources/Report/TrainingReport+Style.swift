extension TrainingReport {
  /// The look of the page: one column on a phone, two on a screen, light or dark as the reader has it.
  static let style = """

    :root {
      --page: #f6f7f9; --card: #ffffff; --edge: #dfe3e8; --text: #1a1f27; --dim: #596472; --grid: #e6e9ee;
      --line: #2457c5; --raw: #a9bfec; --check: #c2510c; --good: #eef6ee;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #0f1217; --card: #171b22; --edge: #2a313b; --text: #e5e9ef; --dim: #9aa5b3; --grid: #262d37;
        --line: #82aaff; --raw: #3a518a; --check: #ffa366; --good: #16231b;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem); max-width: 76rem; background: var(--page);
      color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      -webkit-text-size-adjust: 100%;
    }
    h1 { font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
    h3 { font-size: 1rem; margin: 0; }
    p { margin: 0; }
    .kicker { color: var(--dim); font-size: .9rem; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin-top: 1.25rem; }
    .tile, .chart, .sample, .columns > section, pre, .scroll {
      background: var(--card); border: 1px solid var(--edge); border-radius: .6rem;
    }
    .tile { padding: .8rem 1rem; }
    .tile h2 { margin: 0; font-size: .9rem; font-weight: 500; color: var(--dim); }
    .value { font-size: clamp(1.3rem, 5vw, 1.75rem); font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .detail, figcaption p, .empty { color: var(--dim); font-size: .875rem; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); gap: .75rem; }
    .chart { margin: 0; padding: .9rem 1rem .8rem; min-width: 0; }
    .plot { position: relative; margin: .9rem .9rem 1.6rem 3.6rem; height: 14rem; font-size: .8rem; color: var(--dim); }
    .plot svg { display: block; width: 100%; height: 100%; overflow: visible; clip-path: inset(-2px -1rem -1rem -1rem); }
    .plot span { position: absolute; white-space: nowrap; font-variant-numeric: tabular-nums; line-height: 1; }
    .y span { right: calc(100% + .55rem); transform: translateY(-50%); }
    .x { position: absolute; left: 0; right: 0; top: calc(100% + .55rem); }
    .x span { transform: translateX(-50%); }
    .y { position: absolute; top: 0; bottom: 0; left: 0; }
    svg path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .raw { stroke: var(--raw); stroke-width: 1; }
    .line { stroke: var(--line); stroke-width: 2; }
    .dots { stroke: var(--line); stroke-width: 7; }
    path.check { stroke: var(--check); stroke-width: 2; }
    path.check.dots { stroke-width: 6; }
    .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; margin: 0; padding: 0 0 0 3.6rem; list-style: none; font-size: .875rem; }
    .key::before {
      content: ""; display: inline-block; width: 1.25rem; height: .2rem; margin-right: .5rem; border-radius: .1rem;
      vertical-align: middle; background: var(--line);
    }
    .key.raw::before { height: 1px; background: var(--raw); }
    .key.check::before { background: var(--check); }
    .sample { padding: 1rem; margin-bottom: .75rem; }
    .sample h3, .sample p { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem; margin-top: .75rem; }
    .pair section { background: var(--page); border-radius: .4rem; padding: .6rem .8rem; min-width: 0; }
    .pair .after { background: var(--good); }
    .pair h4 { margin: 0 0 .2rem; font-size: .8rem; font-weight: 600; color: var(--dim); }
    .pair p { font-size: .95rem; }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: .75rem; margin-top: 2rem; }
    .columns > section { padding: 1rem; min-width: 0; }
    .columns h2 { margin-top: 0; }
    table { border-collapse: collapse; width: 100%; font-size: .925rem; font-variant-numeric: tabular-nums; }
    th { text-align: left; font-weight: 500; }
    td, th { padding: .35rem .5rem .35rem 0; border-top: 1px solid var(--grid); overflow-wrap: anywhere; vertical-align: top; }
    tbody:first-child tr:first-child > *, thead th { border-top: 0; }
    .facts th { color: var(--dim); width: 40%; }
    .memory td:last-child { text-align: right; white-space: nowrap; padding-right: 0; }
    .memory tfoot > tr > * { border-top: 1px solid var(--edge); font-weight: 650; }
    .memory .bar { width: 40%; vertical-align: middle; }
    .bar span { display: block; height: .55rem; min-width: 2px; border-radius: .2rem; background: var(--line); }
    summary { cursor: pointer; }
    summary h2 { display: inline-block; margin-bottom: .75rem; }
    .scroll { overflow-x: auto; padding: .5rem 1rem; }
    .numbers { min-width: 34rem; }
    .numbers td, .numbers thead th:not(:first-child) { text-align: right; }
    .numbers thead th { color: var(--dim); }
    pre { margin: 0; padding: 1rem; overflow-x: auto; font: .85rem/1.5 var(--mono); tab-size: 2; }
    :focus-visible { outline: 2px solid var(--line); outline-offset: 2px; }
    footer { margin-top: 2.5rem; color: var(--dim); font-size: .875rem; }
    @media print { body { max-width: none; } .chart, .sample, .tile { break-inside: avoid; } }

    """
}
