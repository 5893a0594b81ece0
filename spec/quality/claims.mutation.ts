/**
 * The claims as tests of mutation runs: each on few cases, and none may be refuted. The ledger's own tests ask for far more of a
 * claim, and take minutes for every mutant that survives.
 */
import { expect, it } from 'vitest';
import { ledger } from '#spec/ledger.js';
import { judge } from '#src/claims/judge.js';

/** Cases of a claim: enough for every kind of case that its generator draws. */
const RUNS = 20;
/** Claims of which a case is a network's whole learning: fewer cases, and after all others. */
const LONG = new Map([
  ['nonlinear-learning-passes-the-stages', 3],
  ['nonlinear-imitation-peaks', 3],
  ['frequencies-are-acquired-one-by-one', 5],
]);

const claims = ledger.map((claim) => [claim.statement.id, claim] as const);

it.each(claims.toSorted(([a], [b]) => Number(LONG.has(a)) - Number(LONG.has(b))))('%s', (id, claim) => {
  const runs = claim.cases.kind === 'drawn' ? Math.min(claim.cases.runs, LONG.get(id) ?? RUNS) : 0;
  const verdict = judge(claim, { seed: 1, runs, shrink: false });
  expect(verdict.status, verdict.reason ?? '').not.toBe('refuted');
  expect(verdict.cases).toBeGreaterThan(0);
});
