/**
 * Losses against order parameters: how far they are judged, at what risk, and what is named.
 */

import { describe, expect, it } from 'vitest';
import { declared, EVIDENCE, found } from '#spec/runs/support/evidence.js';
import { DECLARED, recordWith } from '#spec/runs/support/faulty.js';
import { ratioOf } from '#src/claims/evidence.js';
import { LIMITS } from '#src/limits.js';
import { FALSE_ALARM_PER_FILE, FALSE_ALARM_PER_ROUNDING, largestNumber } from '#src/linalg/tolerance.js';
import type { Protocol } from '#src/problem/protocol.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { workOf } from '#src/runs/judges/budget.js';
import { judgeLosses, testOfLosses, testOfMoments } from '#src/runs/judges/losses.js';
import { decode, rowsInRange } from '#src/runs/record.js';

/** Long enough for what is wrong to show. */
const LONG: Protocol = { ...DECLARED, epochs: 150, batch: 60, optimizer: { kind: 'sgd', lr: 0.002, clip: 1 } };
const good = (protocol = DECLARED): RecordedRun => recordWith('lr', 1, protocol);
const withLosses = (run: RecordedRun, of: (loss: number, e: number) => number): RecordedRun => ({
  ...run,
  curves: { ...run.curves, loss: run.curves.loss.map(of) },
});

describe('a fault is named', () => {
  const heavy = (control: string | undefined, beta: number): Protocol =>
    ({ ...LONG, loss: { state: 'mean', beta, ...(control && { control }) } }) as Protocol;

  it.each([
    ['leaves the control penalty out', heavy(undefined, 0), { loss: { state: 'mean', beta: 3 } }],
    ['uses loss.control "mean"', heavy('mean', 3), { loss: { state: 'mean', beta: 3 } }],
    ['uses loss.control "sum-time"', heavy('sum-time', 3), { loss: { state: 'mean', beta: 3, control: 'mean' } }],
    ['uses loss.state "text"', { ...LONG, loss: { state: 'text', beta: 0 } }, { loss: { state: 'mean', beta: 0 } }],
    ['scores 9 steps instead of 10', { ...LONG, horizon: 9 }, { horizon: 10 }],
    [
      'draws starts 1.1 times as wide',
      { ...LONG, start: { kind: 'uniform', low: -2.2, high: 2.2 } },
      { start: LONG.start },
    ],
  ] as const)('%s', (name, practised, change) => {
    const run = EVIDENCE.curves(good(practised as Protocol));
    const evidence = found(judgeLosses, run);
    expect(ratioOf(evidence.worst()!)).toBeLessThan(1);
    const { quantity } = found(judgeLosses, declared(run, change)).worst()!;
    expect(quantity).toContain(`best explained by a program that ${name}`);
  });

  it('and the declared protocol is not one', () => {
    for (const state of ['mean', 'text', 'sum-mean', 'position'] as const)
      for (const control of [undefined, 'sum-time', 'sum-all', 'mean', 'sum-batch'] as const) {
        const protocol = { ...DECLARED, loss: { state, beta: 0.3, ...(control && { control }) } } as Protocol;
        const test = testOfLosses(decode(EVIDENCE.curves(good(protocol)), protocol), [0])!;
        // Two horizons, three states, ten widths, no penalty, three kinds of it.
        expect(test.faults).toHaveLength(2 + 3 + 10 + 1 + 3);
      }
  });

  it('but for those that change nothing', () => {
    const { quantity } = found(judgeLosses, EVIDENCE.curves(good(LONG))).worst()!;
    expect(quantity).toContain('test of the losses: no fault shows; log evidence');
  });

  it('for agents of rank 0 too, and horizons of one step', () => {
    const agent = { kind: 'linear-low-rank', N: 20, rank: 0, leak: 1 } as const;
    for (const horizon of [1, 2]) {
      const run = good({ ...LONG, horizon, agent, trained: ['z'], epochs: 20 });
      for (const evidence of [found(judgeLosses, EVIDENCE.curves(run)), found(judgeLosses, run)]) {
        expect(evidence.undecided).toBeUndefined();
        expect(ratioOf(evidence.worst()!)).toBeLessThan(1);
      }
      const wider = declared(EVIDENCE.curves(run), { start: { kind: 'uniform', low: -8, high: 8 } });
      expect(found(judgeLosses, wider).worst()!.quantity).toContain('refuted by epoch');
    }
  });
});

describe('known starts', () => {
  it('judge every loss by itself: the first that breaks is named', () => {
    const two = withLosses(good(), (loss, e) => (e === 9 ? 1.0001 * loss : e === 15 ? 2 * loss : loss));
    const [measurement] = found(judgeLosses, two).measurements;
    expect(measurement!.quantity).toMatch(/^loss at epoch 9: recorded /);
    expect(ratioOf(measurement!)).toBeGreaterThan(1);
  });

  it('name the loss that is nearest to its bound where none breaks', () => {
    const [whole] = found(judgeLosses, good()).measurements;
    const ratios = good().curves.loss.map((_, e) => {
      const slice = <T>(list: readonly T[]): T[] => [list[e]!];
      const { loss, overlaps, moments } = good().curves;
      const of = Object.fromEntries(Object.entries(overlaps!).map(([name, list]) => [name, slice(list as unknown[])]));
      const curves = { loss: slice(loss), overlaps: of, moments: slice(moments!) } as unknown as RecordedRun['curves'];
      return ratioOf(found(judgeLosses, { ...good(), curves }).measurements[0]!);
    });
    expect(ratioOf(whole!)).toBe(Math.max(...ratios));
    expect(whole!.quantity).toContain(`epoch ${ratios.indexOf(Math.max(...ratios))}:`);
  });

  it('allow what rounding may have done at the declared precision, and hardly more', () => {
    // Relative to the loss: 8 deviations of some thousand roundings.
    for (const [precision, allowed] of [
      ['f64', 2 ** -53],
      ['f32', 2 ** -24],
      [undefined, 2 ** -24],
    ] as const) {
      const { precision: _, ...rest } = good().protocol;
      const run = { ...good(), protocol: { ...rest, ...(precision && { precision }) } } as RecordedRun;
      for (const [times, verdict] of [
        [100, true],
        [1e5, false],
      ] as const) {
        const off = withLosses(run, (loss) => loss * (1 + times * allowed));
        expect(ratioOf(found(judgeLosses, off).measurements[0]!) <= 1).toBe(verdict);
      }
    }
  });
});

describe('the range', () => {
  it('ends before the first loss whose square overflows, or the first order parameter that is none', () => {
    const ends = (run: RecordedRun): number => rowsInRange(decode(run, DECLARED), ['loss', 'overlaps']).length;
    const edge = Math.sqrt(Number.MAX_VALUE);
    for (const [value, epochs] of [
      [edge, 24],
      [-edge, 24],
      [2 * edge, 5],
      [-2 * edge, 5],
      [Number.NaN, 5],
    ] as const)
      expect(ends(withLosses(good(), (loss, e) => (e === 5 ? value : loss)))).toBe(epochs);
    for (const name of ['zm', 'vu'] as const) {
      const run = structuredClone(good());
      (run.curves.overlaps![name] as number[])[7] = Number.POSITIVE_INFINITY;
      expect(ends(run)).toBe(7);
    }
  });

  it('is said, with its risk', () => {
    const lost = withLosses(good(), (loss, e) => (e < 5 ? loss : Number.NaN));
    const evidence = found(judgeLosses, lost);
    expect(evidence.notes).toEqual(['5 of 24 epochs, then out of range']);
    const root = Math.sqrt(largestNumber('f64'));
    // A loss beyond the numbers where it should be small; each epoch's rounding; the law of the moments.
    expect(evidence.falseAlarm).toBeCloseTo(5 * FALSE_ALARM_PER_ROUNDING + FALSE_ALARM_PER_FILE + 1 / root, 20);
    const [end] = evidence.measurements;
    expect(end).toMatchObject({ bound: root, residual: Number.NaN });
    expect(found(judgeLosses, good()).notes).toEqual(['24 of 24 epochs']);
    expect(found(judgeLosses, good()).falseAlarm).toBeCloseTo(24 * FALSE_ALARM_PER_ROUNDING + FALSE_ALARM_PER_FILE, 20);
    expect(found(judgeLosses, good(), 1e-9).undecided).toContain('raise it with --effort');
    const five = (5.5 * workOf(DECLARED, 'overlaps')) / LIMITS.work;
    expect(found(judgeLosses, good(), five).notes).toEqual(['5 of 24 epochs, then beyond the budget: --effort']);
  });

  it('ends at a loss that is far from what is predicted, by that much', () => {
    const far = withLosses(good(), (loss, e) => (e < 5 ? loss : 1e200));
    const [end] = found(judgeLosses, far).measurements;
    expect(end!.residual).toBeCloseTo(1e200, -190);
    expect(end!.quantity).toContain('loss at epoch 5: recorded 1e+200, predicted ');
    const single = declared(far, { precision: 'f32' });
    expect(found(judgeLosses, single).measurements[0]!.bound).toBe(Math.sqrt(largestNumber('f32')));
  });

  it('says nothing of a loss whose order parameters are lost as well, or whose starts have no known law', () => {
    const zm = good().curves.overlaps!.zm.map((value, e) => (e < 5 ? value : Number.NaN));
    const lost = withLosses(good(), (loss, e) => (e < 5 ? loss : Number.NaN));
    const both = {
      ...lost,
      curves: { ...lost.curves, overlaps: { ...lost.curves.overlaps!, zm } },
    } as unknown as RecordedRun;
    const evidence = found(judgeLosses, both);
    expect(evidence.notes).toEqual(['5 of 24 epochs, then out of range']);
    for (const measurement of evidence.measurements) expect(ratioOf(measurement)).toBeLessThanOrEqual(1);
    const skewed = declared(EVIDENCE.gram(lost), { start: { kind: 'uniform', low: -1, high: 2 } });
    expect(found(judgeLosses, skewed).measurements).toEqual([]);
  });
});

describe('the law of recorded moments', () => {
  it('is tested for starts that are drawn around zero only', () => {
    const start = (change: object): Protocol => ({ ...DECLARED, start: change }) as Protocol;
    expect(testOfMoments(decode(good(), DECLARED))).toBeDefined();
    expect(testOfMoments(decode(good(), start({ kind: 'normal', sd: 1 })))).toBeDefined();
    expect(testOfMoments(decode(EVIDENCE.gram(good()), DECLARED))).toBeUndefined();
    for (const other of [
      { kind: 'uniform', low: -1, high: 2 },
      { kind: 'population', variance: 1 },
      { kind: 'fixed', x0: [[1], [1]] },
    ])
      expect(testOfMoments(decode(good(), start(other)))).toBeUndefined();
  });

  it('is that of the trace: other entries tell nothing', () => {
    const moved = good().curves.moments!.map(([a, , c]) => [a!, 0, c!]);
    const run = { ...good(), curves: { ...good().curves, moments: moved } };
    expect(testOfMoments(decode(run, DECLARED))!.result).toEqual(testOfMoments(decode(good(), DECLARED))!.result);
    const swapped = good().curves.moments!.map(([a, b, c]) => [c!, b!, a!]);
    const other = { ...good(), curves: { ...good().curves, moments: swapped } };
    expect(testOfMoments(decode(other, DECLARED))!.result).toEqual(testOfMoments(decode(good(), DECLARED))!.result);
  });

  it('allows rounding at the precision of the record', () => {
    // In single precision a bet wins less, by what rounding may have done.
    const wide = declared(good(LONG), { start: { kind: 'uniform', low: -1.7, high: 1.7 } });
    const protocol = { ...LONG, start: { kind: 'uniform', low: -1.7, high: 1.7 } } as Protocol;
    const [double, single] = (['f64', 'f32'] as const).map(
      (precision) => testOfMoments(decode(wide, { ...protocol, precision }))!.result.evidence,
    );
    expect(single!).toBeLessThan(double!);
    expect(single!).toBeGreaterThan(0.9 * double!);
    const { precision: _, ...unsaid } = protocol;
    expect(testOfMoments(decode(wide, unsaid as Protocol))!.result.evidence).toBe(single!);
  });
});
