/**
 * Claim: the losses of a recorded run are those of its order parameters, exactly or in distribution.
 */
import { defineFileClaim } from '#src/runs/claim.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { statement } from '#src/theory/records/recorded-losses-follow-overlaps.js';
import { fullEvidence, misdeclared, unknownBatches } from '../../support/recorded.js';

export const claim = defineFileClaim({
  statement,
  list: [...unknownBatches, ...fullEvidence],
  judge: judgeLosses,
  floors: {},
  mutants: {
    'horizon too long by one': misdeclared(({ horizon }) => ({ horizon: horizon + 1 })),
    'horizon too short by one': misdeclared(({ horizon }) => ({ horizon: horizon - 1 })),
    'starts declared 5 % wider': misdeclared(({ start }) =>
      start?.kind === 'uniform' ? { start: { ...start, low: 1.05 * start.low, high: 1.05 * start.high } } : {},
    ),
    'starts declared 5 % narrower': misdeclared(({ start }) =>
      start?.kind === 'uniform' ? { start: { ...start, low: 0.95 * start.low, high: 0.95 * start.high } } : {},
    ),
    'velocity missing in the loss': misdeclared(({ loss }) => ({ loss: { ...loss, state: 'position' } })),
    'σ_vm recorded with the opposite sign': (run) => {
      const { overlaps } = run.curves;
      if (!overlaps) return run;
      const vm = overlaps.vm.map((value) => (typeof value === 'number' ? -value : value));
      return { ...run, curves: { ...run.curves, overlaps: { ...overlaps, vm } } };
    },
  },
});
