/**
 * The claims as tests of mutation runs: each on few cases, and none may be refuted. The ledger's own tests ask for far more of a
 * claim, and take minutes for every mutant that survives.
 */
import { expect, it } from 'vitest';
import { ledger } from '#spec/ledger.js';
import { judge } from '#src/claims/judge.js';

/** Cases of a claim: enough for every kind of case that its generator draws. */
const RUNS = 40;

it.each(ledger.map((claim) => [claim.statement.id, claim] as const))('%s', (_, claim) => {
  const runs = claim.cases.kind === 'drawn' ? Math.min(claim.cases.runs, RUNS) : 0;
  const verdict = judge(claim, { seed: 1, runs, shrink: false });
  expect(verdict.status, verdict.reason ?? '').not.toBe('refuted');
  expect(verdict.cases).toBeGreaterThan(0);
});
