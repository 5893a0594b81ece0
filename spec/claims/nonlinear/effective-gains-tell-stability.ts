/**
 * Claim: gain paths and stability, in closed-loop and open-loop training.
 */

import { canonicalAgent } from '#src/agent/canonical.js';
import { type OrderParameters, orderParametersIn } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { realField, solveSemidefinite } from '#src/linalg/field.js';
import { add, build, identity, type Mat, type Matrix, map, matrix, multiply, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { integers, reals } from '#src/linalg/ring.js';
import { eliminationBackwardError, gamma } from '#src/linalg/tolerance.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { rollout } from '#src/loop/rollout.js';
import { isStable } from '#src/loop/stability.js';
import { momentFactor } from '#src/problem/start.js';
import { effectiveGains, inTriangle } from '#src/stages/gains.js';
import { peakRatioOf } from '#src/stages/peak.js';
import { stabilisation, stabilisationOf } from '#src/stages/spectral.js';
import { odds, statement } from '#src/theory/nonlinear/effective-gains-tell-stability.js';
import { EPOCHS } from '#src/theory/open-loop/open-loop-training-peaks.js';
import { type LearningCurve, orderParametersAt, rowOf } from '#src/training/curve.js';
import { deployedLosses } from '#src/training/deployed.js';
import { trainOpenLoop } from '#src/training/open-loop.js';
import { plant, realisePair, startMoments, teacherStudent } from '../../generators/teacher-student.js';

const subject = { gains: effectiveGains, inTriangle, /** Steps of the control. */ few: 4 };
type Subject = typeof subject;

const starts = momentFactor(startMoments);

const ENTRY = 'epoch at which the gains enter the triangle';

/** Whether an epoch is within a tenth of the one predicted. */
const isClose = (predicted: number, epoch: number): boolean => Math.abs(epoch / predicted - 1) <= 0.1;

/** Order parameters are compared rounded to multiples of 1/GRID, so that integers hold all that follows from them. */
const GRID = 2 ** 12;

/** Gains, with the regression's sums and how far rounding may move them, per entry. */
interface ExactGains {
  readonly gains: readonly number[];
  /** Σ x·xᵀ and its inverse, row-major. */
  readonly states: readonly number[];
  readonly inverse: readonly number[];
  readonly rounding: { readonly states: readonly number[]; readonly controls: readonly number[] };
}

/** a / b to 96 bits behind the point, then rounded. */
const quotient = (a: bigint, b: bigint): number => Number((a << 96n) / b) * 2 ** -96;

/**
 * The regression over the trajectories of both unit starts under P_eff, in integers: what belongs to time t is GRID^t times
 * itself. Beside it, what doubles may be off by: P_eff is exact in them, a step adds γ_4 |P||s|, and so does the control.
 */
function exactGains({ zm, zu, vm, vu }: OrderParameters, horizon: number): ExactGains {
  const g = BigInt(GRID);
  const P = effectiveMatrix(reals, plant, 1, { zm, zu, vm, vu }).data;
  const wholeP = map({ rows: 4, cols: 4, data: P }, (value) => BigInt(GRID * value));
  const Z = [0, 0, zm.data[0]!, zu.data[0]!];
  const wholeZ = Z.map((value) => BigInt(GRID * value));
  const four = [0, 1, 2, 3];
  let s: Mat<bigint> = build(4, 2, (i, j) => (i === j ? 1n : 0n));
  const error = [new Float64Array(4), new Float64Array(4)];
  let [a, b, c, along, across] = [0n, 0n, 0n, 0n, 0n];
  const rounding = { states: [0, 0, 0, 0], controls: [0, 0] };
  // A sum of 2(T − 1) products, each rounded once.
  const summed = gamma(2 * horizon);
  const spread = (x: number, y: number, dx: number, dy: number): number => {
    const most = (x + dx) * (y + dy);
    return most - x * y + summed * most;
  };
  for (let t = 1; t < horizon; t++) {
    const sizes = [0, 1].map((j) => four.map((i) => Math.abs(Number(s.data[2 * i + j]!)) / GRID ** (t - 1)));
    s = multiply(integers, wholeP, s);
    a *= g * g;
    b *= g * g;
    c *= g * g;
    along *= g * g;
    across *= g * g;
    for (const column of [0, 1]) {
      const [x, y] = [s.data[column]!, s.data[2 + column]!];
      const u = wholeZ.reduce((sum, value, i) => sum + value * s.data[2 * i + column]!, 0n);
      a += x * x;
      b += x * y;
      c += y * y;
      along += x * u;
      across += y * u;
      const before = error[column]!;
      const dotted = (row: ArrayLike<number>, from: number, of: (i: number) => number): number =>
        four.reduce((sum, i) => sum + Math.abs(row[from + i]!) * of(i), 0);
      const after = four.map((i) => {
        const size = dotted(P, 4 * i, (j) => sizes[column]![j]! + before[j]!);
        return (dotted(P, 4 * i, (j) => before[j]!) + gamma(4) * size) * (1 + gamma(8));
      });
      error[column] = Float64Array.from(after);
      const now = four.map((i) => Math.abs(Number(s.data[2 * i + column]!)) / GRID ** t);
      const du = dotted(Z, 0, (i) => after[i]!) + gamma(4) * dotted(Z, 0, (i) => now[i]! + after[i]!);
      const size = Math.abs(Number(u)) / GRID ** (t + 1);
      for (const i of [0, 1]) {
        for (const j of [0, 1]) rounding.states[2 * i + j]! += spread(now[i]!, now[j]!, after[i]!, after[j]!);
        rounding.controls[i]! += spread(now[i]!, size, after[i]!, du);
      }
    }
  }
  const determinant = a * c - b * b;
  const size = g ** BigInt(2 * (horizon - 1));
  return {
    gains: [c * along - b * across, a * across - b * along].map((value) => quotient(value, g * determinant)),
    states: [a, b, b, c].map((value) => quotient(value, size)),
    inverse: [c, -b, -b, a].map((value) => quotient(value * size, determinant)),
    rounding,
  };
}

/**
 * Computed gains k̂ solve (S + ΔS) k̂ = m + Δm, so that k̂ − k = S⁻¹(Δm − ΔS k̂): sums rounded, scaled (once more each) and
 * eliminated.
 */
function exactly(subject: Subject, recorded: Float64Array, horizon: number, evidence: Evidence): void {
  const K = matrix(2, 2, (i, j) => Math.round(GRID * recorded[2 * i + j]!) / GRID);
  const computed = subject.gains(plant, 1, K, horizon, identity(reals, 2)).data;
  const { gains, states, inverse, rounding } = exactGains(orderParametersIn(K, 1, 1), horizon);
  const both = [0, 1];
  const diagonal = (i: number): number => states[3 * i]! + rounding.states[3 * i]!;
  const elimination = gamma(2) + eliminationBackwardError(2);
  const lack = both.map((i) => {
    const control = both.reduce((sum, j) => sum + Math.abs(states[2 * i + j]! * gains[j]!), 0);
    const offBy = both.map((j) => rounding.states[2 * i + j]! + elimination * Math.sqrt(diagonal(i) * diagonal(j)));
    const moved = both.reduce((sum, j) => sum + offBy[j]! * Math.abs(computed[j]!), 0);
    return rounding.controls[i]! * (1 + gamma(2)) + gamma(2) * control + moved;
  });
  const bounds = both.map((i) => both.reduce((sum, j) => sum + Math.abs(inverse[2 * i + j]!) * lack[j]!, 0));
  for (const i of both) {
    // The exact ones were rounded to doubles.
    const bound = bounds[i]! * (1 + gamma(16)) + gamma(4) * Math.abs(gains[i]!);
    evidence.within(`k${i + 1}`, Math.abs(computed[i]! - gains[i]!), bound);
  }
  evidence.classify('gains sharp to six digits', Math.max(...bounds) < 1e-6 * Math.hypot(...gains));
}

/** The regression with t = 0 left in. */
const fromTheStart: typeof effectiveGains = (plant, leak, K, horizon, starts): Matrix => {
  const { x, u } = rollout(reals, plant, canonicalAgent(K, leak, 1, 1), starts, horizon);
  const sum = (terms: readonly Mat<number>[]): Mat<number> => terms.reduce((a, b) => add(reals, a, b));
  const states = sum(x.map((state) => multiply(reals, state, transpose(state))));
  const controls = sum(x.map((state, t) => multiply(reals, state, transpose(u[t]!))));
  const gains = solveSemidefinite(realField, states, controls);
  return matrix(1, 2, (_, j) => gains.data[j]!);
};

const timesGains =
  (factor: number): typeof effectiveGains =>
  (...args) => {
    const gains = effectiveGains(...args);
    return matrix(1, 2, (_, j) => factor * gains.data[j]!);
  };

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: teacherStudent, runs: 1000, block: 40 },
  subject,
  check(subject, instance, evidence) {
    const pair = realisePair(instance, evidence);
    if (!pair) return;
    const { protocol, agent, closed, task, response, problem } = pair;
    const open = trainOpenLoop(task, response, agent, protocol);
    const inside = (curve: LearningCurve, epoch: number, horizon = protocol.horizon): boolean => {
      const K = { rows: 2, cols: 2, data: rowOf(curve.overlaps, curve.epochs, epoch) };
      const { data } = subject.gains(plant, 1, K, horizon, starts);
      return subject.inTriangle([data[0]!, data[1]!]);
    };
    const random = new Stream(instance.seed).child('epoch');
    for (const [name, curve] of [
      [odds.closed.name, closed],
      [odds.open.name, open],
    ] as const) {
      const epoch = Math.floor(random.uniform(0, EPOCHS));
      evidence.trial(name, inside(curve, epoch) === isStable(plant, 1, orderParametersAt(curve, epoch)));
    }
    // Over a short horizon the bound is sharp, over the whole one it is what the trials above are of.
    const curve = random.uniform() < 0.5 ? closed : open;
    const row = rowOf(curve.overlaps, EPOCHS, Math.floor(random.uniform(0, EPOCHS)));
    exactly(subject, row, Math.round(random.uniform(4, protocol.horizon)), evidence);
    const stable = stabilisationOf(protocol, closed).latest;
    // Before epoch 20 a tenth is less than two epochs.
    if (stable !== undefined && stable >= 20) {
      const entry = (horizon: number): number =>
        stabilisation((e) => inside(closed, e, horizon), EPOCHS).latest ?? EPOCHS;
      const measured = entry(protocol.horizon);
      evidence.trial(odds.short.name, !isClose(stable, entry(subject.few)));
      evidence.predicts(ENTRY, stable, measured);
    }
    const peak = peakRatioOf(deployedLosses(open, problem, starts)).epoch;
    evidence.trial(odds.ends.name, inside(closed, EPOCHS - 1) && inside(open, EPOCHS - 1));
    evidence.trial(odds.leaves.name, !inside(open, peak));
    evidence.classify('stable at the start', stable === 0);
    evidence.classify('stable after epoch 100', stable !== undefined && stable > 100);
  },
  proportions: Object.values(odds),
  predictions: [{ quantity: ENTRY, near: isClose, proportion: odds.enters }],
  floors: { 'stable after epoch 100': 0.2, 'gains sharp to six digits': 0.3 },
  mutants: mutantsOf(subject, {
    't = 0 left in': { gains: fromTheStart },
    'regression over half the horizon': {
      gains: (plant, leak, K, horizon, starts) => effectiveGains(plant, leak, K, Math.ceil(horizon / 2), starts),
    },
    'gains a millionth larger': { gains: timesGains(1 + 1e-6) },
    'overlaps σ_zm and σ_vu exchanged': {
      gains: (plant, leak, { data }, horizon, starts) =>
        effectiveGains(
          plant,
          leak,
          matrix(2, 2, (i, j) => data[3 - 2 * i - j]!),
          horizon,
          starts,
        ),
    },
    'k₂ half as large again': { inTriangle: ([k1, k2]) => inTriangle([k1, 1.5 * k2]) },
    'k₁ and k₂ exchanged': { inTriangle: ([k1, k2]) => inTriangle([k2, k1]) },
    'the whole horizon for a few steps': { few: 50 },
    'u = −Kx': { inTriangle: ([k1, k2]) => inTriangle([-k1, -k2]) },
  }),
});
