/**
 * What is written of figures beside their SVG: their data, and a page that shows them all.
 */
import { html, type Markup, trusted } from '../../chart/markup.js';
import { notation } from '../../report/notation.js';
import { version } from '../../version.js';
import type { DrawnFigure } from './drawn.js';

/** The data of a figure as a file: what is drawn, with what it says and where it comes from. */
export function figureText({ svg: _, data, ...figure }: DrawnFigure): string {
  return `${JSON.stringify({ ...figure, version: version(), data })}\n`;
}

/** What the figures of the paper are about, in their order. */
const SUBJECTS: Readonly<Record<string, string>> = {
  1: 'Closed loop and open loop',
  2: 'Losses and gains',
  3: 'Stage 1',
  4: 'Stage 2',
  5: 'Stage 3',
  6: 'Tracking',
};

/** The heading above a figure on the page. */
function headingOf({ panel }: DrawnFigure): string {
  return panel === undefined ? 'Beyond the paper' : `Figure ${panel[0]} · ${SUBJECTS[panel[0]!]}`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f1e1b; --soft: #5d5a53; --line: #dedad0; --link: #1d5580; --page: #fcfbf8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e4dd; --soft: #aaa69c; --line: #393b40; --link: #90c0ea; --page: #17181b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 120rem; padding: 1.5rem clamp(1rem, 3vw, 3rem) 4rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
h1 { margin: 0; font-size: 1.8rem; font-weight: 400; }
h2 { margin: 2.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.15rem; font-weight: 600; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: .6rem; font-size: .9rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1.2rem; align-items: start; }
.grid figure { margin: 0; }
figure > a { display: grid; place-items: center; height: 19rem; padding: .6rem; border: 1px solid var(--line); border-radius: 6px; background: #fff; cursor: zoom-in; }
figure > a:hover, figure > a:focus-visible { border-color: var(--link); outline: 2px solid var(--link); outline-offset: 1px; }
img { display: block; max-width: 100%; max-height: 100%; }
.grid img { height: 100%; width: 100%; object-fit: contain; min-height: 0; }
.title { margin: .5rem 0 0; font-weight: 600; }
.panel { margin-right: .4em; color: var(--soft); font-weight: 400; }
.caption { margin: .2rem 0 0; color: var(--soft); font-size: .9rem; }
.grid .caption { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
dialog { width: min(96vw, 100rem); max-width: none; max-height: 94vh; padding: 1.5rem; border: 1px solid var(--line); border-radius: 8px; color: var(--ink); background: var(--page); }
dialog::backdrop { background: rgb(0 0 0 / .6); }
.large { display: grid; grid-template-columns: minmax(0, 1fr) minmax(15rem, 24rem); gap: 2rem; align-items: center; }
.large .frame { padding: .5rem; border-radius: 4px; background: #fff; }
.large img { width: 100%; height: min(80vh, 75vw); object-fit: contain; }
.large .caption { margin-top: .6rem; font-size: 1rem; color: inherit; }
.large .title { font-size: 1.25rem; }
.buttons { display: flex; gap: .6rem; margin-top: 1.2rem; }
sub, sup { font-size: .72em; line-height: 0; }
button { padding: .25rem .9rem; border: 1px solid var(--line); border-radius: 99px; font: inherit; color: inherit; background: none; cursor: pointer; }
@media (max-width: 50rem) { .large { grid-template-columns: minmax(0, 1fr); gap: 1rem; } .large img { height: auto; } }
@media print { .grid .caption { display: block; } dialog { display: none; } }
`;

/** Without this script a figure is a link to its SVG. */
const SCRIPT = `'use strict';
(() => {
  const figures = [...document.querySelectorAll('.grid figure')];
  const dialog = document.querySelector('dialog');
  const part = (selector) => dialog.querySelector(selector);
  let shown = 0;
  const show = (index) => {
    shown = (index + figures.length) % figures.length;
    const figure = figures[shown];
    const image = figure.querySelector('img');
    part('img').src = image.src;
    part('img').alt = image.alt;
    part('.text').innerHTML = figure.querySelector('figcaption').innerHTML;
    if (!dialog.open) dialog.showModal();
  };
  figures.forEach((figure, index) => figure.querySelector('a').addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(index);
  }));
  part('.previous').addEventListener('click', () => show(shown - 1));
  part('.next').addEventListener('click', () => show(shown + 1));
  part('.close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') show(shown - 1);
    if (event.key === 'ArrowRight') show(shown + 1);
  });
  dialog.addEventListener('close', () => figures[shown].querySelector('a').focus());
})();
`;

function figureMarkup({ id, panel, title, caption }: DrawnFigure): Markup {
  return html`<figure id="${id}"><a href="${id}.svg"><img src="${id}.svg" alt="${title}" loading="lazy"></a>
<figcaption><p class="title">${panel !== undefined && html`<span class="panel">${panel}</span>`}${notation(title)}</p>
<p class="caption">${notation(caption)}</p><p class="caption"><a href="${id}.svg">SVG</a> · <a href="${id}.json">Data</a></p></figcaption></figure>
`;
}

/** A page that shows figures by the paper's numbers, each large with its caption on a click; the SVG files stand beside it. */
export function figureIndex(figures: readonly DrawnFigure[]): string {
  const headings = [...new Set(figures.map(headingOf))];
  const anchor = (heading: string): string => `part-${headings.indexOf(heading) + 1}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figures · loopproof</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<h1>Figures</h1>
<nav aria-label="Figures">${headings.map((heading) => html`<a href="#${anchor(heading)}">${heading}</a>`)}</nav>
${headings.map(
  (heading) => html`<section id="${anchor(heading)}"><h2>${heading}</h2>
<div class="grid">
${figures.filter((figure) => headingOf(figure) === heading).map(figureMarkup)}</div></section>
`,
)}<dialog aria-label="Figure"><div class="large"><div class="frame"><img alt=""></div>
<div><div class="text"></div><div class="buttons"><button type="button" class="previous">← Previous</button><button type="button" class="next">Next →</button><button type="button" class="close">Close</button></div></div></div></dialog>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}
