/**
 * Claim: small signals and the linear limit.
 *
 * Losses and derivatives at given weights are held against the linear agent's, their first correction by dual numbers and the
 * tail of the majorant series; learning curves against the linear agent's at two sizes of the signals.
 */

import fc from 'fast-check';
import { weighing } from '#spec/support/cost.js';
import { linearised, type Rnn } from '#src/agent/rnn.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { absolute, at, build, type Mat, map, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Ring, reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { type CoupledState, coupledStep, type LocalStep } from '#src/loop/jacobian.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { plantOver } from '#src/plant/plant.js';
import { statement } from '#src/theory/nonlinear/small-signals-learn-linearly.js';
import { lossOf } from '#src/training/loss.js';
import { type ClosedLoop, closedLoopRnn, type RnnEngine } from '#src/training/rnn.js';
import { train } from '#src/training/train.js';
import { type Drawn, leak, logInteger, logUniform, plain, seed } from '../../generators/number.js';

const cases = plain({
  N: logInteger(1, 8),
  horizon: logInteger(3, 12),
  batch: fc.integer({ min: 1, max: 4 }),
  leak,
  beta: fc.oneof(fc.constant(0), logUniform(1e-2, 1)),
  seed,
  /** Largest activation of the agent of absolute values. */
  activation: logUniform(1e-2, 0.5),
});
type Case = Drawn<typeof cases>;

const TENSORS = ['M', 'W', 'Z'] as const;

const subject = {
  closedLoop: (loop: ClosedLoop, initial: Rnn): RnnEngine => closedLoopRnn(loop, initial, TENSORS),
  coupledStep,
};
type Subject = typeof subject;
const plant = integratorChain(2, 1);

/** Epochs of the curves that are compared. */
const EPOCHS = 40;
/** Norm of the first update. */
const STEP = 0.02;

/** Numbers with an infinitesimal ε that moves φ away from the identity. */
const duals = dualsOver(reals);

/** a + factor·ε·a³ for φ = tanh or tan to first order, with its derivative along δ. */
function cubic(factor: number): (a: Dual<Dual>) => Dual<Dual> {
  return ({ value: a, tangent }) => ({
    value: { value: a.value, tangent: a.tangent + factor * a.value ** 3 },
    tangent: duals.mul({ value: 1, tangent: 3 * factor * a.value ** 2 }, tangent),
  });
}

/** B times the loss with its derivative along a direction of the weights, over any ring. */
function lossAlong<T>(
  S: Ring<T>,
  loop: ClosedLoop,
  agent: Rnn,
  direction: Rnn,
  starts: Mat<number>,
  phi: (a: Dual<T>) => Dual<T>,
): Dual<T> {
  const R = dualsOver(S);
  const moving = (name: (typeof TENSORS)[number]): Mat<Dual<T>> =>
    build(agent[name].rows, agent[name].cols, (i, j) => ({
      value: S.of(at(agent[name], i, j)),
      tangent: S.of(at(direction[name], i, j)),
    }));
  const none = build<Dual<T>>(agent.M.rows, 0, () => R.of(0));
  const moved = { leak: R.of(agent.leak), M: moving('M'), W: moving('W'), Z: moving('Z'), U: none, V: none };
  return lossOf(R, loop.cost, rollout(R, plantOver(R, plant), moved, map(starts, R.of), loop.horizon, phi));
}

/** Largest activation of a linear agent. */
function largestActivation(loop: ClosedLoop, agent: Rnn, starts: Mat<number>): number {
  let largest = 0;
  rollout(reals, plant, linearised(agent), starts, loop.horizon, (a) => {
    largest = Math.max(largest, Math.abs(a));
    return a;
  });
  return largest;
}

/** An agent of absolute values. */
const sized = (agent: Rnn): Rnn => ({ ...agent, M: absolute(agent.M), W: absolute(agent.W), Z: absolute(agent.Z) });

/** Inner product of gradient and direction. */
function along(gradient: Rnn, direction: Rnn): number {
  let total = 0;
  for (const name of TENSORS)
    for (let k = 0; k < gradient[name].data.length; k++) total += gradient[name].data[k]! * direction[name].data[k]!;
  return total;
}

/** Relative error of a loss against its majorant; twice the roundings of a linear agent’s, for φ. */
const roundingOf = ({ horizon, batch }: ClosedLoop, agent: Rnn): number =>
  gamma(2 * adjointRoundings({ n: 2, N: agent.M.rows, c: 1, p: 1, r: 0 }, horizon, batch));

const scaled = (A: Mat<number>, s: number): Mat<number> => map(A, (value) => s * value);

/** Loss and derivative at given weights, against their expansion. */
function checkExpansion(
  { closedLoop }: Subject,
  { activation }: Case,
  loop: ClosedLoop,
  agent: Rnn,
  direction: Rnn,
  starts: Mat<number>,
  evidence: Evidence,
): void {
  const [size, towards, spread] = [sized(agent), sized(direction), absolute(starts)];
  const s = activation / largestActivation(loop, size, spread);
  const epsilon = s * s;
  const engine = closedLoop(loop, { ...agent, activation: 'tanh' });
  const loss = engine.evaluate(scaled(starts, s)).loss / epsilon;
  const derivative = along(engine.gradient(), direction) / epsilon;

  const linear = lossAlong(duals, loop, agent, direction, starts, cubic(-1 / 3));
  const majorant = lossAlong(duals, loop, size, towards, spread, cubic(1 / 3));
  const saturated = lossAlong(reals, loop, size, towards, spread, ({ value, tangent }) => {
    const image = Math.tan(s * value);
    return { value: image / s, tangent: (1 + image * image) * tangent };
  });
  // The majorant bounds all that is rounded, at first order the corrections too.
  const rounding =
    4 * gamma(2 * adjointRoundings({ n: 2, N: agent.M.rows, c: 1, p: 1, r: 0 }, loop.horizon, loop.batch));
  const compare = (quantity: string, measured: number, part: (moved: Dual<Dual>) => Dual, whole: number): void => {
    const [{ value, tangent }, most] = [part(linear), part(majorant)];
    const predicted = (value + epsilon * tangent) / loop.batch;
    const tail = Math.max(0, whole - most.value - epsilon * most.tangent) + rounding * whole;
    evidence.within(`${quantity}, beyond first order`, Math.abs(measured - predicted), tail / loop.batch);
    evidence.classify(
      `the first correction of the ${quantity} shows`,
      Math.abs(epsilon * tangent) > 2 * tail && Number.isFinite(tail),
    );
  };
  compare('loss', loss, (moved) => moved.value, saturated.value);
  compare('derivative', derivative, (moved) => moved.tangent, saturated.tangent);
}

/** The derivative of one coupled step at a state, against the linear agent's: 1 − a² ≤ tanh′ a ≤ 1. */
function checkDerivative({ coupledStep }: Subject, agent: Rnn, state: CoupledState, evidence: Evidence): void {
  const [curved, linear] = (['tanh', 'linear'] as const).map((activation) =>
    coupledStep(plant, { ...agent, activation }, state),
  ) as [LocalStep, LocalStep];
  const whole = coupledStep(plant, sized(agent), state.map(Math.abs));
  const [n, size] = [plant.A.rows, state.length];
  const rounding = gamma(4 * size + 16);
  for (let i = n; i < size; i++) {
    // h′ = (1 − η)·h + η·a, as the linear agent has it.
    const driveOf = ({ next }: LocalStep, h: number): number => (next[i]! - (1 - agent.leak) * h) / agent.leak;
    const most = Math.abs(driveOf(whole, Math.abs(state[i]!)));
    const a = Math.abs(driveOf(linear, state[i]!)) + (rounding / agent.leak) * (most + Math.abs(state[i]!));
    for (let k = 0; k < size; k++) {
      const flat = at(linear.jacobian, i, k);
      const driven = flat - (i === k ? 1 - agent.leak : 0);
      evidence.within(
        'derivative of a step, beyond the drive’s square',
        Math.max(0, Math.abs(at(curved.jacobian, i, k) - flat) - a * a * Math.abs(driven)),
        rounding * at(whole.jacobian, i, k),
      );
    }
  }
}

/** Learning curves at two sizes of the signals, against the linear one. */
function checkCurve(
  { closedLoop }: Subject,
  loop: ClosedLoop,
  agent: Rnn,
  starts: Mat<number>,
  evidence: Evidence,
): void {
  const twin = closedLoopRnn(loop, { ...agent, activation: 'linear' }, TENSORS);
  const lr = STEP / twin.evaluate(starts).gradNorm;
  const learn = (engine: RnnEngine, s: number): Float64Array => {
    const optimizer = { kind: 'sgd', lr: lr / (s * s), clip: null } as const;
    const curve = train(engine, { optimizer, epochs: EPOCHS }, () => scaled(starts, s));
    return curve.loss.map((loss) => loss / (s * s));
  };
  const linear = learn(twin, 1);
  // Of the whole curve: at single epochs the correction changes its sign.
  const departure = (curve: Float64Array): number => Math.hypot(...curve.map((loss, e) => loss - linear[e]!));
  const s = 2 ** -12 / Math.max(...[agent, twin.rnn()].map((weights) => largestActivation(loop, weights, starts)));
  const [large, half] = [s, s / 2].map((size) =>
    departure(learn(closedLoop(loop, { ...agent, activation: 'tanh' }), size)),
  ) as [number, number];
  // A weight that is rounded differently shows how far rounding has grown; no loss is better than its own rounding.
  const nudged = map(agent.Z, (value) => value * (1 + 2 ** -50));
  const grown = departure(learn(closedLoopRnn(loop, { ...agent, Z: nudged, activation: 'linear' }, TENSORS), 1));
  const descends = linear.every((loss, e) => e === 0 || loss <= linear[e - 1]!);
  const rounding = roundingOf(loop, agent) * Math.hypot(...linear);
  const regular = descends && grown + rounding < 2 ** -8 * half;
  evidence.classify('the curve is regular', regular);
  if (regular) evidence.within('slope of the departure against 2', Math.abs(Math.log2(large / half) - 2), 2 ** -3);
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: cases,
    runs: 300,
    block: 50,
  },
  subject,
  check(subject, instance, evidence) {
    const { N, horizon, batch, beta } = instance;
    const random = new Stream(instance.seed);
    const numbers = (rows: number, cols: number, size: number) => matrix(rows, cols, () => size * random.normal());
    const drawn = (): Rnn => ({
      activation: 'linear',
      leak: instance.leak,
      M: numbers(N, 1, 1),
      W: numbers(N, N, 0.5 / Math.sqrt(N)),
      Z: numbers(1, N, 0.5 / N),
    });
    const [agent, direction] = [drawn(), drawn()];
    const starts = numbers(2, batch, 1);
    const loop: ClosedLoop = { plant, cost: weighing([1, 1], beta), horizon, batch };
    checkExpansion(subject, instance, loop, agent, direction, starts, evidence);
    checkCurve(subject, loop, agent, starts, evidence);
    checkDerivative(subject, agent, numbers(1, plant.A.rows + N, instance.activation).data as Float64Array, evidence);
  },
  floors: {
    'the first correction of the loss shows': 0.3,
    'the first correction of the derivative shows': 0.3,
    'the curve is regular': 0.8,
  },
  mutants: mutantsOf(subject, {
    'one step with the slope of 1 − |tanh|': {
      coupledStep(plant, agent, state) {
        const [step, linear] = [
          coupledStep(plant, agent, state),
          coupledStep(plant, { ...agent, activation: 'linear' } as Rnn, state),
        ];
        // What tanh² takes from the slope, |tanh| takes the root of.
        const root = (lost: number, slope: number): number => Math.sign(lost) * Math.sqrt(Math.abs(lost * slope));
        const data = step.jacobian.data.map((value, k) => {
          const flat = linear.jacobian.data[k]!;
          return flat + root(value - flat, flat);
        });
        return { ...step, jacobian: { ...step.jacobian, data } };
      },
    },
    'no saturation': { closedLoop: (loop, agent) => subject.closedLoop(loop, { ...agent, activation: 'linear' }) },
    relu: { closedLoop: (loop, agent) => subject.closedLoop(loop, { ...agent, activation: 'relu' }) },
    'gradient without the slope of tanh': {
      closedLoop(loop, agent) {
        const [forward, back] = [
          subject.closedLoop(loop, agent),
          subject.closedLoop(loop, { ...agent, activation: 'linear' }),
        ];
        return {
          ...forward,
          evaluate: (starts) => ({ ...back.evaluate(starts), loss: forward.evaluate(starts).loss }),
          gradient: back.gradient,
        };
      },
    },
    'one step short': {
      closedLoop: (loop, agent) => subject.closedLoop({ ...loop, horizon: loop.horizon - 1 }, agent),
    },
  }),
});
