/**
 * `loopproof figures`: the paper's figures and others, drawn of runs made here, with theory on top.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LoopproofError } from '../error.js';
import { type DrawnFigure, drawFigures, escaped } from '../figures/drawn.js';
import { figuresOf, gallery } from '../figures/gallery.js';
import { table } from '../report/table.js';
import { writeWhole } from '../runs/write.js';
import { version } from '../version.js';
import { progressOn } from './progress.js';

export interface FiguresOptions {
  readonly out: string;
  readonly seed: number;
  readonly list?: boolean;
}

/** The data of a figure as a file: what is drawn, with what it says and where it comes from. */
export function figureText({ svg: _, data, ...figure }: DrawnFigure): string {
  return `${JSON.stringify({ ...figure, version: version(), data })}\n`;
}

/** A page that shows figures with their captions; the SVG files stand beside it. */
export function indexText(figures: readonly DrawnFigure[]): string {
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

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new LoopproofError('unwritable', {
      where: folder,
      received: error instanceof Error ? error.message : String(error),
      expected: 'a folder, which is made where there is none',
      hint: 'name another folder with --out',
    });
  }
}

export function figuresCommand(names: readonly string[], { out, seed, list }: FiguresOptions): void {
  const chosen = figuresOf(names);
  if (list) {
    process.stdout.write(`${table(chosen.map(({ id, panel, title }) => [id, panel ?? '', title]))}\n`);
    return;
  }
  makeFolder(out);
  const progress = progressOn(process.stderr);
  const drawn: DrawnFigure[] = [];
  const before = ({ id }: { readonly id: string }): void =>
    progress.show(`figure ${drawn.length + 1} of ${chosen.length}: ${id}`);
  for (const figure of drawFigures(names, { seed, before })) {
    writeWhole(join(out, `${figure.id}.svg`), `${figure.svg}\n`);
    writeWhole(join(out, `${figure.id}.json`), figureText(figure));
    drawn.push(figure);
  }
  writeWhole(join(out, 'index.html'), indexText(drawn));
  progress.clear();
  process.stdout.write(`${drawn.length} of ${gallery.length} figures in ${out}: see ${join(out, 'index.html')}\n`);
}
