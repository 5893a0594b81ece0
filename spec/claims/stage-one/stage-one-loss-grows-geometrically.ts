/**
 * Claim: the loss without memory as three geometric series, exactly; and its leading one within the band of the others, up to
 * horizons of 300.
 */

import fc from 'fast-check';
import { weighing } from '#spec/support/cost.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { identity, matrix } from '#src/linalg/matrix.js';
import { rationals } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { gamma } from '#src/linalg/tolerance.js';
import { integratorChain } from '#src/plant/integrator.js';
import {
  oscillatingLevels,
  paperEstimate,
  stageOneGrowth,
  statement,
  sumOfSeries,
} from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { stageOneSum } from '#src/theory/stage-one/stage-one-loss-is-exact.js';
import { reducedLoss } from '#src/training/reduced.js';
import { type Drawn, logInteger, logUniform, plain, weighted } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual } from '../../support/measure.js';

const cases = plain({
  /** Small, for exact arithmetic: s in eighths, dt a power of ½, a short horizon. */
  small: plain({
    eighths: fc.integer({ min: 1, max: 16 }),
    halvings: fc.integer({ min: 0, max: 3 }),
    horizon: fc.integer({ min: 2, max: 9 }),
  }),
  size: weighted([3, logUniform(1e-4, 1)], [1, logUniform(1, 4)]),
  negative: fc.boolean(),
  dt: timeStep,
  horizon: logInteger(2, 300),
});
type Case = Drawn<typeof cases>;

const subject = { sumOfSeries, stageOneGrowth, paperEstimate };
type Subject = typeof subject;
const R = rationals;

/** Σ_{t<T} ‖x_t‖² over the columns of the starts: the loss without its factor v/(2T). */
function summed(zm: number, dt: number, horizon: number, starts = identity(reals, 2)): number {
  const cost = weighing([1, 1], 0);
  const loss = reducedLoss({ plant: integratorChain(2, dt), leak: 1, cost, horizon, rank: 1 });
  return loss(Float64Array.of(zm, 0, 0, 0), starts, new Float64Array(4));
}

/**
 * How far the rollout and the series may be apart by rounding.
 *
 * For σ_zm < 0 a step is √r times a rotation of (s x₁, x₂): a relative error of that vector stays what it is, and each step adds
 * at most γ₄(1+ω)/√r ≤ γ₆ to it. Squared and summed over T steps that is γ(12T) of max(1, 1/s²)(1+s²+ω²) Σ r^n ≤ 2κ Σ r^n. The
 * series round by γ(8T) of sizes that are three times that at most. For σ_zm > 0 the rollout adds and multiplies positive
 * numbers; the sizes of the loss and of the levels add up to 8κ likewise.
 * @param leading κ Σ r^n
 */
function rounding(horizon: number, leading: number): number {
  return gamma(16 * horizon + 64) * (8 * leading + 2);
}

/** Longest half period that is looked through. */
const LONGEST = 60;

/** The remainder's oscillation reaches cos φ = 1/√r of its size within half a period. */
function reaches(subject: Subject, { size, dt, horizon }: Case, evidence: Evidence): void {
  const omega = dt * Math.sqrt(size);
  const steps = Math.ceil(Math.PI / (2 * Math.atan(omega)));
  const far = steps <= LONGEST && size !== 1;
  evidence.classify('half a period looked through', far);
  if (!far) return;
  const r = 1 + omega * omega;
  const [, re, im] = oscillatingLevels(reals, Math.sqrt(size), dt).map((level) => level / (4 * size));
  const amplitude = Math.hypot(re!, im!) / (omega * Math.sqrt(4 + omega * omega));
  // Re(A/(1 − z)), the part of the geometric sum that does not grow; z − 1 = −ω² + 2iω.
  const still = (re! * omega * omega - 2 * omega * im!) / (omega * omega * (4 + omega * omega));
  let reached = 0;
  let noise = 0;
  for (let T = horizon; T <= horizon + steps; T++) {
    const { leading } = subject.stageOneGrowth(-size, dt, T);
    const unit = amplitude * r ** (T - 1);
    reached = Math.max(reached, Math.abs(summed(-size, dt, T) - leading - 2 - still) / unit);
    noise = Math.max(noise, (rounding(T, leading) + gamma(64) * (2 + Math.abs(still))) / unit);
  }
  evidence.within('what the remainder lacks of 1/√r of its amplitude', 1 / Math.sqrt(r) - reached, noise);
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: cases,
    runs: 200,
    block: 100,
  },
  subject,
  check(subject, instance, evidence) {
    const { small, size, negative, dt, horizon } = instance;
    const sign = negative ? -1 : 1;
    const [s, step] = [R.of(small.eighths / 8), R.of(2 ** -small.halvings)];
    const square = R.mul(s, s);
    const exact = stageOneSum(R, R.mul(R.of(sign), square), step, small.horizon);
    const series = subject.sumOfSeries(R, sign, s, step, small.horizon);
    exactlyEqual(evidence, '4s² Σ E‖x_t‖² as three series', [series], [R.mul(R.of(4), R.mul(square, exact))]);

    const zm = sign * size;
    const { leading, band, order } = subject.stageOneGrowth(zm, dt, horizon);
    const noise = rounding(horizon, leading);
    evidence.within('loss less its leading series', Math.abs(summed(zm, dt, horizon) - leading), band + noise);
    const omega = dt * Math.sqrt(size);
    if (negative || omega <= 1)
      evidence.within('band, relative to the leading series', band / leading, order * (1 + gamma(16 * horizon + 64)));
    if (negative) reaches(subject, instance, evidence);

    const start = matrix(2, 1, (i) => 1 - 2 * i);
    const estimate = subject.paperEstimate(zm, horizon);
    evidence.within(
      'Σ‖x_t‖² from (1,−1) less the paper’s estimate at its level',
      Math.abs(summed(zm, 1, horizon, start) - estimate.leading),
      estimate.band + rounding(horizon, stageOneGrowth(zm, 1, horizon).leading + estimate.leading),
    );
    evidence.classify('negative σ_zm', negative);
    evidence.classify('positive σ_zm', !negative);
    evidence.classify('another dt', dt !== 1);
    evidence.classify('long', horizon >= 100);
    evidence.classify('band below a tenth of the loss', band < leading / 10);
  },
  floors: {
    'negative σ_zm': 0.35,
    'positive σ_zm': 0.35,
    'another dt': 0.3,
    long: 0.1,
    'half a period looked through': 0.15,
    'band below a tenth of the loss': 0.15,
  },
  mutants: mutantsOf(subject, {
    'E‖x_0‖² left out of the series': {
      sumOfSeries: (ring, sign, s, dt, T) =>
        ring.sub(sumOfSeries(ring, sign, s, dt, T), ring.mul(ring.of(8), ring.mul(s, s))),
    },
    'one term too many in the leading series': {
      stageOneGrowth: (zm, dt, T) => ({
        ...stageOneGrowth(zm, dt, T),
        leading: stageOneGrowth(zm, dt, T + 1).leading,
      }),
    },
    'κ of dt = 1 for any dt': {
      stageOneGrowth: (zm, dt, T) => {
        const g = Math.abs(zm);
        const growth = stageOneGrowth(zm, dt, T);
        const actual = ((1 + g) * (1 + g + dt * dt * g)) / (2 * g);
        return zm < 0 ? { ...growth, leading: (growth.leading / actual) * (1.5 + 1 / (2 * g) + g) } : growth;
      },
    },
    'half the band': {
      stageOneGrowth: (zm, dt, T) => {
        const growth = stageOneGrowth(zm, dt, T);
        return { ...growth, band: growth.band / 2 };
      },
    },
    'an order of ω²/2 for ω/2': {
      stageOneGrowth: (zm, dt, T) => {
        const growth = stageOneGrowth(zm, dt, T);
        return { ...growth, order: growth.order * Math.min(1, dt * Math.sqrt(Math.abs(zm))) };
      },
    },
    'the paper’s estimate at its own level': {
      paperEstimate: (zm, T) => {
        const g = Math.abs(zm);
        const r = zm < 0 ? 1 + g : (1 + Math.sqrt(g)) ** 2;
        const estimate = paperEstimate(zm, T);
        return { ...estimate, leading: estimate.leading / (zm < 0 ? 1 / (2 * g * r) : (1 + g) / (4 * g * r * r)) };
      },
    },
  }),
});
