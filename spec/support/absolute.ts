/**
 * Majorants of loss and gradient: the engines themselves, run on absolute data. All terms are then positive, so that what
 * comes out bounds every sum of the same terms, whatever their signs (tolerance.ts: gamma).
 */

import { agentShape } from '#src/agent/agent.js';
import { agentOver, type LinearAgent, shapeOf } from '#src/agent/linear.js';
import type { Rnn } from '#src/agent/rnn.js';
import { absolute, at, type Mat, matrix, times, transpose } from '#src/linalg/matrix.js';
import type { Ring } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { type Plant, plantOver } from '#src/plant/plant.js';
import type { Cost } from '#src/problem/protocol.js';
import { generalReducedLoss } from '#src/training/reduced.js';
import type { RnnEngine } from '#src/training/rnn.js';
import { directTracking, type TrackingTask } from '#src/training/tracking.js';

/** Numbers whose differences are sums: every formula over it yields its majorant. */
export const sizes: Ring<number> = { of: Math.abs, add: (a, b) => a + b, sub: (a, b) => a + b, mul: (a, b) => a * b };

/** A plant of absolute values. */
export const absolutePlant = (plant: Plant): Plant => plantOver(sizes, plant);

/** An agent of absolute weights; the leak, at most 1, stays. */
export const absoluteAgent = (agent: LinearAgent): LinearAgent => agentOver(sizes, agent);

/** A cost of absolute weights. */
export const absoluteCost = ({ Q, R, discount }: Cost): Cost => ({ Q: absolute(Q), R: absolute(R), discount });

/** [M U], N × (c+r). */
export function inputStack({ M, U }: LinearAgent): Mat<number> {
  return matrix(M.rows, M.cols + U.cols, (i, j) =>
    j < M.cols ? M.data[i * M.cols + j]! : U.data[i * U.cols + j - M.cols]!,
  );
}

/** [Zᵀ V], N × (p+r). */
export function outputStack({ Z, V }: LinearAgent): Mat<number> {
  return inputStack({ leak: 1, M: transpose(Z), U: V, Z, V });
}

/** Loss and ∂L/∂K of an agent without a full-rank part, from its weights. */
export function reducedGradient(
  lossOf: typeof generalReducedLoss,
  plant: Plant,
  agent: LinearAgent,
  cost: Cost,
  horizon: number,
  starts: Mat<number>,
): { readonly loss: number; readonly E: Mat<number> } {
  const { c, p, r } = shapeOf(agent);
  const K = times(transpose(outputStack(agent)), inputStack(agent));
  const E = matrix(p + r, c + r);
  const loss = lossOf({ plant, leak: agent.leak, cost, horizon, rank: r })(
    Float64Array.from({ length: E.data.length }, (_, k) => K.data[k]!),
    starts,
    E.data,
  );
  return { loss, E };
}

/** Majorants of the loss and of ∂L/∂K. */
export function reducedMajorant(
  plant: Plant,
  agent: LinearAgent,
  cost: Cost,
  horizon: number,
  starts: Mat<number>,
): { readonly loss: number; readonly E: Mat<number> } {
  return reducedGradient(
    generalReducedLoss,
    absolutePlant(plant),
    absoluteAgent(agent),
    absoluteCost(cost),
    horizon,
    absolute(starts),
  );
}

/** A network of absolute weights, without its activation. */
export const absoluteRnn = (rnn: Rnn): Rnn => ({
  ...rnn,
  activation: 'linear',
  M: absolute(rnn.M),
  W: absolute(rnn.W),
  Z: absolute(rnn.Z),
});

/**
 * Majorants of the tracking loss and its gradients (up to the signs of ∂L/∂M), and the engine that they come from. Harmonics
 * that do not turn are at their full amplitude, twice for |cos| + |sin|; a negative reference drives the network through
 * negative weights as a positive one would through positive weights, and adds to the error.
 */
export function trackingMajorant(
  task: TrackingTask,
  rnn: Rnn,
  batch: number,
): { readonly loss: number; readonly gradient: Rnn; readonly engine: RnnEngine } {
  const { amplitude, axes, harmonics } = task.reference;
  const still = harmonics.map(({ axis }) => ({ axis, frequency: 0 }));
  const reference = { ...task.reference, amplitude: -2 * amplitude, harmonics: still };
  const sizes = absoluteRnn(rnn);
  const M = matrix(rnn.M.rows, 2 * axes, (i, j) => (j < axes ? 1 : -1) * at(sizes.M, i, j));
  const engine = directTracking({ ...task, reference, limit: Number.POSITIVE_INFINITY }, batch, { ...sizes, M }, [
    'M',
    'W',
    'Z',
  ]);
  const { loss } = engine.evaluate(matrix(harmonics.length, batch));
  return { loss, gradient: engine.gradient(), engine };
}

/**
 * Relative rounding of a tracking loss or gradient against its majorant: besides the loop, references and errors as sums
 * over the basis signals, and moments as means over the batch.
 */
export function trackingRounding({ reference, plant, steps }: TrackingTask, rnn: Rnn, batch: number): number {
  const combined = 2 * (2 * reference.harmonics.length + batch + 2);
  return gamma(adjointRoundings({ ...agentShape(rnn), n: plant.A.rows }, steps, batch) + combined);
}
