/**
 * Reading run files: every refusal names the file and the field, what was received, what was expected and what to try.
 */

import type { z } from 'zod';
import { fromLowerTriangle } from '../../agent/gram.js';
import { type ErrorCode, LoopproofError } from '../../error.js';
import { semidefiniteFactor } from '../../linalg/factor.js';
import { unitRoundoff } from '../../linalg/tolerance.js';
import { AGENTS, isRecurrent, type Lists, rankOf, TENSORS, unitsOf } from '../../problem/agents.js';
import { plantOf } from '../../problem/protocol.js';
import type { RunProtocol, RunWeights, TensorName } from '../../problem/schema.js';
import type { Columns } from './csv.js';
import { contentsOf } from './file.js';
import { jsonOf } from './json.js';
import { type Configuration, configurationSchema, type RecordedRun, runSchema } from './schema.js';

const FORMAT_HINT = 'see the run format in src/runs/README.md, or start from the output of `loopproof train`';

/** The value at a path within parsed JSON, printed short. */
function printed(value: unknown, path: readonly PropertyKey[]): string {
  let found = value;
  for (const key of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  if (found === undefined) return 'nothing';
  if (typeof found === 'number') return String(found);
  let text: string;
  try {
    text = JSON.stringify(found);
  } catch {
    text = 'a value nested too deeply to print';
  }
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A path as one would write it: curves.overlaps.zm[3]. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function parse<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  return validated(schema, value, where, { code: 'invalid-run', name: 'run', hint: FORMAT_HINT });
}

/** What a file is to be, for errors. */
export interface Format {
  readonly code: ErrorCode;
  readonly name: string;
  readonly hint: string;
}

const KINDS: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const quoted = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** What a schema wanted, in our words; schemas that say it themselves are not asked. */
function inWords(issue: z.core.$ZodRawIssue): string {
  const amount = (count: number | bigint, origin: string): string => {
    const thing = { array: ['entry', 'entries'], string: ['character', 'characters'] }[origin];
    return thing ? `${count} ${thing[Number(count) === 1 ? 0 : 1]}` : String(count);
  };
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? quoted(issue.values) : `one of ${quoted(issue.values)}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? 'another form' : `a known ${issue.discriminator}`;
    default:
      return 'another form';
  }
}

/** A value that a schema accepts. @param where file, and field if it is a part of it @throws LoopproofError */
export function validated<S extends z.ZodType>(schema: S, value: unknown, where: string, format: Format): z.output<S> {
  const result = schema.safeParse(value, { error: inWords });
  if (result.success) return result.data;
  throw refusal(result.error.issues[0]!, value, where, format);
}

/** The error that a schema's complaint stands for. */
function refusal(issue: z.core.$ZodIssue, value: unknown, where: string, format: Format): LoopproofError {
  const { code, name, hint } = format;
  const field = `${where}: ${fieldName(issue.path) || 'the file'}`;
  if (issue.code === 'unrecognized_keys')
    return new LoopproofError(code, {
      where: field,
      received: `the unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
      expected: `fields of the ${name} format only`,
      hint,
    });
  return new LoopproofError(code, {
    where: field,
    received: printed(value, issue.path),
    expected: issue.message,
    hint,
  });
}

/** Checks what a schema cannot: lengths and shapes that depend on one another. */
class Consistency {
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  expect(field: string, condition: boolean, received: string, expected: string): void {
    if (!condition)
      throw new LoopproofError('invalid-run', {
        where: `${this.#where}: ${field}`,
        received,
        expected,
        hint: FORMAT_HINT,
      });
  }

  /** A lower triangle must be of a covariance: of no negative eigenvalue beyond rounding. */
  semidefinite(field: string, triangle: readonly number[], n: number, precision: 'f32' | 'f64' = 'f32'): void {
    try {
      semidefiniteFactor(fromLowerTriangle(triangle, n), unitRoundoff(precision));
    } catch {
      this.expect(field, false, JSON.stringify(triangle), 'second moments, which are positive semidefinite');
    }
  }

  /** A matrix as its rows; a number in place of 1 × 1. */
  entry(field: string, value: number | Lists, [rows, cols]: readonly [number, number]): void {
    if (typeof value === 'number') this.expect(field, rows === 1 && cols === 1, 'a number', `${rows} rows of ${cols}`);
    else this.vectors(field, value, rows, cols);
  }

  vectors(field: string, vectors: Lists | undefined, count: number, length: number): void {
    if (!vectors) return;
    this.expect(field, vectors.length === count, `${vectors.length} vectors`, `${count}`);
    vectors.forEach((vector, k) => {
      this.expect(`${field}[${k}]`, vector.length === length, `${vector.length} numbers`, `${length}`);
    });
  }
}

interface Sizes {
  readonly n: number;
  readonly p: number;
  readonly c: number;
}

function plantSizes({ plant, tracking }: RunProtocol, consistency: Consistency): Sizes {
  try {
    const { A, B, C } = plantOf(plant);
    // A reference is seen beside the plant, one number per axis.
    return { n: A.rows, p: B.cols, c: tracking ? 2 * C.rows : C.rows };
  } catch (error) {
    consistency.expect('protocol.plant', false, error instanceof Error ? error.message : '', 'matrices that fit');
    throw error;
  }
}

/** Lists and columns of the order parameters. */
function orderParameterShapes({ agent }: RunProtocol, { p, c }: Sizes) {
  const r = rankOf(agent);
  return { zm: [p, c], zu: [p, r], vm: [r, c], vu: [r, r] } as const;
}

function checkWeights(
  field: string,
  weights: RunWeights | undefined,
  protocol: RunProtocol,
  consistency: Consistency,
  needed: readonly TensorName[] = AGENTS[protocol.agent.kind].tensors,
): void {
  if (!weights) return;
  const { agent } = protocol;
  const sizes = plantSizes(protocol, consistency);
  if (agent.kind === 'effective') {
    consistency.expect(field, weights.overlaps !== undefined, 'no overlaps', 'overlaps {zm, zu, vm, vu}');
    for (const [name, shape] of Object.entries(orderParameterShapes(protocol, sizes)))
      consistency.entry(`${field}.overlaps.${name}`, weights.overlaps![name as 'zm'], shape);
    return;
  }
  const { tensors, gates } = AGENTS[agent.kind];
  for (const name of needed)
    consistency.expect(
      `${field}.${name}`,
      weights[name] !== undefined,
      'nothing',
      `the weights of a ${agent.kind} agent`,
    );
  for (const name of tensors) {
    const { as, lists } = TENSORS[name];
    const value = as === 'entries' ? weights[name] && [weights[name]] : weights[name];
    const [count, length] = lists({ ...sizes, N: agent.N, r: rankOf(agent), gates });
    consistency.vectors(`${field}.${name}`, value as Lists | undefined, count, length);
  }
}

function checkProtocol(protocol: RunProtocol, consistency: Consistency): Sizes {
  const sizes = plantSizes(protocol, consistency);
  const { start, agent, trained, mode, tracking } = protocol;
  consistency.expect(
    'protocol.start',
    mode !== 'closed-loop' || start !== undefined || tracking !== undefined,
    'nothing',
    'the starts of a closed loop',
  );
  if (tracking) {
    const { plant } = protocol;
    consistency.expect('protocol.plant', plant.kind === 'cursor', plant.kind, 'a cursor, for tracking');
    const axes = sizes.p;
    const astray = tracking.harmonics.find(({ axis }) => axis >= axes);
    consistency.expect('protocol.tracking.harmonics', !astray, `axis ${astray?.axis}`, `axes 0 to ${axes - 1}`);
    const least = 2 * tracking.harmonics.length + 1;
    const balances = tracking.phases === 'drawn' || protocol.batch >= least;
    consistency.expect('protocol.batch', balances, `${protocol.batch}`, `${least} or more, for balanced phases`);
  }
  if (start?.kind === 'fixed') consistency.vectors('protocol.start.x0', start.x0, sizes.n, protocol.batch);
  if (start?.kind === 'uniform')
    consistency.expect('protocol.start', start.low < start.high, `low ${start.low}, high ${start.high}`, 'low < high');
  const names: readonly TensorName[] = AGENTS[agent.kind].tensors;
  const foreign = trained.find((name) => !names.includes(name));
  if (agent.kind !== 'effective')
    consistency.expect(
      'protocol.trained',
      foreign === undefined && trained.length > 0 && new Set(trained).size === trained.length,
      JSON.stringify(foreign ?? trained),
      `some of ${names.join(', ')} for a ${agent.kind} agent`,
    );
  checkInputs(protocol, sizes, consistency);
  checkWeights('protocol.teacher', protocol.teacher, protocol, consistency);
  checkWork(protocol, sizes, consistency);
  return sizes;
}

/** Given inputs: a row for each observation of each step, a number per trial in it. */
function checkInputs({ inputs, horizon, batch }: RunProtocol, { c }: Sizes, consistency: Consistency): void {
  if (inputs?.kind === 'fixed') consistency.vectors('protocol.inputs.y', inputs.y, horizon * c, batch);
}

/** Memory that training or replay may take for trajectories, weights and curves, in numbers. */
const MOST_NUMBERS = 2 ** 26;

/** Sizes that are fine one by one may be too much together: refused before anything is allocated. */
function checkWork(protocol: RunProtocol, { p, c, n }: Sizes, consistency: Consistency): void {
  const { mode, agent, horizon, epochs, batch, tracking } = protocol;
  const { gates, collapses: linear } = AGENTS[agent.kind];
  const units = unitsOf(agent);
  const columns = c + p + 2 * rankOf(agent);
  const dense = isRecurrent(agent) ? gates * units * units : 0;
  // Trials of agents that are not linear, and of open loops, do not collapse to their moments.
  const collapses = mode === 'closed-loop' && linear && !tracking;
  const trials = collapses ? 1 : 2 * gates * batch;
  const trajectory = trials * (2 * units * horizon + 4 * (n + columns) * horizon);
  const numbers = trajectory + 4 * (units * columns + dense) + epochs * (columns * columns + n * n + 8);
  consistency.expect(
    'protocol',
    numbers <= MOST_NUMBERS,
    `N × horizon × trials, N² or epochs that need ${(8 * numbers) / 2 ** 20} MiB`,
    `at most ${(8 * MOST_NUMBERS) / 2 ** 20} MiB`,
  );
}

function checkCurves({ curves, protocol }: RecordedRun, { n, p, c }: Sizes, consistency: Consistency): void {
  const epochs = curves.loss.length;
  const sameLength = (field: string, list: readonly unknown[] | undefined): void => {
    if (list)
      consistency.expect(
        `curves.${field}`,
        list.length === epochs,
        `${list.length} entries`,
        `${epochs} like curves.loss`,
      );
  };
  consistency.expect(
    'curves.loss',
    epochs <= protocol.epochs,
    `${epochs} entries`,
    `at most protocol.epochs = ${protocol.epochs}`,
  );
  for (const field of ['gradNorm', 'clipFactor', 'deployedLoss', 'gram', 'moments', 'harmonicLoss'] as const)
    sameLength(field, curves[field]);
  const { overlaps } = curves;
  if (overlaps)
    for (const [name, shape] of Object.entries(orderParameterShapes(protocol, { n, p, c }))) {
      const list = overlaps[name as 'zm'];
      sameLength(`overlaps.${name}`, list);
      list.forEach((value, e) => {
        consistency.entry(`curves.overlaps.${name}[${e}]`, value, shape);
      });
    }
  const triangle = (size: number): number => (size * (size + 1)) / 2;
  consistency.vectors('curves.moments', curves.moments, epochs, triangle(n));
  curves.moments?.forEach((moments, e) => {
    const field = `curves.moments[${e}]`;
    const finite = moments.every(Number.isFinite);
    consistency.expect(
      field,
      finite || !Number.isFinite(curves.loss[e]),
      'no finite numbers',
      'those of a finite loss',
    );
    if (finite) consistency.semidefinite(field, moments, n, protocol.precision);
  });
  consistency.vectors('curves.gram', curves.gram, epochs, triangle(c + p + 2 * rankOf(protocol.agent)));
}

/** Recorded gradients are of trained tensors, one entry per epoch, each of its tensor's shape. */
function checkGradients({ gradients, protocol }: RecordedRun, consistency: Consistency): void {
  if (!gradients) return;
  const { epochs, ...tensors } = gradients;
  for (const [name, entries] of Object.entries(tensors)) {
    if (!entries) continue;
    const field = `gradients.${name}`;
    const trained = protocol.trained.some((one) => one === name);
    consistency.expect(field, trained, 'gradients of a tensor that is not trained', protocol.trained.join(', '));
    consistency.expect(field, entries.length === epochs.length, `${entries.length} entries`, `${epochs.length}`);
    for (const [k, entry] of entries.entries())
      checkWeights(`gradients[epoch ${epochs[k]}]`, { [name]: entry }, protocol, consistency, [name as TensorName]);
  }
}

/** A run from parsed JSON. */
function runOf(value: unknown, where: string): RecordedRun {
  const run = parse(runSchema, value, where);
  const consistency = new Consistency(where);
  const sizes = checkProtocol(run.protocol, consistency);
  checkCurves(run, sizes, consistency);
  checkGradients(run, consistency);
  checkWeights('weights.initial', run.weights?.initial, run.protocol, consistency);
  checkWeights('weights.final', run.weights?.final, run.protocol, consistency);
  return run;
}

/** A configuration from parsed JSON. */
function configurationOf(value: unknown, where: string): Configuration {
  const configuration = parse(configurationSchema, value, where);
  const consistency = new Consistency(where);
  const sizes = checkProtocol(configuration.protocol, consistency);
  const { curves } = configuration;
  if (curves) checkCurves({ ...configuration, curves }, sizes, consistency);
  checkWeights('weights.initial', configuration.weights?.initial, configuration.protocol, consistency);
  return configuration;
}

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
  /** A configuration file: what the run file lacks of protocol and weights. */
  readonly config?: string | undefined;
  /** Of a table, columns by other names than the curves that they hold. */
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
      expected: 'what the curves are of',
      hint: 'name a configuration, a run file without curves: --config FILE',
    });
  return runOf(contents, file);
}

/** A configuration from a file, a run's or one without curves. @throws LoopproofError if it cannot be read or is not valid. */
export function readConfiguration(file: string): Configuration {
  return configurationOf(contentsOf(file), file);
}
