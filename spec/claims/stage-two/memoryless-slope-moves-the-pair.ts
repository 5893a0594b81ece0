/**
 * Claim: which way true gradients of a horizon move the dominant pair, told by the loss without memory.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { firstMove } from '#src/theory/stage-two/longer-horizons-lower-the-pair.js';
import {
  effectivePolicy,
  increases,
  increasesOnAverage,
  odds,
  statement,
} from '#src/theory/stage-two/memoryless-slope-moves-the-pair.js';
import { STAGE_TWO } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { agentOf, configuration, PAPER, population } from '../../generators/configuration.js';
import { logInteger, logUniform, plain, weighted } from '../../generators/number.js';
import { sixtyFourth, stageTwoOrderParameters, stageTwoPlace } from '../../generators/stage-two.js';
import { horizonTimes, misreading } from '../../support/trainers.js';

/** Loops near the box of stage 2. @param box whether they are drawn for the box as a whole, over all horizons */
const casesOf = (
  box: boolean,
  /** σ_vu. */
  vu: fc.Arbitrary<number>,
  /** σ_zu/√q. */
  share: fc.Arbitrary<number>,
  horizon: fc.Arbitrary<number>,
) =>
  plain({
    box: fc.constant(box),
    /** Where in the box, in 1/64 of its sides; σ_vu is drawn anew. */
    at: stageTwoPlace,
    vu,
    share,
    configuration: configuration({
      ...PAPER,
      N: logInteger(20, 300),
      horizon,
      start: logUniform(0.5, 3).map(population),
      scale: logUniform(0.7, 1.4),
      epochs: 1,
    }),
  });

const cases = weighted(
  [
    4,
    casesOf(
      false,
      fc.integer({ min: -32, max: 32 }).map((k) => k / 64),
      logUniform(0.5, 2),
      weighted([3, logInteger(15, 150)], [1, logInteger(6, 14)], [1, logInteger(200, 300)]),
    ),
  ],
  [
    1,
    casesOf(
      true,
      sixtyFourth.map((k) => (STAGE_TWO.vu[1] * k) / 64),
      fc.constant(1),
      logInteger(6, 300),
    ),
  ],
);

const subject = { policy: effectivePolicy, raises: increases, move: firstMove };

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 5000, block: 100 },
  subject,
  check(subject, { box, at, vu, share, configuration: { protocol, weights } }, evidence) {
    const { zm, zu, vm } = stageTwoOrderParameters(at);
    const place = [
      [zm, zu * share],
      [vm / share, vu],
    ];
    const up = subject.move(protocol, agentOf({ protocol, weights: { ...weights, regime: 'valley', place } })) > 0;
    const { horizon } = protocol;
    evidence.classify('memory above half', zu * vm > 0.005);
    evidence.classify('raised', up);
    evidence.classify('lowered', !up);
    const told = up === subject.raises(subject.policy({ zm, q: zu * vm, vu }), horizon);
    if (box) return evidence.trial(odds.box.name, told);
    if (horizon < 15) return evidence.trial(odds.short.name, up);
    if (horizon > 150) return evidence.trial(odds.long.name, !up);
    evidence.trial(odds.between.name, told);
  },
  proportions: Object.values(odds),
  floors: { 'memory above half': 0.3, raised: 0.3, lowered: 0.3 },
  mutants: mutantsOf(subject, {
    'always raised': { raises: () => true },
    'the best constant horizon, 55': { raises: (_, horizon) => horizon < 55 },
    'the phase-averaged loss for the loss': { raises: increasesOnAverage },
    'horizon 0.7 times as long': { raises: (zm, horizon) => increases(zm, 0.7 * horizon) },
    'horizon 1.3 times as long': { raises: (zm, horizon) => increases(zm, 1.3 * horizon) },
    'σ_zm for σ_eff': { policy: ({ zm }) => zm },
    'gain of memory taken off': { policy: ({ zm, q, vu }) => zm - q / (1 - vu) },
    'trained over four times the horizon': { move: misreading(horizonTimes(4), firstMove) },
    ascended: { move: (...run) => -firstMove(...run) },
  }),
});
