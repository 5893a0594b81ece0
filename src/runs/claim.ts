/**
 * Claims about files: recorded runs, or files of a format of one's own. `verify` tries such a claim on the files that it lists,
 * `check` on a user's.
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyClaim, defineClaim } from '../claims/claim.js';
import type { Evidence } from '../claims/evidence.js';
import { readRun } from './format/read.js';
import type { RecordedRun } from './format/schema.js';

/** A file as a case, read when it is needed. */
export interface FileCase<T = RecordedRun> {
  readonly name: string;
  readonly read: () => T;
  /** Multiple of the usual work that judging it may take. */
  readonly effort?: number | undefined;
}

/** A claim about what files hold. */
export interface FileClaim<T> extends Pick<AnyClaim, 'statement' | 'floors'> {
  /** Files for which it holds, by path or by URL (`new URL('./good.json', import.meta.url)`), or cases made of them. */
  readonly list: readonly (string | URL | FileCase<T>)[];
  /** What a file holds; recorded runs by default (`readRun`). Throwing refuses the file. */
  readonly read?: (file: string) => T;
  /** Measures what a file holds, as far as its evidence goes. */
  readonly judge: (contents: T, evidence: Evidence, effort?: number) => void;
  /** Faults, at least two, by what they change in a good file: the claim must refute each. */
  readonly mutants: Readonly<Record<string, (contents: T) => T>>;
}

/**
 * Declares a claim about files. Its subject amends what a file holds, by nothing but for mutants.
 * @example
 * export const falls = defineFileClaim({
 *   statement, // as for `defineClaim`
 *   list: [new URL('./runs/good.json', import.meta.url)],
 *   judge: ({ curves }, evidence) => evidence.holds('the loss falls', curves.loss.at(-1)! < curves.loss[0]!),
 *   floors: {},
 *   mutants: { reversed: …, constant: … },
 * });
 */
export function defineFileClaim<T = RecordedRun>({ list, read, judge, mutants, ...rest }: FileClaim<T>): AnyClaim {
  const readOne = read ?? (readRun as (file: string) => T);
  const caseOf = (one: string | URL | FileCase<T>): FileCase<T> => {
    if (typeof one === 'object' && 'read' in one) return one;
    const file = typeof one === 'string' ? one : fileURLToPath(one);
    return { name: basename(file), read: () => readOne(file) };
  };
  return defineClaim<FileCase<T>, (contents: T) => T>({
    ...rest,
    cases: { kind: 'files', list: list.map(caseOf), ...(read && { read }) },
    subject: (contents) => contents,
    check: (amend, one, evidence) => judge(amend(one.read()), evidence, one.effort),
    describe: ({ name }) => name,
    mutants: Object.entries(mutants).map(([name, subject]) => ({ name, subject })),
  });
}
