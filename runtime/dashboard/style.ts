/** Light and dark by what the browser prefers; one column on narrow windows. */
export const style = String.raw`
:root {
  color-scheme: light dark;
  --page: #f5f6f7; --card: #ffffff; --line: #e3e5e8; --grid: #eceef0;
  --ink: #1b1f24; --soft: #5b636d; --faint: #6f7781;
  --one: #1f6feb; --two: #b35900; --hover: #f3f6fb;
  --good: #1a7f4b; --good-wash: #e4f4eb; --warn: #8a5a00; --warn-wash: #fdf1d8; --bad: #b3261e; --bad-wash: #fdeae8; --idle-wash: #eceef0;
  --text: #0f5f8a; --number: #8a3ea3;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #171b21; --line: #272d35; --grid: #222830;
    --ink: #e6e9ed; --soft: #a3acb7; --faint: #8b949f;
    --one: #5aa2ff; --two: #f0a04b; --hover: #1d232b;
    --good: #4cc38a; --good-wash: #14301f; --warn: #e6b450; --warn-wash: #33270d; --bad: #ff8a80; --bad-wash: #3a1817; --idle-wash: #222830;
    --text: #7fc4ee; --number: #d6a3e8;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; padding: 0 20px 28px; max-width: 1360px; background: var(--page); color: var(--ink);
  font: 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, dl, dd, ul { margin: 0; padding: 0; }
h1 { font-size: 15px; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 13px; font-weight: 620; }
a { color: var(--one); }
code, .mono { font-family: var(--mono); font-size: .95em; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--one); outline-offset: 2px; border-radius: 4px; }

.top { display: flex; align-items: center; justify-content: space-between; gap: 16px; padding: 14px 0; flex-wrap: wrap; }
.brand, .health { display: flex; align-items: center; gap: 9px; }
.mark { width: 22px; height: 22px; fill: none; stroke: var(--one); stroke-width: 1.6; }
.mark .hub { fill: var(--page); }
.application { color: var(--soft); padding-left: 10px; border-left: 1px solid var(--line); font-family: var(--mono); font-size: 12.5px; }
.health time { color: var(--faint); }
.pill, .tag { display: inline-flex; align-items: center; gap: 6px; border-radius: 99px; white-space: nowrap; font-weight: 560; }
.pill { padding: 3px 11px 3px 9px; }
.tag { font-size: 12px; font-weight: 500; }
.pill::before, .tag::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: currentColor; flex: none; }
[data-tone=good] { color: var(--good); } .pill[data-tone=good] { background: var(--good-wash); }
[data-tone=warn] { color: var(--warn); } .pill[data-tone=warn] { background: var(--warn-wash); }
[data-tone=bad] { color: var(--bad); } .pill[data-tone=bad] { background: var(--bad-wash); }
[data-tone=idle] { color: var(--faint); } .pill[data-tone=idle] { background: var(--idle-wash); }
[data-tone=warn]::before { border-radius: 1px !important; transform: rotate(45deg); }
[data-tone=bad]::before { border-radius: 1px !important; }

main { display: grid; gap: 14px; }
main.stale { opacity: .55; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 9px; padding: 12px 14px; min-width: 0; }
.head { display: flex; align-items: baseline; gap: 9px; margin-bottom: 9px; flex-wrap: wrap; }
.unit { color: var(--faint); font-size: 12px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; align-items: start; }
.wide-left { grid-template-columns: 1.55fr 1fr; }
.stack { display: grid; gap: 14px; min-width: 0; }

.notices { display: grid; gap: 6px; list-style: none; }
.notices li, .notice { padding: 8px 12px; border-radius: 8px; background: var(--warn-wash); color: var(--ink); overflow-wrap: anywhere; }
.notices li { border-left: 3px solid var(--warn); }
.notices li.bad { background: var(--bad-wash); border-left-color: var(--bad); }
.notices strong { font-weight: 620; }

.tiles { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); background: var(--card); border: 1px solid var(--line); border-radius: 9px; overflow: hidden; }
.tiles > div { padding: 11px 13px 10px; box-shadow: 1px 1px 0 var(--line); min-width: 0; }
.tiles dt { color: var(--soft); font-size: 12px; white-space: nowrap; }
.tiles .value { font-size: 22px; font-weight: 600; letter-spacing: -.02em; line-height: 1.25; white-space: nowrap; }
.tiles .value small { font-size: 13px; font-weight: 500; color: var(--soft); letter-spacing: 0; margin-left: 3px; }
.tiles .also { color: var(--faint); font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tiles [data-tone=bad] .value { color: var(--bad); }
.tiles [data-tone=warn] .value { color: var(--warn); }
.tiles > div[data-tone]::before { content: none; }

.legend { display: flex; gap: 14px; margin-left: auto; }
.legend span { display: inline-flex; align-items: center; gap: 6px; color: var(--soft); font-size: 12px; }
.legend i { width: 16px; height: 0; border-top: 2px solid; border-radius: 2px; }
.legend b { color: var(--ink); font-weight: 600; min-width: 3.6em; text-align: right; }
.one { color: var(--one); stroke: var(--one); } .two { color: var(--two); stroke: var(--two); }
.legend i.two { border-top-style: dashed; }
.chart { position: relative; height: 168px; }
.chart svg { display: block; width: 100%; height: 100%; overflow: visible; }
.chart .grid { stroke: var(--grid); stroke-width: 1; shape-rendering: crispEdges; }
.chart text { fill: var(--faint); font-size: 11px; }
.chart path { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.chart path.two { stroke-dasharray: 5 3; }
.chart path.area { stroke: none; fill: var(--one); opacity: .09; }
.chart .cursor { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 2 2; }
.chart circle { stroke: var(--card); stroke-width: 1.5; }
.chart circle.one { fill: var(--one); } .chart circle.two { fill: var(--two); }
.tip { position: absolute; top: 2px; pointer-events: none; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 5px 9px; font-size: 12px; box-shadow: 0 3px 12px rgb(0 0 0 / .12); white-space: nowrap; z-index: 1; }
.tip div { display: flex; gap: 10px; justify-content: space-between; } .tip b { font-weight: 600; }
.empty { color: var(--faint); padding: 6px 0; }

.scroll { overflow-x: auto; margin: 0 -14px; padding: 0 14px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--faint); font-size: 12px; padding: 0 12px 5px 0; white-space: nowrap; }
td { padding: 5px 12px 5px 0; border-top: 1px solid var(--grid); vertical-align: top; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:hover td { background: var(--hover); }
.n { text-align: right; white-space: nowrap; }
td.name { font-family: var(--mono); font-size: 12.5px; }
td.name { min-width: 11em; }
td.where { color: var(--soft); font-family: var(--mono); font-size: 12px; }
td .why { display: block; color: var(--soft); font-size: 12px; margin-top: 1px; }
.bar-column { width: 28%; }
.bar { display: block; height: 6px; margin-top: 6px; border-radius: 3px; background: var(--grid); overflow: hidden; }
.bar i { display: block; height: 100%; border-radius: 3px; background: var(--one); }
.more { margin-top: 8px; border: 0; background: none; color: var(--one); padding: 0; cursor: pointer; font: inherit; }
.facts { display: grid; grid-template-columns: 1fr auto; row-gap: 0; }
.facts dt, .facts dd { padding: 4px 0; border-top: 1px solid var(--grid); }
.facts dt:first-of-type, .facts dt:first-of-type + dd { border-top: 0; }
.facts dt { color: var(--soft); } .facts dd { text-align: right; font-weight: 550; }

.look, .notice { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
.notice { margin-bottom: 14px; background: var(--card); border: 1px solid var(--line); }
.look input { flex: 1 1 260px; max-width: 560px; }
input, form button { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 7px; padding: 6px 10px; background: var(--card); min-height: 34px; }
.look input { font-family: var(--mono); font-size: 12.5px; }
input::placeholder { color: var(--faint); opacity: 1; }
form button { background: var(--one); border-color: var(--one); color: #fff; font-weight: 560; cursor: pointer; padding: 6px 14px; }
@media (prefers-color-scheme: dark) { form button { color: #0b1220; } }
.error { color: var(--bad); margin: 6px 0 0; flex-basis: 100%; }
.error:empty { display: none; }
.actor-facts { display: flex; gap: 4px 18px; flex-wrap: wrap; margin: 10px 0 8px; color: var(--soft); }
.actor-facts b { color: var(--ink); font-weight: 600; }
.tree { font-family: var(--mono); font-size: 12.5px; }
.states { table-layout: fixed; } .states th:nth-child(1), .states td:nth-child(1) { width: 18%; } .states th:nth-child(2), .states td:nth-child(2) { width: 22%; }
.tree .preview { color: var(--faint); margin-left: 8px; } .tree details[open] > summary > .preview { display: none; }
.tree details { padding-left: 14px; } .tree .leaf { padding-left: 14px; overflow-wrap: anywhere; }
.tree summary { margin-left: -14px; cursor: pointer; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tree > details, .tree > .leaf { padding-left: 0; } .tree > details > summary { margin-left: 0; }
.tree .key { color: var(--soft); } .tree .string { color: var(--text); } .tree .number, .tree .boolean, .tree .null { color: var(--number); } .tree .count { color: var(--faint); }
footer, noscript { display: block; color: var(--faint); margin-top: 16px; font-size: 12px; }

@media (max-width: 1080px) { .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
@media (max-width: 860px) { .pair, .wide-left { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 560px) {
  body { padding: 0 12px 20px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .legend { margin-left: 0; flex-basis: 100%; }
  .legend b { min-width: 0; }
  .bar-column { width: 18%; }
  .extra { display: none; }
  .states thead { display: none; } .states, .states tbody, .states tr, .states td { display: block; width: auto !important; }
  .states td { border-top: 0; padding: 0 0 3px; } .states tr { border-top: 1px solid var(--grid); padding: 6px 0; }
  .states td.name, .states td.where { display: inline-block; min-width: 0; padding-right: 10px; }
}
`
