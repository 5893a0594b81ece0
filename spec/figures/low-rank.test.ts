/**
 * What the figures of stages 2 and 3 are drawn of, by second routes.
 */

import { describe, expect, it } from 'vitest';
import { columnsOf } from '#src/agent/gram.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { orderParameterMatrix, orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { compareEngines } from '#src/figures/beyond/gram-against-full.js';
import { agentWith, gramAt } from '#src/figures/figure-4/agents.js';
import { figure as horizonSweep } from '#src/figures/figure-4/horizon-sweep.js';
import { middleOfStageTwo } from '#src/figures/figure-4/pair.js';
import { figure as stageTwoLoss } from '#src/figures/figure-4/stage-two-loss.js';
import { figure as stageTwoTrajectory } from '#src/figures/figure-4/stage-two-trajectory.js';
import { figure as surrogateSweep } from '#src/figures/figure-4/surrogate-sweep.js';
import { figure as zigZag } from '#src/figures/figure-4/zig-zag.js';
import { refinementOf } from '#src/figures/figure-5/refinement.js';
import { figure as stageThreeLoss } from '#src/figures/figure-5/stage-three-loss.js';
import { bestFromObservations } from '#src/figures/figure-5/stage-three-trajectory.js';
import { runsOf } from '#src/figures/kit/runs.js';
import { positionsOf, startState } from '#src/figures/kit/trajectory.js';
import { at, largestEntry, type Mat, matrix, scalarMatrix, subtract, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { gamma, semidefiniteFactorError } from '#src/linalg/tolerance.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { costOf, PROTOCOLS } from '#src/problem/protocol.js';
import { startVariance } from '#src/problem/start.js';
import { measuredTurn } from '#src/stages/turn.js';
import { observationBound } from '#src/theory/loop/no-policy-beats-riccati.js';
import { orderParametersAt, rowOf } from '#src/training/curve.js';

const runs = runsOf(1);
const run = runs.lowRank();
const { curve, plant, protocol, stages, spectra } = run;
const middle = Math.round((stages.stage1End! + stages.stage2End!) / 2);

/** Far below what a figure can show, and far above rounding. */
const INVISIBLE = 2 ** -20;

/** What factoring a Gram matrix and multiplying out again may change, entry by entry. */
function factored(gram: Mat<number>): number {
  return 2 * semidefiniteFactorError(gram.rows) * largestEntry(gram);
}

describe('agents out of a run', () => {
  it('have the inner products of the epoch', () => {
    const Q = columnsOf(agentWith(run, middle, orderParametersAt(curve, middle)));
    const gram = gramAt(run, middle);
    expect(largestEntry(subtract(reals, times(transpose(Q), Q), gram))).toBeLessThanOrEqual(factored(gram));
  });

  it('take other order parameters and keep the rest', () => {
    const wanted = scalarOrderParameters(-0.03, 0.07, 0.06, 0.05);
    const agent = agentWith(run, middle, wanted);
    const gram = gramAt(run, middle);
    const [K, target] = [orderParameterMatrix(orderParametersOf(reals, agent)), orderParameterMatrix(wanted)];
    expect(largestEntry(subtract(reals, K, target))).toBeLessThanOrEqual(factored(gram));
    const Q = columnsOf(agent);
    const own = times(transpose(Q), Q);
    // ‖M‖², ‖Z‖², MᵀU, Z·V, UᵀV … as they were: those that K does not hold.
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [0, 2],
      [1, 3],
    ] as const)
      expect(Math.abs(at(own, i, j) - at(gram, i, j))).toBeLessThanOrEqual(factored(gram));
    expect(Math.abs(at(own, 0, 1) - at(gram, 0, 1))).toBeGreaterThan(factored(gram));
  });
});

it('trajectories are powers of the effective matrix', () => {
  const steps = 40;
  const P = effectiveMatrix(reals, plant, protocol.agent.leak, orderParametersAt(curve, middle));
  let state: Mat<number> = matrix(P.rows, 1, (i) => (i < 2 ? at(startState(), i, 0) : 0));
  const positions = positionsOf(run, middle, steps);
  const size = Math.max(...positions.map(Math.abs));
  for (const position of positions) {
    // Either route sums at most four products per entry and step.
    expect(Math.abs(position - at(state, 0, 0))).toBeLessThanOrEqual(2 * gamma(8 * steps) * size * steps);
    state = times(P, state);
  }
});

it('the amplitude of stage 2 bounds the oscillation and is reached within every half period', () => {
  const { position, envelope, horizon, epoch } = stageTwoTrajectory.data(runs);
  const { re, im } = spectra[epoch]!.eigenvalues[0]!;
  const angle = Math.atan2(im, re);
  const half = Math.ceil(Math.PI / angle);
  for (let t = horizon; t + half < position.length; t++) {
    const shares = Array.from({ length: half }, (_, k) => Math.abs(position[t + k]!) / envelope[t + k]!);
    const most = Math.max(...shares);
    // A cosine seen every `angle` misses its maximum by half of that at most.
    expect(most).toBeGreaterThan(Math.cos(angle / 2) - INVISIBLE);
    expect(most).toBeLessThan(1 + INVISIBLE);
  }
});

it('the branches of the zig-zag begin at the ends of the run’s hop', () => {
  const { branches, path } = zigZag.data(runs);
  expect(path[0]!.epoch).toBeGreaterThanOrEqual(measuredTurn(curve));
  // There σ_zm is lowest, and the pair highest; the next epoch is at the other end: a whole hop away, to a tenth.
  const [here, there] = [path[0]!, path[1]!];
  const [upper, lower] = [branches.upper[0]!, branches.lower[0]!];
  expect(Math.hypot(upper.re - here.re, upper.im - here.im)).toBeLessThan(INVISIBLE);
  expect(Math.abs(lower.im - there.im)).toBeLessThan((here.im - there.im) / 10);
});

it('averaged learning of Fig. 4a begins with the zig-zag and is stable about when the run is', () => {
  const { averaged, ends } = stageTwoLoss.data(runs);
  expect(averaged.from).toBe(zigZag.data(runs).path[0]!.epoch);
  const ratio = (averaged.from + averaged.loss.length - 1) / ends[1]!;
  // As averaging-removes-the-zig-zag claims of most runs.
  expect(Math.max(ratio, 1 / ratio)).toBeLessThan(1.5);
});

it('the least loss of Fig. 5a lies below what descent on the population reaches', () => {
  const { least } = stageThreeLoss.data(runs);
  const reached = refinementOf(run, 0).alone.loss.at(-1)!;
  expect(least).toBeLessThan(reached);
  // It is of the same units: trained agents end within a factor 2 of it.
  expect(least).toBeGreaterThan(reached / 2);
});

it('the surrogate takes the pair up below the balance and down above it', () => {
  const { sweep, balance } = surrogateSweep.data(runs);
  expect(sweep.map(({ weight }) => weight < balance.weight)).toEqual([true, true, false, false, false]);
  for (const { weight, path } of sweep) expect(path[3]!.im > path[0]!.im).toBe(weight < balance.weight);
});

it('training over a horizon first moves the pair as its arrow says', () => {
  const sweep = horizonSweep.data(runs);
  const { zm, zu, vm, vu } = middleOfStageTwo();
  for (const { path, rises } of sweep) {
    expect(path[1]!.im > path[0]!.im).toBe(rises);
    // As the claim has it: over the second half, too.
    const later = path.slice(30).map(({ im }) => im);
    expect(later.reduce((sum, im) => sum + im, 0) / later.length > path[0]!.im).toBe(rises);
    expect(path[0]).toEqual(sweep[0]!.path[0]);
  }
  expect(sweep[0]!.rises).toBe(true);
  expect(sweep.at(-1)!.rises).toBe(false);
  expect([zm < 0, zu * vm > 0, vu > 0]).toEqual([true, true, true]);
});

it('the best policy from observations attains its bound', () => {
  const variance = startVariance(protocol.start)!;
  // One basis start per state component stands for the population.
  const states = bestFromObservations(run, scalarMatrix(2, Math.sqrt(variance)));
  const cost = costOf(protocol, 2, 1);
  let loss = 0;
  for (const x of states)
    for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) loss += at(cost.Q, i, i) * at(x, i, j) ** 2;
  const bound = observationBound(plant, cost, protocol.horizon, scalarMatrix(2, variance));
  expect(states).toHaveLength(protocol.horizon);
  expect(Math.abs(loss / bound - 1)).toBeLessThanOrEqual(gamma(32 * protocol.horizon));
});

it('order parameters alone go on from where learning became stable', () => {
  const { learnt, from, alone } = refinementOf(run, 0.5);
  expect(from).toBeGreaterThan(0);
  expect(alone.epochs).toBe(learnt.epochs - from);
  expect([...rowOf(alone.overlaps, alone.epochs, 0)]).toEqual([...rowOf(learnt.overlaps, learnt.epochs, from)]);
});

it('without a penalty, learning is the run itself', () => {
  expect(refinementOf(run, 0).learnt.loss).toEqual(curve.loss);
});

it('both engines stay within the bound of the shadows', () => {
  const small = { ...PROTOCOLS['artifact-lowrank'], horizon: 12, batch: 10, epochs: 40 };
  const random = new Stream(3);
  const agent = lowRankInitial({ N: 10, c: 1, p: 1, r: 1 }, 1, random.child('weights'));
  const { error, bound } = compareEngines(small, agent, random);
  expect(error).toHaveLength(40);
  expect(error.every((value, epoch) => value <= bound[epoch]!)).toBe(true);
  expect(Math.max(...error)).toBeGreaterThan(0);
});
