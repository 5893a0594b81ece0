/**
 * The HTML report's style sheet.
 */

const LIGHT = `
--paper:#fcfbf8;--raised:#f4f2ec;--ink:#1f1e1b;--soft:#5d5a53;--line:#dedad0;--link:#1d5580;
--holds:#1c6844;--refuted:#a2281e;--undecided:#765200;
--s0:#1d5580;--s1:#b4530a;--s2:#1c6844;--s3:#8a3b78;`;

const DARK = `
--paper:#17181b;--raised:#202226;--ink:#e7e4dd;--soft:#aaa69c;--line:#393b40;--link:#90c0ea;
--holds:#7ccba1;--refuted:#f4968c;--undecided:#e3bb62;
--s0:#90c0ea;--s1:#f0a868;--s2:#7ccba1;--s3:#d79ac8;`;

/** Colours keep a contrast of 4.5 to 1 and more to the paper and to raised areas; statuses have a sign and a word besides. */
export const STYLE = `
:root{color-scheme:light;${LIGHT}
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif;
--serif:Charter,"Bitstream Charter","Iowan Old Style","Palatino Linotype","Source Serif 4",Georgia,"Liberation Serif",serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${DARK}}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
*,*::before,*::after{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans)}
[hidden]{display:none!important}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.18em}
:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:2px}
h1:focus{outline:none}
.skip,.unseen{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;white-space:nowrap}
.skip:focus{clip-path:none;width:auto;height:auto;padding:.5rem 1rem;background:var(--paper);z-index:1}
.bar,main{max-width:72rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}
.bar{display:flex;justify-content:space-between;align-items:center;padding-top:1.1rem;padding-bottom:1.1rem}
.brand{font-weight:650;letter-spacing:-.01em;color:var(--ink);text-decoration:none}
button,input,select{font:inherit;color:inherit}
#theme,.copy{padding:.15rem .7rem;border:1px solid var(--line);border-radius:99px;background:none;color:var(--soft);font-size:.875rem;cursor:pointer}
#theme:hover,.copy:hover{color:var(--ink);border-color:var(--soft)}
main{padding-top:1.5rem;padding-bottom:6rem}
.page{display:none;max-width:50rem}
.page:target{display:block}
main:has(.page:target) #overview{display:none}
h1{margin:.1rem 0 1.4rem;font:400 clamp(1.7rem,1.2rem + 2vw,2.5rem)/1.2 var(--serif);letter-spacing:-.012em;text-wrap:balance;overflow-wrap:anywhere}
h2{margin:3rem 0 .9rem;font:600 1.05rem/1.3 var(--sans)}
h3{margin:2rem 0 .6rem;font:600 .875rem/1.4 var(--sans);color:var(--soft)}
p{margin:.6rem 0}
ul,ol{padding-left:1.3rem}
.plain,.chips,.cards,.legend,.proportions{list-style:none;padding:0}
code,pre{font:.86em/1.5 var(--mono)}
sub,sup{font-size:.72em;line-height:0}
.kicker{margin:0;color:var(--soft);font-size:.875rem}
.kicker code{overflow-wrap:anywhere}
.aside,.narrow,figcaption{color:var(--soft);font-size:.875rem}
.trail{margin-bottom:1.8rem;font-size:.875rem}
.badge{display:inline-flex;align-items:baseline;gap:.4em;font-size:.875rem;font-weight:600;white-space:nowrap}
.badge .sign{font-weight:700}
.holds{color:var(--holds)}.refuted{color:var(--refuted)}.undecided{color:var(--undecided)}
.facts{display:grid;gap:.35rem 1.5rem;margin:1rem 0}
.facts>div{display:grid;grid-template-columns:minmax(7rem,10rem) minmax(0,1fr);gap:1.2rem}
.facts dt{color:var(--soft);font-size:.875rem;line-height:1.7}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts ul{margin:.2rem 0}
.tallies .facts{display:flex;flex-wrap:wrap;gap:1.2rem 2.6rem;margin:0 0 1rem}
.tallies .facts>div{display:flex;flex-direction:column-reverse;gap:0}
.tallies dd{font:400 1.6rem/1.2 var(--serif);font-variant-numeric:lining-nums tabular-nums}
.failures li{margin:.9rem 0;padding-left:1rem;border-left:2px solid var(--line)}
.reason{margin:.25rem 0;overflow-wrap:anywhere}
.controls{display:flex;flex-wrap:wrap;gap:.8rem 1.6rem;align-items:end;margin:0 0 1rem;font-size:.875rem}
.controls label>span:first-child,.controls legend{display:block;padding:0;color:var(--soft);font-size:.8125rem}
.controls fieldset{display:flex;gap:.9rem;margin:0;padding:0;border:0;min-width:0;flex-wrap:wrap}
.controls fieldset label{display:inline-flex;gap:.35rem;align-items:center;padding:.32rem 0}
.controls fieldset label>span:first-of-type{display:inline;color:inherit;font-size:inherit}
.controls b{font-weight:400;color:var(--soft)}
.controls input[type=search],.controls select{padding:.3rem .6rem;border:1px solid var(--soft);border-radius:6px;background:var(--paper)}
.controls input[type=search]{width:min(17rem,70vw)}
.controls input[type=checkbox]{margin:0;accent-color:var(--link)}
.controls output{padding:.32rem 0;color:var(--soft);font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{padding:.65rem .9rem .65rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{padding-top:0;padding-bottom:.4rem;border-bottom-color:var(--soft);color:var(--soft);font-size:.8125rem;white-space:nowrap}
thead button{padding:.2rem 0;border:0;background:none;font:inherit;color:inherit}
thead button:enabled{cursor:pointer}
thead button:hover:enabled{color:var(--ink)}
.arrow{display:inline-block;width:1.1em;text-align:center}
th[aria-sort] button{color:var(--ink);font-weight:600}
th[aria-sort=ascending] .arrow::before{content:"↑"}
th[aria-sort=descending] .arrow::before{content:"↓"}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.ledger th[scope=row]{line-height:1.45}
.ledger th[scope=row] a{color:var(--ink);text-decoration-color:var(--line)}
.ledger th[scope=row] a:hover{color:var(--link);text-decoration-color:currentColor}
.ledger tbody tr:hover{background:var(--raised)}
.id{display:block;color:var(--soft);font-size:.75rem;overflow-wrap:anywhere}
.ledger bdi{overflow-wrap:anywhere}
.gauge{display:block;width:5.5rem;height:3px;margin:.35rem 0 0 auto}
.gauge path{fill:none;stroke-width:4;stroke:var(--line)}
.gauge .used{stroke:var(--soft)}
.narrow{display:none}
#none{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1.4rem 1.8rem}
.cards li{display:flex;flex-direction:column;gap:.15rem;overflow-wrap:anywhere;min-width:0}
.cards svg{margin-top:.3rem;border-bottom:1px solid var(--line)}
.statement>p{font:1.16rem/1.6 var(--serif);text-wrap:pretty}
.statement h2{margin-top:0}
.formula{margin:1.4rem 0 1.6rem;padding:.9rem 1.2rem;background:var(--raised);border-radius:8px}
.equation{padding:.3rem 0;overflow-x:auto;overflow-y:hidden}
.equation .katex{font-size:1.12em;line-height:1.7}
.steps{font:1.03rem/1.65 var(--serif)}
.steps li{margin:.5rem 0;padding-left:.3rem}
.steps li::marker{color:var(--soft);font-family:var(--sans);font-size:.8em}
.names li{margin:.35rem 0}
.outcome{font-size:1.03rem}
.outcome .badge{font-size:1rem}
.command{display:flex;gap:.8rem;align-items:center;justify-content:space-between;margin:.8rem 0;padding:.45rem .8rem;background:var(--raised);border-radius:6px}
.command code{overflow-wrap:anywhere}
.case{overflow-wrap:anywhere;white-space:pre-wrap}
pre.case{max-height:24rem;margin:.6rem 0;padding:.8rem;overflow:auto;background:var(--raised);border-radius:6px}
details summary{cursor:pointer;overflow-wrap:anywhere}
.chips{display:flex;flex-wrap:wrap;gap:.35rem 1.4rem;font-size:.9375rem}
.chips span{color:var(--soft);font-variant-numeric:tabular-nums}
.proportions li{margin:1.1rem 0}
.proportions p{margin:.2rem 0}
figure{margin:1rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1.6rem 2rem}
.figures figure{margin:0}
.figures strong{font-weight:600;color:var(--ink)}
.legend{display:inline-flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:0 0 0 .8rem;vertical-align:baseline}
.legend li{display:flex;align-items:center;gap:.4rem}
.scroll{overflow-x:auto}
.proofs{font-size:.875rem}
.proofs th[scope=row]{min-width:14rem}
.proofs td{white-space:nowrap;vertical-align:baseline}
.proofs .aside{font-size:.8125rem}
.numbers{width:auto;font-variant-numeric:tabular-nums}
.numbers th,.numbers td{padding:.3rem 1.6rem .3rem 0}
.numbers .broken th,.numbers .broken td{font-weight:600;color:var(--refuted)}
.chart{display:block;max-width:100%;height:auto;overflow:visible;font-family:var(--sans)}
.chart text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}
.chart [paint-order]{stroke:var(--paper)}
.chart path,.chart .frame{fill:none}
.chart .frame{stroke:none}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .axis{stroke:var(--soft)}
.chart .bar{fill:var(--s0)}
.chart .limit{stroke:var(--refuted);stroke-width:1.5}
.chart .flag{fill:var(--refuted)}
.chart .knots{stroke-width:5;stroke-linecap:round}
.chart .stage{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 3}
.chart .predicted{stroke:var(--ink);stroke-dasharray:2 4}
.chart .diagonal{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}
.chart .dots{stroke:var(--s0);stroke-width:3.6;stroke-linecap:round;stroke-opacity:.55}
.chart .track{stroke:var(--line);stroke-width:4;stroke-linecap:round}
.chart .claimed{stroke:var(--holds);stroke-width:4;stroke-linecap:round;stroke-opacity:.45}
.chart .mark{fill:var(--ink);stroke:var(--paper);stroke-width:1.5}
.chart .line{stroke-width:1.4;stroke-linejoin:round}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}
.provenance .facts{font-size:.9375rem}
.neighbours{display:flex;gap:2rem;justify-content:space-between;margin-top:4rem;padding-top:1.2rem;border-top:1px solid var(--line)}
.neighbours a{max-width:48%;color:var(--ink);text-decoration-color:var(--line);overflow-wrap:anywhere}
.neighbours .next{margin-left:auto;text-align:right}
@media (max-width:46rem){
.wide-only{display:none}
.narrow{display:block}
.facts>div{grid-template-columns:minmax(0,1fr);gap:0}
.tallies .facts{gap:1rem 1.8rem}
.ledger th,.ledger td{padding-right:.7rem}
.ledger td:first-child{padding-right:.4rem}
.ledger td:first-child .word{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.ledger th:first-child button{font-size:0}
.ledger th:first-child button::after{content:"↕";font-size:.9rem}
.ledger th:first-child .arrow{display:none}
.ledger th:first-child[aria-sort=ascending] button::after{content:"↑"}
.ledger th:first-child[aria-sort=descending] button::after{content:"↓"}
.ledger td.number{width:5rem;white-space:normal}
.gauge{width:100%}
.formula{margin-left:-.6rem;margin-right:-.6rem}
}
@media print{.page{display:block;break-before:page}.bar,.controls,.trail,.copy,.neighbours{display:none}}
`;
