/**
 * Claim: the duration of stage 1, predicted before the run.
 */

import type { LinearAgent } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import type { Protocol } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import { measuredTurn, positionOverlap } from '#src/stages/turn.js';
import {
  descendAlone,
  directionOf,
  epochAlone,
  firstMinimum,
  hopWidth,
  odds,
  regime,
  SHORTEST_STAGE,
  type StageOneStart,
  stageOneRegime,
  stageOneStart,
  statement,
} from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';
import { agentOf, type Configuration, momentsOf } from '../../generators/configuration.js';
import { weighted } from '../../generators/number.js';
import { belowStageOne, halfAlongInputs, insideStageOne, outsideStageOne } from '../../generators/stage-one.js';
import { staysFinite } from '../../support/curves.js';
import { clipTimes, type Enough, hasTurned, misreading, rateTimes, trainGram } from '../../support/trainers.js';

const subject = { start: stageOneStart, descend: descendAlone, when: epochAlone, hop: hopWidth, train: trainGram };
type Subject = typeof subject;

/** Without clipping the way to σ* has no end: durations are those of its first quarter, as far as they are predicted to last. */
const [SHARE, LONGEST] = [1 / 4, 200];

const ALONE = 'epochs of stage 1, from σ_zm alone';
const CLOSED = 'epochs of stage 1, |σ_zm(0) − σ*|/(lr c ‖M‖)';
const QUARTER = 'epochs to a quarter of the way to σ*, without clipping';

const near = (predicted: number, measured: number): boolean => Math.abs(measured - predicted) <= 1 + predicted / 10;

/** When σ_zm turns in training of so many epochs; NaN, which no prediction is near to, where the run diverges first. */
function turnOf(
  subject: Subject,
  instance: Configuration,
  agent: LinearAgent,
  epochs: number,
  direction: 1 | -1,
  evidence: Evidence,
): number {
  const protocol = { ...instance.protocol, epochs };
  const curve = subject.train(protocol, agent, momentsOf(instance), hasTurned(direction));
  staysFinite(evidence, curve);
  return measuredTurn(curve, direction);
}

/** The same start without clipping, at a rate whose first step goes a twentieth of the way to the minimum. */
function unclipped(
  subject: Subject,
  instance: Configuration,
  agent: LinearAgent,
  start: StageOneStart,
  minimum: number | undefined,
  evidence: Evidence,
): void {
  if (minimum === undefined) return;
  const lr = Math.abs(start.zm - minimum) / (20 * start.inputNorm * start.gradNorm);
  const free: Protocol = { ...instance.protocol, epochs: LONGEST, optimizer: { kind: 'sgd', lr, clip: null } };
  const predicted = subject.when(start, free, minimum, SHARE);
  if (predicted === undefined || predicted < SHORTEST_STAGE) return;
  const epochs = 2 * predicted + 10;
  const isThere: Enough = (curve, epoch) => (positionOverlap(curve, epoch) - start.zm) / (minimum - start.zm) >= SHARE;
  const curve = subject.train({ ...free, epochs }, agent, momentsOf(instance), isThere);
  staysFinite(evidence, curve, 'the run without clipping');
  let measured = 0;
  while (measured < curve.epochs && !isThere(curve, measured)) measured++;
  evidence.predicts(QUARTER, predicted, measured);
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: weighted([10, insideStageOne], [8, belowStageOne], [5, outsideStageOne]),
    runs: 2000,
    block: 100,
  },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const agent = agentOf(instance);
    const start = subject.start(protocol, agent);
    const place = stageOneRegime(start, protocol);
    evidence.requires('a start inside the regime, or far outside', place !== 'between');
    const turn = subject.descend(start, protocol);
    evidence.requires(`a stage of ${SHORTEST_STAGE} epochs`, turn === undefined || turn.epoch >= SHORTEST_STAGE);
    if (place === 'outside') {
      const measured = turnOf(subject, instance, agent, protocol.epochs, directionOf(start), evidence);
      evidence.trial(odds.beyond.name, turn ? !near(turn.epoch, measured) : measured < protocol.epochs);
    } else {
      // Late enough to be seen to be late.
      evidence.requires('a turn in the first half', turn !== undefined && turn.epoch <= protocol.epochs / 2);
      // Long enough for any turn that is not three times as late.
      const epochs = Math.min(protocol.epochs, 3 * turn!.epoch + 50);
      const measured = turnOf(subject, instance, agent, epochs, turn!.direction, evidence);
      const { optimizer } = protocol;
      const hop = subject.hop(rateAt(optimizer, 0), optimizer.clip!, start.inputNorm);
      const minimum = firstMinimum(start, hop, protocol.epochs);
      evidence.predicts(ALONE, turn!.epoch, measured);
      unclipped(subject, instance, agent, start, minimum, evidence);
      if (minimum !== undefined) evidence.predicts(CLOSED, Math.abs(start.zm - minimum) / hop, measured);
    }
    evidence.classify('rank above 1', protocol.agent.kind === 'linear-low-rank' && protocol.agent.rank > 1);
    evidence.classify('another dt', protocol.plant.kind === 'integrator' && protocol.plant.dt !== 1);
    evidence.classify(`${place} the regime`);
    evidence.classify('starts above zero', start.zm > 0);
    evidence.classify('ascends', place === 'inside' && directionOf(start) > 0);
    evidence.classify('longer than 30 epochs', turn !== undefined && turn.epoch > 30);
  },
  // So many draws are meant for the outside that its proportion is decided when the others are; no family stays where it is meant for whole.
  regime,
  proportions: Object.values(odds),
  predictions: [
    { quantity: ALONE, near, proportion: odds.flow },
    { quantity: CLOSED, near, proportion: odds.closed },
    { quantity: QUARTER, near, proportion: odds.free },
  ],
  floors: {
    'inside the regime': 0.4,
    'outside the regime': 0.1,
    'starts above zero': 0.3,
    'longer than 30 epochs': 0.2,
    ascends: 0.2,
    'rank above 1': 0.02,
    'another dt': 0.15,
  },
  mutants: mutantsOf(subject, {
    'clip norm a quarter larger': { train: misreading(clipTimes(1.25), trainGram) },
    'hop lr·c, without ‖M‖': { hop: (lr, clip) => lr * clip },
    'metric ‖M‖ for ‖M‖²': {
      descend: (start, protocol) => descendAlone({ ...start, inputNorm: Math.sqrt(start.inputNorm) }, protocol),
    },
    'half the way for a quarter': {
      when: (start, protocol, goal, share) => epochAlone(start, protocol, goal, 2 * share),
    },
    'clipped where nothing is': {
      when: (start, { optimizer, epochs }, ...rest) =>
        epochAlone(start, { optimizer: { ...optimizer, clip: start.gradNorm / 2 }, epochs }, ...rest),
    },
    'twice the rate': { train: misreading(rateTimes(2), trainGram) },
    'half the gradient’s share along M': { start: halfAlongInputs },
  }),
});
