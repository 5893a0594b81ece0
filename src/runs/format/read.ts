/**
 * Reading run files and configurations.
 */
import type { z } from 'zod';
import { LoopproofError } from '../../error.js';
import { expectConsistent } from './consistency.js';
import type { Columns } from './csv.js';
import { FORMAT_HINT } from './fields.js';
import { contentsOf } from './file.js';
import { jsonOf } from './json.js';
import { byEpoch, withEpochs } from './rows.js';
import { type Configuration, CURVE_NAMES, configurationSchema, type RecordedRun, runSchema } from './schema.js';
import { inShape } from './shapes.js';
import { isStream, streamState } from './stream.js';
import { type Format, meant, validated } from './validation.js';

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

const runOf = (value: unknown, where: string): RecordedRun =>
  byEpoch(knownCurves(parsed(runSchema, withEpochs(value), where), where), where);
/** A run without what is no curve. @throws LoopproofError if one of its names is nearly that of a curve */
function knownCurves(run: RecordedRun, where: string): RecordedRun {
  const foreign = Object.keys(run.curves).filter((name) => !CURVE_NAMES.includes(name));
  if (foreign.length === 0) return run;
  for (const name of foreign) {
    const nearest = meant(name, CURVE_NAMES);
    if (nearest !== undefined)
      throw new LoopproofError('invalid-run', {
        where: `${where}: curves`,
        received: `the unknown field ${JSON.stringify(name)}`,
        expected: `fields of the run format: ${CURVE_NAMES.join(', ')}`,
        hint: `did you mean "${nearest}"? ${FORMAT_HINT}`,
      });
  }
  const curves = Object.fromEntries(Object.entries(run.curves).filter(([name]) => CURVE_NAMES.includes(name)));
  return {
    ...run,
    curves: curves as RecordedRun['curves'],
    remarks: [`no curves, and not read: ${foreign.join(', ')}`],
  };
}

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

/** A run whose stream has not ended says so. */
function soFar(run: RecordedRun, folder: string): RecordedRun {
  if (streamState(folder).ended) return run;
  const remark = `the stream has not ended: it holds ${run.curves.loss.length} of ${run.protocol.epochs} epochs`;
  return { ...run, remarks: [...(run.remarks ?? []), remark] };
}

/** A run from a file (JSON, NPZ or CSV) or from the folder of a stream. @throws LoopproofError if it cannot be read or is not a valid run. */
export function readRun(file: string, { config, columns }: ReadOptions = {}): RecordedRun {
  if (isStream(file)) return soFar(runOf(contentsOf(file), file), file);
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
