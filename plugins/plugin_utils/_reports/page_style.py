# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The style of a page, light and dark, for a desk, a phone and paper. No value is ever written into it."""

from __future__ import annotations

LIGHT = {
    "page": "#f4f6f8", "card": "#ffffff", "line": "#d3d9e0", "ink": "#18212b", "soft": "#505c69", "link": "#0a56a6",
    "add": "#0f6030", "add-bg": "#e3f5e8", "chg": "#7a4a00", "chg-bg": "#fdf1d3", "del": "#a3170f", "del-bg": "#fdeae8",
    "band": "#ffffff", "blue": "#0b4f9c", "green": "#15632d", "red": "#9c1c14", "amber": "#7a4700", "grey": "#434e5b",
}  # fmt: skip
DARK = {
    "page": "#0f141a", "card": "#182029", "line": "#35414e", "ink": "#e7ecf2", "soft": "#a5b1be", "link": "#82baff",
    "add": "#7fdc95", "add-bg": "#12301c", "chg": "#f0c463", "chg-bg": "#362b0f", "del": "#ffa199", "del-bg": "#3d1714",
    "band": "#ffffff", "blue": "#1b4f8c", "green": "#1c5c33", "red": "#8f241c", "amber": "#6b4606", "grey": "#3a4552",
}  # fmt: skip
# Which colours stand on which: held against WCAG AA by a test.
ON = {
    "ink": ("page", "card", "add-bg", "chg-bg", "del-bg"),
    "soft": ("page", "card"),
    "link": ("page", "card"),
    "add": ("card", "page", "add-bg"),
    "chg": ("card", "page", "chg-bg"),
    "del": ("card", "page", "del-bg"),
    "band": ("blue", "green", "red", "amber", "grey"),
}


def _palette(colours: dict[str, str]) -> str:
    return ";".join(f"--{word}:{colour}" for word, colour in colours.items())


_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);
  font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.wrap{max-width:72rem;margin:0 auto;padding:0 1.5rem}
bdi,pre{font:0.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
bdi{overflow-wrap:anywhere}
a{color:var(--link)}
h1,h2,h3,p,dl,ul,figure,pre{margin:0}
h2{font-size:1.375rem;line-height:1.3;margin:0 0 .75rem}
h3{font-size:1.0625rem;line-height:1.35;overflow-wrap:anywhere}
i{font-style:normal}
.soft{color:var(--soft);font-size:.9375rem}
section{position:relative;margin:2.75rem 0;scroll-margin-top:1rem}
section>.soft{margin:-.25rem 0 .75rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}

.band{color:var(--band);padding:2rem 0 1.75rem}
.band :focus-visible{outline-color:var(--band)}
.blue{background:var(--blue)}.green{background:var(--green)}.red{background:var(--red)}.amber{background:var(--amber)}
  .grey{background:var(--grey)}
.verdict{font-size:2.5rem;line-height:1.1;font-weight:700;letter-spacing:-.02em}
.lead{font-size:1.1875rem;margin-top:.5rem}
h1{font-size:1.1875rem;line-height:1.35;font-weight:600;margin-bottom:.875rem;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin-top:1.25rem;padding-top:1rem;border-top:1px solid currentColor;
  font-size:.9375rem}
.facts dt{font-size:.8125rem}
.facts dd{margin:0;overflow-wrap:anywhere}
button{font:inherit;font-size:.875rem;color:inherit;background:transparent;border:1px solid currentColor;border-radius:6px;
  padding:.25rem .75rem;min-height:2rem;cursor:pointer}
.copy{min-height:1.5rem;padding:0 .5rem;margin-left:.5rem;font-size:.8125rem}

.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem;margin-top:1.5rem}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.75rem 1rem;display:flex;
  flex-direction:column-reverse;justify-content:flex-end}
.figures dt{color:var(--soft);font-size:.875rem;line-height:1.3}
.figures dd{margin:0;font-size:2rem;line-height:1.2;font-weight:700;font-variant-numeric:tabular-nums}
.figures .a{color:var(--add)}.figures .c{color:var(--chg)}.figures .d{color:var(--del)}
.rest{display:flex;flex-wrap:wrap;gap:.25rem 1.75rem;margin-top:.875rem;font-size:.9375rem}
.rest div,.lead{overflow-wrap:anywhere}
.rest dt,.rest dd{display:inline;margin:0}
.rest dt{color:var(--soft)}
nav{margin-top:1.25rem;font-size:.9375rem}
nav ul{display:flex;flex-wrap:wrap;gap:.375rem 1.5rem;list-style:none;padding:0}

.cards{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.card{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--grey);border-radius:10px;
  padding:1rem 1.25rem;min-width:0}
.card.wide,.card:only-child{grid-column:1/-1}
.card.bad,.card.del{border-left-color:var(--del)}
.card.bad{background:var(--del-bg)}
.card.bad .soft,.card.bad h3{color:var(--ink)}
.card.chg{border-left-color:var(--chg)}
.card.del h3{color:var(--del)}
.card h3{margin-bottom:.5rem}
.card p{overflow-wrap:anywhere}
.card p+p{margin-top:.5rem}
.card p.leaf{margin:0}
.card td:first-child,.card th:first-child{padding-left:0}
.hint{font-weight:600}
.plain,.names{list-style:none;padding:0}
.plain li{padding:.1875rem 0;overflow-wrap:anywhere}
.names{columns:2;column-gap:2rem;padding:.25rem 0 .5rem 1.5rem}
.names li{break-inside:avoid;padding:.0625rem 0}
.plain i,.names i,.tree i{color:var(--soft);font-size:.875rem;white-space:nowrap}
.leaf{padding:.1875rem 0 .1875rem 1.25rem}
.whole{color:var(--del);font-weight:700}

summary{cursor:pointer;padding:.1875rem 0;overflow-wrap:anywhere}
summary::marker{color:var(--soft)}
.n{color:var(--soft);font-size:.875rem;font-variant-numeric:tabular-nums}
.n .a,.a>b{color:var(--add)}.n .c,.c>b{color:var(--chg)}.n .d,.d>b{color:var(--del)}
.n span{font-weight:600}
b{display:inline-block;text-indent:0;min-width:1.25em;text-align:center;
  font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.tree{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.75rem 1.25rem}
.tree ul{list-style:none;padding-left:1.125rem;margin-left:.3125rem;border-left:1px solid var(--line)}
.tree li{padding:.0625rem 0;overflow-wrap:anywhere}
.tree li[class]{padding-left:1.75rem;text-indent:-1.75rem}
.tree summary:hover,.steps tbody tr:hover{background:var(--page)}
.d>summary>b,.d>b,td b{font-weight:700}
.a>summary>b{color:var(--add)}.c>summary>b{color:var(--chg)}.d>summary>b{color:var(--del)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.75rem}
.tools[hidden]{display:none}
.corner{position:absolute;top:-.25rem;right:0;margin:0}
input[type=search]{font:inherit;flex:1 1 16rem;min-width:0;min-height:2.5rem;padding:.25rem .75rem;color:var(--ink);
  background:var(--card);border:1px solid var(--soft);border-radius:8px}
::placeholder{color:var(--soft);opacity:1}
.tools button{min-height:2.5rem;background:var(--card)}
.tools .a{color:var(--add)}.tools .c{color:var(--chg)}.tools .d{color:var(--del)}
.tools [aria-pressed=true].a{background:var(--add-bg)}.tools [aria-pressed=true].c{background:var(--chg-bg)}
  .tools [aria-pressed=true].d{background:var(--del-bg)}
.tools [aria-pressed=false]{text-decoration:line-through;border-style:dashed}
#shown{color:var(--soft);font-size:.9375rem}

table{width:100%;border-collapse:collapse}
.steps{background:var(--card);border:1px solid var(--line);border-radius:10px;border-spacing:0;border-collapse:separate}
th{text-align:left;font-size:.8125rem;color:var(--soft);font-weight:600}
th,td{padding:.3125rem .75rem;vertical-align:baseline;overflow-wrap:anywhere}
.steps td{border-top:1px solid var(--line)}
.steps{table-layout:fixed}
.steps thead th:nth-child(1){width:3rem}
.steps thead th:nth-child(2){width:7.5rem}
.steps thead th:nth-child(4){width:14rem}
.steps thead th:nth-child(5){width:11.5rem}
.steps td:last-child{text-align:right;font-variant-numeric:tabular-nums}
.steps thead th:last-child{text-align:right}
.steps td:nth-child(4),.steps td:last-child{color:var(--soft);font-size:.9375rem}
.steps tbody th{padding-top:1rem;color:var(--ink);border-top:1px solid var(--line)}
tr.a b{color:var(--add)}tr.c b{color:var(--chg)}tr.d b{color:var(--del)}

details.text{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:.75rem}
details.text>summary{padding:.625rem 1rem}
.text .soft{padding:.5rem 1rem}
.diff{padding:.5rem 0;border-top:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;padding-inline:1rem;
  overflow:hidden}
.diff ins,.diff del,.diff span{display:block;text-decoration:none;margin:0 -1rem;padding:0 1rem}
.diff ins{background:var(--add-bg);color:var(--add)}
.diff del{background:var(--del-bg);color:var(--del)}
.diff span{color:var(--soft);background:var(--page)}
.pair{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin-bottom:1rem}
.pair h3{margin-bottom:.75rem}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem;align-items:end}
figcaption{color:var(--soft);font-size:.875rem;margin-top:.25rem}
img,.none p{max-width:100%;max-height:16rem;min-width:2rem;border:1px solid var(--line);
  background:repeating-conic-gradient(#c9ced4 0 25%,#fff 0 50%) 0 0/16px 16px;display:block}
.none p{background:none;border-style:dashed;color:var(--soft);padding:2rem;text-align:center}
.pair details{margin-top:.75rem}
.swipe{display:grid;margin:.5rem 0;max-width:34rem;align-items:start}
.swipe img{grid-area:1/1;width:100%;max-height:none}
.slide{display:flex;align-items:center;gap:.75rem;max-width:30rem;font-size:.9375rem}
.slide input{flex:1;accent-color:var(--link);min-height:2rem}

.leaf i{color:var(--soft);font-size:.875rem;white-space:nowrap}
.calm{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:.25rem 2rem;font-size:.9375rem}
.pairs div{display:flex;gap:.75rem;align-items:baseline}
.pairs dt{color:var(--soft);flex:0 0 8rem}
.pairs dd{margin:0;overflow-wrap:anywhere;min-width:0}
footer{border-top:1px solid var(--line);margin-top:3rem;padding:1.5rem 0 3rem}
footer h2{font-size:1.0625rem}
footer .soft{margin-top:1rem}

@media (max-width:52rem){
.wrap{padding:0 1rem}
.band{padding:1.5rem 0 1.25rem}
.verdict{font-size:2rem}
.lead{font-size:1.0625rem}
.facts{display:block;margin-top:1rem;padding-top:.75rem}
.facts div{display:flex;gap:.75rem;align-items:baseline}
.facts dt{flex:0 0 3.75rem}
section{margin:2.25rem 0}
.figures{gap:.5rem}
.figures div{padding:.5rem .75rem}
.figures dd{font-size:1.5rem}
.cards,.sides{grid-template-columns:minmax(0,1fr)}
.card{padding:.875rem 1rem}
.names{columns:1}
.tree{padding:.5rem .75rem}
.tree ul{padding-left:.75rem}
thead{display:none}
table,tbody,tr,td,tbody th{display:block}
tr[hidden],tbody[hidden]{display:none}
.steps tr{border-top:1px solid var(--line);padding:.375rem .75rem}
.steps tbody:first-of-type tr:first-child{border:0}
.steps tr[class]{display:grid;grid-template-columns:1.75rem auto auto 1fr}
.steps tr[hidden]{display:none}
.steps td,.steps tbody th{border:0;padding:0}
.steps td:nth-child(1){grid-row:1}
.steps td:nth-child(3){grid-row:1;grid-column:2/-1}
.steps td:nth-child(2){grid-row:2;grid-column:2;color:var(--soft);font-size:.9375rem}
.steps td:nth-child(4),.steps td:last-child{grid-row:2;grid-column:3;white-space:normal;text-align:left}
.steps td:last-child{grid-column:4}
.steps td:nth-child(4):not(:empty)::before,.steps td:last-child:not(:empty)::before{content:"\\a0·\\a0"}
.card table td{padding:.125rem 0}
.card table tr{padding:.375rem 0}
[data-t]::before{content:attr(data-t);color:var(--soft)}
.bad [data-t]::before{color:var(--ink)}
}
@media print{
.js,button,nav{display:none}
body{background:none}
.band{-webkit-print-color-adjust:exact;print-color-adjust:exact}
section,.card{break-inside:auto}
}
"""

_DARK_RULES = f"@media (prefers-color-scheme:dark){{:root{{{_palette(DARK)}}}}}"
STYLE = f"\n:root{{color-scheme:light dark;{_palette(LIGHT)}}}\n{_DARK_RULES}{_RULES}"
