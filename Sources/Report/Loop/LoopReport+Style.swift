extension LoopReport {
  /// What the page has beside the common style.
  static let style = """

    .lead { margin-top: .9rem; max-width: 52rem; }
    .verdict { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; font-size: .875rem; font-weight: 650; }
    .good { background: var(--good); color: var(--good-text); }
    .bad { background: var(--bad); color: var(--bad-text); }
    .verdict.open { background: var(--grid); color: var(--text); }
    .result { font-size: clamp(1.15rem, 3.2vw, 1.45rem); line-height: 1.35; font-weight: 600; margin-top: .5rem; text-wrap: pretty; }
    .findings { color: var(--dim); margin-top: .4rem; text-wrap: pretty; }
    nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: 1rem; font-size: .925rem; }
    a { color: var(--line); text-underline-offset: .2em; }
    section, .columns { scroll-margin-top: 1rem; }
    small { display: block; font-size: .8rem; line-height: 1.3; font-weight: 400; color: var(--dim); }
    .note { color: var(--dim); font-size: .875rem; margin-top: .6rem; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .big { margin-top: .75rem; }
    .scroll.card, .setup { margin-top: .75rem; padding: .9rem 1rem; }
    .charts > .scroll.card { margin-top: 0; }
    .setup th { width: 9rem; }
    .packed { columns: 27rem 2; column-gap: .75rem; margin-top: .5rem; }
    .packed > * { break-inside: avoid; margin-bottom: .75rem; }
    .rows { --lane: 1.2rem; --name: 7.5rem; --values: 4.2rem; list-style: none; margin: .6rem 0 1.6rem; padding: 0; }
    .rows li { display: grid; grid-template-columns: var(--name) minmax(0, 1fr) var(--values); column-gap: .75rem; align-items: center; }
    .rows .axis { display: block; padding: 0 calc(var(--values) + .75rem) 0 calc(var(--name) + .75rem); height: 0; }
    .rows .axis .lanes { height: 0; }
    .name { font-size: .9rem; line-height: 1.25; overflow-wrap: anywhere; }
    .lanes { position: relative; height: calc((var(--lanes) + .5) * var(--lane)); font-size: .8rem; color: var(--dim); }
    .lanes svg { position: absolute; width: 100%; height: 100%; overflow: visible; clip-path: inset(0 -.6rem); }
    .values { font-size: .85rem; font-variant-numeric: tabular-nums; text-align: right; }
    .values > span { display: block; height: var(--lane); line-height: var(--lane); position: relative; white-space: nowrap; }
    .values b, .name b { font-weight: 650; }
    .big .rows { --lane: 2.9rem; --name: 8.6rem; --values: 5rem; }
    .big .values > span, .pool .values > span { display: flex; flex-direction: column; justify-content: center; line-height: 1.3rem; }
    .big .values b { font-size: 1.1rem; }
    .arm { color: var(--tone); }
    .fill { stroke-width: 9; stroke-opacity: .25; stroke-linecap: butt; }
    .big .fill { stroke-width: 20; }
    .whisker { stroke-width: 1.75; stroke-linecap: butt; }
    .rows .dots { stroke-width: 7.5; }
    .big .dots { stroke-width: 10; }
    .pool .rows { --lane: 2.6rem; --name: 4.2rem; --values: 4rem; }
    svg .bar { stroke-width: 16; stroke-linecap: butt; }
    .faint { stroke-opacity: .4; }
    .key.faint::before { opacity: .4; }
    svg .lost { stroke: var(--dim); stroke-dasharray: 1.5 3; }
    .key.band::before { height: .7rem; background: var(--good-text); opacity: .18; }
    .key.lost::before { background: repeating-linear-gradient(90deg, var(--dim) 0 1.5px, transparent 1.5px 4.5px); }
    svg .column { fill: var(--tone); fill-opacity: .75; stroke: none; }
    svg .mean { stroke: var(--text); stroke-width: 1.5; }
    svg .band { fill: var(--good-text); fill-opacity: .12; stroke: none; }
    .plot.low { height: 11rem; }
    .yields { margin-top: .5rem; }
    .yields small, .numbers td small { white-space: nowrap; }
    .yields td.none { color: var(--dim); }
    .yields tfoot > tr > * { border-top: 1px solid var(--edge); }
    .share {
      display: block; padding-bottom: .3rem; print-color-adjust: exact; -webkit-print-color-adjust: exact;
      background: linear-gradient(90deg, var(--evolved) var(--share), var(--grid) 0) bottom / 100% .25rem no-repeat;
    }
    .chips { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center; }
    .chip {
      padding: .02rem .5rem; border-radius: .8rem; background: var(--grid); color: var(--text); font-size: .78rem; line-height: 1.45;
      overflow-wrap: anywhere;
    }
    .chip.seeds, .chip.evolved { background: none; color: var(--tone); box-shadow: inset 0 0 0 1px var(--tone); }
    .chip.good { background: var(--good); color: var(--good-text); }
    .chip.bad { background: var(--bad); color: var(--bad-text); }
    .sample { padding: .9rem 1rem; }
    .text, .answer { display: block; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; margin-top: .4rem; }
    .answer { color: var(--dim); font-size: .925rem; margin-top: .2rem; }
    .answer::before { content: "→ "; }
    .lineage { margin-bottom: .75rem; }
    .lineage summary { list-style-position: outside; margin-left: 1rem; }
    .tree { list-style: none; margin: .7rem 0 0; padding: 0; }
    .tree li { border-left: 3px solid var(--evolved); padding: .1rem 0 .1rem .9rem; margin-top: .8rem; }
    .tree li.removed { border-left: 3px dotted var(--base); }
    .tree li.removed > .text { color: var(--dim); }
    .tree li.empty { border-left-color: var(--edge); }
    .answered table { margin-top: .6rem; font-size: .9rem; }
    .answered th { width: 1%; padding-right: 1rem; white-space: nowrap; overflow-wrap: normal; }
    .arms th { white-space: nowrap; }
    .answered th, .expected td { font-weight: 600; }
    .answered td { white-space: pre-wrap; unicode-bidi: isolate; }
    .answered td:last-child { width: 2rem; text-align: right; padding-right: 0; white-space: normal; }
    .mark { display: inline-block; width: 1.4rem; line-height: 1.4rem; border-radius: .7rem; text-align: center; font-weight: 700; position: relative; }
    figure details { font-size: .9rem; color: var(--dim); }
    figure details table { margin-top: .4rem; color: var(--text); }
    @media (max-width: 30rem) {
      .rows { --name: 5.6rem; --values: 3.6rem; column-gap: .5rem; }
      .big .rows { --name: 4.8rem; --values: 4.6rem; }
      .pool .rows { --name: 3.9rem; --values: 3rem; }
      .rows .x span:nth-child(even) { display: none; }
      .tree li { padding-left: .6rem; }
      .answered th { white-space: normal; padding-right: .5rem; }
    }
    @media print { .lineage, .answered { break-inside: avoid-page; } nav { display: none; } }

    """
}
