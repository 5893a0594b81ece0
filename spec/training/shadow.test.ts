/**
 * Comparing curves: distances, where a comparison ends, and tolerances from the spread of shadows.
 */

import { describe, expect, it } from 'vitest';
import { expectNormal } from '#spec/support/laws.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { at, type Mat } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { SHADOWS } from '#src/linalg/tolerance.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { momentFactor, momentSource } from '#src/problem/start.js';
import { emptyCurve, type LearningCurve } from '#src/training/curve.js';
import type { Engine } from '#src/training/engine.js';
import { gramLearner } from '#src/training/learner.js';
import { CHANNELS, compareCurves, shadowTolerances, type Tolerances } from '#src/training/shadow.js';
import { train } from '#src/training/train.js';

const EPOCHS = 6;
const SHAPE = { N: 3, c: 1, p: 1, r: 0 };

/** A curve whose every row holds one number per channel; overlaps and Gram entries all the same. */
function constant(value: number, changes: (curve: LearningCurve) => void = () => {}): LearningCurve {
  const curve = emptyCurve(SHAPE, 1, EPOCHS);
  for (const channel of ['loss', 'gradNorm', 'clipFactor', 'overlaps', 'gram'] as const) curve[channel].fill(value);
  changes(curve);
  return curve;
}

/** The same tolerance for all channels and epochs, but for some. */
function tolerances(
  value: number,
  changes: Partial<Record<keyof Tolerances, (epoch: number) => number>> = {},
): Tolerances {
  const of = (channel: keyof Tolerances): Float64Array =>
    Float64Array.from({ length: EPOCHS }, (_, epoch) => changes[channel]?.(epoch) ?? value);
  return {
    loss: of('loss'),
    gradNorm: of('gradNorm'),
    overlaps: of('overlaps'),
    gram: of('gram'),
    clipFactor: of('clipFactor'),
  };
}

describe('distances', () => {
  it.each(['loss', 'gradNorm'] as const)('of %s are relative to the larger, whichever it is, and 0 at 0', (channel) => {
    const [one, four, none] = [constant(1), constant(4), constant(0)];
    expect(CHANNELS[channel](one, four, 2)).toBe(0.75);
    expect(CHANNELS[channel](four, one, 2)).toBe(0.75);
    expect(CHANNELS[channel](four, constant(-4), 2)).toBe(2);
    expect(CHANNELS[channel](none, none, 2)).toBe(0);
    expect(CHANNELS[channel](one, constant(Number.NaN), 2)).toBeNaN();
  });

  it.each(['overlaps', 'gram'] as const)(
    'of %s are the largest of an entry, relative to the largest entry or 1',
    (channel) => {
      const size = constant(0)[channel].length / EPOCHS;
      const withEntry = (value: number, k: number): LearningCurve =>
        constant(0, (curve) => curve[channel].fill(value, 2 * size + k, 2 * size + k + 1));
      for (let k = 0; k < size; k++) {
        expect(CHANNELS[channel](constant(0), withEntry(0.5, k), 2)).toBe(0.5);
        expect(CHANNELS[channel](withEntry(-8, k), withEntry(-6, k), 2)).toBe(0.25);
        expect(CHANNELS[channel](withEntry(6, k), withEntry(8, k), 2)).toBe(0.25);
        // An entry that is no number shows, wherever it stands and whatever the others are.
        expect(CHANNELS[channel](constant(0.25), withEntry(Number.NaN, k), 2)).toBeNaN();
        expect(CHANNELS[channel](constant(0), withEntry(0.5, k), 1)).toBe(0);
      }
    },
  );

  it('of clip factors are absolute', () => {
    expect(CHANNELS.clipFactor(constant(0.25), constant(1), 3)).toBe(0.75);
  });
});

/** A tolerance that decides something. */
const FINE = SHADOWS.ceiling / 4;

describe('a comparison', () => {
  const late = (curve: LearningCurve, value: number): LearningCurve => {
    curve.loss[3] = value;
    return curve;
  };

  it('names the first difference beyond its tolerance, and ends with it', () => {
    const curve = late(constant(1), 1.5);
    curve.gradNorm[4] = 100;
    const compared = compareCurves(curve, constant(1), tolerances(FINE), 'f64');
    expect(compared).toMatchObject({ compared: 4, end: 'complete', lastTolerance: FINE });
    expect(compared.decisive).toMatchObject({ channel: 'loss', epoch: 3, tolerance: FINE });
    expect(compared.decisive!.difference).toBeCloseTo(1 / 3, 15);
  });

  it('names the difference nearest to its tolerance where none is beyond, the first of equal ones', () => {
    const curve = constant(0);
    curve.clipFactor.set([0, 0.25, 0.5, 0.5, 0.25, 0].map((share) => share * FINE));
    const compared = compareCurves(curve, constant(0), tolerances(FINE), 'f64');
    expect(compared).toMatchObject({ compared: EPOCHS, end: 'complete', lastTolerance: FINE });
    expect(compared.decisive).toMatchObject({ channel: 'clipFactor', epoch: 2, difference: FINE / 2 });
    // What is just allowed is allowed, at the ceiling too.
    curve.clipFactor[3] = SHADOWS.ceiling;
    const allowed = compareCurves(curve, constant(0), tolerances(SHADOWS.ceiling), 'f64');
    expect(allowed).toMatchObject({ compared: EPOCHS, end: 'complete', decisive: { epoch: 3 } });
  });

  it('takes a number that is none for beyond every tolerance', () => {
    const compared = compareCurves(late(constant(1), Number.NaN), constant(1), tolerances(FINE), 'f64');
    expect(compared.decisive).toMatchObject({ channel: 'loss', epoch: 3, difference: Number.POSITIVE_INFINITY });
  });

  it('leaves out a channel whose tolerance decides nothing, and no other', () => {
    const above = 2 * SHADOWS.ceiling;
    const curve = late(constant(1), 8);
    curve.gradNorm[5] = 8;
    const some = compareCurves(curve, constant(1), tolerances(SHADOWS.ceiling, { loss: () => above }), 'f64');
    expect(some.decisive).toMatchObject({ channel: 'gradNorm', epoch: 5 });
    expect(compareCurves(curve, constant(1), tolerances(FINE), 'f64', ['gradNorm']).decisive!.epoch).toBe(5);
  });

  it('ends where order parameters are chaotic, or all that is compared', () => {
    const above = (epoch: number): number => (epoch < 2 ? FINE : 2 * SHADOWS.ceiling);
    for (const chaotic of [tolerances(FINE, { overlaps: above }), tolerances(FINE, { loss: above, gradNorm: above })]) {
      const compared = compareCurves(constant(1), constant(1), chaotic, 'f64', ['loss', 'gradNorm']);
      expect(compared).toMatchObject({ compared: 2, end: 'chaotic' });
      expect(compared.lastTolerance).toBe(FINE);
    }
    const never = compareCurves(constant(1), constant(1), tolerances(2 * SHADOWS.ceiling), 'f64');
    expect(never).toMatchObject({ compared: 0, end: 'chaotic', lastTolerance: Number.POSITIVE_INFINITY });
    expect(never.decisive).toBeUndefined();
  });

  it('ends where squares of the prediction leave the range of the precision', () => {
    for (const channel of ['loss', 'gradNorm'] as const) {
      const predicted = constant(1, (curve) => curve[channel].fill(1e20, 4));
      expect(compareCurves(predicted, predicted, tolerances(FINE), 'f32')).toMatchObject({
        compared: 4,
        end: 'out of range',
      });
      expect(compareCurves(predicted, predicted, tolerances(FINE), 'f64')).toMatchObject({ end: 'complete' });
    }
    const lost = constant(1, (curve) => curve.loss.fill(Number.NaN, 1));
    expect(compareCurves(lost, lost, tolerances(FINE), 'f64')).toMatchObject({ compared: 1, end: 'out of range' });
  });

  it('goes as far as the shorter curve', () => {
    const short = { ...emptyCurve(SHAPE, 1, 2), loss: Float64Array.of(1, 1) };
    for (const channel of ['gradNorm', 'clipFactor', 'overlaps', 'gram'] as const) short[channel].fill(1);
    for (const [a, b] of [
      [short, constant(1)],
      [constant(1), short],
    ] as const)
      expect(compareCurves(a, b, tolerances(FINE), 'f64')).toMatchObject({ compared: 2, end: 'complete' });
  });
});

describe('tolerances', () => {
  const protocol: Protocol = {
    ...PROTOCOLS['artifact-lowrank'],
    start: { kind: 'population', variance: 4 / 3 },
    epochs: 8,
    horizon: 10,
  };
  const agent = lowRankInitial({ N: 12, c: 1, p: 1, r: 1 }, 1, new Stream(4));
  const moments = momentSource(protocol.start, 2, 1, new Stream(1));
  const reference = train(gramLearner(protocol, agent), protocol, moments);
  const NOISE = 2 ** -40;
  const plan = { ...SHADOWS.cases, count: 3 };

  it('are the largest spread so far times the plan’s multiple, never below the perturbation’s', () => {
    const of = (noise: number) =>
      shadowTolerances(() => gramLearner(protocol, agent), protocol, moments, reference, noise, new Stream(2), plan);
    const [some, more] = [of(NOISE), of(2 ** 10 * NOISE)];
    for (const channel of Object.keys(CHANNELS) as (keyof Tolerances)[])
      some[channel].forEach((tolerance, epoch) => {
        expect(tolerance).toBeGreaterThanOrEqual(plan.multiple * NOISE);
        if (epoch > 0) expect(tolerance).toBeGreaterThanOrEqual(some[channel][epoch - 1]!);
        // The same numbers drawn: to first order the spread is proportional to the perturbation.
        expect(more[channel][epoch]! / tolerance / 2 ** 10).toBeCloseTo(1, 2);
      });
    // Learning on the unstable side amplifies.
    expect(some.loss[7]!).toBeGreaterThan(2 * plan.multiple * NOISE);
  });

  it('come of engines perturbed before every epoch, on starts that are perturbed as much', () => {
    let [perturbed, runs] = [0, 0];
    const ratios: number[] = [];
    const factor = momentFactor(moments(0));
    shadowTolerances(
      () => {
        runs++;
        const engine = gramLearner(protocol, agent);
        return {
          ...engine,
          perturb(random: Stream, relative: number) {
            expect(relative).toBe(NOISE);
            perturbed++;
            engine.perturb(random, relative);
          },
          evaluate(starts: Mat<number>) {
            for (const i of [0, 1]) ratios.push((at(starts, i, i) / at(factor, i, i) - 1) / NOISE);
            return engine.evaluate(starts);
          },
        } as Engine;
      },
      protocol,
      moments,
      reference,
      NOISE,
      new Stream(2),
      plan,
    );
    expect(runs).toBe(3);
    expect(perturbed).toBe(3 * 8);
    expect(ratios).toHaveLength(48);
    expectNormal(ratios, 1);
  });

  it('are infinite where a shadow is lost', () => {
    const lost = { ...reference, loss: reference.loss.map((value, epoch) => (epoch === 5 ? Number.NaN : value)) };
    const { loss, gradNorm } = shadowTolerances(
      () => gramLearner(protocol, agent),
      protocol,
      moments,
      lost,
      NOISE,
      new Stream(2),
    );
    expect([...loss].map(Number.isFinite)).toEqual([true, true, true, true, true, false, false, false]);
    expect(gradNorm.every(Number.isFinite)).toBe(true);
  });
});
