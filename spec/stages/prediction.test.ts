/**
 * Predictions about one loop, by routes of their own: the defining equations, eigenvalues, small steps.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { evaluate } from '#src/linalg/polynomial.js';
import { divide, rationals, toDouble } from '#src/linalg/rational.js';
import { UNIT_ROUNDOFF } from '#src/linalg/tolerance.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type LoopPrediction, type LoopQuestion, predictLoop, rememberedBounds } from '#src/stages/prediction.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { STAGE_TWO } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { memoryShift } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { spectrumOf } from '#src/training/curve.js';

const R = rationals;
const plant = integratorChain(2, 1);
const bounds = rememberedBounds();

function loop(zm: number, vu: number, q: number, rest: Partial<LoopQuestion> = {}): LoopPrediction {
  const question = { overlaps: { zm, zu: q, vm: 1, vu }, horizon: 50, beta: 0, startVariance: 4 / 3, exponent: 10 };
  return predictLoop({ ...question, ...rest }, bounds);
}

const inRange = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 256 }).map((k) => low + ((high - low) * k) / 256);

describe('λ₃', () => {
  it('solves its equation, as far as doubles can, and leaves the pair that eigenvalues show', () => {
    let found = 0;
    forAllWith({ numRuns: 400, seed: 1 }, inRange(-2, 2), inRange(-2, 2), inRange(-2, 2), (zm, vu, q) => {
      const { thirdEigenvalue, eigenvalues } = loop(zm, vu, q);
      if (!thirdEigenvalue || thirdEigenvalue.value === null) return;
      found++;
      const { value, pair } = thirdEigenvalue;
      const gains = { zm: R.of(zm), vu: R.of(vu), q: R.of(q) };
      const chi = characteristicPolynomial(R, 2, R.of(1), gains);
      const residual = Math.abs(toDouble(evaluate(R, chi, R.of(value))));
      // λ₃ is rounded once, its shift from σ_vu solved for to a few roundings of its own terms: h(D + 2wh + h²) = q.
      const [h, w] = [Math.abs(value - vu), Math.abs(vu - 1)];
      const terms = h * (w * w + Math.abs(zm) + h * (2 * w + h)) + Math.abs(q);
      const slope = w * w + Math.abs(zm) + 4 * w * h + 3 * h * h;
      expect(residual).toBeLessThanOrEqual(16 * UNIT_ROUNDOFF * (terms + slope * (Math.abs(value) + h)));
      // The pair: away from its double root its kind is that of the other two eigenvalues.
      const others = [...eigenvalues!].sort((a, b) => Math.hypot(a[0] - value, a[1]) - Math.hypot(b[0] - value, b[1]));
      const height = Math.max(...others.map(([, im]) => Math.abs(im)));
      if (height > 2 ** -10) expect(pair!.complex).toBe(true);
      const gap = 4 * pair!.product - (vu + 2 - value) ** 2;
      if (Math.abs(gap) > 2 ** -20) expect(pair!.complex).toBe(gap > 0);
    });
    expect(found).toBeGreaterThan(200);
  });

  it('has no λ₃ that grows from σ_vu where that is a double root, or where anything is no number', () => {
    expect(memoryShift({ zm: 0.25, vu: 0.5, q: 0.1 })).toBeUndefined();
    for (const lost of [
      { zm: Number.NaN },
      { vu: Number.POSITIVE_INFINITY },
      { q: Number.NaN },
      { q: Number.POSITIVE_INFINITY },
    ])
      expect(memoryShift({ zm: -0.1, vu: 0.2, q: 0.1, ...lost })).toBeUndefined();
    expect(memoryShift({ zm: -0.1, vu: 0.2, q: 0 })).toBe(0);
  });

  it('is the root that σ_vu becomes: followed in small steps, and lost where two roots meet', () => {
    const seen = { kept: 0, lost: 0 };
    forAllWith({ numRuns: 400, seed: 2 }, inRange(-0.5, 0.5), inRange(-1, 0.9), inRange(-0.5, 0.5), (zm, vu, q) => {
      const w = vu - 1;
      const slope = w * w - zm;
      // Steps in h along the branch: q(h) rises or falls with h as long as its slope keeps its sign.
      fc.pre(Math.abs(slope) > 2 ** -6 && q !== 0);
      const direction = Math.sign(q) * Math.sign(slope);
      let [h, reached] = [0, 0];
      while (Math.abs(h) < 4 && Math.abs(reached) < Math.abs(q)) {
        if ((slope + 4 * w * h + 3 * h * h) * Math.sign(slope) <= 0) break;
        h += direction * 2 ** -12;
        reached = h * (slope + h * (2 * w + h));
      }
      const margin = Math.abs(Math.abs(reached) - Math.abs(q));
      const shift = memoryShift({ zm, vu, q });
      if (Math.abs(reached) >= Math.abs(q)) {
        // Between this step and the one before.
        expect(Math.abs(shift! - h)).toBeLessThanOrEqual(2 ** -12);
        seen.kept++;
      } else if (margin > 2 ** -20) {
        expect(shift).toBeUndefined();
        seen.lost++;
      }
    });
    expect(seen.kept).toBeGreaterThan(100);
    expect(seen.lost).toBeGreaterThan(50);
  });

  it.each([1, 2, 3] as const)('differs from the estimate of order %d by q to one power more', (order) => {
    let visible = 0;
    forAllWith({ numRuns: 200, seed: 3 }, inRange(-2, -0.25), inRange(-3, 3), (zm, vu) => {
      const slope = (vu - 1) ** 2 - zm;
      // In units q = ε·D^{3/2} every term of the series has a coefficient below 64, as in the claim: past the next one
      // they are below 64 ε of it where its own is above 1/2.
      const epsilon = 2 ** -12;
      const at = (small: number) =>
        loop(zm, vu, small * slope ** 1.5).thirdEigenvalue!.estimates.find((estimate) => estimate.order === order)!;
      const [whole, half] = [at(epsilon), at(epsilon / 2)];
      if (Math.abs(whole.nextTerm) < Math.sqrt(slope) * epsilon ** (order + 1) * 0.5) return;
      visible++;
      const rest = 128 * epsilon;
      expect(Math.abs(whole.remainder! / whole.nextTerm - 1)).toBeLessThanOrEqual(rest + 2 ** -10);
      const power = Math.log2(whole.remainder! / half.remainder!);
      expect(Math.abs(power - order - 1)).toBeLessThanOrEqual(2 ** -3);
    });
    expect(visible).toBeGreaterThan(40);
  });

  it('is σ_vu without memory, and nothing can be said where D = 0', () => {
    expect(loop(-0.2, 0.1, 0).thirdEigenvalue).toMatchObject({ value: 0.1, memory: 0, smallness: 0 });
    expect(loop(0.25, 0.5, 0.1)).toMatchObject({ thirdEigenvalue: null, surrogate: null });
  });
});

describe('the surrogate', () => {
  /** (2 Im λ)² of the pair, from eigenvalues. */
  const split = (zm: number, vu: number, q: number): number => {
    const { eigenvalues } = spectrumOf(plant, 1, scalarOrderParameters(zm, 1, q, vu))!;
    return 4 * (eigenvalues.find(({ im }) => im > 0)?.im ?? 0) ** 2;
  };

  it('leaves the pair where it is at its balancing weight, and nowhere else', () => {
    const side = ([low, high]: readonly [number, number]): fc.Arbitrary<number> => inRange(low, high);
    forAllWith(
      { numRuns: 100, seed: 4 },
      side(STAGE_TWO.zm),
      side(STAGE_TWO.vu),
      side([2 ** -12, STAGE_TWO.q[1]]),
      (zm, vu, q) => {
        const surrogate = loop(zm, vu, q).surrogate!;
        expect(surrogate.provedSigns).toBe(true);
        expect(surrogate.rates!.short).toBeGreaterThan(0);
        expect(surrogate.rates!.long).toBeLessThan(0);
        const moved = (alpha: number): { readonly by: number; readonly size: number } => {
          const along = (name: 'zm' | 'vu' | 'q'): number =>
            alpha * surrogate.long.gradient[name] + (1 - alpha) * surrogate.short.gradient[name];
          const size = Math.hypot(along('zm'), along('vu'), along('q'));
          const h = STEP / size;
          return { by: split(zm - h * along('zm'), vu - h * along('vu'), q - h * along('q')) - split(zm, vu, q), size };
        };
        // Newton's λ₃ and curvature: the constants of the claim surrogate-weight-moves-the-pair.
        const bound = STEP * (33 * q + 48 * STEP) + 2 ** -44;
        expect(Math.abs(moved(surrogate.balance!).by)).toBeLessThanOrEqual(bound);
        const [short, long] = [moved(0), moved(1)];
        expect(Math.abs(short.by - (STEP * surrogate.rates!.short) / short.size)).toBeLessThanOrEqual(bound);
        expect(Math.abs(long.by - (STEP * surrogate.rates!.long) / long.size)).toBeLessThanOrEqual(bound);
        // The bound is no blank cheque: the pair does move under either loss alone.
        expect(short.by).toBeGreaterThan(2 * bound);
      },
    );
  });
  const STEP = 2 ** -14;

  it('has the cosine of its gradients, in exact arithmetic', () => {
    const { short, long, cosine } = loop(-0.25, 0.125, 0.0625).surrogate!;
    const exact = (k: 'zm' | 'vu' | 'q') => [R.of(short.gradient[k]), R.of(long.gradient[k])] as const;
    const inner = (a: 0 | 1, b: 0 | 1) =>
      (['zm', 'vu', 'q'] as const).map((k) => R.mul(exact(k)[a], exact(k)[b])).reduce(R.add);
    const square = toDouble(divide(R.mul(inner(0, 1), inner(0, 1)), R.mul(inner(0, 0), inner(1, 1))));
    expect(Math.abs(cosine! ** 2 - square)).toBeLessThanOrEqual(64 * UNIT_ROUNDOFF);
    expect(Math.sign(cosine!)).toBe(Math.sign(toDouble(inner(0, 1))));
  });

  it('has signs that are proved in stage 2, edges included, and with some memory', () => {
    const proved = (zm: number, vu: number, q: number): boolean => loop(zm, vu, q).surrogate!.provedSigns;
    const [zms, vus, qs] = [STAGE_TWO.zm, STAGE_TWO.vu, STAGE_TWO.q];
    for (const zm of zms) for (const vu of vus) expect(proved(zm, vu, qs[1])).toBe(true);
    for (const zm of [zms[0] - 1e-9, zms[1] + 1e-9]) expect(proved(zm, 0.05, 0.005)).toBe(false);
    for (const vu of [vus[0] - 1e-9, vus[1] + 1e-9]) expect(proved(-0.03, vu, 0.005)).toBe(false);
    for (const q of [0, -1e-9, qs[1] + 1e-9]) expect(proved(-0.03, 0.05, q)).toBe(false);
  });

  it('has a balance between its two losses only', () => {
    let [inside, outside] = [0, 0];
    for (const zm of [-1.2, -0.6, -0.3, -0.05])
      for (const vu of [-0.9, -0.3, 0.1, 0.7])
        for (const q of [-0.3, 0.05, 0.4]) {
          const { rates, balance } = loop(zm, vu, q).surrogate!;
          if (!rates) continue;
          const share = rates.short / (rates.short - rates.long);
          if (share >= 0 && share <= 1) inside++;
          else outside++;
          expect(balance).toBe(share >= 0 && share <= 1 ? share : null);
        }
    expect(Math.min(inside, outside)).toBeGreaterThan(2);
  });

  it('tells how small q is against what it moves, and the order parameters’ product as memory', () => {
    const { thirdEigenvalue } = loop(-0.3, 0.2, 0.1);
    const D = 0.8 ** 2 + 0.3;
    expect(thirdEigenvalue!.smallness).toBeCloseTo(0.1 / D ** 1.5, 14);
    // What an estimate leaves is about its next term, and what it says it leaves.
    const little = loop(-0.3, 0.2, 0.01).thirdEigenvalue!;
    for (const { value, nextTerm, remainder } of little.estimates) {
      expect((little.value! - value) / nextTerm).toBeCloseTo(1, 0);
      expect(remainder! / (little.value! - value)).toBeCloseTo(1, 6);
    }
    const question = {
      overlaps: { zm: -0.3, zu: 0.5, vm: 0.2, vu: 0.2 },
      horizon: 50,
      beta: 0,
      startVariance: 4 / 3,
      exponent: 10,
    };
    expect(predictLoop(question, bounds).thirdEigenvalue!.memory).toBeCloseTo(0.1, 15);
  });

  it('has no balance where the pair is real', () => {
    // σ_zm > 0 without memory: 1 ± √σ_zm.
    expect(loop(0.25, 0, 0).surrogate).toMatchObject({ rates: null, balance: null, provedSigns: false });
  });

  it('changes with the exponent as a power does', () => {
    const [two, four] = [2, 4].map((exponent) => loop(-0.03, 0.05, 0.005, { exponent }).surrogate!.long);
    expect(Math.abs(four!.loss - two!.loss ** 2)).toBeLessThanOrEqual(16 * UNIT_ROUNDOFF * four!.loss);
    // ∇x⁴ = 2x²·∇x².
    for (const name of ['zm', 'vu', 'q'] as const)
      expect(Math.abs(four!.gradient[name] - 2 * two!.loss * two!.gradient[name])).toBeLessThanOrEqual(
        32 * UNIT_ROUNDOFF * Math.abs(four!.gradient[name]),
      );
  });
});

describe('the set point', () => {
  it('is where the loss without memory turns from falling to rising, on either side', () => {
    let found = 0;
    forAllWith({ seed: 4, numRuns: 60 }, fc.integer({ min: 8, max: 120 }), inRange(-0.2, 0.2), (horizon, zm) => {
      const slope = (at: number): number => loop(at, 0, 0, { horizon }).gradient.zm;
      const { averaged, below, above } = loop(zm, 0, 0, { horizon }).setPoint!;
      expect(averaged).toBeLessThan(0);
      for (const point of [below, above]) {
        if (point === null) continue;
        found++;
        expect(slope(point * (1 + 2 ** -16))).toBeLessThan(0);
        expect(slope(point * (1 - 2 ** -16))).toBeGreaterThan(0);
      }
      if (below !== null) expect(below).toBeLessThanOrEqual(Math.min(0, zm));
      if (above !== null) expect(above).toBeGreaterThanOrEqual(zm);
    });
    expect(found).toBeGreaterThan(40);
  });

  it('is that of the paper’s Fig. 3e for a horizon of 50, from above and from below', () => {
    expect(loop(0.2, 0, 0).setPoint).toMatchObject({ below: expect.closeTo(-0.0217, 4), above: null });
    expect(loop(-0.2, 0, 0).setPoint).toMatchObject({ below: null, above: expect.closeTo(-0.0417, 4) });
  });

  it('is not searched for at horizons without a minimum, nor at very long ones', () => {
    for (const horizon of [2, 1001]) expect(loop(-0.1, 0, 0, { horizon }).setPoint).toBeNull();
  });
});

describe('the bounds', () => {
  it('are below every loop’s loss, and proportional to the variance', () => {
    forAllWith(
      { numRuns: 100, seed: 5 },
      inRange(-1, 0),
      inRange(0, 1),
      inRange(-0.5, 0.5),
      inRange(0.01, 4),
      (zm, q, vu, startVariance) => {
        const { loss, bounds } = loop(zm, vu, q, { startVariance, beta: 0.5 });
        expect(bounds.fullInformation).toBeLessThanOrEqual(bounds.observations);
        expect(loss).toBeGreaterThanOrEqual(bounds.observations);
        expect(bounds.observations / startVariance).toBeCloseTo(
          loop(zm, vu, q, { startVariance: 1, beta: 0.5 }).bounds.observations,
          12,
        );
      },
    );
  });

  it('are computed once for each horizon and penalty', () => {
    const asked: string[] = [];
    const remembered = rememberedBounds((horizon, beta) => {
      asked.push(`${horizon} ${beta}`);
      return { fullInformation: horizon, observations: beta };
    });
    for (const [horizon, beta] of [
      [50, 0],
      [50, 0.5],
      [50, 0],
      [5, 0],
    ] as const)
      expect(remembered(horizon, beta)).toEqual({ fullInformation: horizon, observations: beta });
    expect(asked).toEqual(['50 0', '50 0.5', '5 0']);
  });
});
