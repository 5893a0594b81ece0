/**
 * Claim: what training changes of a full-rank recurrence, level by level. Orders in g are exact: weights are series in g over whole numbers,
 * of an agent whose units are given by levels, as every agent is in an orthonormal basis of its own. That basis is tried in doubles.
 */
import fc from 'fast-check';
import type { LinearAgent } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { dualsOver } from '#src/linalg/dual.js';
import {
  at,
  blocks,
  build,
  frobenius,
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
import { integers, power, type Ring, reals } from '#src/linalg/ring.js';
import { type Series, seriesOver } from '#src/linalg/series.js';
import { gamma } from '#src/linalg/tolerance.js';
import { rollout } from '#src/loop/rollout.js';
import type { Plant } from '#src/plant/plant.js';
import {
  basisOf,
  blockOrder,
  descended,
  type FullRank,
  fullRankGradients,
  lossOrder,
  spanOf,
  statement,
  within,
} from '#src/theory/learning/full-rank-learns-low-rank.js';
import { lossOf } from '#src/training/loss.js';
import { type Drawn, plain, seed } from '../../generators/number.js';
import { weighing } from '../../support/cost.js';
import { upTo } from '../../support/measure.js';

const cases = plain({
  /** Units of each level. */
  sizes: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 3 }),
  /** Levels that are kept, of so many. */
  kept: fc.constantFrom(1, 2, 2),
  states: fc.integer({ min: 1, max: 2 }),
  observations: fc.integer({ min: 1, max: 2 }),
  controls: fc.integer({ min: 1, max: 2 }),
  /** An identity in the leak: any whole number will do. */
  leak: fc.integer({ min: 1, max: 2 }),
  control: fc.integer({ min: 0, max: 2 }),
  horizon: fc.integer({ min: 3, max: 4 }),
  epochs: fc.integer({ min: 1, max: 2 }),
  /** Of the agent in doubles. */
  units: fc.integer({ min: 1, max: 24 }),
  seed,
});
type Case = Drawn<typeof cases>;

const subject = { blockOrder, lossOrder, fullRankGradients, basisOf };
type Subject = typeof subject;

const TENSORS = ['M', 'Z', 'W'] as const;

const whole = (random: Stream, largest: number): number => Math.round(random.uniform(-largest - 0.5, largest + 0.5));
const wholes = (random: Stream, rows: number, cols: number): Mat<number> => matrix(rows, cols, () => whole(random, 2));

/** The first units of an agent. */
function cut<T>(agent: LinearAgent<T>, units: number): LinearAgent<T> {
  const part = (A: Mat<T>, rows: number, cols: number): Mat<T> => build(rows, cols, (i, j) => at(A, i, j));
  const { M, Z, W } = agent;
  const none = part(agent.U, units, 0);
  return {
    ...agent,
    M: part(M, units, M.cols),
    Z: part(Z, Z.rows, units),
    U: none,
    V: none,
    W: part(W!, units, units),
  };
}

/** The loss of every epoch, the last one's weights included. */
function trained<T>(
  subject: Subject,
  R: Ring<T>,
  plant: Plant<T>,
  first: LinearAgent<T>,
  cost: ReturnType<typeof weighing>,
  starts: Mat<T>,
  { horizon, epochs }: Case,
): { readonly losses: readonly T[]; readonly agent: LinearAgent<T> } {
  const weights = { state: map(cost.Q, R.of), control: map(cost.R, R.of) };
  const lossAt = (agent: LinearAgent<T>): T => lossOf(R, cost, rollout(R, plant, agent, starts, horizon));
  let agent = first;
  const losses = [lossAt(agent)];
  for (let epoch = 0; epoch < epochs; epoch++) {
    agent = descended(R, agent, subject.fullRankGradients(R, plant, agent, weights, starts, horizon), R.of(1));
    losses.push(lossAt(agent));
  }
  return { losses, agent };
}

function exactly(subject: Subject, instance: Case, evidence: Evidence): void {
  const { sizes, states, observations, controls, horizon } = instance;
  const random = new Stream(instance.seed).child('exact');
  const levelOf = sizes.flatMap((size, level) => upTo(size).map(() => level));
  const N = levelOf.length;
  const kept = Math.min(instance.kept, sizes.length - 1);
  const units = levelOf.filter((level) => level < kept).length;
  const length = 2 * kept + 1;
  const S = seriesOver(integers, length);
  const lift = (A: Mat<number>): Mat<Series<bigint>> => map(A, S.of);
  const draw = (rows: number, cols: number, nonzero: (i: number, j: number) => boolean): Mat<number> =>
    matrix(rows, cols, (i, j) => (nonzero(i, j) ? whole(random, 2) : 0));
  const X = draw(N, N, (i, j) => Math.abs(levelOf[i]! - levelOf[j]!) <= 1);
  const none = zeros(S, N, 0);
  const agent: LinearAgent<Series<bigint>> = {
    leak: S.of(instance.leak),
    M: lift(draw(N, observations, (i) => levelOf[i] === 0)),
    Z: lift(draw(controls, N, (_, j) => levelOf[j] === 0)),
    U: none,
    V: none,
    W: map(X, (value) => [0n, BigInt(value), ...Array<bigint>(length - 2).fill(0n)]),
  };
  const plant = {
    A: lift(wholes(random, states, states)),
    B: lift(wholes(random, states, controls)),
    C: lift(wholes(random, observations, states)),
  };
  const cost = weighing(new Array<number>(states).fill(1), instance.control, controls);
  const starts = lift(wholes(random, states, 1));

  // The gradients against the definition, along a random direction.
  const D = dualsOver(S);
  const along = Object.fromEntries(
    TENSORS.map((name) => [name, lift(wholes(random, agent[name]!.rows, agent[name]!.cols))]),
  ) as unknown as FullRank<Series<bigint>>;
  const still = (A: Mat<Series<bigint>>) => map(A, (value) => ({ value, tangent: S.of(0) }));
  const moving = (name: (typeof TENSORS)[number]) =>
    build(agent[name]!.rows, agent[name]!.cols, (i, j) => ({
      value: at(agent[name]!, i, j),
      tangent: at(along[name], i, j),
    }));
  const dual = {
    leak: { value: agent.leak, tangent: S.of(0) },
    M: moving('M'),
    Z: moving('Z'),
    U: still(none),
    V: still(none),
    W: moving('W'),
  };
  const plantOfDuals = { A: still(plant.A), B: still(plant.B), C: still(plant.C) };
  const slope = lossOf(D, cost, rollout(D, plantOfDuals, dual, still(starts), horizon)).tangent;
  const weights = { state: map(cost.Q, S.of), control: map(cost.R, S.of) };
  const gradients = subject.fullRankGradients(S, plant, agent, weights, starts, horizon);
  const inner = TENSORS.reduce(
    (total, name) => S.add(total, trace(S, multiply(S, transpose(gradients[name]), along[name]))),
    S.of(0),
  );
  evidence.holds(
    'gradients are derivatives',
    inner.every((value, k) => value === slope[k]),
  );

  const all = trained(subject, S, plant, agent, cost, starts, instance);
  const less = trained(subject, S, plant, cut(agent, units), cost, starts, instance);
  const order = subject.lossOrder(kept);
  const orders = all.losses.map((loss, epoch) => {
    const first = loss.findIndex((value, k) => value !== less.losses[epoch]![k]);
    return first < 0 ? length : first;
  });
  evidence.holds('losses of the cut agent agree below their order', Math.min(...orders) >= order);
  const change = subtract(S, all.agent.W!, agent.W!);
  const early = (i: number, j: number): boolean => {
    const from = Math.min(length, subject.blockOrder(levelOf[i]!, levelOf[j]!));
    return at(change, i, j)
      .slice(0, from)
      .every((value) => value === 0n);
  };
  evidence.holds(
    'changes between levels have their order',
    upTo(N).every((i) => upTo(N).every((j) => early(i, j))),
  );
  const last = sizes.length - 1;
  const corner = upTo(N).some((i) => levelOf[i] === last && at(change, i, 0)[last] !== 0n);
  evidence.classify('losses differ at their order', Math.min(...orders) === order);
  evidence.classify('the last level changes at its order', corner);
  evidence.classify('two levels kept', kept === 2);
  evidence.classify('two epochs', instance.epochs === 2);
  evidence.classify('two observations or controls', observations + controls > 2);
}

/** Words of W and Wᵀ between the columns of M and Zᵀ, of the whole and of the cut agent, are the same up to a length. */
function inDoubles(subject: Subject, { units: N, kept, seed }: Case, evidence: Evidence): void {
  const random = new Stream(seed).child('doubles');
  const normal = (rows: number, cols: number): Mat<number> => matrix(rows, cols, () => random.normal() / Math.sqrt(N));
  const none = zeros(reals, N, 0);
  const agent = { leak: 1, M: normal(N, 1), Z: normal(1, N), U: none, V: none, W: normal(N, N) };
  const basis = subject.basisOf(agent, kept);
  const less = within(agent, basis);
  const length = 2 * kept - 1;
  const word = upTo(length).map(() => random.uniform(0, 1) < 0.5);
  const spelt = ({ M, Z, W }: LinearAgent): Mat<number> => {
    const ends = blocks([[M, transpose(Z)]]);
    const moved = word.reduce((columns, turned) => times(turned ? transpose(W!) : W!, columns), ends as Mat<number>);
    return times(transpose(ends), moved);
  };
  const [expected, found] = [spelt(agent), spelt(less)];
  const d = basis.cols;
  const unitary = frobenius(subtract(reals, times(transpose(basis), basis), identity(reals, d)));
  // Two passes of Gram and Schmidt, and so many products of N terms.
  const roundings = gamma(8 * N * (d + length + 2));
  evidence.within('the basis is orthonormal', unitary, roundings * d);
  const size = (frobenius(agent.M) + frobenius(agent.Z)) ** 2 * power(reals, frobenius(agent.W), length);
  evidence.within('words of the cut agent', frobenius(subtract(reals, found, expected)), roundings * size);
  evidence.classify('most units are cut', d < N / 2);
  evidence.classify('no unit is cut', d === N);
}

/** The columns of Krylov alone: W leads on from M, and Wᵀ from Zᵀ. */
function krylov(agent: LinearAgent, levels: number): Mat<number> {
  const W = agent.W!;
  let [right, left] = [agent.M, transpose(agent.Z)];
  let columns = blocks([[right, left]]);
  for (let level = 1; level < levels; level++) {
    [right, left] = [times(W, right), times(transpose(W), left)];
    columns = blocks([[columns, right, left]]);
  }
  return spanOf(columns);
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 60, block: 30 },
  subject,
  check(subject, instance, evidence) {
    exactly(subject, instance, evidence);
    inDoubles(subject, instance, evidence);
  },
  floors: {
    'losses differ at their order': 0.2,
    'the last level changes at its order': 0.06,
    'two levels kept': 0.15,
    'two epochs': 0.3,
    'two observations or controls': 0.4,
    'most units are cut': 0.4,
    'no unit is cut': 0.05,
  },
  mutants: mutantsOf(subject, {
    'losses agree one order further': { lossOrder: (levels) => lossOrder(levels) + 1 },
    'losses agree as with a level more': { lossOrder: (levels) => 2 * levels + 2 },
    'blocks of an order more': { blockOrder: (a, b) => a + b + 1 },
    'the order of a block by the product of its levels': { blockOrder: (a, b) => (a + 1) * (b + 1) - 1 },
    'gradients without the readout’s turn': {
      fullRankGradients: (R, plant, agent, weights, starts, horizon) => {
        const { Z, ...rest } = fullRankGradients(R, plant, agent, weights, starts, horizon);
        return { ...rest, Z: scale(R, R.of(0), Z) };
      },
    },
    'gradients of a horizon one less': {
      fullRankGradients: (R, plant, agent, weights, starts, horizon) =>
        fullRankGradients(R, plant, agent, weights, starts, horizon - 1),
    },
    'one level fewer': { basisOf: (agent, levels) => basisOf(agent, Math.max(1, levels - 1)) },
    'the columns of Krylov alone': { basisOf: krylov },
  }),
});
