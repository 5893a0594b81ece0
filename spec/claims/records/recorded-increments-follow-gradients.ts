/**
 * Claim: the increments of a recorded run are those of gradient descent, batches and weights unknown.
 */
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { statement } from '#src/theory/records/recorded-increments-follow-gradients.js';
import {
  claimOnRecords,
  fixture,
  misdeclared,
  misdeclaredLearning,
  type RecordedCase,
} from '../../support/recorded.js';

/** A record whose initial weights were lost: else replay decides more. */
function withoutWeights({ name, read }: RecordedCase): RecordedCase {
  return {
    name: `${name} without weights`,
    read: () => {
      const { weights: _, ...run } = read();
      return run as RecordedRun;
    },
  };
}

const CASES = [
  ...(['parity-lowrank', 'parity-lowrank-penalty'] as const).map((name) => withoutWeights(fixture(name))),
  ...(['pytorch-lowrank-seed0', 'pytorch-lowrank-seed1', 'pytorch-lowrank-seed2'] as const).map(fixture),
];

export const claim = claimOnRecords({
  statement,
  list: CASES,
  judge: judgeIncrements,
  floors: {},
  mutants: {
    ...misdeclaredLearning,
    'U frozen': misdeclared(({ trained }) => ({ trained: trained.filter((name) => name !== 'U') })),
    'horizon too long by one': misdeclared(({ horizon }) => ({ horizon: horizon + 1 })),
  },
});
