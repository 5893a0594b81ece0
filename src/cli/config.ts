/**
 * `loopproof.config.json`: the suites that commands work on, and arguments and options of `check`, `verify` and `prove`, for when the
 * command line gives no arguments. Options on the command line come first.
 */
import type { Command } from 'commander';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { readText } from '../runs/format/file.js';
import { jsonOf } from '../runs/format/json.js';
import { type Format, validated } from '../runs/format/validation.js';
import check from './check.js';
import { CONFIG_FILE } from './config-file.js';
import { type AnyDeclaration, suiteOptions } from './options.js';
import prove from './prove.js';
import verify from './verify.js';

const COMMANDS: Readonly<Record<string, AnyDeclaration>> = { check, verify, prove };

/** What the configuration may hold for a command. */
function sectionOf(name: string, { argument, options, description }: AnyDeclaration) {
  const names = z.array(z.string().min(1));
  const fields = Object.entries(options)
    .filter(([, { callOnly }]) => !callOnly)
    .map(([option, { type, about, off }]) => [
      option,
      (type?.schema ?? z.boolean()).optional().describe(about ?? `false: ${off}`),
    ]);
  return z
    .strictObject({
      [argument!.name]: (argument!.required ? names.min(1) : names.optional()).describe(argument!.about),
      ...Object.fromEntries(fields),
    })
    .optional()
    .describe(`\`loopproof ${name}\`: ${description.split('\n')[0]}`);
}

const sections = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, declaration]) => [name, sectionOf(name, declaration)]),
);
const { suite, onlySuite } = suiteOptions;
const configSchema = z.strictObject({
  $schema: z.string().optional(),
  suite: suite.type.schema.optional().describe(`${suite.about}; for every command`),
  onlySuite: z.boolean().optional().describe(onlySuite.about),
  ...sections,
});

const FORMAT: Format = {
  code: 'invalid-config',
  name: CONFIG_FILE,
  hint: 'name its schema under "$schema": editors then check it as you write',
};

/** The configuration's JSON schema, by which editors complete and check it. */
export function configJsonSchema(): object {
  return { title: CONFIG_FILE, ...z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) };
}

function expectKnown(value: unknown, known: readonly string[], where: string): void {
  if (typeof value !== 'object' || value === null) return;
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined && !Array.isArray(value))
    throw new LoopproofError(FORMAT.code, {
      where,
      received: `the unknown key ${JSON.stringify(unknown)}`,
      expected: `some of ${known.join(', ')}`,
      hint: `did you mean "${closest(unknown, [...known])}"?`,
    });
}

/** A configuration from its text. @param where the file's name, for errors @throws LoopproofError if it is none */
export function parseConfig(text: string, where = CONFIG_FILE): Readonly<Record<string, unknown>> {
  const value = jsonOf(text, where, FORMAT);
  expectKnown(value, Object.keys(configSchema.shape), where);
  for (const [name, section] of Object.entries(sections))
    expectKnown(
      (value as Record<string, unknown> | null)?.[name],
      Object.keys(section.unwrap().shape),
      `${where}: ${name}`,
    );
  return validated(configSchema, value, where, FORMAT);
}

/**
 * Gives a command what the configuration has and the command line leaves open: the suites, and the
 * command's own section if it has no arguments.
 * @param given the command's arguments
 * @returns the arguments that hold
 */
export function configure(command: Command, given: unknown): unknown {
  const name = command.name();
  const { suite, onlySuite, ...config } = parseConfig(readText(CONFIG_FILE, 'a configuration'));
  const section = (Array.isArray(given) && given.length === 0 ? config[name] : undefined) as
    | Record<string, unknown>
    | undefined;
  // Suites of the command line stand alone.
  const suites = command.getOptionValueSource('suite') === 'cli' ? {} : { suite, onlySuite };
  if (!section && suites.suite === undefined) return given;
  process.stderr.write(`loopproof: ${name} uses ${CONFIG_FILE}\n`);
  const { [COMMANDS[name]?.argument?.name ?? '']: names = [], ...options } = section ?? {};
  for (const [option, value] of Object.entries({ ...suites, ...options }))
    if (value !== undefined && command.getOptionValueSource(option) !== 'cli')
      command.setOptionValueWithSource(option, value, 'config');
  return section ? names : given;
}
