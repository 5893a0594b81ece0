/**
 * Judging records: every recorded file against every misdeclaration, and as far as its evidence goes.
 */

import { describe, expect, it } from 'vitest';
import { declared, found, withoutCurves } from '#spec/runs/support/evidence.js';
import { ownRun } from '#spec/runs/support/faulty.js';
import { fixture, unknownBatches } from '#spec/support/recorded.js';
import { ratioOf } from '#src/claims/evidence.js';
import { SHADOWS, shadowComparisonFalseAlarm, shadowNoise } from '#src/linalg/tolerance.js';
import { supportOf } from '#src/problem/kinds.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { knownMoments } from '#src/runs/problem.js';

function judged(judge: typeof judgeLosses, run: RecordedRun): { ratio: number; quantity: string; undecided?: string } {
  const evidence = found(judge, run);
  if (evidence.undecided !== undefined) return { ratio: Number.NaN, quantity: '', undecided: evidence.undecided };
  const worst = evidence.worst()!;
  return { ratio: ratioOf(worst), quantity: worst.quantity };
}

describe.each(unknownBatches.map((file) => [file.name, file.read()] as const))('%s', (_, run) => {
  it('follows the theory', () => {
    expect(judged(judgeLosses, run).ratio).toBeLessThan(1);
  });

  it.each([
    [
      'a horizon too long by one',
      { horizon: 51 },
      /refuted by epoch \d+, best explained by a program that scores 50 steps/,
    ],
    [
      'a horizon too short by one',
      { horizon: 49 },
      /refuted by epoch \d+, best explained by a program that scores 50 steps/,
    ],
    ['starts 5 % wider', { start: { kind: 'uniform', low: -2.1, high: 2.1 } }, /draws starts 0.95 times as wide/],
    ['starts 5 % narrower', { start: { kind: 'uniform', low: -1.9, high: 1.9 } }, /draws starts 1.05 times as wide/],
    ['no velocity term', { loss: { state: 'position', beta: 0 } }, /uses loss.state "mean"/],
  ])('does not with %s', (_name, change, message) => {
    const { ratio, quantity } = judged(judgeLosses, declared(run, change));
    expect(ratio).toBeGreaterThan(1);
    expect(quantity).toMatch(message);
  });
});

const small: Protocol = {
  ...PROTOCOLS['artifact-lowrank'],
  agent: { kind: 'linear-low-rank', N: 12, rank: 2, leak: 0.5 },
  horizon: 15,
  batch: 8,
  epochs: 30,
  loss: { state: 'text', beta: 0.1, control: 'mean' },
  precision: 'f64',
};

describe('a run of our own', () => {
  it('passes both tests through its file, overlaps as matrices included', () => {
    const run = ownRun(small);
    expect(run.curves.overlaps!.vu[0]).toHaveLength(2);
    expect(judged(judgeLosses, run).ratio).toBeLessThan(1);
    expect(judged(judgeReplay, run).ratio).toBeLessThan(1);
  });

  it('of a full-rank agent is replayed, and has no overlaps to judge losses by', () => {
    const run = ownRun({
      ...PROTOCOLS.text,
      agent: { kind: 'linear', N: 6, leak: 1 },
      epochs: 20,
      precision: 'f64',
    });
    expect(judged(judgeReplay, run).ratio).toBeLessThan(1);
    expect(judged(judgeLosses, run).undecided).toContain('full-rank');
  });

  it('with momentum or Adam is replayed by the agent itself', () => {
    for (const optimizer of [
      { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.5 },
      { kind: 'adam', lr: 0.001, clip: null },
      { kind: 'adam', lr: 0.001, clip: null, clipValue: 0.01, weightDecay: 0.1 },
      { kind: 'sgd', lr: 0.01, clip: null, clipValue: 0.05, momentum: 0.5, nesterov: true, weightDecay: 0.1 },
      { kind: 'sgd', lr: 0.01, clip: 1, weightDecay: 0.1 },
    ] as const) {
      const run = ownRun({ ...small, optimizer });
      expect(judged(judgeReplay, run).ratio).toBeLessThan(1);
      expect(
        judged(judgeReplay, declared(run, { optimizer: { ...optimizer, lr: 1.01 * optimizer.lr } })).ratio,
      ).toBeGreaterThan(1);
    }
  });

  it('that diverges is judged as far as it is finite', () => {
    const run = ownRun({ ...small, horizon: 80, epochs: 40, optimizer: { kind: 'sgd', lr: 3, clip: null } });
    expect(run.curves.loss.some((loss) => !Number.isFinite(loss))).toBe(true);
    expect(run.weights!.final).toBeUndefined();
    expect(judged(judgeLosses, run).ratio).toBeLessThan(1);
    expect(judged(judgeReplay, run).ratio).toBeLessThan(1);
  });

  it('is refuted where one recorded number is wrong, and the epoch is named', () => {
    const run = ownRun(small, (value) => {
      (value as { curves: { loss: number[] } }).curves.loss[17]! *= 1.001;
    });
    expect(judged(judgeLosses, run)).toMatchObject({ quantity: expect.stringContaining('loss at epoch 17') });
    const replayed = judged(judgeReplay, run);
    expect(replayed.ratio).toBeGreaterThan(1);
    expect(replayed.quantity).toContain('loss first disagrees at epoch 17: recorded ');
  });

  it.each([
    ['gram', 'Gram entry 2'],
    ['clipFactor', 'clip factor'],
    ['overlaps', 'σ_vm[0, 0]'],
  ] as const)('is refuted where its recorded %s is wrong', (field, name) => {
    const run = ownRun(small, (value) => {
      const { curves } = value as {
        curves: { gram: number[][]; clipFactor: number[]; overlaps: { vm: number[][][] } };
      };
      if (field === 'gram') curves.gram[9]![2]! += 0.001;
      else if (field === 'clipFactor') curves.clipFactor[9]! *= 0.999;
      else curves.overlaps.vm[9]![0]![0]! += 0.001;
    });
    const { ratio, quantity } = judged(judgeReplay, run);
    expect(ratio).toBeGreaterThan(1);
    expect(quantity).toContain(`, ${name} first disagrees at epoch 9: recorded `);
  });

  it('is refuted where its final weights are another run’s', () => {
    const run = ownRun(small, (value) => {
      (value as { weights: { final: { z: number[][] } } }).weights.final.z[0]![3]! += 0.001;
    });
    const { ratio, quantity } = judged(judgeReplay, run);
    expect(quantity).toBe('final weights');
    expect(ratio).toBeGreaterThan(1);
  });

  it('is allowed what shadows spread, to the end and no further', () => {
    const evidence = found(judgeReplay, ownRun(small));
    expect(evidence.notes).toEqual(['30 of 30 epochs']);
    expect([...evidence.classes]).toEqual(['replayed to the end']);
    const [first, gram, last] = evidence.measurements;
    expect(first!.quantity).toMatch(
      /^re-simulating all units from the .*, .* is nearest to its bound at epoch \d+: recorded /,
    );
    expect(gram!.quantity).toMatch(/^by the Gram dynamics from the .*, .* is nearest/);
    // Of roundings at rounding level alone nothing would have grown.
    expect(last!.quantity).toBe('final weights');
    expect(last!.bound).toBeGreaterThan(SHADOWS.run.multiple * shadowNoise(12 + 2 * 15 + 16));
    // Two engines, 30 rows of three numbers, nine order parameters and 21 inner products; at last the weights.
    const numbers = 30 * (3 * 1 + 1 + 1);
    expect(evidence.falseAlarm).toBeLessThan(2 * numbers * shadowComparisonFalseAlarm(SHADOWS.run, 12 * 6));
    expect(evidence.falseAlarm).toBeGreaterThan(2 * numbers * shadowComparisonFalseAlarm(SHADOWS.run, 1));
  });

  it('is replayed as far as its moments are numbers, and the work suffices', () => {
    const run = ownRun(small);
    const lost = (from: number): RecordedRun => {
      const moments = run.curves.moments!.map((row, e) => (e < from ? row : row.map(() => Number.NaN)));
      return { ...run, curves: { ...run.curves, moments } };
    };
    const partly = found(judgeReplay, lost(9));
    expect(partly.notes).toEqual(['9 of 30 epochs, then without moments: record the moments of every epoch']);
    expect(partly.undecided).toContain('9 of 30 epochs judged');
    expect(partly.open).toBe(true);
    expect([...partly.classes]).toEqual([]);
    expect(partly.measurements.map(({ quantity }) => quantity)).not.toContain('final weights');
    expect(judged(judgeReplay, lost(0)).undecided).toContain('no finite moments');
    for (let effort = 1e-8; ; effort *= 2) {
      expect(effort).toBeLessThan(1);
      const evidence = found(judgeReplay, run, effort);
      if (evidence.undecided !== undefined) expect(evidence.undecided).toMatch(/--effort|epochs judged/);
      else {
        expect(evidence.notes[0]).toMatch(/^\d+ of 30 epochs, then beyond the budget: --effort$/);
        break;
      }
    }
  });
});

describe('single precision', () => {
  const rounded = (value: Record<string, unknown>): void => {
    const { curves } = value as { curves: { moments: number[][]; gradNorm: (number | string)[] } };
    curves.moments = curves.moments.map((row) => row.map(Math.fround));
  };

  it('may leave the moments of few starts slightly indefinite', () => {
    const run = ownRun({ ...small, batch: 1, precision: 'f32' }, rounded);
    expect(judged(judgeReplay, run).ratio).toBeLessThan(1);
    expect(judged(judgeLosses, run).ratio).toBeLessThan(1);
  });

  it('decides nothing where the predicted gradient overflows it', () => {
    const wild: Protocol = { ...small, horizon: 120, agent: { ...small.agent, leak: 1 }, precision: 'f32' };
    const start = { kind: 'population', variance: 1e16 } as const;
    const run = ownRun({ ...wild, start }, (value) => {
      const { curves } = value as { curves: { gradNorm: (number | string)[] } };
      curves.gradNorm = curves.gradNorm.map((norm) => ((norm as number) ** 2 > 2 ** 127 ? 'Infinity' : norm));
    });
    expect(run.curves.gradNorm).toContain(Number.POSITIVE_INFINITY);
    const { ratio, undecided } = judged(judgeReplay, run);
    expect(undecided !== undefined || ratio <= 1).toBe(true);
  });
});

describe('recorded moments', () => {
  it('must be of the declared law', () => {
    const run = ownRun({ ...small, epochs: 200, batch: 20, start: { kind: 'normal', sd: 1 } });
    expect(judged(judgeLosses, run).ratio).toBeLessThan(1);
    const { ratio, quantity } = judged(judgeLosses, declared(run, { start: { kind: 'normal', sd: 1.1 } }));
    expect(ratio).toBeGreaterThan(1);
    expect(quantity).toMatch(
      /test of the moments: refuted by epoch \d+, best explained by a program that draws starts 0.9/,
    );
  });
});

describe('too little evidence', () => {
  const run = ownRun(small);
  const without = (...fields: string[]): RecordedRun => withoutCurves(run, ...fields);

  it('decides nothing, and says what to record', () => {
    expect(judged(judgeLosses, without('overlaps')).undecided).toContain('add curves.overlaps');
    expect(judged(judgeReplay, without('moments')).undecided).toContain('add curves.moments');
    const bare = { ...without('gram'), weights: undefined };
    expect(judged(judgeReplay, bare).undecided).toContain('add weights.initial, or curves.gram');
    // A Gram matrix has no single weights, which Adam moves one by one.
    const adam = declared({ ...run, weights: undefined }, { optimizer: { kind: 'adam', lr: 0.01, clip: null } });
    expect(judged(judgeReplay, adam).undecided).toMatch(/add weights.initial$/);
    expect(judged(judgeLosses, declared(run, { rows: 'after-update' })).undecided).toContain('rows before it');
    const skewed = declared(without('moments'), { start: { kind: 'uniform', low: -1, high: 2 } });
    expect(judged(judgeLosses, skewed).undecided).toContain('add curves.moments');
  });

  it('are losses out of range where order parameters lead there', () => {
    const zm = run.curves.overlaps!.zm.map((value) => Number(value) * 1e200);
    const far = { ...run.curves, overlaps: { ...run.curves.overlaps!, zm } };
    for (const lost of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const losses = { loss: run.curves.loss.map(() => lost) };
      expect(judged(judgeLosses, { ...run, curves: { ...far, ...losses } }).undecided).toContain('out of range');
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])('is not a loss of %d where they keep it small', (lost) => {
    for (const record of [run, without('moments')])
      for (const at of [0, 1]) {
        const loss = record.curves.loss.map((value, e) => (e < at ? value : lost));
        const { ratio, quantity } = judged(judgeLosses, { ...record, curves: { ...record.curves, loss } });
        expect(ratio).toBeGreaterThan(1);
        expect(quantity).toContain(`epoch ${at}: recorded`);
      }
  });

  it('is what runs beyond this version have', () => {
    expect(supportOf('moments', { ...run.protocol, mode: 'open-loop' })).toMatchObject({
      unsupported: expect.stringMatching(/open-loop/),
    });
    expect(supportOf('moments', { ...run.protocol, agent: { kind: 'gru', N: 3 } })).toMatchObject({
      unsupported: expect.stringMatching(/gru/),
    });
    expect(judged(judgeReplay, declared(run, { mode: 'open-loop' })).undecided).toContain('open-loop');
    expect(judged(judgeLosses, declared(run, { mode: 'open-loop' })).undecided).toContain('open-loop');
  });

  it('is judged sequentially with normal starts too', () => {
    const normal = ownRun({ ...small, start: { kind: 'normal', sd: 1 }, epochs: 300, batch: 20 });
    const bare = withoutCurves(normal, 'moments');
    expect(judged(judgeLosses, bare).ratio).toBeLessThan(1);
    const wider = declared(bare, { start: { kind: 'normal', sd: 1.1 } });
    expect(judged(judgeLosses, wider).quantity).toMatch(
      /refuted by epoch \d+, best explained by a program that draws starts 0.9/,
    );
    expect(
      knownMoments(bare, (supportOf('moments', bare.protocol) as { protocol: Protocol }).protocol),
    ).toBeUndefined();
  });
});

describe('fixtures', () => {
  it('in full evidence are judged by the Gram dynamics as well', () => {
    const run = fixture('parity-lowrank').read();
    const evidence = found(judgeReplay, run);
    expect(evidence.measurements.map(({ quantity }) => quantity.replace(/( from|,) .*/, ''))).toEqual([
      're-simulating all units',
      'by the Gram dynamics',
      'final weights',
    ]);
  });
});
