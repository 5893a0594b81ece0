/**
 * Commands as data. Help, parsing, the type of the options and what `loopproof.config.json` may hold all follow from one declaration.
 */
import { z } from 'zod';
import { LIMITS } from '../limits.js';

/** The values of an option. */
export interface Type<T> {
  /** How help names a value: `n` stands as <n>. */
  readonly name: string;
  /** From what the configuration holds to what the command receives. */
  readonly schema: z.ZodType<T>;
  /** From text on the command line to what the configuration would hold; by default the text itself. */
  readonly read?: (text: string) => unknown;
  /** What is accepted, for errors. */
  readonly expected: string;
}

/** An option of a command. Its name is its key; without a type it is a flag. */
export interface Option {
  readonly about?: string;
  /** What `--no-…` does, where there is such a flag. */
  readonly off?: string;
  readonly type?: Type<unknown>;
  readonly default?: unknown;
  /** The default as help shows it. */
  readonly shown?: string;
  readonly required?: true;
  /** Heading of its group in help. */
  readonly group?: string;
  /** Options that it excludes. */
  readonly conflicts?: readonly string[];
  /** The option that it works with only. */
  readonly needs?: string;
  /** Only for the command line: the configuration does not hold it. */
  readonly callOnly?: true;
}

export type Options = Readonly<Record<string, Option>>;

/** What a command works on. */
export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly many?: true;
  readonly required?: true;
}

type ValueOf<O> = O extends { readonly type: Type<infer T> } ? T : boolean;
type Always = { readonly default: unknown } | { readonly required: true };

/** The options that a command receives. */
export type OptionsOf<O extends Options> = {
  readonly [K in keyof O as O[K] extends Always ? K : never]: ValueOf<O[K]>;
} & { readonly [K in keyof O as O[K] extends Always ? never : K]?: ValueOf<O[K]> };

type ArgumentOf<A> = A extends { readonly many: true } ? readonly string[] : A extends Argument ? string : undefined;

/** A command. */
export interface Declaration<O extends Options = Options, A extends Argument | undefined = Argument | undefined> {
  readonly description: string;
  readonly argument?: A;
  readonly options: O;
  /** Command lines. `loopproof` is added to those that do not contain it. */
  readonly examples: readonly [string, ...string[]];
  /** Whether `loopproof.config.json` gives argument and options where the command line gives no argument. */
  readonly configurable?: true;
  readonly run: (options: OptionsOf<O>, argument: ArgumentOf<A>) => void | Promise<void>;
}

/** A command, without the types of its options. */
export type AnyDeclaration = Omit<Declaration, 'run'> & { readonly run: (options: never, argument: never) => unknown };

/** Declares a command: the function that it runs receives the options as they are declared. */
export function defineCommand<const O extends Options, const A extends Argument | undefined = undefined>(
  declaration: Declaration<O, A>,
): AnyDeclaration {
  return declaration;
}

/** Text that is not empty. @param name how help names it */
export const text = (name: string): Type<string> => ({ name, schema: z.string().min(1), expected: 'some text' });

export const FILE = text('file');
export const FOLDER = text('folder');

/** Several files. */
export const FILES: Type<readonly string[]> = { name: 'files...', schema: z.array(z.string()), expected: 'files' };

const toNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** Integers of a range. */
export function integer(min: number, max = 2 ** 31 - 1): Type<number> {
  const expected = `an integer from ${min} to ${max}`;
  return { name: 'n', schema: z.int(expected).min(min, expected).max(max, expected), read: toNumber, expected };
}

/** Numbers whose squares and products stay finite. */
export function real(min: number = -LIMITS.magnitude): Type<number> {
  const expected = `a number from ${min} to ${LIMITS.magnitude}`;
  return {
    name: 'x',
    schema: z.number(expected).min(min, expected).max(LIMITS.magnitude, expected),
    read: toNumber,
    expected,
  };
}

const positive = `a number above 0, at most ${LIMITS.magnitude}`;
/** Numbers above 0. */
export const POSITIVE: Type<number> = {
  name: 'x',
  schema: z.number(positive).positive(positive).max(LIMITS.magnitude, positive),
  read: toNumber,
  expected: positive,
};

const duration = 'a duration such as 60s or 2m';
/** Durations, in seconds: 90, 90s, 2m. */
export const DURATION: Type<number> = {
  name: 'time',
  schema: z
    .string(duration)
    .regex(/^(?=.*[1-9])\d+(\.\d+)?[sm]?$/, duration)
    .transform((text) => Number.parseFloat(text) * (text.endsWith('m') ? 60 : 1)),
  expected: duration,
};

/** A part of some work. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Shares of work: 2/3 is the second of three. */
export const SHARE: Type<Share> = {
  name: 'i/n',
  schema: z
    .string()
    .regex(/^\d+\/\d+$/)
    .transform((text) => {
      const [index, count] = text.split('/').map(Number) as [number, number];
      return { index, count };
    })
    .refine(({ index, count }) => index >= 1 && index <= count),
  expected: 'a share such as 1/3',
};

/** A share of a list; without one the whole list. */
export function shareOf<T>(all: readonly T[], share: Share | undefined): readonly T[] {
  return share ? all.filter((_, k) => k % share.count === share.index - 1) : all;
}

/** The default seed of everything that is drawn at random. */
const SEED = 2505;

/** Seeds of random numbers. */
export const SEED_TYPE = integer(-(2 ** 31));

/** The option for a seed. @param about what is drawn with it */
export const seed = (about: string) => ({ type: SEED_TYPE, default: SEED, about }) as const;

/** The option for the number of threads. */
export const workers = {
  value: 'n',
  type: integer(1, 256),
  about: 'number of threads (default: one per core)',
} as const;

/** Files, at least one. */
const SUITES: Type<readonly string[]> = { ...FILES, schema: z.array(z.string().min(1)).min(1) };

/** The options for suites, which the configuration has for all commands together. */
export const suiteOptions = {
  suite: { type: SUITES, callOnly: true, about: 'modules that export `claims`, added to those of this project' },
  onlySuite: { callOnly: true, needs: 'suite', about: 'leave out the claims of this project' },
} as const;

/** Options under one heading of the help. */
export function grouped<const O extends Options>(group: string, options: O): O {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, group }]),
  ) as unknown as O;
}
