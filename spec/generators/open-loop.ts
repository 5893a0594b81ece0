/**
 * Random open-loop learning problems: a student, a teacher, inputs.
 */

import fc from 'fast-check';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { at, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import type { PlantSpec, TensorName } from '#src/problem/schema.js';
import { type OpenLoopTask, openLoopTask } from '#src/training/open-loop.js';
import { type Drawn, leak, logInteger, logUniform, plain, seed, weighted } from './number.js';
import { general, timeStep } from './plant.js';

/** Size and scale of an agent, in units of the paper's. */
export interface AgentCase {
  readonly N: number;
  readonly rank: number;
  readonly leak: number;
  readonly scale: number;
}

const rank = fc.constantFrom(1, 1, 1, 2, 3);

/** Larger steps where gradients are clipped. */
const optimizer: fc.Arbitrary<Protocol['optimizer']> = weighted(
  [3, fc.tuple(logUniform(2e-2, 0.1), logUniform(0.2, 4)).map(([lr, clip]) => ({ kind: 'sgd' as const, lr, clip }))],
  [2, logUniform(1e-4, 2e-3).map((lr) => ({ kind: 'sgd' as const, lr, clip: null }))],
);

/** Open-loop learning of 1 to 100 units over 15 to 30 epochs. */
export const openLoop = plain({
  /** What student and teacher would be deployed on: gives the numbers of inputs and outputs, and the inputs' covariance. */
  plant: weighted(
    [
      3,
      plain<Extract<PlantSpec, { kind: 'integrator' }>>({
        kind: fc.constant('integrator'),
        order: fc.constantFrom(1, 2, 2, 2, 3),
        dt: timeStep,
      }),
    ],
    [1, general(1)],
  ),
  inputs: fc.constantFrom('low-rank', 'tanh'),
  horizon: logInteger(5, 60),
  student: plain<AgentCase>({ N: logInteger(1, 100), rank, leak, scale: logUniform(0.7, 1.5) }),
  teacher: plain<AgentCase>({ N: logInteger(1, 100), rank, leak, scale: logUniform(1, 2) }),
  optimizer,
  trained: weighted(
    [2, fc.constant<TensorName[]>(['z', 'U', 'V'])],
    [1, fc.subarray<TensorName>(['m', 'z', 'U', 'V'], { minLength: 2 })],
  ),
  epochs: fc.integer({ min: 15, max: 30 }),
  seed,
});

/** An open-loop learning problem, as plain data. */
export type OpenLoopCase = Drawn<typeof openLoop>;

/** What a case stands for. */
export interface OpenLoopProblem {
  readonly task: OpenLoopTask;
  readonly student: LinearAgent;
  readonly teacher: LinearAgent;
}

/**
 * Task and agents of a case. The teacher's readout leans against its inputs, as a trained agent's does: σ_zm < 0.
 */
export function openLoopProblem({
  plant: spec,
  inputs,
  horizon,
  student,
  teacher,
  seed,
}: OpenLoopCase): OpenLoopProblem {
  const plant = plantOf(spec);
  const [p, c] = [plant.B.cols, plant.C.rows];
  const random = new Stream(seed);
  const drawn = ({ N, rank, leak, scale }: AgentCase, label: string): LinearAgent =>
    lowRankInitial({ N, c, p, r: rank }, leak, random.child(label), scale);
  const model = drawn(teacher, 'teacher');
  const Z = matrix(p, teacher.N, (i, j) => at(model.Z, i, j) - at(model.M, j, i % c));
  return { task: openLoopTask(inputs, plant, horizon), student: drawn(student, 'student'), teacher: { ...model, Z } };
}
