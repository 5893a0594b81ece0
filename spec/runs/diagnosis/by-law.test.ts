/**
 * The routes over laws: faults named by the losses alone, and by recorded moments; what losses would show.
 */

import { describe, expect, it } from 'vitest';
import { EVIDENCE, without } from '#spec/runs/support/evidence.js';
import { DECLARED, recordWith, SIZES } from '#spec/runs/support/faulty.js';
import type { Protocol } from '#src/problem/protocol.js';
import { knownLossesRoute, lossesRoute, momentsRoute, shownByLosses } from '#src/runs/diagnosis/by-law.js';
import { diagnose, notTestable } from '#src/runs/diagnosis/diagnosis.js';
import { WIDER_STARTS } from '#src/runs/faults.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { testOfMoments } from '#src/runs/judges/losses.js';
import { decode } from '#src/runs/record.js';

/** A record long enough for its losses to tell. */
const LONG: Protocol = { ...DECLARED, epochs: 150, batch: 60, optimizer: { kind: 'sgd', lr: 0.002, clip: 1 } };
const curvesOf = (id: string, size: number, protocol = LONG): RecordedRun =>
  EVIDENCE.curves(recordWith(id, size, protocol));

/** A record of starts that are so many times as wide as declared. */
function withStarts(factor: number, protocol = LONG): { readonly run: RecordedRun; readonly declared: Protocol } {
  const start = { kind: 'uniform', low: -2 / factor, high: 2 / factor } as const;
  const run = recordWith('lr', 1, protocol);
  return { run: { ...run, protocol: { ...run.protocol, start } }, declared: { ...protocol, start } };
}

describe('losses', () => {
  it.each(['uniform', 'normal'] as const)('of a good record are as declared: %s starts', (kind) => {
    const start = kind === 'uniform' ? LONG.start : { kind, sd: 1.2 };
    const protocol: Protocol = { ...LONG, start };
    expect(lossesRoute(decode(curvesOf('lr', 1, protocol), protocol))).toBeUndefined();
    expect(momentsRoute(decode(recordWith('lr', 1, protocol), protocol))).toBeUndefined();
  });

  it.each(['horizon', 'velocity', 'state', 'batch-sum', 'late'])('name %s', (id) => {
    const run = curvesOf(id, Number.NaN);
    const { evidence, likeliest, alsoFit, break: broken } = diagnose(run)!;
    expect(evidence).toContain('the law of the losses');
    expect([likeliest!, ...alsoFit].map((one) => one.id)).toContain(id);
    expect(broken.quantity).toBe('loss');
    for (const { epoch, recorded } of broken.around) expect(recorded).toBe(run.curves.loss[epoch]);
    // Its neighbours are shown beside it.
    const epochs = broken.around.map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.map((_, k) => epochs[0]! + k));
    expect(epochs.length).toBeGreaterThanOrEqual(2);
  });

  it.each(['horizon', 'velocity', 'state', 'batch-sum', 'late', 'dt'])(
    'of known starts name %s number by number',
    (id) => {
      // An optimiser with a memory, and no weights: neither replay nor increments judge it.
      const protocol: Protocol = { ...LONG, epochs: 20, optimizer: { kind: 'adam', lr: 0.001, clip: 1 } };
      const run = without(recordWith(id, SIZES[id] ?? Number.NaN, protocol), 'gram');
      const { evidence, likeliest, alsoFit, break: broken } = diagnose(run)!;
      expect(evidence).toBe('the losses at the recorded order parameters and starts');
      expect(likeliest).toMatchObject({ id, epochs: 20 });
      if (id === 'dt') expect(likeliest!.value).toBeCloseTo(SIZES['dt']!, 6);
      expect(alsoFit.filter((one) => one.id !== id)).toEqual([]);
      expect(broken).toMatchObject({ epoch: 0, quantity: 'loss' });
      expect(knownLossesRoute(decode(without(recordWith('lr', 1, protocol), 'gram'), protocol))).toBeUndefined();
    },
  );

  it('estimate the width of starts, within five standard errors', () => {
    for (const factor of [0.8, 1.3]) {
      const { run, declared } = withStarts(factor);
      const route = lossesRoute(decode(EVIDENCE.curves(run), declared))!;
      const { value, error, follows, misfit, epochs } = route.test(WIDER_STARTS);
      expect(follows).toBe(true);
      expect(misfit).toBeLessThanOrEqual(1);
      expect(epochs).toBe(LONG.epochs);
      expect(Math.abs(value - factor)).toBeLessThanOrEqual(5 * error!);
      // A mean of 150·60 squares of a relative spread near 1: 1 % of the square, .5 % of the width.
      expect(error! / factor).toBeGreaterThan(0.002);
      expect(error! / factor).toBeLessThan(0.02);
    }
  });

  it('estimate dt', () => {
    const run = curvesOf('dt', 1.1);
    const { test, testable } = lossesRoute(decode(run, LONG))!;
    const { value, follows } = test(testable.find(({ id }) => id === 'dt')!);
    expect(follows).toBe(true);
    expect(value).toBeGreaterThan(1.05);
    expect(value).toBeLessThan(1.15);
  });

  it('say nothing of rows after the update, of known starts, of starts around another mean, and of none in range', () => {
    const run = curvesOf('horizon', Number.NaN);
    expect(lossesRoute(decode(run, LONG))).toBeDefined();
    expect(lossesRoute(decode(run, { ...LONG, rows: 'after-update' }))).toBeUndefined();
    expect(lossesRoute(decode(run, { ...LONG, start: { kind: 'population', variance: 4 / 3 } }))).toBeUndefined();
    expect(lossesRoute(decode(run, { ...LONG, start: { kind: 'uniform', low: -1, high: 3 } }))).toBeUndefined();
    expect(lossesRoute(decode(without(run, 'overlaps'), LONG))).toBeUndefined();
    const lost = { ...run, curves: { ...run.curves, loss: run.curves.loss.map(() => Number.NaN) } };
    expect(lossesRoute(decode(lost, LONG))).toBeUndefined();
  });
});

describe('recorded moments', () => {
  it.each(['uniform', 'normal'] as const)('tell the width of %s starts, and where it shows', (kind) => {
    const start = kind === 'uniform' ? LONG.start : ({ kind: 'normal', sd: 1 } as const);
    const run = recordWith('lr', 1, { ...LONG, start });
    const narrow = kind === 'uniform' ? ({ kind, low: -1.6, high: 1.6 } as const) : ({ kind, sd: 0.8 } as const);
    const declared = { ...run, protocol: { ...run.protocol, start: narrow } };
    const { evidence, likeliest, break: broken } = diagnose(declared)!;
    expect(evidence).toBe('the law of the recorded moments');
    expect(likeliest).toMatchObject({ id: 'start', epochs: LONG.epochs });
    expect(Math.abs(likeliest!.value! - 1.25)).toBeLessThanOrEqual(5 * likeliest!.error!);
    expect(likeliest!.error!).toBeLessThan(0.02);
    const [x, , v] = run.curves.moments![broken.around[1]!.epoch]!;
    expect(broken.around[1]!.recorded).toBeCloseTo(x! + v!, 12);
    // n·v of the declared law.
    const variance = kind === 'uniform' ? 1.6 ** 2 / 3 : 0.64;
    for (const { predicted } of broken.around) expect(predicted).toBeCloseTo(2 * variance, 12);
  });

  it('show where they are furthest off, in deviations, with what lies beside', () => {
    const { run, declared } = withStarts(1.25);
    for (const [epoch, shown] of [
      [60, [59, 60, 61]],
      [0, [0, 1]],
      [LONG.epochs - 1, [LONG.epochs - 2, LONG.epochs - 1]],
    ] as const) {
      // As good as nothing is twelve deviations below; the others are seven above.
      const moments = run.curves.moments!.map((row, e) => (e === epoch ? row.map((entry) => 1e-3 * entry) : row));
      const { break: broken } = momentsRoute(decode({ ...run, curves: { ...run.curves, moments } }, declared))!;
      expect(broken.around.map((row) => row.epoch)).toEqual(shown);
    }
    const { break: broken } = momentsRoute(decode(run, declared))!;
    expect(broken.excess).toBeGreaterThan(1);
    const z = run.curves.moments!.map(([a, , c]) => a! + c!);
    const { predicted } = broken.around[0]!;
    const worst = z.reduce((at, value, e) => (Math.abs(value - predicted) > Math.abs(z[at]! - predicted) ? e : at), 0);
    expect(broken.around.map((row) => row.epoch)).toContain(worst);
    // Where the sequential test crosses, or else the first epoch.
    expect(broken.epoch).toBe(testOfMoments(decode(run, declared))!.result.crossing);
  });

  it('of another law are not explained by its width', () => {
    const start = { kind: 'normal', sd: 1 } as const;
    const run = recordWith('lr', 1, { ...LONG, start });
    // Of the same variance or less, uniform starts spread less.
    const declared: Protocol = { ...LONG, start: { kind: 'uniform', low: -1.4, high: 1.4 } };
    const { value, misfit, follows } = momentsRoute(decode(run, declared))!.test(WIDER_STARTS);
    expect(value).toBeGreaterThan(1);
    expect(misfit).toBeGreaterThan(1);
    expect(follows).toBe(false);
    // As for uniform ones that are declared as normal: they spread too little.
    const narrow: Protocol = { ...LONG, epochs: 600, start: { kind: 'normal', sd: 0.9 } };
    const uniform = recordWith('lr', 1, { ...LONG, epochs: 600 });
    expect(momentsRoute(decode(uniform, narrow))!.test(WIDER_STARTS)).toMatchObject({ follows: false });
  });

  it('end where they are no numbers', () => {
    const { run, declared } = withStarts(1.25);
    const moments = run.curves.moments!.map((row, e) => (e < 100 ? row : row.map(() => Number.NaN)));
    const route = momentsRoute(decode({ ...run, curves: { ...run.curves, moments } }, declared))!;
    expect(route.test(WIDER_STARTS).epochs).toBe(100);
  });
});

describe('what losses would show', () => {
  const all = [
    ...[
      'start',
      'horizon',
      'velocity',
      'state',
      'control',
      'penalty',
      'control-kind',
      'batch-sum',
      'scored',
      'late',
      'u0',
      'leak',
      'dt',
    ],
  ];

  it('is everything of the loop where starts are known', () => {
    expect([...shownByLosses(decode(recordWith('lr', 1), DECLARED))].toSorted()).toEqual(all.toSorted());
    const population: Protocol = { ...DECLARED, start: { kind: 'population', variance: 1 } };
    expect(shownByLosses(decode(curvesOf('lr', 1), population)).size).toBe(all.length);
  });

  it('is more of a longer record and of larger batches, and nothing of rows after the update', () => {
    const shown = (epochs: number, batch: number) => {
      const protocol = { ...LONG, epochs, batch };
      return shownByLosses(decode(curvesOf('lr', 1, protocol), protocol));
    };
    const [few, more, many] = [shown(3, 5), shown(40, 20), shown(150, 200)];
    for (const id of few) expect(more).toContain(id);
    for (const id of more) expect(many).toContain(id);
    expect(few.size).toBeLessThan(many.size);
    expect(many).toContain('batch-sum');
    expect(shownByLosses(decode(curvesOf('lr', 1), { ...LONG, rows: 'after-update' }))).toEqual(new Set());
  });

  it('is what a record of the fault is refuted for', () => {
    const shown = shownByLosses(decode(curvesOf('lr', 1), LONG));
    expect(shown.size).toBeGreaterThanOrEqual(6);
    for (const id of shown)
      if (id !== 'start') expect(lossesRoute(decode(curvesOf(id, SIZES[id] ?? Number.NaN), LONG)), id).toBeDefined();
    expect(notTestable(curvesOf('lr', 1), new Set(['losses']))).toEqual(
      expect.arrayContaining(['lr', 'clip', 'momentum', 'decay', 'rows', 'precision']),
    );
    for (const id of shown) expect(notTestable(curvesOf('lr', 1), new Set(['losses']))).not.toContain(id);
  });
});
