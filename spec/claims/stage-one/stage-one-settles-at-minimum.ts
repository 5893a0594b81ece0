/**
 * Claim: the level at which stage 1 settles, from above and from below, predicted before the run.
 */

import { betaOf } from '#spec/support/cost.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { rateAt } from '#src/problem/schema.js';
import { measuredTurn, positionOverlap } from '#src/stages/turn.js';
import {
  descendAlone,
  hopWidth,
  regime,
  stageOneRegime,
  stageOneStart,
} from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';
import { nextMinimiser } from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { odds, settlingLevel, statement } from '#src/theory/stage-one/stage-one-settles-at-minimum.js';
import { agentOf, momentsOf } from '../../generators/configuration.js';
import { weighted } from '../../generators/number.js';
import { belowStageOne, halfAlongInputs, insideStageOne, outsideStageOne } from '../../generators/stage-one.js';
import { staysFinite } from '../../support/curves.js';
import { hasTurned, horizonTimes, misreading, trainGram } from '../../support/trainers.js';

const subject = { start: stageOneStart, level: settlingLevel, next: nextMinimiser, train: trainGram };

const ABOVE = 'σ_zm at which stage 1 settles from above';
const BELOW = 'σ_zm at which stage 1 settles from below';
const NEXT = 'σ_zm at which stage 1 settles, next minimum without memory';

const isWithin = (predicted: number, measured: number, width: number): boolean =>
  Math.abs(measured - predicted) <= width;

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: weighted([2, insideStageOne], [2, belowStageOne], [1, outsideStageOne]),
    runs: 3000,
    block: 100,
  },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const agent = agentOf(instance);
    const start = subject.start(protocol, agent);
    const place = stageOneRegime(start, protocol);
    evidence.requires('a start inside the regime, or far outside', place !== 'between');
    const turn = descendAlone(start, protocol);
    const soon = turn !== undefined && turn.epoch > 0 && turn.epoch <= protocol.epochs / 2;
    evidence.requires('a turn after epoch 0, in the first half', soon);
    const { epoch: predictedEpoch, direction } = turn!;
    const hop = hopWidth(rateAt(protocol.optimizer, 0), protocol.optimizer.clip!, start.inputNorm);
    const epochs = Math.min(protocol.epochs, 3 * predictedEpoch + 50);
    const curve = subject.train({ ...protocol, epochs }, agent, momentsOf(instance), hasTurned(direction));
    // Where the run diverges first, the level is NaN, which is within a hop of nothing.
    staysFinite(evidence, curve);
    const epoch = Math.min(measuredTurn(curve, direction), epochs - 2);
    const measured = (positionOverlap(curve, epoch) + positionOverlap(curve, epoch + 1)) / 2;
    const predicted = subject.level(turn!, hop);
    const settles = isWithin(predicted, measured, hop);
    evidence.classify(`${place} the regime`);
    evidence.classify('another dt', protocol.plant.kind === 'integrator' && protocol.plant.dt !== 1);
    evidence.classify('control penalty', betaOf(protocol) > 0);
    if (place === 'outside') {
      evidence.trial(odds.beyond.name, !settles);
      return;
    }
    evidence.predicts(direction < 0 ? ABOVE : BELOW, predicted, measured, hop);
    const dt = protocol.plant.kind === 'integrator' ? protocol.plant.dt : 1;
    const next = subject.next(protocol.horizon, dt, start.zm, direction);
    if (next !== undefined) evidence.predicts(NEXT, next, measured, 3 * hop);
    evidence.classify('starts above zero', start.zm > 0);
    evidence.classify('ascends', direction > 0);
    evidence.classify('further than ten hops from the start', Math.abs(start.zm - predicted) > 10 * hop);
  },
  // Starts are above the minimum, below it, or beyond the regime; near its edge nothing is claimed.
  regime,
  proportions: Object.values(odds),
  predictions: [
    { quantity: ABOVE, near: isWithin, proportion: odds.above },
    { quantity: BELOW, near: isWithin, proportion: odds.below },
    { quantity: NEXT, near: isWithin, proportion: odds.next },
  ],
  floors: {
    'inside the regime': 0.5,
    'outside the regime': 0.03,
    'starts above zero': 0.3,
    ascends: 0.2,
    'further than ten hops from the start': 0.5,
    'another dt': 0.2,
    'control penalty': 0.3,
  },
  mutants: mutantsOf(subject, {
    'half a hop beyond the turn': { level: (turn, hop) => settlingLevel(turn, -hop) },
    'settles from above, whatever the direction': {
      level: (turn, hop) => settlingLevel({ ...turn, direction: -1 }, hop),
    },
    'horizon a tenth longer': { start: misreading(horizonTimes(1.1), stageOneStart) },
    'horizon a tenth shorter': { start: misreading(horizonTimes(0.9), stageOneStart) },
    'trained over a horizon a tenth longer': { train: misreading(horizonTimes(1.1), trainGram) },
    'the minimum on the other side': {
      next: (horizon, dt, _, direction) => nextMinimiser(horizon, dt, direction < 0 ? -8 : 0, -direction as 1 | -1),
    },
    'half the gradient’s share along M': { start: halfAlongInputs },
  }),
});
