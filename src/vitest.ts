/**
 * `loopproof/vitest`: matchers for recorded runs. Importing it, in a test or as one of vitest's `setupFiles`, extends `expect`.
 *
 * Undecided passes no test: neither a matcher nor its opposite holds where the evidence decides nothing.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Checked, judgeRun } from './cli/check.js';
import { type AnyClaim, runClaimOf } from './cli/suite.js';
import { LoopproofError } from './error.js';
import { explanation } from './report/finding.js';
import { parseRun, readRun } from './runs/format/read.js';
import type { RecordedRun } from './runs/format/schema.js';
import { numbersAsJson } from './words.js';

/** A run file by its name or its URL, or a run as an object of the format `loop-run/1`, whose lists may be typed arrays. */
export type Run = string | URL | object;

/** What `expect(run)` gains. */
export interface LoopproofMatchers<R = unknown> {
  /** Every claim about runs that the evidence decides holds, and it decides one at least. */
  toFollowTheory(): R;
  /** One claim about runs holds. @param id as `loopproof list` names it, such as recorded-losses-follow-overlaps */
  toSatisfyClaim(id: string): R;
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

function runFrom(received: unknown): { readonly run: RecordedRun; readonly name: string } {
  const file = fileOf(received);
  if (file !== undefined) return { run: readRun(file), name: file };
  // Diverged epochs are text in files; in an object they may be numbers.
  return { run: parseRun(JSON.stringify(received, numbersAsJson) ?? '', 'the run'), name: 'the run' };
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
  toFollowTheory(this: Context, received: Run): MatcherResult {
    const { run, name } = runFrom(received);
    return result(judgeRun(run, name), name, this.isNot, 'follow the theory');
  },
  toSatisfyClaim(this: Context, received: Run, id: string): MatcherResult {
    const claim: AnyClaim = runClaimOf(id);
    const { run, name } = runFrom(received);
    return result(judgeRun(run, name, { claims: [claim] }), name, this.isNot, `satisfy ${id}`);
  },
};

expect.extend(matchers);
