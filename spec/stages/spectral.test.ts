/**
 * The stage detector, on made-up spectra and on the recorded PyTorch runs, whose epochs of stabilisation are known.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import { unknownBatches } from '#spec/support/recorded.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { integratorChain } from '#src/plant/integrator.js';
import {
  firstPersistent,
  largestReal,
  NEGATIVE,
  PERSISTENCE,
  type StageRow,
  spectralStages,
  stabilisation,
  stabilisationOf,
  stageFollower,
  stageRowsOf,
} from '#src/stages/spectral.js';
import { emptyCurve, type LearningCurve, spectraOf, spectrumOf } from '#src/training/curve.js';

const plant = integratorChain(2, 1);
const row = (zm: number, zu: number, vm: number, vu: number): StageRow => ({
  gainNegative: zm < NEGATIVE.zm,
  spectrum: spectrumOf(plant, 1, scalarOrderParameters(zm, zu, vm, vu)),
});

describe('persistence', () => {
  it('counts from the first of enough epochs in a row', () => {
    const conditions = [true, false, true, true, true, false, true];
    expect(firstPersistent(conditions, 1)).toBe(0);
    expect(firstPersistent(conditions, 3)).toBe(2);
    expect(firstPersistent(conditions, 4)).toBeUndefined();
    expect(firstPersistent(conditions, Number.POSITIVE_INFINITY)).toBe(6);
    expect(firstPersistent([false], Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(firstPersistent([], 1)).toBeUndefined();
  });
});

describe('stabilisation under uncertainty', () => {
  it('brackets the epoch of every run that the uncertainty allows', () => {
    const epoch = fc.constantFrom<boolean | undefined>(true, true, true, false, undefined);
    const run = fc.array(fc.tuple(epoch, fc.boolean()), { minLength: 1, maxLength: 40 });
    forAllWith({ seed: 8, numRuns: 2000 }, run, (epochs) => {
      const { earliest, latest } = stabilisation((e) => epochs[e]![0], epochs.length);
      const actual = firstPersistent(
        epochs.map(([certain, guess]) => certain ?? guess),
        PERSISTENCE,
      );
      const never = epochs.length;
      expect(actual ?? never).toBeGreaterThanOrEqual(earliest ?? never);
      expect(actual ?? never).toBeLessThanOrEqual(latest ?? never);
      const certain = epochs.map(([value]) => value === true);
      expect(latest).toBe(firstPersistent(certain, PERSISTENCE));
      if (epochs.every(([value]) => value !== undefined)) expect(latest).toBe(actual);
    });
  });
});

describe('the stabilisation of a curve', () => {
  const protocol = {
    plant: { kind: 'integrator', order: 2, dt: 1 },
    agent: { kind: 'effective', rank: 1, leak: 1 },
  } as const;
  const [STABLE, UNSTABLE] = [
    [-1 / 3, 0.29, 1, 0],
    [-0.05, 0.01, 1, 0],
  ];
  const curveOf = (rows: readonly (readonly number[])[]): LearningCurve => {
    const curve = emptyCurve({ N: 0, c: 1, p: 1, r: 1 }, 2, rows.length);
    curve.overlaps.set(rows.flat());
    return curve;
  };
  const rows = [UNSTABLE, STABLE, STABLE, UNSTABLE, ...Array(8).fill(STABLE)] as number[][];

  it('is the first epoch of enough in which the loop is stable', () => {
    expect(stabilisationOf(protocol, curveOf(rows))).toEqual({ earliest: 4, latest: 4 });
    expect(stabilisationOf(protocol, curveOf(rows.slice(0, 8)))).toEqual({});
    expect(stabilisationOf({ ...protocol, plant: { ...protocol.plant, dt: 4 } }, curveOf(rows))).toEqual({});
  });

  it('is bracketed by what order parameters may be, relative to the largest of them or 1', () => {
    const within = (tolerance: number | readonly number[], from = rows) =>
      stabilisationOf(protocol, curveOf(from), typeof tolerance === 'number' ? from.map(() => tolerance) : tolerance);
    expect(within(0)).toEqual({ earliest: 4, latest: 4 });
    expect(within(1e-9)).toEqual({ earliest: 4, latest: 4 });
    // Nothing is certain: every loop may be stable, none must.
    expect(within(1)).toEqual({ earliest: 0 });
    expect(within(Number.POSITIVE_INFINITY)).toEqual({ earliest: 0 });
    expect(within(rows.map((_, e) => (e < 4 ? 1 : 0)))).toEqual({ earliest: 0, latest: 4 });
    expect(within(rows.map((_, e) => (e === 3 ? 0 : 1)))).toEqual({ earliest: 4 });
    // The same radius is a smaller part of larger order parameters: σ_zm σ_vm alone matters, and is certain to a part of it.
    const large = rows.map(([zm, zu, vm, vu]) => [zm!, 1000 * zu!, vm! / 1000, vu!]);
    expect(within(1e-9, large)).toEqual({ earliest: 4, latest: 4 });
    expect(within(1e-5, large)).not.toEqual(within(1e-5));
  });

  it('is not among epochs that left the numbers, which end what was persistent', () => {
    const lost = rows.map((each, e) => (e === 6 ? [Number.NaN, 0, 0, 0] : each));
    expect(stabilisationOf(protocol, curveOf(lost))).toEqual({ earliest: 7, latest: 7 });
    const infinite = rows.map((each, e) => (e === 6 ? [Number.POSITIVE_INFINITY, 0, 0, 0] : each));
    expect(
      stabilisationOf(
        protocol,
        curveOf(infinite),
        infinite.map(() => 0),
      ),
    ).toEqual({ earliest: 7, latest: 7 });
  });

  it('is read off rows whose position gainNegative, and spectra', () => {
    const curve = curveOf([STABLE, [0, 0.01, 1, 0], [0.1, 0.01, 1, 0]] as number[][]);
    const read = stageRowsOf(curve, spectraOf(curve, plant, 1));
    expect(read.map(({ gainNegative }) => gainNegative)).toEqual([true, false, false]);
    expect(read.map(({ spectrum }) => spectrum!.stable)).toEqual([true, false, false]);
  });
});

describe('stages', () => {
  it('end where the spectrum says', () => {
    const real = row(0.2, 0, 0, 0);
    const oscillating = row(-0.05, 0.01, 1, 0);
    const stable = row(-1 / 3, 0.29, 1, 0);
    const refined = row(-0.9, 1, 1, -0.42);
    const rows = [real, real, ...Array<StageRow>(6).fill(oscillating), stable, ...Array<StageRow>(5).fill(refined)];
    const stages = spectralStages(rows);
    expect(stages).toMatchObject({ stage1End: 2, stage2End: 8, stableForGood: 8 });
    expect(stages.stage3Growth).toBeGreaterThanOrEqual(0);
    expect(stages.stage3Growth).toBe(
      Math.max(largestReal(stable.spectrum!)!, largestReal(refined.spectrum!)!) - largestReal(stable.spectrum!)!,
    );
  });

  it('are followed row by row', () => {
    const kinds = [
      row(0.2, 0, 0, 0),
      row(-0.05, 0.01, 1, 0),
      row(-1 / 3, 0.29, 1, 0),
      { gainNegative: true, spectrum: undefined },
    ];
    const stretch = fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 8 }));
    const runs = fc.array(stretch, { minLength: 1, maxLength: 8 });
    const seen = new Set<number>();
    forAllWith({ seed: 5, numRuns: 300 }, runs, (stretches) => {
      const follow = stageFollower();
      const rows = stretches.flatMap(([kind, length]) => Array<StageRow>(length).fill(kind));
      for (const [k, each] of rows.entries()) {
        const { stage1End, stage2End } = spectralStages(rows.slice(0, k + 1));
        const since = stage2End ?? stage1End ?? 0;
        const number = stage2End !== undefined ? 3 : stage1End !== undefined ? 2 : 1;
        expect(follow(each)).toEqual({ number, since });
        seen.add(number);
      }
    });
    expect(seen).toEqual(new Set([1, 2, 3]));
  });

  it('measure growth from the first real eigenvalue on, where there is one', () => {
    const pair = [
      { re: 0.3, im: 0.6 },
      { re: 0.3, im: -0.6 },
    ];
    const of = (...real: number[]): StageRow => ({
      gainNegative: true,
      spectrum: { eigenvalues: [...pair, ...real.map((re) => ({ re, im: 0 }))], radius: 0.67, stable: true },
    });
    expect(spectralStages(Array<StageRow>(5).fill(of())).stage3Growth).toBeUndefined();
    expect(spectralStages([of(), of(0.25), of(0.5), of(), of(0.375)]).stage3Growth).toBe(0.25);
  });

  it('are absent where they were not reached, and a diverged run ends them', () => {
    expect(spectralStages(Array<StageRow>(9).fill(row(0.2, 0, 0, 0)))).toEqual({});
    const diverged: StageRow = { gainNegative: false, spectrum: undefined };
    expect(spectralStages([row(-1 / 3, 0.29, 1, 0), diverged])).toEqual({});
  });

  it.each(unknownBatches.map((run) => [run.name, run.read()] as const))(
    'of %s are those that were recorded',
    (_, run) => {
      const { zm, zu, vm, vu } = run.curves.overlaps!;
      const number = (value: unknown): number => value as number;
      const stages = spectralStages(
        zm.map((_value, e) => row(number(zm[e]), number(zu[e]), number(vm[e]), number(vu[e]))),
      );
      const provenance = run.provenance as { stableFrom: number; firstStable: number };
      expect(stages.stableForGood).toBe(provenance.stableFrom);
      expect(stages.stage2End).toBeGreaterThanOrEqual(provenance.firstStable);
      expect(stages.stage3Growth).toBeGreaterThan(0.3);
    },
  );
});
