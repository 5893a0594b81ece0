/**
 * Claim: the loss by completion of squares, and its lower bounds. Exact, in rationals, on short runs of any shape; in double
 * precision on long ones, within the roundings of each single step.
 */

import fc from 'fast-check';
import { weighing } from '#spec/support/cost.js';
import { agentOver } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { rationalField, realField } from '#src/linalg/field.js';
import { type Majorant, majorants, roundingBound } from '#src/linalg/majorant.js';
import {
  absolute,
  add,
  at,
  build,
  identity,
  type Mat,
  map,
  matrix,
  multiply,
  scale,
  subtract,
  times,
  trace,
  transpose,
  zeros,
} from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { type Ring, reals, sum } from '#src/linalg/ring.js';
import { gamma } from '#src/linalg/tolerance.js';
import { estimate, type FilterStep, filterOf, kalman } from '#src/loop/kalman.js';
import { controlWeights, type RiccatiStep, riccati } from '#src/loop/riccati.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type Plant, plantOver } from '#src/plant/plant.js';
import type { PlantSpec } from '#src/problem/schema.js';
import {
  deviation,
  entering,
  fullInformationBound,
  leastFromObservations,
  leastWithFullInformation,
  observationBound,
  squareResidual,
  statement,
  weightsOver,
} from '#src/theory/loop/no-policy-beats-riccati.js';
import { lossOf } from '#src/training/loss.js';
import { exactLoop, realise } from '../../generators/loop.js';
import { type Drawn, logInteger, logUniform, noiseLevel, plain } from '../../generators/number.js';
import { general, timeStep } from '../../generators/plant.js';
import { exactlyEqual } from '../../support/measure.js';
import { sourcesOf } from '../../support/sources.js';

const weightInQuarters = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }));

const cases = plain({
  /** Short and exact: any plant, any agent. */
  loop: exactLoop(
    fc.oneof(
      plain<Extract<PlantSpec, { kind: 'integrator' }>>({
        kind: fc.constant('integrator'),
        order: fc.integer({ min: 1, max: 3 }),
        dt: fc.constantFrom(1, 0.5, 0.25),
      }),
      general(),
    ),
    3,
  ),
  horizon: fc.integer({ min: 1, max: 5 }),
  /** Weights of states and controls, in quarters. */
  state: fc.array(weightInQuarters, { minLength: 3, maxLength: 3 }),
  control: weightInQuarters,
  /** Starts, columns of a factor of their moments: fewer than states leave Σ₀ singular. */
  starts: fc.integer({ min: 1, max: 4 }),
  /** Standard deviations of noise. */
  noise: fc.oneof(fc.constant({ state: 0, observation: 0 }), plain({ state: noiseLevel, observation: noiseLevel })),
  /** Long, in double precision: a chain of integrators without noise. */
  long: plain({
    order: fc.integer({ min: 1, max: 3 }),
    dt: timeStep,
    horizon: logInteger(2, 300),
    control: fc.oneof(fc.constant(0), logUniform(1e-3, 5)),
  }),
});
type Case = Drawn<typeof cases>;

const subject = {
  riccati,
  kalman,
  entering,
  leastWithFullInformation,
  leastFromObservations,
  fullInformationBound,
  observationBound,
};
type Subject = typeof subject;

/** Columns of small integers: a factor of exact moments. */
function startsOf(random: Stream, n: number, columns: number): Mat<number> {
  return matrix(n, columns, () => Math.round(random.uniform(-2.5, 2.5)));
}

interface Run<T> {
  readonly x: Mat<T>[];
  readonly u: Mat<T>[];
  /** Estimates x̂_t. */
  readonly h: Mat<T>[];
}

/**
 * The policy u_0 = 0, u_t = −K_t·x̂_t, step by step, from the filter's estimates or, without one, from the states.
 * @param sources one column per run: x₀, and below it noise as rollouts take it, or none
 */
function controlled<T>(
  R: Ring<T>,
  plant: Plant<T>,
  steps: readonly RiccatiStep<T>[],
  filter: readonly FilterStep<T>[] | undefined,
  sources: Mat<T>,
): Run<T> {
  const { rows: c, cols: n } = plant.C;
  const rows = (from: number, count: number): Mat<T> => build(count, sources.cols, (i, j) => at(sources, from + i, j));
  const noisy = sources.rows > n;
  let x = rows(0, n);
  let h = filter ? zeros(R, n, x.cols) : x;
  let u = zeros(R, plant.B.cols, x.cols);
  const run: Run<T> = { x: [x], u: [u], h: [h] };
  for (let t = 1; t < steps.length; t++) {
    const from = n + (t - 1) * (n + c);
    x = add(R, multiply(R, plant.A, x), multiply(R, plant.B, u));
    if (noisy) x = add(R, x, rows(from, n));
    let y = multiply(R, plant.C, x);
    if (noisy) y = add(R, y, rows(from + n, c));
    h = filter ? estimate(R, plant, filter[t]!.L, h, u, y) : x;
    u = scale(R, R.of(-1), multiply(R, steps[t]!.K, h));
    run.x.push(x);
    run.u.push(u);
    run.h.push(h);
  }
  return run;
}

const F = rationalField;
const R = rationals;

function exactly(subject: Subject, instance: Case, evidence: Evidence): void {
  const { loop, horizon } = instance;
  const { plant: plantOfDoubles, agent } = realise(loop);
  const plant = plantOver(R, plantOfDoubles);
  const [n, p] = [plant.A.rows, plant.B.cols];
  const cost = weighing(
    instance.state.slice(0, n).map((weight) => weight / 4),
    instance.control / 4,
    p,
  );
  const weights = weightsOver(R, cost);
  const starts = startsOf(new Stream(loop.seed).child('starts'), n, instance.starts);
  const Sigma0 = map(times(starts, transpose(starts)), R.of);
  const sources = map(sourcesOf(starts, plant.C.rows, horizon, instance.noise), R.of);
  const squaredLevel = (level: number): Rational => R.of(level ** 2);
  const noise = { state: squaredLevel(instance.noise.state), observation: squaredLevel(instance.noise.observation) };
  const steps = subject.riccati(F, plant, weights, horizon);
  const entered = subject.entering(R, Sigma0, horizon, noise);

  const value = sum(
    R,
    steps.map(({ P }, t) => trace(R, multiply(R, P, entered[t]!))),
  );
  const ran = rollout(R, plant, agentOver(R, agent), sources, horizon);
  const loss = lossOf(R, cost, ran);
  const deviations = sum(
    R,
    steps.map((step, t) => deviation(R, step, ran.x[t]!, ran.u[t]!)),
  );
  exactlyEqual(evidence, 'L = tr(P₀Σ₀) + Σ tr(P_t W) + deviations', [R.add(value, deviations)], [loss]);
  // The gains and values, put into their equations.
  steps.forEach(({ P, S, K }, t) => {
    const next = steps[t + 1]?.P ?? zeros(R, n, n);
    const { S: expected, pull } = controlWeights(R, plant, weights, next);
    exactlyEqual(evidence, 'S = R + BᵀPB', S, expected);
    exactlyEqual(evidence, 'S K = BᵀPA', multiply(R, S, K), pull);
    const carried = multiply(R, transpose(plant.A), next, plant.A);
    const recursion = subtract(R, add(R, weights.state, carried), multiply(R, transpose(K), S, K));
    exactlyEqual(evidence, 'P = Q + AᵀPA − KᵀSK', P, recursion);
  });

  const filter = subject.kalman(F, plant, Sigma0, horizon, noise);
  const errors = filter.map(({ Sigma }) => Sigma);
  const full = subject.leastWithFullInformation(R, steps, entered);
  const seen = subject.leastFromObservations(R, steps, entered, errors);
  const atMost = (quantity: string, lower: Rational, upper: Rational): void =>
    evidence.within(quantity, R.sign(R.sub(lower, upper)) === 1 ? toDouble(R.sub(lower, upper)) : 0, 0);
  atMost('full information is no worse than observations', full, seen);
  atMost('no agent does better than the bound on what is seen', seen, loss);
  const best = lossOf(R, cost, controlled(R, plant, steps, undefined, sources));
  exactlyEqual(evidence, 'u = −K x has the least loss with full information', [best], [full]);
  const filtered = lossOf(R, cost, controlled(R, plant, steps, filter, sources));
  exactlyEqual(evidence, 'u = −K x̂ has the least loss from observations', [filtered], [seen]);
  const silent = instance.noise.state === 0 && instance.noise.observation === 0;
  // After n observations without noise nothing is learnt.
  for (const { L } of silent ? filter.slice(n + 1) : [])
    exactlyEqual(evidence, 'L_t = 0 for t > n', L, zeros(R, L.rows, L.cols));
  evidence.classify(
    'S singular before the end',
    steps.slice(0, -1).some(({ S }) => R.sign(at(S, 0, 0)) === 0),
  );
  evidence.classify('observations cost something', R.sign(R.sub(seen, full)) === 1);
  evidence.classify('Σ₀ singular', instance.starts < n);
  evidence.classify('two controls', p > 1);
  evidence.classify('no noise', silent);
  evidence.classify('noise of both kinds', instance.noise.state > 0 && instance.noise.observation > 0);
  evidence.classify('noise in the plant only', instance.noise.state > 0 && instance.noise.observation === 0);
  evidence.classify('noise on observations only', instance.noise.state === 0 && instance.noise.observation > 0);
  evidence.classify('leaky agent', loop.leak !== 1);
  evidence.classify('rank above 1', loop.rank > 1);
}

const bounds = (values: Mat<Majorant>): Mat<number> => map(values, roundingBound);
const majorant = (values: Mat<number>): Mat<Majorant> => map(values, majorants.of);

/** x_t − x̂_t of the exact filter, by their definition; a chain's state is known exactly from t = n on. */
function estimationErrors(plantOfDoubles: Plant, starts: Mat<number>): Mat<number>[] {
  const plant = plantOver(R, plantOfDoubles);
  const n = starts.rows;
  let error = map(starts, R.of);
  const filter = kalman(F, plant, multiply(R, error, transpose(error)), n);
  return filter.map(({ L }, t) => {
    if (t > 0) error = multiply(R, subtract(R, identity(R, n), multiply(R, L, plant.C)), plant.A, error);
    return map(error, toDouble);
  });
}

/**
 * The loss of a long run in double precision is the bound that it attains, up to the roundings of each step: a computed
 * state, control, P, K or S errs by no more than the terms of its own step allow, and the completed square of a step vanishes
 * exactly for the numbers as they are computed. Nothing grows with the horizon but the number of steps.
 */
function inDoubles(
  subject: Subject,
  { order, dt, horizon, control }: Case['long'],
  random: Stream,
  evidence: Evidence,
) {
  const plant = integratorChain(order, dt);
  const cost = weighing(new Array<number>(order).fill(1 / (order * horizon)), control);
  const weights = weightsOver(reals, cost);
  const starts = startsOf(random, order, order);
  const Sigma0 = times(starts, transpose(starts));
  const steps = riccati(realField, plant, weights, horizon);
  const filter = filterOf(plant, Sigma0, horizon);

  const M = majorants;
  const [plantM, weightsM] = [plantOver(M, plant), weightsOver(M, cost)];
  const stepsM = steps.map(({ P, S, K }) => ({ P: majorant(P), S: majorant(S), K: majorant(K) }));
  const none = zeros(M, order, order);
  const enteredM = entering(M, majorant(Sigma0), horizon);
  const roundingsOf = (run: Run<number>, loss: number): number => {
    let total = gamma(2 * horizon * (order + 2) * order) * loss;
    for (let t = 0; t < horizon; t++) {
      const [P, x, u] = [stepsM[t + 1]?.P ?? none, majorant(run.x[t]!), majorant(run.u[t]!)];
      total += roundingBound(squareResidual(M, plantM, weightsM, P, stepsM[t]!.K, x, u));
    }
    return total;
  };

  const best = controlled(reals, plant, steps, undefined, starts);
  const least = lossOf(reals, cost, best);
  const bound = roundingsOf(best, least) + roundingBound(leastWithFullInformation(M, stepsM, enteredM));
  const full = subject.fullInformationBound(plant, cost, horizon, Sigma0);
  evidence.within('loss of u = −K x, in double precision', Math.abs(least - full), bound);

  // The estimates’ errors as they are computed differ from the exact ones by at most drift.
  const run = controlled(reals, plant, steps, filter, starts);
  const reached = lossOf(reals, cost, run);
  const errorsM = filter.map(({ Sigma }) => majorant(Sigma));
  let allowed = roundingsOf(run, reached) + roundingBound(leastFromObservations(M, stepsM, enteredM, errorsM));
  const errors = estimationErrors(plant, starts);
  let drift: Mat<number> = matrix(order, order);
  for (let t = 0; t < horizon; t++) {
    if (t > 0) {
      const [x, u, h] = [run.x[t - 1]!, run.u[t - 1]!, run.h[t - 1]!].map(majorant) as [
        Mat<Majorant>,
        Mat<Majorant>,
        Mat<Majorant>,
      ];
      const L = filter[t]!.L;
      const next = add(M, multiply(M, plantM.A, x), multiply(M, plantM.B, u));
      const own = bounds(add(M, next, estimate(M, plantM, majorant(L), h, u, multiply(M, plantM.C, next))));
      const look = add(reals, identity(reals, order), times(absolute(L), absolute(plant.C)));
      drift = add(reals, times(look, absolute(plant.A), drift), scale(reals, 2, own));
    }
    const error = errors[t] ?? matrix(order, order);
    const { K, S } = steps[t]!;
    const weight = at(S, 0, 0);
    const [size, estimated] = [absolute(times(K, error)), times(absolute(K), absolute(run.h[t]!))];
    const off = add(reals, times(absolute(K), drift), scale(reals, gamma(2 * order + 4), add(reals, estimated, size)));
    for (let j = 0; j < order; j++) allowed += 2 * weight * at(off, 0, j) * (2 * at(size, 0, j) + at(off, 0, j));
  }
  const seen = subject.observationBound(plant, cost, horizon, Sigma0);
  evidence.within('loss of u = −K x̂, in double precision', Math.abs(reached - seen), allowed);
  evidence.within('full information is no worse, in double precision', Math.max(0, full - seen), bound + allowed);
  evidence.classify('sharp to six digits', Math.max(bound, allowed) <= 2 ** -20 * least);
  evidence.classify('long', horizon >= 100);
  evidence.classify('three integrators', order === 3);
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
    exactly(subject, instance, evidence);
    inDoubles(subject, instance.long, new Stream(instance.loop.seed).child('long'), evidence);
  },
  floors: {
    'S singular before the end': 0.05,
    'observations cost something': 0.15,
    'Σ₀ singular': 0.2,
    'two controls': 0.15,
    'no noise': 0.3,
    'noise of both kinds': 0.15,
    'noise in the plant only': 0.03,
    'noise on observations only': 0.03,
    'leaky agent': 0.5,
    'rank above 1': 0.3,
    'sharp to six digits': 0.8,
    long: 0.1,
    'three integrators': 0.2,
  },
  mutants: mutantsOf(subject, {
    'value matrices of one step too many': {
      riccati: (field, plant, weights, T) => riccati(field, plant, weights, T + 1).slice(0, T),
    },
    'gains with the opposite sign': {
      riccati: (field, plant, weights, T) =>
        riccati(field, plant, weights, T).map((step) => ({ ...step, K: scale(field, field.of(-1), step.K) })),
    },
    'control penalty left out of S': {
      riccati: (field, plant, weights, T) =>
        riccati(field, plant, weights, T).map((step) => ({ ...step, S: subtract(field, step.S, weights.control) })),
    },
    'a control at t = 0': {
      leastWithFullInformation: (ring, [first, ...later], entered) =>
        leastWithFullInformation(ring, [{ ...first!, S: scale(ring, ring.of(0), first!.S) }, ...later], entered),
    },
    'the first observation is of x_0': {
      leastFromObservations: (ring, steps, entered, errors) =>
        leastFromObservations(
          ring,
          steps,
          entered,
          errors.map((_, t) => errors[Math.min(t + 1, errors.length - 1)]!),
        ),
    },
    'covariance not updated by what is seen': {
      kalman: (field, plant, Sigma0, T, noise) => {
        const blind = { ...plant, C: zeros(field, plant.C.rows, plant.C.cols) };
        const seen = kalman(field, plant, Sigma0, T, noise);
        return kalman(field, blind, Sigma0, T, noise).map(({ Sigma }, t) => ({ L: seen[t]!.L, Sigma }));
      },
    },
    'noise of the plant costs nothing': {
      entering: (ring, Sigma0, T) => entering(ring, Sigma0, T),
    },
    'noise of the plant enters one step late': {
      entering: (ring, Sigma0, T, noise) =>
        entering(ring, Sigma0, T, noise).map((E, t) => (t === 1 ? zeros(ring, E.rows, E.cols) : E)),
    },
    'the filter takes what is seen as exact': {
      kalman: (field, plant, Sigma0, T, noise) =>
        kalman(field, plant, Sigma0, T, noise && { ...noise, observation: field.of(0) }),
    },
    'the filter takes the plant as exact': {
      kalman: (field, plant, Sigma0, T, noise) =>
        kalman(field, plant, Sigma0, T, noise && { ...noise, state: field.of(0) }),
    },
    'errors of the filter without noise of observations': {
      kalman: (field, plant, Sigma0, T, noise) =>
        kalman(field, plant, Sigma0, T, noise).map(({ L, Sigma }, t) => ({
          L,
          Sigma:
            t === 0 || !noise
              ? Sigma
              : subtract(field, Sigma, scale(field, noise.observation, multiply(field, L, transpose(L)))),
        })),
    },
    'full information for what is observed, in double precision': { observationBound: fullInformationBound },
    'horizon off by one, in double precision': {
      fullInformationBound: (plant, cost, T, Sigma0) => fullInformationBound(plant, cost, T + 1, Sigma0),
    },
  }),
});
