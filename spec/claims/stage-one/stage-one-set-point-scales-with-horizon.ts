/**
 * Claim: where the averaged loss without memory is least, to second order in 1/T; and where the loss itself is.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { dualsOver } from '#src/linalg/dual.js';
import { rationals } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { gamma } from '#src/linalg/tolerance.js';
import { stageOneGrowth } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import {
  averagedSetPoint,
  averagedSum,
  localMinimisers,
  nextMinimiser,
  setPointExpansion,
  setPointScale,
  slopesAt,
  statement,
  stationarity,
} from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { type Drawn, logInteger, plain } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual } from '../../support/measure.js';

const cases = plain({
  /** For exact arithmetic: g in eighths, dt a power of ½, a short horizon. */
  small: plain({
    eighths: fc.integer({ min: 1, max: 16 }),
    halvings: fc.integer({ min: 0, max: 3 }),
    horizon: fc.integer({ min: 2, max: 8 }),
  }),
  dt: timeStep,
  /** For the minimisers of the loss. */
  horizon: logInteger(8, 300),
  /** For the expansion. */
  far: logInteger(8, 16384),
});
type Case = Drawn<typeof cases>;

const subject = { stationarity, setPointScale, averagedSetPoint, setPointExpansion, localMinimisers };
type Subject = typeof subject;
const R = rationals;

/** Roundings of sums of T terms, each of up to T factors. */
const noise = (horizon: number): number => gamma(16 * horizon + 64);

function expansion(subject: Subject, { dt, horizon, far }: Case, evidence: Evidence): void {
  const s = subject.setPointScale();
  evidence.within(
    's e^s = 2(e^s − 1)',
    Math.abs(s * Math.exp(s) - 2 * Math.expm1(s)),
    gamma(8) * (s * Math.exp(s) + 2 * Math.expm1(s)),
  );
  const w = s - 2;
  evidence.within('W e^W = −2 e^−2 for W = s − 2', Math.abs(w * Math.exp(w) + 2 * Math.exp(-2)), gamma(16));

  const zm = subject.averagedSetPoint(horizon, dt);
  const [left, right] = stationarity(reals, -zm, dt, horizon);
  evidence.within('averaged loss’ stationarity', Math.abs(left - right), noise(horizon) * (left + right));
  const averaged = (factor: number): number => stageOneGrowth(zm * factor, dt, horizon).leading;
  const least = averaged(1);
  for (const factor of [1 - 2 ** -8, 1 + 2 ** -8])
    evidence.within('averaged loss beside its minimum', Math.max(0, least - averaged(factor)), noise(horizon) * least);

  const { value, remainder } = subject.setPointExpansion(far, dt);
  const scaled = -dt * dt * far * subject.averagedSetPoint(far, dt);
  evidence.within('−dt² σ* T less its expansion', Math.abs(scaled - value), remainder + gamma(64) * scaled);
  // All parts of the remainder are T^−2 times something that falls, once g is small: dt² T ≥ 8 makes g ≤ 0.26.
  if (dt * dt * far >= 8) {
    // The remainder is no wider than its source: where it falls so, it is at most 16 times the error.
    const off = Math.abs(scaled - value) + gamma(64) * scaled;
    evidence.within('remainder, over 16 times the error', remainder, 16 * off);
    evidence.within(
      'four times the remainder at 2T, relative to that at T',
      (4 * subject.setPointExpansion(2 * far, dt).remainder) / remainder,
      1 + gamma(64),
    );
  }
  evidence.classify('remainder below one percent', remainder < 0.01 * scaled);
}

/** Where the amplitude A changes sign (σ_zm = −1) its phase jumps: turns are counted up to here only. */
const COUNTED = 0.5;

/**
 * Turns of the oscillation's phase while the averaged loss is less steep than it: of k multiples of π in a row, (k − 1)/2 pairs
 * at least have a minimiser between them.
 */
function minimisersByPhase(horizon: number, dt: number): number {
  const N = horizon - 1;
  const step = Math.PI / (16 * N);
  const end = Math.min(Math.atan(dt * Math.sqrt(COUNTED)), Math.atan(Math.sqrt(Math.expm1(8 / N))));
  let [turned, count] = [0, 0];
  let last: number | undefined;
  const close = (): void => {
    count += Math.max(0, Math.floor((Math.floor(Math.abs(turned) / Math.PI) - 1) / 2));
    [turned, last] = [0, undefined];
  };
  for (let phi = step; phi <= end; phi += step) {
    const { averaged, reach, phase } = slopesAt(-((Math.tan(phi) / dt) ** 2), dt, horizon);
    if (Math.abs(averaged) >= reach) {
      close();
      continue;
    }
    if (last !== undefined) turned += Math.atan2(Math.sin(phase - last), Math.cos(phase - last));
    last = phase;
  }
  close();
  return count;
}

function minimisers(subject: Subject, { dt, horizon }: Case, evidence: Evidence): void {
  const found = subject.localMinimisers(horizon, dt);
  for (const zm of found) {
    const { averaged, reach, phase, order } = slopesAt(zm, dt, horizon);
    // The parts of both slopes are at most 8(1 + Nω) in these units.
    const rounding = noise(horizon) * 32 * (1 + horizon * dt * Math.sqrt(-zm));
    evidence.within('slope of the loss, by its series', Math.abs(averaged + reach * Math.cos(phase)), rounding);
    evidence.within('slope of the averaged loss at a minimiser', Math.abs(averaged), reach + rounding);
    evidence.within('μ, by its order', reach, order + rounding);
    const beside = (factor: number): number => {
      const slopes = slopesAt(zm * factor, dt, horizon);
      return slopes.averaged + slopes.reach * Math.cos(slopes.phase);
    };
    const change = beside(1 + 2 ** -16) - beside(1 - 2 ** -16);
    evidence.within('fall of the slope across a minimiser', Math.max(0, -change), 2 * rounding);
  }
  const promised = minimisersByPhase(horizon, dt);
  evidence.within('minimisers short of the turns of the phase', Math.max(0, promised - found.length), 0);
  const first = nextMinimiser(horizon, dt, 0, -1);
  evidence.holds('the first from above is the first of all', first === found[0]);
  evidence.classify('three minimisers or more', found.length >= 3);
  evidence.classify('promised by the phase', promised > 0);
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: cases,
    runs: 60,
    block: 30,
  },
  subject,
  check(subject, instance, evidence) {
    const { small, dt, horizon } = instance;
    const [g, step] = [R.of(small.eighths / 8), R.of(2 ** -small.halvings)];
    const moving = { value: g, tangent: R.of(1) };
    const along = averagedSum(dualsOver(R), moving, { value: step, tangent: R.of(0) }, small.horizon);
    const [left, right] = subject.stationarity(R, g, step, small.horizon);
    const slope = R.sub(R.mul(g, along.tangent), along.value);
    exactlyEqual(evidence, 'derivative of the averaged loss', [R.sub(left, right)], [slope]);
    expansion(subject, instance, evidence);
    minimisers(subject, instance, evidence);
    evidence.classify('another dt', dt !== 1);
    evidence.classify('horizon of 50 or more', horizon >= 50);
  },
  floors: {
    'another dt': 0.3,
    'horizon of 50 or more': 0.3,
    'remainder below one percent': 0.3,
    'three minimisers or more': 0.2,
    'promised by the phase': 0.2,
  },
  mutants: mutantsOf(subject, {
    'stationarity of a horizon longer by one': { stationarity: (ring, g, dt, T) => stationarity(ring, g, dt, T + 1) },
    'W₀(−2e^−2) left out': { setPointScale: () => 2 },
    'set point of a horizon longer by one': { averagedSetPoint: (T, dt) => averagedSetPoint(T + 1, dt) },
    'expansion without its second term': {
      setPointExpansion: (T, dt) => {
        const { coefficients, ...rest } = setPointExpansion(T, dt);
        return { ...rest, coefficients, value: coefficients[0] };
      },
    },
    'expansion of dt = 1 for any dt': {
      setPointExpansion: (T, dt) => ({ ...setPointExpansion(T, dt), value: setPointExpansion(T, 1).value }),
    },
    'a remainder of order 1/T': {
      setPointExpansion: (T, dt) => {
        const expansion = setPointExpansion(T, dt);
        return { ...expansion, remainder: expansion.remainder * T };
      },
    },
    'points halfway between minimisers': {
      localMinimisers: (T, dt) => {
        const found = localMinimisers(T, dt);
        return found.map((zm, k) => (zm + (found[k + 1] ?? zm)) / 2);
      },
    },
    'every other minimiser missed': {
      localMinimisers: (T, dt) => localMinimisers(T, dt).filter((_, k) => k % 2 === 0),
    },
  }),
});
