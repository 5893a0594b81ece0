/**
 * Claim: the increments of a recorded run are those of gradient descent, batches and weights unknown.
 */

import { defineFileClaim, type FileCase } from '#src/runs/claim.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { statement } from '#src/theory/records/recorded-increments-follow-gradients.js';
import { fixture, misdeclared, misdeclaredLearning } from '../../support/recorded.js';

/** A record whose initial weights were lost: else replay decides more. */
function withoutWeights({ name, read }: FileCase): FileCase {
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

export const claim = defineFileClaim({
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
