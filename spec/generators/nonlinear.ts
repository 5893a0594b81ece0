/**
 * Tanh agents that learn on whole batches, small enough for many runs: the protocol `text` about its own configuration, with each
 * of an audit's perturbations.
 */

import fc from 'fast-check';
import type { Rnn } from '#src/agent/rnn.js';
import { problemOf } from '#src/campaigns/problem.js';
import type { Changes } from '#src/campaigns/schema.js';
import { kernelFor } from '#src/kernel/choose.js';
import type { Mat } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import type { RnnProtocol } from '#src/problem/protocol.js';
import { ratesTimes } from '#src/problem/schema.js';
import { deployedLoop, deployedStarts } from '#src/training/deployed.js';
import { PROBLEMS } from '#src/training/problems.js';
import { type Deployment, deployment } from '#src/training/rnn.js';
import { logInteger, logUniform, plain, seed } from './number.js';

/** Trials in a batch. */
const BATCH = 16;

/** A run, as plain data. */
export interface NonlinearCase {
  readonly N: number;
  readonly horizon: number;
  readonly lr: number;
  readonly perturbation: keyof typeof PERTURBATIONS;
  readonly seed: number;
}

type Perturb = (instance: Pick<NonlinearCase, 'horizon' | 'lr'>) => Changes;

/** What perturbations of the task and of the start change, as campaigns write it. */
const TASKS = {
  none: () => ({}),
  'W scale .03': () => ({ weightScale: 0.03 }),
  'W scale .3': () => ({ weightScale: 0.3 }),
  'feedback ×.5': () => ({ feedback: 0.5 }),
  'feedback ×1.5': () => ({ feedback: 1.5 }),
  'horizon ×2': ({ horizon }) => ({ horizon: 2 * horizon }),
  'observation noise .05': () => ({ noise: { observation: 0.05 } }),
  // The audit's .05 for a batch of 100: the penalty is a sum over the batch.
  'control penalty 5/B': () => ({ loss: { beta: 5 / BATCH, control: 'sum-batch' } }),
} as const satisfies Record<string, Perturb>;

/** Those of the rule by which is learnt. */
const RULES = {
  'lr ×.3': ({ lr }) => ({ optimizer: { lr: 0.3 * lr } }),
  'lr ×3': ({ lr }) => ({ optimizer: { lr: 3 * lr } }),
  'Adam .001': () => ({ optimizer: { kind: 'adam', lr: 0.001 } }),
} as const satisfies Record<string, Perturb>;

const PERTURBATIONS = { ...TASKS, ...RULES };

/** Fewer units, trials and steps than the paper’s, and larger updates; in single precision, as the paper’s program. */
function nonlinear(perturbations: readonly NonlinearCase['perturbation'][]): fc.Arbitrary<NonlinearCase> {
  return plain<NonlinearCase>({
    N: logInteger(20, 28),
    horizon: logInteger(26, 34),
    lr: logUniform(0.016, 0.04),
    perturbation: fc.constantFrom(...perturbations),
    seed,
  });
}

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] => Object.keys(table) as Name[];

/** Runs of any task by any rule. */
export const nonlinearRun = nonlinear(namesOf(PERTURBATIONS));

/** Runs of any task by clipped steps. */
export const clippedRun = nonlinear(namesOf(TASKS));

/** What a case stands for. */
export interface NonlinearRun {
  readonly protocol: RnnProtocol;
  readonly initial: Rnn;
  /** Fixed trials that agents are deployed on. */
  readonly trials: Mat<number>;
  readonly random: Stream;
}

/** The closed-loop protocol, weights and trials of a case. @param epochs of learning */
export function realiseNonlinear(instance: NonlinearCase, epochs: number): NonlinearRun {
  const { N, horizon, lr, perturbation, seed } = instance;
  const paper: Changes = { agent: { N }, horizon, batch: BATCH, optimizer: { lr }, epochs, firstUpdate: 0 };
  const problem = problemOf('text', [paper, PERTURBATIONS[perturbation](instance)], perturbation);
  if (problem.kind !== 'batches') throw new RangeError('agents regulate here');
  const protocol = { ...problem.protocol, rows: 'before-update', precision: 'f32' } as RnnProtocol;
  const random = new Stream(seed);
  return {
    protocol,
    initial: PROBLEMS.batches.draw(protocol, random.child('weights'), problem.weightScale) as Rnn,
    trials: deployedStarts(protocol, random.child('trials'))!,
    random,
  };
}

/** Agents of a run, deployed on its trials. */
export function deployedOn({ protocol, initial, trials }: NonlinearRun): Deployment {
  return deployment(deployedLoop(protocol, trials.cols), initial, trials, kernelFor('f32'));
}

/** The linear twin of an agent: the same weights, φ the identity. */
export function twinOf(agent: Rnn): Rnn {
  return { ...agent, activation: 'linear' };
}

/** A protocol at a multiple of its learning rate. */
export function atRate(protocol: RnnProtocol, factor: number): RnnProtocol {
  return { ...protocol, optimizer: { ...protocol.optimizer, lr: ratesTimes(protocol.optimizer, factor) } };
}
