/**
 * Claim: recorded gradients are the derivatives of the loss at the recorded weights.
 */

import { defineFileClaim } from '#src/runs/claim.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { statement } from '#src/theory/records/recorded-gradients-are-derivatives.js';
import { misdeclared, withGradients } from '../../support/recorded.js';

type Gradients = NonNullable<RecordedRun['gradients']>;
type Tensor = NonNullable<Gradients['Whh']>;

/** The record of other gradients. */
const recordedAs =
  (change: (gradients: Gradients, run: RecordedRun) => Partial<Gradients>) =>
  (run: RecordedRun): RecordedRun =>
    run.gradients ? { ...run, gradients: { ...run.gradients, ...change(run.gradients, run) } } : run;

/** The gradient of W, entry by entry. */
const changed = (
  tensor: Tensor | undefined,
  to: (rows: number[][], i: number, j: number) => number,
): Partial<Gradients> =>
  tensor ? { Whh: tensor.map((rows) => rows.map((row, i) => row.map((_, j) => to(rows, i, j)))) } : {};

export const claim = defineFileClaim({
  statement,
  list: withGradients,
  judge: judgeGradients,
  floors: { 'of every trained tensor': 0.9 },
  mutants: {
    'horizon off by one': misdeclared(({ horizon }) => ({ horizon: horizon + 1 })),
    'loss averaged over time': misdeclared(({ loss }) => ({ loss: { ...loss, state: 'text' } })),
    'gradient of W off by one part in a million': recordedAs(({ Whh }) =>
      changed(Whh, (rows, i, j) => (1 + 2 ** -20) * rows[i]![j]!),
    ),
    'gradient of W recorded after clipping': recordedAs(({ Whh, epochs }, { curves }) =>
      changed(Whh, (rows, i, j) => rows[i]![j]! / curves.gradNorm![epochs[0]!]!),
    ),
    'ascent in place of descent': recordedAs(({ Whh }) => changed(Whh, (rows, i, j) => -rows[i]![j]!)),
    'gradient of W with its units in the opposite order': recordedAs(({ Whh }) =>
      changed(Whh, (rows, i, j) => rows[rows.length - 1 - i]![j]!),
    ),
  },
});
