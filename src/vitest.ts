/**
 * `loopproof/vitest`: tests of a suite (`describeClaims`), and matchers for recorded runs. Importing it, in a test or as one of vitest's
 * `setupFiles`, extends `expect`.
 *
 * Undecided passes no test: neither a matcher nor its opposite holds where the evidence decides nothing.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type AnyClaim, mutated } from './claims/claim.js';
import { judge } from './claims/judge.js';
import type { Verdict } from './claims/verdict.js';
import type { Derivation } from './cli/derivations.js';
import { type Checked, judgeFile, type Subject } from './cli/judge-file.js';
import { mutate, prove } from './cli/kernels.js';
import { Ledger, openLedger } from './cli/ledger.js';
import { checkedSuite } from './cli/suite.js';
import { LoopproofError } from './error.js';
import { explanation } from './report/finding.js';
import { parseRun, readRun } from './runs/format/read.js';
import type { RecordedRun } from './runs/format/schema.js';
import { numbersAsJson } from './words.js';

/** A run file by its name or its URL, or a run as an object of the format `loop-run/1`, whose lists may be typed arrays. */
export type Run = string | URL | object;

/** What `expect(run)` gains. */
export interface LoopproofMatchers<R = unknown> {
  /** Every claim that the evidence decides holds, and it decides one at least. @param claims about files; ours by default */
  toFollowTheory(claims?: readonly AnyClaim[]): R;
  /** One claim holds. @param claim one about files, or the identifier of one of ours, such as recorded-losses-follow-overlaps */
  toSatisfyClaim(claim: string | AnyClaim): R;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter's name and default must be those of vitest
  interface Matchers<T = any> extends LoopproofMatchers<T> {}
}

/** The file that a name or a URL means. */
function fileOf(received: unknown): string | undefined {
  const name = received instanceof URL ? received.href : received;
  if (typeof name !== 'string') return undefined;
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(name)) return name;
  if (/^file:/i.test(name)) return fileURLToPath(name);
  throw new LoopproofError('usage', {
    where: 'the run',
    received: name,
    expected: 'a file, as its name or as a file: URL, or a run as an object',
    hint: 'download the file, or parse what was fetched',
  });
}

const ours = await openLedger();

/** Judges what a test has, by claims about files. */
function judged(received: Run, claims: readonly AnyClaim[]): Checked & { readonly name: string } {
  const subject = subjectOf(received, claims);
  return { ...judgeFile(claims, subject), name: subject.name };
}

function subjectOf(received: Run, claims: readonly AnyClaim[]): Subject {
  const readsRuns = claims.some(({ cases }) => cases.kind === 'files' && !cases.read);
  const file = fileOf(received);
  if (file !== undefined) {
    const contents = ({ cases }: AnyClaim): unknown => (cases.kind === 'files' ? cases.read?.(file) : undefined);
    return { name: file, run: readsRuns ? readRun(file) : undefined, contents };
  }
  // Diverged epochs are text in files; in an object they may be numbers.
  const run = (): RecordedRun => parseRun(JSON.stringify(received, numbersAsJson) ?? '', 'the run');
  return readsRuns ? { name: 'the run', run: run() } : { name: 'the run', contents: () => received };
}

/** What vitest makes a message and a diff of. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, string>>;
}

function result({ verdicts, notJudged }: Checked, name: string, isNot: boolean, what: string): MatcherResult {
  const pass = verdicts.every(({ status }) => status === 'holds');
  const undecided = !pass && verdicts.every(({ status }) => status !== 'refuted');
  const by = (word: (status: string) => string): Record<string, string> =>
    Object.fromEntries(verdicts.map(({ id, status }) => [id, word(status)]));
  return {
    // Where nothing is refuted the opposite of a matcher does not hold either.
    pass: undecided ? isNot : pass,
    message: () =>
      [
        `expected ${name} ${isNot ? 'not ' : ''}to ${what}`,
        ...verdicts.flatMap((verdict) => [
          '',
          `${verdict.status}: ${verdict.id}`,
          ...explanation(verdict).map((line) => `  ${line}`),
        ]),
        ...notJudged.map(({ id, reason }) => `not judged: ${id}: ${reason}`),
      ].join('\n'),
    actual: by((status) => status),
    expected: by(() => (isNot ? 'refuted' : 'holds')),
  };
}

interface Context {
  readonly isNot: boolean;
}

/** The matchers, for an `expect` of one's own. */
export const matchers = {
  toFollowTheory(this: Context, received: Run, claims: readonly AnyClaim[] = ours.fileClaims): MatcherResult {
    const checked = judged(received, claims);
    return result(checked, checked.name, this.isNot, 'follow the theory');
  },
  toSatisfyClaim(this: Context, received: Run, claim: string | AnyClaim): MatcherResult {
    const one = typeof claim === 'string' ? ours.fileClaimOf(claim) : claim;
    const checked = judged(received, [one]);
    return result(checked, checked.name, this.isNot, `satisfy ${one.statement.id}`);
  },
};

expect.extend(matchers);

/** How a suite is tested. */
export interface SuiteTests {
  readonly derivations?: readonly Derivation[];
  /** Of the random cases; 1 by default. */
  readonly seed?: number;
  /** Cases per claim at most; a claim about proportions takes its own number. */
  readonly runs?: number;
  /** The suite's module, as `--suite` names it: replay lines then lead to it. */
  readonly suite?: string;
  /** Whether to look for a smaller counterexample; yes by default. */
  readonly shrink?: boolean;
  /** Receives the verdict on each claim. */
  readonly judged?: (claim: AnyClaim, verdict: Verdict) => void;
}

/** Why a test fails, and the command that repeats it. */
function failureOf(
  { status, reason = '', replay }: Pick<Verdict, 'status' | 'reason' | 'replay'>,
  flags: string,
): string {
  return [status, reason, ...(replay === undefined ? [] : [`again: ${replay}${flags}`])].join('\n');
}

/**
 * Tests of a suite: every claim holds as `verify` sees it, each mutant is refuted by what is measured, every proportion is refuted by one, every derivation is proved, and faulty identities are refuted.
 *
 * Z3 is not used: its threads do not get on with those of a test runner. What it decides is for `loopproof prove`.
 * @throws LoopproofError for a suite that lacks a part
 * @example
 * describeClaims(claims, { derivations, runs: 300, suite: 'suite.mjs' }); // what suite.mjs exports
 */
export function describeClaims(claims: readonly AnyClaim[], options: SuiteTests = {}): void {
  const { derivations = [], seed = 1, suite = 'the suite', shrink } = options;
  new Ledger([checkedSuite({ claims, derivations }, suite)]);
  const flags = options.suite === undefined ? '' : ` --suite ${suite}`;
  // What is slow is the machine: nothing is timed.
  const timeless = { timeout: 3_600_000 };
  describe.each(claims.map((claim) => [claim.statement.id, claim] as const))('%s', (_, claim) => {
    const { cases, mutants, proportions = [] } = claim;
    const own = cases.kind === 'drawn' ? cases.runs : 0;
    const runs = proportions.length > 0 ? own : Math.min(own, options.runs ?? own);
    const refuted = new Set<string>();

    it('holds', timeless, () => {
      const verdict = judge(claim, { seed, runs, ...(shrink !== undefined && { shrink }) });
      options.judged?.(claim, verdict);
      expect(verdict.status, failureOf(verdict, flags)).toBe('holds');
    });

    it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('refutes: %s', timeless, (name, mutant) => {
      const verdict = judge(mutated(claim, mutant), { seed, runs, shrink: false });
      expect(verdict.status, failureOf(verdict, `${flags} --mutant "${name}"`)).toBe('refuted');
      for (const one of verdict.proportions ?? []) if (one.status === 'refuted') refuted.add(one.name);
    });

    it.runIf(proportions.length > 0)('claims proportions that a mutant refutes, each', () => {
      expect([...refuted].sort()).toEqual(proportions.map(({ name }) => name).sort());
    });
  });

  describe.each(derivations.map((one) => [one.statement.id, one] as const))('the derivation of %s', (_, derivation) => {
    it('is proved by two kernels or more', timeless, async () => {
      const { identities } = await prove(derivation, undefined);
      for (const { name, status, reason = '' } of identities) expect(status, `${name}\n${reason}`).toBe('holds');
    });

    it.runIf(derivation.identities.length > 0)('is refuted with faults', timeless, async () => {
      const { missed, refuted } = await mutate(derivation, undefined);
      expect(missed).toEqual([]);
      expect(refuted).toBeGreaterThan(0);
    });
  });
}
