/**
 * Runs with noise: they are not repeated, but held against windows with noise drawn anew.
 */
import { describe, expect, it } from 'vitest';
import { declared, found } from '#spec/runs/support/evidence.js';
import { kolmogorov, LIMIT, ranksOf } from '#spec/runs/support/ranks.js';
import { torchRuns, canTrain as withTorch } from '#spec/runs/support/torch-trainer.js';
import { trained, canTrain as withNumpy } from '#spec/runs/support/trainer.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import { type Evidence, ratioOf } from '#src/claims/evidence.js';
import { judgeRun } from '#src/cli/judge-run.js';
import type { RunProtocol } from '#src/problem/schema.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { chancesOf, judgeChance } from '#src/runs/judges/chance.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { judgeSnapshots } from '#src/runs/judges/snapshots.js';

const judged = (run: RecordedRun, effort?: number): Evidence => found(judgeChance, run, effort);
const refuted = (run: RecordedRun): boolean => judged(run).measurements.some((one) => ratioOf(one) > 1);
const withoutStarts = ({ starts: _, curves: { moments: __, ...curves }, ...run }: RecordedRun): RecordedRun => ({
  ...run,
  curves,
});

/** Small and quick. */
function tiny(kind: 'tanh' | 'linear-low-rank' | 'gru', epochs: number): RunProtocol {
  const one = SNAPSHOT_PROTOCOLS.find(({ agent }) => agent.kind === kind)!;
  const agent = { ...one.agent, N: 4 } as RunProtocol['agent'];
  return {
    ...one,
    agent,
    horizon: 6,
    batch: 4,
    epochs,
    precision: 'f32',
    rows: 'before-update',
    noise: { process: 0.3, observation: 0.5 },
  };
}

describe('ranks of honest windows with noise', () => {
  const ranks = (change: (run: RecordedRun) => RecordedRun): number[][] =>
    ranksOf(
      Array.from({ length: 40 }, (_, seed) =>
        change(snapshotRun(tiny(seed % 2 ? 'tanh' : 'linear-low-rank', 26), seed, 1)),
      ),
    );

  it.each([
    ['given the starts', (run: RecordedRun) => run],
    ['without starts', withoutStarts],
    [
      'given the starts of some epochs',
      ({ starts, ...run }: RecordedRun) => ({ ...run, starts: { first: 5, x0: starts!.x0!.slice(5, 15) } }),
    ],
  ] as const)('are uniform over 1000 epochs, %s', (_, change) => {
    for (const values of ranks(change)) {
      expect(values.length).toBeGreaterThanOrEqual(1000);
      expect(kolmogorov(values)).toBeLessThanOrEqual(LIMIT);
    }
  });

  it('are not where there is more noise than declared, given the starts', () => {
    const [losses] = ranks((run) => declared(run, { noise: { process: 0.2, observation: 0.5 } }) as RecordedRun);
    expect(kolmogorov(losses!)).toBeGreaterThan(LIMIT);
  });
});

describe('a run with noise', () => {
  const run = snapshotRun({ ...tiny('linear-low-rank', 30), batch: 20 }, 3, 3);
  const tanh = snapshotRun({ ...tiny('tanh', 30), batch: 20 }, 3, 3);

  it('is held against its starts, and windows with noise drawn anew', () => {
    for (const one of [run, tanh]) {
      expect(judged(one).notes).toEqual([
        'starts of 30 of 30 epochs',
        '30 of 30 epochs, weights at 10 ends, each among 31 simulated',
      ]);
      expect(refuted(one)).toBe(false);
      expect(judged(withoutStarts(one)).notes).toEqual([
        '30 of 30 epochs, weights at 10 ends, each among 31 simulated',
      ]);
    }
  });

  it('is not repeated, which every judge that would says', () => {
    for (const judge of [judgeReplay, judgeLosses, judgeIncrements, judgeGradients, judgeSnapshots])
      for (const one of [run, tanh]) {
        const { undecided, measurements } = found(judge, one);
        expect(measurements).toEqual([]);
        expect(undecided).toMatch(/protocol\.noise is declared|order parameters do not describe tanh/);
      }
    expect(found(judgeSnapshots, tanh).undecided).toMatch(/snapshots are held against simulated windows$/);
  });

  it('is refuted with noise in the plant that it does not declare, or of another size', () => {
    for (const noise of [{ observation: 0.5 }, { process: 0.6, observation: 0.5 }, { process: 0.1, observation: 0.5 }])
      expect(refuted(declared(run, { noise }) as RecordedRun)).toBe(true);
    expect(
      judged(declared(run, { noise: { process: 0.6, observation: 0.5 } }) as RecordedRun).worst()!.quantity,
    ).toMatch(
      /best explained by the opposite of a program that has process noise of 1\.1 times the declared deviation, 0\.66, or the like/,
    );
  });

  it('with starts of another law than it declares is refuted by these', () => {
    const wrong = declared(run, { start: { kind: 'uniform', low: -1, high: 1 } }) as RecordedRun;
    expect(judged(wrong).worst()!.quantity).toMatch(/^wagers against drawn starts: refuted/);
  });

  it('stays open where its snapshots are too few, whatever its starts show', () => {
    const { snapshots: _, ...bare } = run;
    const { undecided, open } = judged(bare);
    expect(undecided).toMatch(/^weights at 1 epochs can tell nothing/);
    expect(open).toBe(true);
  });

  it('may have the same starts in every epoch', () => {
    const x0 = [
      [1, -1, 0.5, 0],
      [0, 0.5, -1, 1],
    ];
    const fixed = snapshotRun({ ...tiny('tanh', 40), start: { kind: 'fixed', x0 } }, 4, 2);
    expect(fixed.starts).toBeUndefined();
    expect(refuted(fixed)).toBe(false);
    expect(typeof chancesOf(fixed)).toBe('object');
    expect(refuted(declared(fixed, { noise: { process: 0.9, observation: 0.5 } }) as RecordedRun)).toBe(true);
  });
});

const SIZES = { N: 8, T: 10, B: 10, epochs: 30, precision: 'f64' };
const NOISE = { process: 0.3, observation: 1 };

/** One of each agent. */
const jobs = ['tanh', 'linear', 'gru'].map((agent, seed) => ({
  ...SIZES,
  ...NOISE,
  seed,
  agent,
  every: 3,
  trained: ['Wih', 'Whh', 'Who', ...(agent === 'gru' ? ['bih', 'bhh'] : [])],
}));
const status = (run: RecordedRun): string => {
  const { verdicts } = judgeRun(run, 'noise');
  return verdicts.some((one) => one.status === 'refuted')
    ? 'refuted'
    : verdicts.some((one) => one.status === 'holds')
      ? 'holds'
      : 'undecided';
};

describe('runs with noise of independent trainers', () => {
  const flawed = (flaw: object): RecordedRun[] =>
    torchRuns(jobs.map((job) => ({ ...job, ...flaw }))).map(({ run }) => run);

  it.skipIf(!withTorch())('by PyTorch hold, with and without starts', () => {
    for (const run of flawed({})) expect([run, withoutStarts(run)].map(status)).toEqual(['holds', 'holds']);
  });

  it.skipIf(!withTorch())('by PyTorch are refuted with another rate, or another loss', () => {
    for (const flaw of [
      { flaw: 'lr', value: 1.5 },
      { flaw: 'state', value: 'text' },
    ])
      for (const run of flawed(flaw)) expect(status(run)).toBe('refuted');
  });

  it.skipIf(!withNumpy())('by NumPy, of low rank, hold, and are refuted with another loss or more noise', () => {
    const job = { ...SIZES, ...NOISE, seed: 5, snapshots: 3 };
    const [honest, summed, noisier] = trained([
      job,
      { ...job, flaw: 'state', value: 'text' },
      { ...job, flaw: 'pushier', value: 2 },
    ]);
    expect([honest!, withoutStarts(honest!)].map(status)).toEqual(['holds', 'holds']);
    expect([summed!, noisier!].map(status)).toEqual(['refuted', 'refuted']);
  });
});
