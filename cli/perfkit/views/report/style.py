"""How the report looks: no fonts, images or scripts; light and dark by preference, or by choice without a script."""

from __future__ import annotations

from typing import Final

THEMES: Final = ("auto", "light", "dark")

STYLE: Final = """
:root {
  color-scheme: light; --paper: #fff; --panel: #f6f7f8; --ink: #1b1f24; --muted: #59616b; --rule: #dfe2e6;
  --bad: #b42318; --doubt: #8a5200; --good: #11692f; --accent: #1d4ed8; --band: #eef1f5;
  --c0: #1d4ed8; --c1: #b45309; --c2: #15803d; --c3: #7e22ce; --c4: #be123c;
}
@supports (color: light-dark(#000, #fff)) {
  :root {
    color-scheme: light dark;
    --paper: light-dark(#fff, #14171b); --panel: light-dark(#f6f7f8, #1b1f25); --ink: light-dark(#1b1f24, #e3e6ea);
    --muted: light-dark(#59616b, #9ba4b0); --rule: light-dark(#dfe2e6, #2e343c); --band: light-dark(#eef1f5, #20252c);
    --bad: light-dark(#b42318, #ff8f85); --doubt: light-dark(#8a5200, #eebd53);
    --good: light-dark(#11692f, #6fd692); --accent: light-dark(#1d4ed8, #8ab0ff);
    --c0: light-dark(#1d4ed8, #7aa5ff); --c1: light-dark(#b45309, #eda04f); --c2: light-dark(#15803d, #5fcb8b);
    --c3: light-dark(#7e22ce, #c79bff); --c4: light-dark(#be123c, #ff8299);
  }
  :root:has(#theme-light:checked) { color-scheme: light }
  :root:has(#theme-dark:checked) { color-scheme: dark }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body {
  margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; margin: 0 }
h1 { font-size: 1.6rem; letter-spacing: -.01em } h2 { font-size: 1.25rem } h3 { font-size: 1rem }
p { margin: .35rem 0 } a { color: var(--accent); text-underline-offset: .15em }
.muted, figcaption p, .foot { color: var(--muted) } .small, figcaption p, .foot, .notes { font-size: .867rem }
header { padding: 2.25rem 0 1.25rem; display: flex; gap: 1rem 2rem; justify-content: space-between; flex-wrap: wrap }
.themes { border: 0; padding: 0; margin: 0; display: flex; gap: .75rem; font-size: .867rem; align-items: center }
.themes label { display: flex; gap: .3rem; align-items: center; min-height: 24px; cursor: pointer }
.themes input { accent-color: var(--accent); margin: 0 }
section { margin-top: 2.75rem } section.chapter { padding-top: 1.5rem; border-top: 1px solid var(--rule) }
.chapter > header { padding: 0; display: block }
.scroll { overflow-x: auto; margin: .75rem 0 } .scroll:focus-visible { outline: 2px solid var(--accent) }
table { border-collapse: collapse; font-size: .867rem; overflow-wrap: normal }
th { font-weight: 500; color: var(--muted); vertical-align: bottom; white-space: nowrap }
th, td { padding: .28rem .9rem .28rem 0; text-align: right }
th:last-child, td:last-child { padding-right: 0 }
th:first-child, td:first-child { text-align: left }
td { border-top: 1px solid var(--rule); white-space: nowrap } thead td { border: 0 }
table.words th, table.words td { text-align: left; white-space: normal; vertical-align: top }
table.words { width: 100%; overflow-wrap: anywhere }
table.words td:not(:last-child) { min-width: 7rem; padding-right: 1.25rem } table.words th { overflow-wrap: normal }
tr:has(> td:first-child:empty) > td { border-top: 0; padding-top: 0 } thead tr > td:first-child { border: 0 }
td.red, td.bold { color: var(--bad) } td.bold { font-weight: 650 }
td.green { color: var(--good) } td.yellow { color: var(--doubt) } td.dim { color: var(--muted) }
.verdict { font-weight: 650; font-size: .8rem; letter-spacing: .01em; white-space: nowrap }
.verdict::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .45em;
  border-radius: 50%; background: currentColor }
.bad { color: var(--bad) } .doubt { color: var(--doubt) } .good { color: var(--good) } .plain { color: var(--muted) }
.verdict.bad::before { border-radius: 0 }
.verdict.doubt::before { border-radius: 0; transform: rotate(45deg) scale(.85) }
.notes { list-style: none; padding: 0; margin: .75rem 0; color: var(--muted) }
.notes li { padding-left: 1.1rem; text-indent: -1.1rem } .notes .doubt { color: var(--doubt) }
section > h3 { margin-top: 1.75rem } section > h2 + h3 { margin-top: 1rem }
figure { margin: 1.75rem 0 0; break-inside: avoid } figcaption { margin-bottom: .5rem }
details { margin-top: .5rem; font-size: .867rem }
summary { cursor: pointer; color: var(--muted); padding: .15rem 0; width: fit-content }
summary:hover { color: var(--ink) } summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent) }
:not(svg) > svg { display: block; width: 100%; overflow: visible }
svg text { font-size: 11.5px; fill: var(--muted); font-variant-numeric: tabular-nums }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
.rows { display: grid; align-items: center; font-size: .867rem; gap: 0 .6rem;
  grid-template-columns: minmax(10.5rem, max-content) minmax(0, 1fr) 4.75rem minmax(4rem, auto) }
.rows .who { max-width: 17rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.rows > .row { display: contents } .rows .told { text-align: right; white-space: nowrap }
.rows .beside { color: var(--muted); white-space: nowrap; min-width: 4rem } .rows .plot { margin-right: .4rem }
.chart { display: grid; grid-template-columns: 4rem minmax(0, 1fr); gap: 0 .6rem }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap }
.rows .axis { grid-column: 2; margin-right: .4rem }
.grid { stroke: var(--rule) } .zero { stroke: var(--muted) } .limit { stroke: var(--bad); stroke-dasharray: 4 3 }
text.limited { fill: var(--bad) }
.c0 { --c: var(--c0) } .c1 { --c: var(--c1) } .c2 { --c: var(--c2) } .c3 { --c: var(--c3) } .c4 { --c: var(--c4) }
.bad { --c: var(--bad) } .doubt { --c: var(--doubt) } .good { --c: var(--good) } .plain { --c: var(--muted) }
.dot { fill: var(--c); fill-opacity: .5; stroke: var(--c); stroke-width: .75 }
.middle { stroke: var(--c); stroke-width: 2.5 } .range { fill: var(--c); opacity: .16 }
.interval { stroke: var(--c); stroke-width: 2 } .estimate, svg text.beyond { fill: var(--c) }
.line { fill: none; stroke: var(--c); stroke-width: 1.75; vector-effect: non-scaling-stroke; stroke-linejoin: round }
.c1 .line { stroke-dasharray: 7 3 } .c2 .line { stroke-dasharray: 2 3 } .c3 .line { stroke-dasharray: 8 3 2 3 }
.area { fill: var(--c); opacity: .13 } .spot { fill: var(--c) } .name { fill: var(--c); font-weight: 600 }
.wait { fill: var(--c); opacity: .3 } .send { fill: var(--c) } .open { fill: none; stroke: var(--c) }
.step { fill: var(--band) }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; font-size: .867rem; margin-bottom: .35rem }
.legend svg { width: 26px; display: inline-block; vertical-align: middle; margin-right: .4rem }
.screen { display: block; max-width: 100%; height: auto; border-radius: 6px }
.call { overflow: hidden } .call rect { width: 100%; height: 100%; stroke: var(--paper) }
svg .call text { fill: var(--ink) }
.f0 rect { fill: color-mix(in srgb, var(--c1) 45%, var(--paper)) }
.f1 rect { fill: color-mix(in srgb, var(--c1) 30%, var(--paper)) }
.f2 rect { fill: color-mix(in srgb, var(--c4) 30%, var(--paper)) }
.f3 rect { fill: color-mix(in srgb, var(--c4) 18%, var(--paper)) }
pre { background: var(--panel); border-radius: 6px; padding: .75rem; overflow-x: auto; margin: .5rem 0;
  font: .8rem/1.4 ui-monospace, Menlo, Consolas, monospace }
.foot { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem }
@media (max-width: 40rem) {
  body { padding: 0 .9rem 3rem } header { padding-top: 1.25rem }
  .rows, .rows > .row { display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 0 .5rem }
  .rows .who { max-width: none; white-space: normal }
  .rows > .row { grid-column: 1 / -1; margin-top: .3rem } .rows .plot, .rows .axis { grid-column: 1 / -1; grid-row: 2 }
  .rows .axis { grid-row: auto } .rows .beside { min-width: 0 } .rows .plot, .rows .axis { margin-right: 0 }
  .chart { grid-template-columns: 3.4rem minmax(0, 1fr); gap: 0 .4rem }
  table.words thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  table.words tr { display: block; border-top: 1px solid var(--rule); padding: .4rem 0 }
  table.words td, table.words td:not(:last-child) { display: block; border: 0; padding: .05rem 0 }
}
@media print {
  :root { color-scheme: light !important } body { max-width: none; font-size: 10pt } .themes, .up { display: none }
  .scroll { overflow: visible } section.chapter { break-before: auto } h2, h3, figcaption { break-after: avoid }
  pre { white-space: pre-wrap }
}
"""
