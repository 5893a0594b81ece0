/**
 * What is written of figures beside their SVG.
 */
import { escaped } from '../report/markup.js';
import { version } from '../version.js';
import type { DrawnFigure } from './drawn.js';

/** The data of a figure as a file: what is drawn, with what it says and where it comes from. */
export function figureText({ svg: _, data, ...figure }: DrawnFigure): string {
  return `${JSON.stringify({ ...figure, version: version(), data })}\n`;
}

/** A page that shows figures with their captions; the SVG files stand beside it. */
export function figureIndex(figures: readonly DrawnFigure[]): string {
  const sections = figures.map(
    ({ id, panel, title, caption }) => `<figure id="${id}">
<img src="${id}.svg" alt="${escaped(title)}">
<figcaption><strong>${escaped(title)}.</strong> ${escaped(caption)} ${panel === undefined ? '' : `Fig. ${panel} of the paper. `}<a href="${id}.json">Data</a></figcaption>
</figure>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Figures</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #111; background: #fff; }
figure { margin: 0 0 3rem; }
img { max-width: 100%; height: auto; }
figcaption { max-width: 46rem; }
</style>
<h1>Figures</h1>
${sections.join('\n')}
</html>
`;
}
