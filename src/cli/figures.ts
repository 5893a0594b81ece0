/**
 * `loopproof figures`: draws the paper's figures and others from new runs, with the theory on top.
 */
import { dirname, join } from 'node:path';
import { acquiredText } from '../figures/figure-6/tracking.js';
import { LONG_RUN, summariseTracking } from '../figures/figure-6/tracking-summary.js';
import { type DrawnFigure, drawFigures } from '../figures/kit/drawn.js';
import { figuresOf, gallery } from '../figures/kit/gallery.js';
import { figureIndex, figureText } from '../figures/kit/page.js';
import { table } from '../report/table.js';
import { writeWhole } from '../runs/format/write.js';
import { commandLedger } from './ledger.js';
import { defineCommand, FILE, FOLDER, seed, suiteOptions } from './options.js';
import { makeFolder, print } from './output.js';
import { progressOn, showStep } from './progress.js';

/** Makes the long tracking run and writes the summary that the tracking figures read. */
function trackingCommand(file: string, seed: number): void {
  // Before the run, which takes minutes.
  makeFolder(dirname(file), '--tracking');
  const progress = progressOn(process.stderr);
  const summary = summariseTracking(LONG_RUN, seed, (what, epoch) =>
    showStep(progress, `tracking, ${what}: epoch ${epoch + 1} of ${LONG_RUN.epochs}`),
  );
  progress.clear();
  writeWhole(file, `${JSON.stringify(summary)}\n`);
  print(`${file}: ${acquiredText(summary)}\n`);
}

export default defineCommand({
  description:
    'Trains the runs that the figures need and draws them with the theory on top. Writes one SVG and one JSON file of data for each figure, and a page with all figures and captions.',
  argument: { name: 'figures', many: true, about: 'identifiers from --list, or panels of the paper (default: all)' },
  options: {
    out: { type: FOLDER, default: 'figures', about: 'the folder for the files' },
    seed: seed('seed of weights and starts'),
    list: { about: 'list the figures instead' },
    tracking: { type: FILE, about: 'write the summary of a long tracking run instead (minutes); its figures read it' },
    ...suiteOptions,
  },
  examples: ['figures', 'figures --list', 'figures stage-one-loss 2b --out drawn'],
  async run({ out, seed, list, tracking, suite, onlySuite }, names) {
    if (tracking !== undefined) return trackingCommand(tracking, seed);
    // Our ledger has no figures: they stand in a gallery of their own.
    const others = suite ? (await commandLedger({ suite, onlySuite: true })).figures : [];
    const all = [...(onlySuite ? [] : gallery), ...others];
    const chosen = figuresOf(names, all);
    if (list) {
      print(`${table(chosen.map(({ id, panel, title }) => [id, panel ?? '', title]))}\n`);
      return;
    }
    makeFolder(out, '--out');
    const progress = progressOn(process.stderr);
    const drawn: DrawnFigure[] = [];
    let current = '';
    const figures = drawFigures(names, {
      seed,
      figures: all,
      before({ id }) {
        current = `figure ${drawn.length + 1} of ${chosen.length}, ${id}`;
        showStep(progress, current);
      },
      note: (text) => showStep(progress, `${current}: ${text}`),
    });
    for await (const figure of figures) {
      writeWhole(join(out, `${figure.id}.svg`), `${figure.svg}\n`);
      writeWhole(join(out, `${figure.id}.json`), figureText(figure));
      drawn.push(figure);
    }
    writeWhole(join(out, 'index.html'), figureIndex(drawn));
    progress.clear();
    print(`${drawn.length} of ${all.length} figures in ${out}: see ${join(out, 'index.html')}\n`);
  },
});
