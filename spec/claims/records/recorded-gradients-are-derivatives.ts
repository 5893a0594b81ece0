/**
 * Claim: recorded gradients are the derivatives of the loss at the recorded weights.
 */
import { defineClaim, type Mutant } from '#src/claims/claim.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { statement } from '#src/theory/records/recorded-gradients-are-derivatives.js';
import { misdeclared, type RecordedCase, type RunSubject, withGradients } from '../../support/recorded.js';

type Gradients = NonNullable<RecordedRun['gradients']>;
type Tensor = NonNullable<Gradients['Whh']>;

/** A mutant that recorded other gradients. */
function recordedAs(
  name: string,
  change: (gradients: Gradients, run: RecordedRun) => Partial<Gradients>,
): Mutant<RunSubject> {
  return {
    name,
    subject: {
      amend: (run) =>
        run.gradients ? { ...run, gradients: { ...run.gradients, ...change(run.gradients, run) } } : run,
    },
  };
}

/** The gradient of W, entry by entry. */
const changed = (
  tensor: Tensor | undefined,
  to: (rows: number[][], i: number, j: number) => number,
): Partial<Gradients> =>
  tensor ? { Whh: tensor.map((rows) => rows.map((row, i) => row.map((_, j) => to(rows, i, j)))) } : {};

export const claim = defineClaim<RecordedCase, RunSubject>({
  statement,
  cases: { kind: 'listed', list: withGradients },
  subject: { amend: (run) => run },
  check: ({ amend }, { read, effort }, evidence) => judgeGradients(amend(read()), evidence, effort),
  describe: ({ name }) => name,
  floors: { 'of every trained tensor': 0.9 },
  mutants: [
    misdeclared('horizon off by one', ({ horizon }) => ({ horizon: horizon + 1 })),
    misdeclared('loss averaged over time', ({ loss }) => ({ loss: { ...loss, state: 'text' } })),
    recordedAs('gradient of W off by one part in a million', ({ Whh }) =>
      changed(Whh, (rows, i, j) => (1 + 2 ** -20) * rows[i]![j]!),
    ),
    recordedAs('gradient of W recorded after clipping', ({ Whh, epochs }, { curves }) =>
      changed(Whh, (rows, i, j) => rows[i]![j]! / curves.gradNorm![epochs[0]!]!),
    ),
    recordedAs('ascent in place of descent', ({ Whh }) => changed(Whh, (rows, i, j) => -rows[i]![j]!)),
    recordedAs('gradient of W with its units in the opposite order', ({ Whh }) =>
      changed(Whh, (rows, i, j) => rows[rows.length - 1 - i]![j]!),
    ),
  ],
});
