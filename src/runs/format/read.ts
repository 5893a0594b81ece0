/**
 * Reading run files and configurations.
 */
import type { z } from 'zod';
import { LoopproofError } from '../../error.js';
import { expectConsistent, FORMAT_HINT } from './consistency.js';
import type { Columns } from './csv.js';
import { contentsOf } from './file.js';
import { jsonOf } from './json.js';
import { type Configuration, configurationSchema, type RecordedRun, runSchema } from './schema.js';
import { inShape } from './shapes.js';
import { type Format, validated } from './validation.js';

const FORMAT: Format = {
  code: 'invalid-run',
  name: 'run',
  hint: FORMAT_HINT,
  hintOn: (unknown) =>
    unknown.some((name) => /(?:^|[./])(?:weight|bias)(?:_|$)/.test(name))
      ? 'of a module of PyTorch, Wih is weight_ih, Whh is weight_hh, and Who is the weight of the read-out'
      : undefined,
};

/** A run or a configuration from parsed JSON. */
function parsed<S extends z.ZodType<Configuration>>(schema: S, value: unknown, where: string): z.output<S> {
  const run = validated(schema, inShape(value), where, FORMAT);
  expectConsistent(run, where);
  return run;
}

const runOf = (value: unknown, where: string): RecordedRun => parsed(runSchema, value, where);
const configurationOf = (value: unknown, where: string): Configuration => parsed(configurationSchema, value, where);

/** A run from the text of a file. @param where the file's name, for errors @throws LoopproofError if it is not a valid run. */
export function parseRun(text: string, where: string): RecordedRun {
  return runOf(jsonOf(text, where), where);
}

/** A configuration from the text of a file. @throws LoopproofError if it is not a valid one. */
export function parseConfiguration(text: string, where: string): Configuration {
  return configurationOf(jsonOf(text, where), where);
}

/** How a run file is read. */
export interface ReadOptions {
  /** A configuration file, for the protocol and weights that the run file lacks. */
  readonly config?: string | undefined;
  /** Columns of a table that have other names than their curves. */
  readonly columns?: Columns | undefined;
}

/** A run from a file: JSON, NPZ or CSV. @throws LoopproofError if it cannot be read or is not a valid run. */
export function readRun(file: string, { config, columns }: ReadOptions = {}): RecordedRun {
  const contents = contentsOf(file, columns);
  if (typeof contents !== 'object' || contents === null) return runOf(contents, file);
  if (config !== undefined) {
    const { curves: _, ...lacking } = readConfiguration(config);
    return runOf({ ...lacking, ...contents }, file);
  }
  if ('curves' in contents && !('protocol' in contents))
    throw new LoopproofError('invalid-run', {
      where: `${file}: protocol`,
      received: 'nothing',
      expected: 'the protocol of these curves',
      hint: 'name a configuration, which is a run file without curves: --config FILE',
    });
  return runOf(contents, file);
}

/** A configuration from a file, a run's or one without curves. @throws LoopproofError if it cannot be read or is not valid. */
export function readConfiguration(file: string): Configuration {
  return configurationOf(contentsOf(file), file);
}
