/**
 * Claim: which way the surrogate moves the dominant pair: signs exactly, and the pair itself after a small step.
 */
import fc from 'fast-check';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { divide, type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { longGradient, shortGradient } from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import { rates, STAGE_TWO, squaredSplit, statement } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { spectrumOf } from '#src/training/curve.js';
import { plain } from '../../generators/number.js';
import { stageTwoPlace } from '../../generators/stage-two.js';

const subject = { rates };
const R = rationals;

/**
 * In the box 0.83 ≤ D ≤ 1.05, so Newton's λ₃ errs by 2(1 − σ_vu)q²/D³ < 3.6 q² and less than 0.2 q² beyond, and (2 Im λ)²
 * changes by at most 4.2 times as much.
 */
const NEWTON = 16;
/** Along σ_zm, σ_vu, q that error changes by at most 2·3.8·4.2 q < 33 q, and (2 Im λ)² has second derivatives below 48. */
const SLOPE = 33;
const CURVATURE = 48;

/** (2 Im λ)² of the pair, from eigenvalues. */
function measured(zm: number, vu: number, q: number): number {
  const { eigenvalues } = spectrumOf(integratorChain(2, 1), 1, scalarOrderParameters(zm, 1, q, vu))!;
  return (eigenvalues.find(({ im }) => im > 0)?.im ?? 0) ** 2 * 4;
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      /** Position within the box, in 1/64 of each side. */
      at: stageTwoPlace,
      exponent: fc.constantFrom(1, 2, 3, 5, 10, 20),
    }),
    runs: 300,
    block: 100,
  },
  subject,
  check(subject, { at, exponent }, evidence) {
    // Rounded inwards to a coarse grid: exact arithmetic on them stays short.
    const side = ([low, high]: readonly [number, number], k: number): number =>
      (k > 32 ? Math.floor : Math.ceil)((low + ((high - low) * k) / 64) * 2 ** 16) / 2 ** 16;
    const [zm, vu] = [side(STAGE_TWO.zm, at[0]), side(STAGE_TWO.vu, at[1])];
    // q = 0 is left out: there is no memory to speak of.
    const q = side(STAGE_TWO.q, Math.max(1, at[2]));
    const gains = { zm: R.of(zm), vu: R.of(vu), q: R.of(q) };
    const p = divide(R.of(1), memorySlope(R, gains));
    const { short, long } = subject.rates(R, gains, p, exponent);
    const signs = (value: Rational): number => R.sign(value)!;
    evidence.holds('short horizons raise the pair', signs(short) > 0);
    evidence.holds('long horizons lower the pair', signs(long) < 0);

    // A step of h along −∇L moves (2 Im λ)² by h times the rate, to O(h²); the pair itself differs from Newton's by O(q²).
    const numbers = { zm, vu, q };
    const [pNumber, h] = [1 / memorySlope(reals, numbers), 2 ** -14];
    const pair = squaredSplit(reals, numbers, pNumber);
    evidence.within('(2 Im λ)² at Newton’s λ₃', Math.abs(measured(zm, vu, q) - pair), NEWTON * q * q);
    const losses = [
      ['short', shortGradient(reals, numbers), toDouble(short)],
      ['long', longGradient(reals, numbers, pNumber, exponent), toDouble(long)],
    ] as const;
    for (const [name, g, rate] of losses) {
      const size = Math.hypot(g.zm, g.vu, g.q);
      const moved = measured(zm - (h * g.zm) / size, vu - (h * g.vu) / size, q - (h * g.q) / size);
      const bound = h * (SLOPE * q + CURVATURE * h) + 2 ** -44;
      evidence.within(
        `(2 Im λ)² after a step, ${name}`,
        Math.abs(moved - measured(zm, vu, q) - (h * rate) / size),
        bound,
      );
    }
    evidence.classify('memory above half', q > 0.005);
    evidence.classify('long exponent', exponent >= 10);
  },
  floors: { 'memory above half': 0.3, 'long exponent': 0.2 },
  mutants: mutantsOf(subject, {
    'the two rates exchanged': {
      rates: (R, gains, p, m) => {
        const { short, long } = rates(R, gains, p, m);
        return { short: long, long: short };
      },
    },
    'exponent off by one': {
      rates: (R, gains, p, m) => ({ ...rates(R, gains, p, m), long: rates(R, gains, p, m + 1).long }),
    },
    'rate of λ₁λ₂ for that of the pair': {
      rates: (R, gains, p, m) => {
        const [pair, g] = [longGradient(R, gains, p, 1), shortGradient(R, gains)];
        const terms = [R.mul(pair.zm, g.zm), R.mul(pair.vu, g.vu), R.mul(pair.q, g.q)];
        const total = terms.reduce((a, b) => R.add(a, b));
        return { ...rates(R, gains, p, m), short: R.mul(R.of(-4), total) };
      },
    },
  }),
});
