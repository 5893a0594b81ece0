/**
 * `loopproof.config.json`: the arguments and options of `check`, `verify` and `prove`, by their own names, for when the
 * command is given no arguments. Options on the command line come first.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { TABLE_CURVES } from '../runs/format/csv.js';
import { readText } from '../runs/format/file.js';
import { duration } from './output.js';

/** Where it is looked for: the current folder, which its paths are relative to. */
export const CONFIG_FILE = 'loopproof.config.json';

const file = (what: string) => z.string().min(1).optional().describe(what);
const claims = z
  .array(z.string().min(1))
  .optional()
  .describe('Claims, as `loopproof list` names them; all by default.');
const reports = {
  json: file('Where to write the verdicts as JSON; such a file serves as a baseline.'),
  junit: file('Where to write JUnit XML.'),
  sarif: file('Where to write SARIF 2.1.0.'),
  markdown: file('Where to write Markdown.'),
  github: z.boolean().optional().describe('Annotations and job summary; by default where GitHub Actions runs.'),
  baseline: file('An earlier report as JSON: only what has become worse since fails.'),
};

const page = { html: file('Where to write the HTML report.') };

/** The file, as written. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  check: z
    .strictObject({
      runs: z.array(z.string().min(1)).min(1).describe('Run files: names, or patterns such as runs/**/*.json.'),
      config: file('A run file without curves: the protocol of runs that have none, such as tables.'),
      columns: z
        .partialRecord(z.enum(TABLE_CURVES), z.string().min(1))
        .optional()
        .describe('Columns of tables by other names than the curves that they hold: curve to column.'),
      effort: z
        .number()
        .positive()
        .max(LIMITS.magnitude)
        .optional()
        .describe('Work that judging a run may take, in multiples of the usual; what is beyond it is not judged.'),
      ...reports,
      ...page,
    })
    .optional()
    .describe('`loopproof check`: recorded runs.'),
  verify: z
    .strictObject({
      claims,
      runs: z.int().min(1).max(10_000_000).optional().describe('Cases per claim instead of each claim’s own number.'),
      seed: z
        .int()
        .min(-(2 ** 31))
        .max(2 ** 31 - 1)
        .optional()
        .describe('Seed of the random cases.'),
      budget: z
        .string()
        .regex(/^\d+(\.\d+)?[sm]?$/, 'a duration such as 60s or 2m')
        .optional()
        .describe('Begin no new cases after this long; what is left is undecided.'),
      workers: z.int().min(1).max(256).optional().describe('Threads; one per core by default.'),
      ...reports,
      ...page,
      proofs: file('What prove --json wrote, for the HTML report.'),
    })
    .optional()
    .describe('`loopproof verify`: claims on random configurations.'),
  prove: z
    .strictObject({
      claims,
      z3: z.boolean().optional().describe('Whether Z3 decides; true by default.'),
      ...reports,
    })
    .optional()
    .describe('`loopproof prove`: the symbolic side.'),
});

export type Config = z.output<typeof configSchema>;
type Section = 'check' | 'verify' | 'prove';

/** The configuration's JSON schema, which editors complete and check by. */
export function configJsonSchema(): object {
  return { title: CONFIG_FILE, ...z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) };
}

/** The keys that the schema has at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  const [section] = path;
  if (section === undefined) return Object.keys(configSchema.shape);
  return Object.keys(configSchema.shape[section as Section].unwrap().shape);
}

/** A configuration from its text. @param where the file's name, for errors @throws LoopproofError if it is none */
export function parseConfig(text: string, where = CONFIG_FILE): Config {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LoopproofError('invalid-config', {
      where,
      received: error instanceof Error ? error.message : 'no JSON',
      expected: 'a JSON object',
      hint: 'the README has an example, under "In CI"',
    });
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.length === 0 ? where : `${where}: ${issue.path.join('.')}`;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    throw new LoopproofError('invalid-config', {
      where: field,
      received: `the unknown key ${JSON.stringify(issue.keys[0])}`,
      expected: `some of ${known.join(', ')}`,
      hint: `did you mean "${closest(issue.keys[0]!, known)}"?`,
    });
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], value);
  throw new LoopproofError('invalid-config', {
    where: field,
    received: JSON.stringify(found)?.slice(0, 60) ?? 'nothing',
    expected: issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, ''),
    hint: 'name its schema under "$schema", and an editor checks it as you write',
  });
}

/**
 * A command's arguments and options. Where no arguments were given the configuration, if there is one, gives them, and the
 * options that the command line leaves open.
 * @param given the arguments: runs or claims
 */
export function configured<Options>(
  section: Section,
  given: readonly string[],
  command: Command,
): { readonly names: readonly string[]; readonly options: Options } {
  const config =
    given.length === 0 && existsSync(CONFIG_FILE)
      ? parseConfig(readText(CONFIG_FILE, 'a configuration'))[section]
      : undefined;
  if (!config) return { names: given, options: command.opts() as Options };
  process.stderr.write(`loopproof: ${section} as in ${CONFIG_FILE}\n`);
  const options = { ...config, ...('budget' in config && config.budget && { budget: duration(config.budget) }) };
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && command.getOptionValueSource(name) !== 'cli')
      command.setOptionValueWithSource(name, value, 'config');
  const names = (section === 'check' ? (config as Config['check'])?.runs : (config as Config['verify'])?.claims) ?? [];
  return { names, options: command.opts() as Options };
}
