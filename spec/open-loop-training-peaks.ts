/**
 * Claim: imitating a stable agent makes the deployed loss climb before it falls, where the Gram dynamics say.
 */
import { type Agent, shapeOf } from '#src/agent/agent.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { impulseResponse } from '#src/agent/response.js';
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { type Mat, map, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { isStable } from '#src/loop/stability.js';
import { climbOf } from '#src/stages/climb.js';
import { statement } from '#src/theory/open-loop-training-peaks.js';
import { divergedAt, type LearningCurve, overlapsAt } from '#src/training/curve.js';
import { deployedLosses } from '#src/training/deployed.js';
import { gramDescent } from '#src/training/gram.js';
import { gramLearner, trainedTensors } from '#src/training/learner.js';
import {
  type OpenLoopTask,
  openLoopLoss,
  openLoopTask,
  sampledMoments,
  sequenceLoss,
} from '#src/training/open-loop.js';
import { costOf, PROTOCOLS, type Protocol, plantOf, startVariance } from '#src/training/protocol.js';
import { momentFactor } from '#src/training/start.js';
import { train } from '#src/training/train.js';
import { logInteger, logUniform, plain, seed } from './generators/number.js';

interface Case {
  readonly N: number;
  readonly horizon: number;
  readonly lr: number;
  readonly clip: number;
  readonly seed: number;
}

/** Expected-loss training on the Gram matrix, given the teacher's response. */
type Imitate = (
  task: OpenLoopTask,
  response: readonly Mat<number>[],
  agent: Agent,
  protocol: Protocol,
) => LearningCurve;

interface Subject {
  readonly imitate: Imitate;
  /** The dynamics that predict the epoch of the top. */
  readonly predict: Imitate;
}

const imitate: Imitate = (task, response, agent, protocol) =>
  train(
    gramDescent(agent, trainedTensors(protocol), openLoopLoss(task, response, agent.leak, shapeOf(agent).r)),
    protocol,
    () => task.covariance,
  );

const subject: Subject = { imitate, predict: imitate };

const EPOCHS = 1000;
const paper = PROTOCOLS['artifact-lowrank'];
const plant = plantOf(paper.plant);
const startMoments = matrix(2, 2, (i, j) => (i === j ? startVariance(paper.start)! : 0));

function check(subject: Subject, { N, horizon, lr, clip, seed }: Case, evidence: Evidence): void {
  const protocol: Protocol = { ...paper, horizon, epochs: EPOCHS, optimizer: { kind: 'sgd', lr, clip } };
  const agent = lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, new Stream(seed));
  const closed = train(gramLearner(protocol, agent), protocol, () => startMoments);
  if (divergedAt(closed) !== undefined) return evidence.decidesNothing('closed-loop training diverges');
  const teacher = overlapsAt(closed, EPOCHS - 1);
  if (!isStable(plant, 1, teacher) || teacher.vu.data[0]! <= LEAST_MEMORY)
    return evidence.decidesNothing('the teacher is outside the regime');

  const task = openLoopTask('low-rank', plant, horizon);
  const response = impulseResponse(reals, 1, teacher, task.steps);
  const problem = { plant, leak: 1, cost: costOf(protocol, 2, 1), horizon, rank: 1 };
  const deploy = (curve: LearningCurve): Float64Array => deployedLosses(curve, problem, momentFactor(startMoments));
  const deployed = deploy(subject.imitate(task, response, agent, protocol));
  const [open, shut] = [climbOf(deployed), climbOf(closed.loss)];
  evidence.trial('climbs tenfold', open.factor >= 10);
  evidence.trial('closed-loop training climbs a tenth of it at most', shut.factor <= open.factor / 10);
  const last = EPOCHS - 1;
  evidence.trial('both end alike', Math.abs(deployed[last]! / closed.loss[last]! - 1) <= 0.01);

  // Short sequences and small batches suffice: the path, and so the top, hardly depends on their length.
  const short = openLoopTask('low-rank', plant, SAMPLED.horizon);
  const answers = response.slice(0, short.steps);
  const predicted = climbOf(deploy(subject.predict(short, answers, agent, protocol)));
  const schedule = { ...protocol, epochs: Math.min(EPOCHS, Math.ceil(1.25 * predicted.epoch) + 5) };
  const inputs = sampledMoments(
    short.steps,
    momentFactor(short.covariance),
    SAMPLED.batch,
    new Stream(seed).child('inputs'),
  );
  const lossOf = sequenceLoss(short, answers, agent.leak, 1);
  const sampled = climbOf(deploy(train(gramDescent(agent, trainedTensors(protocol), lossOf), schedule, inputs)));
  evidence.predicts('epoch of the deployed loss’s top, sampled inputs', predicted.epoch, sampled.epoch);
  evidence.predicts('log10 of the deployed loss’s climb', Math.log10(predicted.factor), Math.log10(sampled.factor));
  evidence.predicts('deployed loss after 1000 epochs, open loop from closed', closed.loss[last]!, deployed[last]!);
  evidence.trial('sampled inputs top where predicted', Math.abs(sampled.epoch / predicted.epoch - 1) <= 0.1);
  evidence.classify('top after epoch 100', predicted.epoch > 100);
  evidence.classify('starts with σ_zm < 0', overlapsAt(closed, 0).zm.data[0]! < 0);
  evidence.classify('starts with q < 0', overlapsAt(closed, 0).zu.data[0]! * overlapsAt(closed, 0).vm.data[0]! < 0);
}

/** Teachers with less σ_vu than this are reached late or not at all. */
const LEAST_MEMORY = -0.7;
/** Horizon T and batch of training on sampled inputs. */
const SAMPLED = { horizon: 14, batch: 30 } as const;

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain<Case>({
      N: logInteger(10, 200),
      horizon: logInteger(40, 60),
      lr: logUniform(8e-3, 1.5e-2),
      clip: logUniform(0.7, 1.5),
      seed,
    }),
    runs: 800,
    block: 40,
    least: 560,
  },
  subject,
  proportions: [
    { name: 'climbs tenfold', atLeast: 0.98, refutedBelow: 0.9 },
    { name: 'closed-loop training climbs a tenth of it at most', atLeast: 0.98, refutedBelow: 0.9 },
    { name: 'both end alike', atLeast: 0.95, refutedBelow: 0.85 },
    { name: 'sampled inputs top where predicted', atLeast: 0.9, refutedBelow: 0.75 },
  ],
  check,
  floors: { 'top after epoch 100': 0.2, 'starts with σ_zm < 0': 0.25, 'starts with q < 0': 0.25 },
  mutants: [
    {
      name: 'a teacher that answers nothing',
      subject: {
        ...subject,
        imitate: (task, response, ...rest) =>
          imitate(
            task,
            response.map((g) => map(g, () => 0)),
            ...rest,
          ),
      },
    },
    {
      name: 'a teacher of half the gains',
      subject: {
        ...subject,
        imitate: (task, response, ...rest) =>
          imitate(
            task,
            response.map((g) => map(g, (value) => value / 2)),
            ...rest,
          ),
      },
    },
    {
      name: 'student trained in closed loop',
      subject: {
        ...subject,
        imitate: (_task, _response, agent, protocol) =>
          train(gramLearner(protocol, agent), protocol, () => startMoments),
      },
    },
    {
      name: 'prediction at twice the learning rate',
      subject: {
        ...subject,
        predict: (task, response, agent, protocol) =>
          imitate(task, response, agent, {
            ...protocol,
            optimizer: { ...protocol.optimizer, lr: 2 * protocol.optimizer.lr },
          }),
      },
    },
  ],
});
