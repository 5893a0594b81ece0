/**
 * Claim: horizons in conflict, at points of stage 2 and along training from there.
 */

import fc from 'fast-check';
import { orderParameterMatrix, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { toRows } from '#src/linalg/matrix.js';
import { integratorChain } from '#src/plant/integrator.js';
import type { Protocol } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import {
  firstMove,
  horizonCosine,
  odds,
  pairHeight,
  statement,
} from '#src/theory/stage-two/longer-horizons-lower-the-pair.js';
import { divergedAt } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';
import { agentOf, configuration, momentsOf, PAPER, population } from '../../generators/configuration.js';
import { logInteger, logUniform, plain, weighted } from '../../generators/number.js';
import { stageTwoOrderParameters, stageTwoPlace } from '../../generators/stage-two.js';

const [EPOCHS, FROM] = [60, 30];

/** The largest lr·c for which the statement is made. */
const WIDEST = 8e-3;

const run = {
  ...PAPER,
  N: logInteger(20, 300),
  horizon: fc.integer({ min: 8, max: 12 }),
  start: logUniform(0.5, 3).map(population),
  scale: logUniform(0.7, 1.4),
  epochs: EPOCHS,
};

/** Runs of small hops. */
const small = configuration({ ...run, lr: logUniform(1e-3, 4e-3), clip: logUniform(0.5, 2) });

const cases = plain({
  /** Where in the box of stage 2 learning starts, in 1/64 of its sides. */
  at: stageTwoPlace,
  configuration: weighted(
    [3, small],
    // At the paper's rate and beyond.
    [2, configuration({ ...run, lr: logUniform(0.01, 0.02), clip: fc.constant(1) })],
  ),
  /** Which of the longer horizons the first gradient is asked about. */
  asked: fc.constantFrom(1, 2),
});

const subject = {
  cosine: horizonCosine,
  firstMove,
  /** The rate of a protocol. */
  rate: (lr: number): number => lr,
  /** The horizons compared, the shortest given. */
  horizons: (T: number): readonly [number, number, number] => [T, 3 * T, 10 * T],
};

const plant = integratorChain(2, 1);

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: cases,
    runs: 1200,
    block: 60,
  },
  subject,
  check(subject, { at, configuration, asked }, evidence) {
    const { zm, zu, vm, vu } = stageTwoOrderParameters(at);
    const K = orderParameterMatrix(scalarOrderParameters(zm, zu, vm, vu));
    evidence.trial(
      odds.opposed.name,
      subject.cosine(
        plant,
        Float64Array.from({ length: 4 }, (_, k) => K.data[k]!),
        4,
        200,
      ) < -0.8,
    );

    const { protocol, weights } = configuration;
    const agent = agentOf({ protocol, weights: { ...weights, regime: 'valley', place: toRows(K) } });
    const optimizer = { ...protocol.optimizer, lr: subject.rate(rateAt(protocol.optimizer, 0)) };
    const over = (horizon: number): Protocol => ({ ...protocol, horizon, optimizer });
    const horizons = subject.horizons(protocol.horizon);
    const curves = horizons.map((horizon) =>
      train(gramLearner(over(horizon), agent), over(horizon), momentsOf(configuration)),
    );
    if (curves.some((curve) => divergedAt(curve) !== undefined)) return evidence.decidesNothing('a run diverges');
    const heights = curves.map((curve) => pairHeight(plant, curve, FROM));
    const start = pairHeight(plant, { ...curves[0]!, epochs: 1, overlaps: curves[0]!.overlaps.slice(0, 4) }, 0);
    const follows = (which: 1 | 2): boolean =>
      subject.firstMove(over(horizons[which]), agent) > 0 === heights[which]! > start;
    evidence.classify('memory above half', zu * vm > 0.005);
    if (rateAt(protocol.optimizer, 0) * protocol.optimizer.clip! > WIDEST)
      return evidence.trial(odds.beyond.name, !follows(2));
    evidence.trial(odds.order.name, heights[0]! > heights[1]! && heights[1]! > heights[2]!);
    const move = subject.firstMove(over(horizons[asked]), agent);
    evidence.trial(odds.way.name, follows(asked));
    evidence.classify('up first', move > 0);
    evidence.classify('down first', move < 0);
  },
  proportions: Object.values(odds),
  floors: { 'up first': 0.2, 'down first': 0.2, 'memory above half': 0.3 },
  mutants: mutantsOf(subject, {
    'a fifth of the rate': { rate: (lr) => lr / 5 },
    'horizons the other way round': { horizons: (T) => [10 * T, 3 * T, T] },
    'the same horizon three times': { horizons: (T) => [T, T, T] },
    'the middle horizon for the longest': { horizons: (T) => [T, 3 * T, 3 * T] },
    'gradient of the long horizon ascended': {
      cosine: (plant, K, short, long) => -horizonCosine(plant, K, short, long),
    },
    'horizon 3 for 200': { cosine: (plant, K, short) => horizonCosine(plant, K, short, 3) },
    'the first gradient of half the horizon': {
      firstMove: (protocol, agent) => firstMove({ ...protocol, horizon: Math.ceil(protocol.horizon / 2) }, agent),
    },
    'the first gradient ascended': { firstMove: (...run) => -firstMove(...run) },
  }),
});
