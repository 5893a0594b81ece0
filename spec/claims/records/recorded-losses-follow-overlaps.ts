/**
 * Claim: the losses of a recorded run are those of its order parameters, exactly or in distribution.
 */
import { defineClaim } from '#src/claims/claim.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { statement } from '#src/theory/records/recorded-losses-follow-overlaps.js';
import {
  fullEvidence,
  misdeclared,
  type RecordedCase,
  type RunSubject,
  unknownBatches,
} from '../../support/recorded.js';

export const claim = defineClaim<RecordedCase, RunSubject>({
  statement,
  cases: { kind: 'listed', list: [...unknownBatches, ...fullEvidence] },
  subject: { amend: (run) => run },
  check: ({ amend }, { read, effort }, evidence) => judgeLosses(amend(read()), evidence, effort),
  describe: ({ name }) => name,
  floors: {},
  mutants: [
    misdeclared('horizon too long by one', ({ horizon }) => ({ horizon: horizon + 1 })),
    misdeclared('horizon too short by one', ({ horizon }) => ({ horizon: horizon - 1 })),
    misdeclared('starts declared 5 % wider', ({ start }) =>
      start?.kind === 'uniform' ? { start: { ...start, low: 1.05 * start.low, high: 1.05 * start.high } } : {},
    ),
    misdeclared('starts declared 5 % narrower', ({ start }) =>
      start?.kind === 'uniform' ? { start: { ...start, low: 0.95 * start.low, high: 0.95 * start.high } } : {},
    ),
    misdeclared('velocity missing in the loss', ({ loss }) => ({ loss: { ...loss, state: 'position' } })),
    {
      name: 'σ_vm recorded with the opposite sign',
      subject: {
        amend: (run) => {
          const { overlaps } = run.curves;
          if (!overlaps) return run;
          const vm = overlaps.vm.map((value) => (typeof value === 'number' ? -value : value));
          return { ...run, curves: { ...run.curves, overlaps: { ...overlaps, vm } } };
        },
      },
    },
  ],
});
