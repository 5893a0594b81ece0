/**
 * Claims that tests make up: what is judged is the check.
 */
import fc from 'fast-check';
import { type AnyClaim, type Claim, defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { judge } from '#src/claims/judge.js';
import type { Verdict } from '#src/claims/verdict.js';
import type { Statement } from '#src/theory/statement.js';

export const statement: Statement = {
  id: 'test-claim',
  kind: 'identity',
  title: 'a claim',
  statement: '',
  formula: '',
  latex: '',
  assumptions: '',
  validity: '',
  tolerance: '',
  source: { theory: '#the-loop', status: 'new' },
};

export type Check = (n: number, evidence: Evidence) => void;

/** A claim about numbers below 1000, judged in blocks. */
export function claimOf(
  check: Check,
  cases: Partial<Extract<Claim<number, undefined>['cases'], { kind: 'drawn' }>> = {},
  proportions?: Claim<number, undefined>['proportions'],
): AnyClaim {
  return defineClaim<number, undefined>({
    statement,
    cases: { kind: 'drawn', arbitrary: fc.nat(999), runs: 100, block: 30, ...cases },
    subject: undefined,
    check: (_, n, evidence) => check(n, evidence),
    ...(proportions && { proportions }),
    floors: {},
    mutants: [],
  });
}

/** A claim about listed numbers. */
export function listedOf(list: readonly number[], check: Check): AnyClaim {
  return { ...claimOf(check), cases: { kind: 'listed', list } } as AnyClaim;
}

/** The verdict on a claim about numbers below 1000. */
export function judged(check: Check): Verdict {
  return judge(claimOf(check), { seed: 1 });
}
