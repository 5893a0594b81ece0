/**
 * Suites: modules that export `claims` and, if they have any, `derivations` and `figures`. Ours is one of them.
 */
import { existsSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { AnyClaim } from '../claims/claim.js';
import { LoopproofError } from '../error.js';
import type { AnyFigure } from '../figures/kit/figure.js';
import { type Format, validated } from '../runs/format/validation.js';
import { KINDS, ORIGINS } from '../theory/statement.js';
import type { Derivation } from './derivations.js';
import { IDS, ours, type Part } from './ours.js';

/** A module's claims, derivations and figures. */
export interface Suite {
  /** As it was named. */
  readonly file: string;
  /** Of all of its claims, loaded or not. */
  readonly ids: readonly string[];
  readonly claims: readonly AnyClaim[];
  readonly derivations: readonly Derivation[];
  /** Of its own: those of this project stand in a gallery. */
  readonly figures: readonly AnyFigure[];
}

/** What stands for the file of our own suite. */
export const OURS = 'loopproof';

const FORMAT: Format = {
  code: 'invalid-suite',
  name: 'suite',
  hint: 'see spec/own-theory/README.md in the package for a suite with everything that it needs',
};

/** The refusal of a suite. */
export function suiteError(where: string, received: string, expected: string, hint = FORMAT.hint): LoopproofError {
  return new LoopproofError('invalid-suite', { where, received, expected, hint });
}

const text = z.string().regex(/\S/, 'some text');
const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'words in lower case, joined by hyphens');
const action = z.custom((value) => typeof value === 'function', 'a function');
const list = z.array(z.unknown());
const count = z.int().min(1);
const share = z.number().gt(0).max(1);
const inside = z.number().gt(0).lt(1);

const statement = z.strictObject({
  id: name,
  kind: z.enum(KINDS),
  title: text,
  statement: text,
  formula: text,
  latex: text.optional(),
  assumptions: text,
  validity: text,
  tolerance: text,
  source: z.strictObject({ status: z.enum(ORIGINS), paper: text.optional(), theory: text.optional() }),
});

const arbitrary = z.custom(
  (value) => typeof (value as { generate?: unknown } | null)?.generate === 'function',
  'an arbitrary of fast-check',
);

const claim = z.strictObject({
  statement,
  cases: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('drawn'),
      arbitrary,
      runs: count,
      block: count,
      least: count.optional(),
      regressions: list.optional(),
    }),
    z.strictObject({ kind: z.literal('listed'), list: list.min(1) }),
    z.strictObject({ kind: z.literal('files'), list: list.min(1), read: action.optional() }),
  ]),
  subject: z.unknown(),
  check: action,
  regime: z.looseObject({ needs: z.array(text) }).optional(),
  proportions: z
    .array(z.looseObject({ name: text, atLeast: inside, refutedBelow: inside, share: inside.optional() }))
    .optional(),
  predictions: list.optional(),
  describe: action.optional(),
  floors: z.record(z.string(), share),
  mutants: z.array(z.strictObject({ name: text, subject: z.unknown() })).min(2),
});

const derivation = z.strictObject({
  statement,
  scope: text,
  steps: z.array(text),
  identities: z.array(z.looseObject({ name: text, variables: z.array(text), vanish: action })),
  decisions: z.array(z.looseObject({ name: text, variables: z.array(text), negation: text, control: text })).optional(),
  theorems: list.optional(),
});

const figure = z.looseObject({ id: name, title: text, caption: text, data: action, draw: action });

const suiteSchema = z.object({
  claims: z.array(claim).min(1),
  derivations: z.array(derivation).optional(),
  figures: z.array(figure).optional(),
});

/** Imports a module. @throws LoopproofError if there is none, or it fails */
async function importModule(file: string): Promise<object> {
  const path = resolve(file);
  if (!existsSync(path)) throw suiteError(file, 'no such file', 'a module that exports claims', 'check the path');
  if (!statSync(path).isFile())
    throw suiteError(file, 'a folder', 'a module that exports claims', 'name the file in it');
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' && /^\.[cm]?ts$/.test(extname(path)))
      throw new LoopproofError('unsupported', {
        where: file,
        received: `TypeScript, which Node ${process.version} does not load`,
        expected: 'a JavaScript module, or Node 22.18 or later, which strips types',
        hint: `compile it (npx tsc) and name the result, or use a later Node`,
      });
    const received = error instanceof Error ? `${error.name} while it loads: ${error.message}` : String(error);
    throw suiteError(file, received, 'a module that loads', `node ${file}`);
  }
}

/** A suite that has every part. @param file that it is in, for errors @throws LoopproofError for the part that it lacks */
export function checkedSuite(module: object, file: string): Suite {
  // Modules have no prototype, and more exports.
  const found = { ...module } as Pick<Suite, 'claims'> & Partial<Suite>;
  validated(suiteSchema, found, file, FORMAT);
  const { claims, derivations = [], figures = [] } = found;
  for (const [k, { cases, floors, mutants, proportions = [] }] of claims.entries()) {
    const field = `${file}: claims[${k}]`;
    if (cases.kind === 'drawn' && Object.keys(floors).length === 0)
      throw suiteError(
        `${field}.floors`,
        'none',
        'a class of cases, with the least share of the cases that must fall into it',
        'name what must not be missed: evidence.classify(NAME, condition), floors: { NAME: 0.2 }',
      );
    const names = mutants.map((mutant) => mutant.name);
    const twice = names.find((one, j) => names.indexOf(one) < j);
    if (twice !== undefined) throw suiteError(`${field}.mutants`, `"${twice}" twice`, 'names that differ');
    for (const { atLeast, refutedBelow, name: what } of proportions)
      if (refutedBelow >= atLeast)
        throw suiteError(
          `${field}.proportions: ${what}`,
          `refutedBelow ${refutedBelow}`,
          `less than atLeast, ${atLeast}`,
        );
  }
  return { file, ids: claims.map(({ statement: { id } }) => id), claims, derivations, figures };
}

/** A suite from its module. @param file a path @throws LoopproofError by file and field, if it does not load or lacks a part */
export async function loadSuite(file: string, part: Part = {}): Promise<Suite> {
  return file === OURS
    ? { file, ids: IDS, figures: [], ...(await ours(part)) }
    : checkedSuite(await importModule(file), file);
}
