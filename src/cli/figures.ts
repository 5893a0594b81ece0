/**
 * `loopproof figures`: the paper's figures and others, drawn of runs made here, with theory on top.
 */
import { dirname, join } from 'node:path';
import { type DrawnFigure, drawFigures } from '../figures/drawn.js';
import { figureIndex, figureText } from '../figures/files.js';
import { figuresOf, gallery } from '../figures/gallery.js';
import { acquiredText } from '../figures/tracking.js';
import { LONG_RUN, summariseTracking } from '../figures/tracking-summary.js';
import { table } from '../report/table.js';
import { writeWhole } from '../runs/format/write.js';
import { makeFolder, spoken } from './output.js';
import { progressOn } from './progress.js';

export interface FiguresOptions {
  readonly out: string;
  readonly seed: number;
  readonly list?: boolean;
  /** Where to write the summary of the long tracking run, made anew. */
  readonly tracking?: string;
}

/** Makes the long tracking run and writes what the figures of tracking are drawn of. */
function trackingCommand(file: string, seed: number): void {
  // Before the minutes of the run, not after them.
  makeFolder(dirname(file), '--tracking');
  const progress = progressOn(process.stderr);
  const summary = summariseTracking(LONG_RUN, seed, (what, epoch) =>
    progress.show(({ elapsed }) => [
      `tracking, ${what}: epoch ${epoch + 1} of ${LONG_RUN.epochs} · ${spoken(elapsed)}`,
    ]),
  );
  progress.clear();
  writeWhole(file, `${JSON.stringify(summary)}\n`);
  process.stdout.write(`${file}: ${acquiredText(summary)}\n`);
}

export async function figuresCommand(
  names: readonly string[],
  { out, seed, list, tracking }: FiguresOptions,
): Promise<void> {
  if (tracking !== undefined) return trackingCommand(tracking, seed);
  const chosen = figuresOf(names);
  if (list) {
    process.stdout.write(`${table(chosen.map(({ id, panel, title }) => [id, panel ?? '', title]))}\n`);
    return;
  }
  makeFolder(out, '--out');
  const progress = progressOn(process.stderr);
  const drawn: DrawnFigure[] = [];
  let current = '';
  const show = (text: string): void => progress.show(({ elapsed }) => [`${text} · ${spoken(elapsed)}`]);
  const before = ({ id }: { readonly id: string }): void => {
    current = `figure ${drawn.length + 1} of ${chosen.length}, ${id}`;
    show(current);
  };
  for await (const figure of drawFigures(names, {
    seed,
    before,
    note: (text) => show(`${current}: ${text}`),
  })) {
    writeWhole(join(out, `${figure.id}.svg`), `${figure.svg}\n`);
    writeWhole(join(out, `${figure.id}.json`), figureText(figure));
    drawn.push(figure);
  }
  writeWhole(join(out, 'index.html'), figureIndex(drawn));
  progress.clear();
  process.stdout.write(`${drawn.length} of ${gallery.length} figures in ${out}: see ${join(out, 'index.html')}\n`);
}
