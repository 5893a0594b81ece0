/**
 * Claim: horizons in conflict, at points of stage 2 and along training.
 */
import fc from 'fast-check';
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { integratorChain } from '#src/plant/integrator.js';
import { horizonCosine, pairHeight, statement } from '#src/theory/longer-horizons-lower-the-pair.js';
import { STAGE_TWO } from '#src/theory/surrogate-weight-moves-the-pair.js';
import { gramLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';
import {
  agentOf,
  type Configuration,
  configuration,
  momentsOf,
  PAPER,
  population,
} from './generators/configuration.js';
import { logInteger, logUniform, plain } from './generators/number.js';

interface Case {
  /** Where in the box of stage 2, in 1/64 of its sides. */
  readonly at: readonly [number, number, number];
  readonly configuration: Configuration;
}

interface Subject {
  readonly cosine: typeof horizonCosine;
  /** The horizon of the longer run. */
  readonly longer: (horizon: number) => number;
}

const subject: Subject = { cosine: horizonCosine, longer: (horizon) => 2 * horizon };

const OPPOSED = 'horizons 4 and 200 have gradients of cosine below −0.8';
const LOWER = 'twice the horizon keeps the pair closer to the real axis';
const plant = integratorChain(2, 1);
/** Half of the epochs belong to the plateau's beginning, and a third of the rest must show a complex pair. */
const [EPOCHS, FROM, LEAST] = [120, 60, 20];

function check(subject: Subject, { at, configuration }: Case, evidence: Evidence): void {
  const side = ([low, high]: readonly [number, number], k: number): number => low + ((high - low) * k) / 64;
  const memory = Math.sqrt(side(STAGE_TWO.q, Math.max(1, at[1])));
  const K = Float64Array.of(side(STAGE_TWO.zm, at[0]), memory, memory, side(STAGE_TWO.vu, at[2]));
  evidence.trial(OPPOSED, subject.cosine(plant, K, 4, 200) < -0.8);

  const { protocol } = configuration;
  const agent = agentOf(configuration);
  const height = (horizon: number): number | undefined => {
    const changed = { ...protocol, horizon };
    const curve = train(gramLearner(changed, agent), changed, momentsOf(configuration));
    return pairHeight(plant, curve, FROM, LEAST);
  };
  const [short, long] = [height(protocol.horizon), height(subject.longer(protocol.horizon))];
  if (short !== undefined && long !== undefined) evidence.trial(LOWER, long < short);
  evidence.classify('both horizons show a pair', short !== undefined && long !== undefined);
  evidence.classify('horizon above 25', protocol.horizon > 25);
}

export const claim = defineClaim<Case, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain<Case>({
      at: fc.tuple(
        ...([0, 1, 2].map(() => fc.integer({ min: 0, max: 64 })) as [
          fc.Arbitrary<number>,
          fc.Arbitrary<number>,
          fc.Arbitrary<number>,
        ]),
      ),
      configuration: configuration({
        ...PAPER,
        N: logInteger(20, 300),
        horizon: logInteger(10, 60),
        start: logUniform(0.5, 3).map(population),
        lr: logUniform(5e-3, 2e-2),
        clip: logUniform(0.5, 2),
        scale: logUniform(0.7, 1.4),
        epochs: EPOCHS,
      }),
    }),
    runs: 1200,
    block: 60,
  },
  subject,
  check,
  proportions: [
    { name: OPPOSED, atLeast: 0.9, refutedBelow: 0.75 },
    { name: LOWER, atLeast: 0.9, refutedBelow: 0.75 },
  ],
  floors: { 'both horizons show a pair': 0.4, 'horizon above 25': 0.4 },
  mutants: [
    { name: 'half the horizon for twice', subject: { ...subject, longer: (horizon) => Math.ceil(horizon / 2) } },
    { name: 'the same horizon twice', subject: { ...subject, longer: (horizon) => horizon } },
    {
      name: 'gradient of the long horizon ascended',
      subject: { ...subject, cosine: (plant, K, short, long) => -horizonCosine(plant, K, short, long) },
    },
    {
      name: 'horizon 3 for 200',
      subject: { ...subject, cosine: (plant, K, short) => horizonCosine(plant, K, short, 3) },
    },
  ],
});
