/**
 * The claims as tests of mutation runs: each on few cases, and none may be refuted. The ledger's own tests ask for far more of a
 * claim, and take minutes for every mutant that survives.
 */
import { expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { judge } from '#src/claims/judge.js';

/** Cases of a claim that holds in each: enough for every kind of case that its generator draws. */
const RUNS = 12;
/** Cases of a claim about proportions: enough to refute one that has broken down. */
const TRIALS = 80;
/** Claims of which a case is a network's whole learning: one case, and after all others. */
const LONG = new Set([
  'nonlinear-learning-passes-the-stages',
  'nonlinear-imitation-peaks',
  'frequencies-are-acquired-one-by-one',
]);

const order = ({ statement, proportions }: (typeof ledger)[number]): number =>
  LONG.has(statement.id) ? 2 : proportions ? 1 : 0;
const claims = ledger.toSorted((a, b) => order(a) - order(b)).map((claim) => [claim.statement.id, claim] as const);

it.each(claims)('%s', (_, claim) => {
  const wanted = [RUNS, TRIALS, 1][order(claim)] as number;
  const runs = claim.cases.kind === 'drawn' ? Math.min(claim.cases.runs, wanted) : 0;
  const verdict = judge(claim, { seed: 1, runs, shrink: false });
  // Few trials may leave a proportion undecided.
  if (claim.proportions) expect(verdict.status, verdict.reason ?? '').not.toBe('refuted');
  else expect(verdict.status, verdict.reason ?? '').toBe('holds');
  expect(verdict.cases).toBeGreaterThan(0);
});
