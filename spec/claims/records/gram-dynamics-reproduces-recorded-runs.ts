/**
 * Claim: recorded runs are reproduced from their initial weights, by the agent itself and by the Gram dynamics.
 */
import { defineFileClaim } from '#src/runs/claim.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { statement } from '#src/theory/records/gram-dynamics-reproduces-recorded-runs.js';
import { fullEvidence, misdeclared, misdeclaredLearning } from '../../support/recorded.js';

export const claim = defineFileClaim({
  statement,
  list: fullEvidence,
  judge: judgeReplay,
  floors: { 'replayed to the end': 0.5 },
  mutants: {
    ...misdeclaredLearning,
    'momentum 0.01': misdeclared(({ optimizer }) =>
      optimizer.kind === 'sgd' ? { optimizer: { ...optimizer, momentum: 0.01 } } : {},
    ),
    'one start of the batch off by one part in a million': (run) => {
      const { start } = run.protocol;
      if (start?.kind !== 'fixed') return run;
      const x0 = start.x0.map((row) => row.map((value, b) => (b === 0 ? value * (1 + 2 ** -20) : value)));
      return { ...run, protocol: { ...run.protocol, start: { ...start, x0 } } };
    },
    'recorded one epoch late': (run) => ({ ...run, curves: { loss: run.curves.loss.slice(1) } }),
  },
});
