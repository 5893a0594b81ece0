/**
 * A teacher trained in closed loop, and a student of the same initial weights trained open loop on its outputs.
 */

import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { impulseResponse } from '#src/agent/response.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Mat, scalarMatrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { costOf, PROTOCOLS, type Protocol, plantOf } from '#src/problem/protocol.js';
import { startVariance } from '#src/problem/start.js';
import { EPOCHS, ranges, teachers } from '#src/theory/open-loop/open-loop-training-peaks.js';
import { divergedAt, type LearningCurve, orderParametersAt } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { type OpenLoopTask, openLoopTask } from '#src/training/open-loop.js';
import type { ReducedProblem } from '#src/training/reduced.js';
import { train } from '#src/training/train.js';
import { type Drawn, logInteger, logUniform, plain, seed } from './number.js';

/** Pairs about the paper's configuration. */
export const teacherStudent = plain({
  N: logInteger(...ranges.units),
  horizon: logInteger(...ranges.horizon),
  lr: logUniform(...ranges.lr),
  clip: logUniform(...ranges.clip),
  seed,
});

/** A pair, as plain data. */
export type TeacherStudentCase = Drawn<typeof teacherStudent>;

const paper = PROTOCOLS['artifact-lowrank'];
export const plant = plantOf(paper.plant);
export const startMoments = scalarMatrix(2, startVariance(paper.start)!);

/** A pair with the teacher trained. */
export interface TeacherStudent {
  readonly protocol: Protocol;
  readonly agent: LinearAgent;
  readonly closed: LearningCurve;
  readonly task: OpenLoopTask;
  /** The teacher's impulse response. */
  readonly response: readonly Mat<number>[];
  /** The closed loop that both are deployed in. */
  readonly problem: ReducedProblem;
}

/** The protocol of both trainings. */
export function protocolOf({ N, horizon, lr, clip }: TeacherStudentCase): Protocol {
  return { ...paper, agent: { ...paper.agent, N }, horizon, epochs: EPOCHS, optimizer: { kind: 'sgd', lr, clip } };
}

/** Trains the teacher; `undefined`, with the reason in the evidence, where it is outside the regime. */
export function realisePair(instance: TeacherStudentCase, evidence: Evidence): TeacherStudent | undefined {
  const protocol = protocolOf(instance);
  const { N, horizon, seed } = instance;
  const agent = lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, new Stream(seed));
  const closed = train(gramLearner(protocol, agent), protocol, () => startMoments);
  const outside = (reason: string): undefined => void evidence.decidesNothing(reason);
  if (divergedAt(closed) !== undefined) return outside('closed-loop training diverges');
  const teacher = orderParametersAt(closed, EPOCHS - 1);
  if (!teachers.isInside({ plant, teacher })) return outside('the teacher is outside the regime');
  const task = openLoopTask('low-rank', plant, horizon);
  const response = impulseResponse(reals, 1, teacher, task.steps);
  const problem = { plant, leak: 1, cost: costOf(protocol, 2, 1), horizon, rank: 1 };
  return { protocol, agent, closed, task, response, problem };
}
