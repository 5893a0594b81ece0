/**
 * Faults of the update that begin while a program runs: how many records are refuted, and how soon, by what is recorded. Prints
 * Markdown tables; `node dist/spec/quality/late-faults.js [seeds] [epochs] [precision…]`.
 */
import { without as lacking, withoutCurves } from '#spec/runs/support/evidence.js';
import { type Flaw, LATE_FLAWS, lateJobs, trained } from '#spec/runs/support/trainer.js';
import { Evidence } from '#src/claims/evidence.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { LONGEST } from '#src/runs/judges/windows.js';

const LEVELS: Readonly<Record<string, (run: RecordedRun) => RecordedRun>> = {
  'all of it': (run) => run,
  'no weights': (run) => lacking(run),
  'no Gram matrices': (run) => withoutCurves(run, 'gram'),
  'no norms': (run) => withoutCurves(run, 'gradNorm', 'clipFactor'),
  'neither order parameters nor Gram matrices': (run) => withoutCurves(run, 'gram', 'overlaps'),
};

/** The epoch at which a record is refuted; `undefined` where it is not. */
function refutedAt(run: RecordedRun): number | undefined {
  const epochs = [judgeReplay, judgeIncrements, judgeLosses].flatMap((judge) => {
    const evidence = new Evidence();
    judge(run, evidence);
    return evidence.measurements
      .filter(({ residual, bound }) => !(residual <= bound))
      .map(({ at }) => at?.epoch ?? Number.POSITIVE_INFINITY);
  });
  return epochs.length > 0 ? Math.min(...epochs) : undefined;
}

const label = ({ flaw, value = '' }: Flaw): string => `${flaw} ${value}`.trim();

function table(precision: string, seeds: number, epochs: number): void {
  const since = epochs / 2;
  const counts = new Map(Object.keys(LEVELS).map((name) => [name, { refuted: 0, atOnce: 0, runs: 0 }]));
  const missed: string[] = [];
  for (const flaw of LATE_FLAWS) {
    const settings = { N: 40, T: 20, B: 50, epochs, since, precision };
    const jobs = lateJobs(
      flaw,
      Array.from({ length: seeds }, (_, k) => 1 + k),
      settings,
    );
    const without = trained(jobs.map(({ flaw: _, ...job }) => job));
    trained(jobs).forEach((run, k) => {
      // A flaw that changes no number, such as another clip norm where no gradient reaches either.
      if (JSON.stringify(run.curves) === JSON.stringify(without[k]!.curves)) return;
      for (const [name, reduce] of Object.entries(LEVELS)) {
        const epoch = refutedAt(reduce(run));
        const count = counts.get(name)!;
        count.runs++;
        if (epoch !== undefined) count.refuted++;
        if (epoch !== undefined && epoch >= since && epoch <= since + LONGEST) count.atOnce++;
        else if (name === 'all of it') missed.push(`${label(flaw)}, seed ${k + 1}: ${epoch}`);
      }
    });
    console.error(`${precision} ${label(flaw)}`);
  }
  console.log(`\n| ${precision}: recorded | refuted | in the first ${LONGEST} epochs |\n|---|---|---|`);
  for (const [name, { refuted, atOnce, runs }] of counts)
    console.log(`| ${name} | ${refuted} of ${runs} | ${atOnce} |`);
  for (const one of missed) console.log(`not at once: ${one}`);
}

const [seeds = '3', epochs = '400', ...precisions] = process.argv.slice(2);
for (const precision of precisions.length > 0 ? precisions : ['f64', 'f32'])
  table(precision, Number(seeds), Number(epochs));
