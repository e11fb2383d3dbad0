extension Page {
  /// The look of all pages: one column on a phone, two on a screen, light or dark as the reader has it.
  static let style = """

    :root {
      --page: #f6f7f9; --card: #ffffff; --edge: #dfe3e8; --text: #1a1f27; --dim: #596472; --grid: #e6e9ee;
      --line: #2457c5; --check: #c2510c; --good: #e9f5ec; --good-text: #17683a; --bad: #fcecea; --bad-text: #a5281b;
      --base: #6d7887; --seeds: #2457c5; --evolved: #d2460a;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #0f1217; --card: #171b22; --edge: #2a313b; --text: #e5e9ef; --dim: #9aa5b3; --grid: #262d37;
        --line: #82aaff; --check: #ffa366; --good: #15261b; --good-text: #7fd49b; --bad: #2e1917; --bad-text: #ff9d90;
        --base: #98a4b3; --seeds: #82aaff; --evolved: #ff8f57;
      }
    }
    .main { --tone: var(--line); }
    .check { --tone: var(--check); }
    .base { --tone: var(--base); }
    .seeds { --tone: var(--seeds); }
    .evolved { --tone: var(--evolved); }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem); max-width: 76rem; background: var(--page);
      color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
    }
    h1 { font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
    h3 { font-size: 1rem; margin: 0; }
    p { margin: 0; }
    .kicker { color: var(--dim); font-size: .9rem; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin-top: 1.25rem; }
    .tile, .chart, .sample, .card, pre { background: var(--card); border: 1px solid var(--edge); border-radius: .6rem; }
    .tile { padding: .8rem 1rem; }
    .tile h2 { margin: 0; font-size: .9rem; font-weight: 500; color: var(--dim); }
    .value { font-size: clamp(1.3rem, 5vw, 1.75rem); font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .detail, figcaption p, .empty { color: var(--dim); font-size: .875rem; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); gap: .75rem; }
    .chart { margin: 0; padding: .9rem 1rem .8rem; min-width: 0; }
    .plot { position: relative; margin: .9rem .9rem 1.6rem 3.6rem; height: 14rem; font-size: .8rem; color: var(--dim); }
    .plot svg { display: block; width: 100%; height: 100%; overflow: visible; clip-path: inset(-2px -1rem -1rem -1rem); }
    .y span, .x span { position: absolute; white-space: nowrap; font-variant-numeric: tabular-nums; line-height: 1; }
    .y span { right: calc(100% + .55rem); transform: translateY(-50%); }
    .x { position: absolute; left: 0; right: 0; top: calc(100% + .55rem); }
    .x span { transform: translateX(-50%); }
    .y { position: absolute; top: 0; bottom: 0; left: 0; }
    svg path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; stroke: var(--tone); }
    svg .grid { stroke: var(--grid); stroke-width: 1; }
    .raw { stroke-width: 1; stroke-opacity: .38; }
    .line { stroke-width: 2; }
    .dots { stroke-width: 6.5; }
    .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; margin: 0; padding: 0; list-style: none; font-size: .875rem; color: var(--dim); }
    .plot + .legend { padding-left: 3.6rem; }
    .key::before {
      content: ""; display: inline-block; width: 1.25rem; height: .25rem; margin-right: .5rem; border-radius: .125rem;
      vertical-align: middle; background: var(--tone); print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .key.raw::before { height: 1px; opacity: .5; }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: .75rem; margin-top: 2rem; }
    .card { padding: 1rem; min-width: 0; }
    .card > h2:first-child { margin-top: 0; }
    table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .925rem; font-variant-numeric: tabular-nums; }
    th { text-align: left; font-weight: 500; }
    td, th { padding: .35rem .5rem .35rem 0; border-top: 1px solid var(--grid); overflow-wrap: anywhere; vertical-align: top; }
    tbody:first-child tr:first-child > *, thead tr:first-child th { border-top: 0; }
    .facts th { color: var(--dim); width: 32%; }
    td.bar { width: 30%; vertical-align: middle; }
    td.bar span {
      display: block; height: .55rem; min-width: 2px; border-radius: .2rem; background: var(--line);
      print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .sums td:last-child { text-align: right; white-space: nowrap; padding-right: 0; }
    .sums tfoot > tr > * { border-top: 1px solid var(--edge); font-weight: 650; }
    summary { cursor: pointer; }
    summary h2 { display: inline-block; margin-bottom: .75rem; }
    .scroll { overflow-x: auto; }
    .scroll.card { padding: .5rem 1rem; }
    .numbers td, .numbers thead th:not(:first-child) { text-align: right; padding-left: .5rem; }
    .numbers td, .numbers th { overflow-wrap: normal; }
    .numbers th:first-child { position: sticky; left: 0; background: var(--card) padding-box; box-shadow: -1rem 0 var(--card); }
    .numbers td:last-child, .numbers th:last-child { padding-right: 0; }
    .numbers thead th { color: var(--dim); vertical-align: bottom; }
    pre { margin: 0; padding: 1rem; overflow-x: auto; font: .85rem/1.5 var(--mono); tab-size: 2; }
    :focus-visible { outline: 2px solid var(--line); outline-offset: 2px; }
    footer { margin-top: 2.5rem; color: var(--dim); font-size: .875rem; }
    @media print {
      :root { --page: #ffffff; }
      body { max-width: none; padding: 0; }
      .chart, .sample, .tile { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
      .scroll { overflow: visible; }
    }

    """
}
