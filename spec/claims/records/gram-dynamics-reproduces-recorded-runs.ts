/**
 * Claim: recorded runs are reproduced from their initial weights, by the agent itself and by the Gram dynamics.
 */
import { defineClaim } from '#src/claims/claim.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { statement } from '#src/theory/records/gram-dynamics-reproduces-recorded-runs.js';
import {
  fullEvidence,
  misdeclared,
  misdeclaredLearning,
  type RecordedCase,
  type RunSubject,
} from '../../support/recorded.js';

export const claim = defineClaim<RecordedCase, RunSubject>({
  statement,
  cases: { kind: 'listed', list: fullEvidence },
  subject: { amend: (run) => run },
  check: ({ amend }, { read, effort }, evidence) => judgeReplay(amend(read()), evidence, effort),
  describe: ({ name }) => name,
  floors: { 'replayed to the end': 0.5 },
  mutants: [
    ...misdeclaredLearning,
    misdeclared('momentum 0.01', ({ optimizer }) =>
      optimizer.kind === 'sgd' ? { optimizer: { ...optimizer, momentum: 0.01 } } : {},
    ),
    {
      name: 'one start of the batch off by one part in a million',
      subject: {
        amend: (run) => {
          const { start } = run.protocol;
          if (start?.kind !== 'fixed') return run;
          const x0 = start.x0.map((row) => row.map((value, b) => (b === 0 ? value * (1 + 2 ** -20) : value)));
          return { ...run, protocol: { ...run.protocol, start: { ...start, x0 } } };
        },
      },
    },
    {
      name: 'recorded one epoch late',
      subject: {
        amend: (run) => ({ ...run, curves: { loss: run.curves.loss.slice(1) } }),
      },
    },
  ],
});
