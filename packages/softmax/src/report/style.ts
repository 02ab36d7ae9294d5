/** The page's style sheet: one column, light and dark, nothing wider than a phone but what scrolls by itself. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6570; --line: #d8dde3; --paper: #fff; --fill: #f4f6f8;
  --accent: #2459c4; --good: 36 89 196; --bad: 196 72 36;
  --s0: #2459c4; --s1: #b4531a; --s2: #1a7f5a; --s3: #8b3fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa5b1; --line: #39424d; --paper: #14181d;
  --fill: #1d232b; --accent: #86aef8; --good: 134 174 248; --bad: 244 140 106;
  --s0: #86aef8; --s1: #f2a06e; --s2: #6fd0a8; --s3: #d39bea; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; overflow-wrap: anywhere; }
p, ul { margin: .3rem 0 .7rem; }
.lead, small, section > p { color: var(--soft); }
.verdict { padding: .7rem .9rem; border-left: 4px solid var(--accent); background: var(--fill); border-radius: 0 6px 6px 0; }
.verdict.bad { border-color: rgb(var(--bad)); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .5rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th[scope=row], .columns td, .columns th { text-align: left; font-weight: 500; overflow-wrap: break-word; }
tr > th[scope=col]:first-child { text-align: left; }
th[scope=col] { color: var(--soft); font-weight: 500; font-size: .85rem; }
.columns td:last-child { min-width: 11rem; }
th small, td small { display: block; font-weight: 400; font-size: .8rem; color: var(--soft); }
.interval { white-space: nowrap; }
.scroll { overflow-x: auto; }
.confusion, .levels { width: auto; min-width: min(100%, 24rem); }
.confusion .right, .levels .more { background: rgb(var(--good) / calc(var(--share) * .45)); }
.confusion .wrong { background: rgb(var(--bad) / calc(var(--share) * .8)); }
.levels .less { background: rgb(var(--bad) / calc(var(--share) * .45)); }
.terms td:last-child { text-align: left; } .term { white-space: nowrap; }
section > .judged { margin: .9rem 0 .1rem; font-size: .85rem; color: var(--soft); } .judged strong { color: var(--ink); }
section > .excerpt { color: var(--ink); margin: 0 0 .6rem; padding: .5rem .8rem; background: var(--fill); border-radius: 6px; overflow-wrap: anywhere; }
mark { color: var(--ink); border-radius: 3px; background: rgb(var(--good) / calc(.08 + var(--share) * .3)); }
mark.less { background: rgb(var(--bad) / calc(.08 + var(--share) * .3)); text-decoration: underline dotted; }
.looks th:last-child { text-align: left; } .looks td small { white-space: nowrap; }
.gallery { display: flex; flex-wrap: wrap; gap: .8rem; } .picture { margin: 0; width: 6.5rem; font-size: .8rem; overflow-wrap: anywhere; }
.picture img { width: 6.5rem; height: 6.5rem; object-fit: contain; image-rendering: pixelated; background: var(--fill); }
.looks .cells { text-align: left; min-width: 14rem; } .cells small { display: inline; } .facts th[scope=row] { width: 11rem; }
.code { font: .8rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; text-align: left; }
section > .command { color: var(--ink); white-space: pre-wrap; padding: .6rem .8rem; background: var(--fill); border-radius: 6px; }
.statistics td { white-space: nowrap; }
article { margin: 0 0 1.4rem; } article p { margin: .1rem 0 .4rem; }
figure { margin: .5rem 0 1rem; max-width: 32rem; }
figcaption { font-size: .85rem; color: var(--soft); } .key { white-space: nowrap; margin-right: .9rem; display: inline-block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
.key svg { display: inline-block; width: 1.4rem; height: .5rem; margin-right: .35rem; vertical-align: middle; }
svg { width: 100%; height: auto; display: block; font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg text { fill: var(--soft); } svg .axis { fill: var(--ink); }
svg .grid { stroke: var(--line); stroke-width: .6; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .s0 { stroke: var(--s0); } svg .s1 { stroke: var(--s1); stroke-dasharray: 7 3; }
svg .s2 { stroke: var(--s2); stroke-dasharray: 2 3; } svg .s3 { stroke: var(--s3); stroke-dasharray: 9 3 2 3; }
svg .ideal { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
svg .whisker { stroke: var(--accent); stroke-width: 1.2; opacity: .6; } svg circle { fill: var(--accent); }
svg.bar { width: 100%; height: .7rem; margin-top: .4rem; } svg.bar line { stroke: var(--soft); stroke-width: .8; }
svg.bar .plus { fill: rgb(var(--good)); } svg.bar .minus { fill: rgb(var(--bad)); }
td.bar { width: 45%; min-width: 6rem; }
[hidden] { display: none; } .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 0 1.5rem; align-items: start; } .pair > * { min-width: 0; }
.outcomes th { overflow-wrap: anywhere; } .outcomes .right { background: rgb(var(--good) / .12); } .outcomes .wrong { background: rgb(var(--bad) / .14); }
label { margin-right: 1rem; overflow-wrap: anywhere; } select { max-width: min(100%, 20rem); overflow: hidden; text-overflow: ellipsis; } label.wide { display: block; margin: .8rem 0; } input[type=range] { display: block; width: 100%; height: 2.2rem; accent-color: var(--accent); }
input[type=number] { width: 6.5rem; } input, select, button { font: inherit; color: inherit; background: var(--fill); border: 1px solid var(--soft); border-radius: 5px; padding: .3rem .5rem; min-height: 2.2rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; } output { font-weight: 600; }
.costs { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .6rem 0; }
@media (max-width: 36rem) { main { padding: 1rem .75rem 3rem; } th, td { padding: .3rem .2rem; }
  .columns tr, .looks tr { display: grid; grid-template-columns: 1fr auto 4.2rem; border-bottom: 1px solid var(--line); }
  .looks tr { grid-template-columns: 1fr 1fr 1fr; } .looks .cells { min-width: 0; overflow-wrap: anywhere; }
  .columns th, .columns td, .looks th, .looks td { border: 0; }
  .columns tr > :last-child, .looks tr > :last-child { grid-column: 1 / -1; padding-top: 0; }
  .columns tr > :nth-child(3) { text-align: right; } }
@media print { main { max-width: none; } section { break-inside: avoid; } }
`;
