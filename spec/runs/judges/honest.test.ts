/**
 * Honest runs are not refuted, whatever they record and however finely: random protocols, trained by the independent trainer, with
 * less and less evidence, in full digits, in six, in four decimals, and every tenth row.
 */
import { describe, expect, it } from 'vitest';
import { EVIDENCE, found } from '#spec/runs/support/evidence.js';
import { canTrain, type Job, trained } from '#spec/runs/support/trainer.js';
import { ratioOf } from '#src/claims/evidence.js';
import { Stream } from '#src/linalg/random.js';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { numbersAsJson } from '#src/words.js';

/** Few in the suite; `HONEST=500` tries as many, and takes a quarter of an hour. */
const RUNS = Number(process.env['HONEST'] ?? 12);
const EPOCHS = 21;

/** A random protocol. */
function jobOf(seed: number): Job {
  const random = new Stream(seed).child('protocol');
  const one = <T>(...values: readonly T[]): T => values[Math.floor(random.uniform(0, values.length))]!;
  return {
    seed,
    epochs: EPOCHS,
    N: one(4, 10, 30),
    rank: one(1, 1, 2),
    leak: one(1, 1, 0.6),
    T: one(3, 6, 10),
    B: one(2, 5, 20, 60),
    beta: one(0, 0, 0.05),
    dt: one(1, 0.5),
    lr: one(0.01, 0.1, 0.001),
    clip: one(1, 5, null),
    momentum: one(0, 0, 0, 0.9),
    optimizer: one('sgd', 'sgd', 'sgd', 'adam'),
    start: one({ kind: 'uniform', low: -2, high: 2 }, { kind: 'normal', sd: 1 }),
    precision: one('f64', 'f32'),
  };
}

/** A file's text: numbers of a run that diverged are text. */
const textOf = (file: object): string => JSON.stringify(file, numbersAsJson);

/** A record whose numbers are all as they would be printed. */
const printed = (run: RecordedRun, round: (value: number) => number): RecordedRun => {
  const { curves, weights } = JSON.parse(textOf({ curves: run.curves, weights: run.weights }), (_, value) =>
    typeof value === 'number' ? round(value) : value,
  );
  return parseRun(textOf({ ...run, curves, weights }), 'printed');
};

const everyTenth = (run: RecordedRun): RecordedRun => {
  const tenth = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.filter((_, epoch) => epoch % 10 === 0)
      : Object.fromEntries(Object.entries(value as object).map(([name, column]) => [name, tenth(column)]));
  const epochs = run.curves.loss.map((_, epoch) => epoch).filter((epoch) => epoch % 10 === 0);
  return parseRun(textOf({ ...run, curves: { ...(tenth(run.curves) as object), epochs } }), 'every tenth');
};

const RECORDED: Readonly<Record<string, (run: RecordedRun) => RecordedRun>> = {
  'in full digits': (run) => run,
  'in six digits': (run) => printed(run, (value) => Number(value.toPrecision(6))),
  'in four decimals': (run) => printed(run, (value) => Number(value.toFixed(4))),
  'in every tenth row': everyTenth,
};

const JUDGES = { replay: judgeReplay, increments: judgeIncrements, losses: judgeLosses } as const;

describe.skipIf(!canTrain())('honest runs (skipped where /usr/bin/python3 has no numpy)', () => {
  const runs = trained(Array.from({ length: RUNS }, (_, seed) => jobOf(seed)));

  it.each(Object.keys(RECORDED))('%s are not refuted at any level of evidence', (how) => {
    const decided: Record<string, number> = { replay: 0, increments: 0, losses: 0 };
    const wrong: string[] = [];
    runs.forEach((run, seed) => {
      const record = RECORDED[how]!(run);
      // Each level of evidence in turn, full evidence always: increments of few digits take long.
      const levels = Object.keys(EVIDENCE) as (keyof typeof EVIDENCE)[];
      for (const level of new Set([levels[0]!, levels[seed % levels.length]!])) {
        let risk = 0;
        for (const [name, judge] of Object.entries(JUDGES)) {
          const evidence = found(judge, EVIDENCE[level](record));
          risk += evidence.falseAlarm;
          const worst = evidence.worst();
          if (!worst) continue;
          decided[name]!++;
          if (ratioOf(worst) > 1) wrong.push(`${seed}, ${level}, ${name}: ${worst.quantity}, ${ratioOf(worst)}`);
        }
        expect(risk, `${seed}, ${level}`).toBeLessThanOrEqual(1e-6);
      }
    });
    expect(wrong).toEqual([]);
    // The judges do decide something.
    expect(decided['losses']).toBeGreaterThan(RUNS / 2);
    expect(decided['replay']).toBeGreaterThan(RUNS / 10);
  });
});
