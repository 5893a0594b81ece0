/**
 * A run in a folder while it is recorded (loopproof_recorder.py, `Stream`): `run.json` has the protocol and the shapes of what a row
 * holds; `rows.bin` a row after another, as doubles: its epoch, its numbers, their checksum; `initial.npz`, `snapshot-25.npz` and
 * `final.npz` whole weights, by their names in an archive; `end.json` is there once the run has ended.
 *
 * It may be read at any moment. A last row that was written in part is no row; all other files are there whole or not at all.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { LoopproofError } from '../../error.js';
import { LIMITS } from '../../limits.js';
import { finiteOrText } from '../../words.js';
import { Allowance } from './allowance.js';
import { jsonOf } from './json.js';
import type { Nested } from './npy.js';
import { type Field, fieldsOf, treeOf } from './npz.js';
import { allOf, withSource } from './source.js';
import { validated } from './validation.js';

const HEADER = 'run.json';
const ROWS = 'rows.bin';
const END = 'end.json';
/** The field of a row for its learning rate. */
const RATE = 'lr';
const SNAPSHOT = /^snapshot-(\d+)\.npz$/;
/** Bytes of a number. */
const DOUBLE = 8;
const MOST_DIMENSIONS = 3;

const headerSchema = z.strictObject({
  format: z.unknown(),
  protocol: z.looseObject({ epochs: z.int().min(1).max(LIMITS.epochs), optimizer: z.looseObject({ lr: z.unknown() }) }),
  provenance: z.unknown(),
  /** What a row holds: paths in the run format, with the shapes of their entries. */
  rows: z
    .record(z.string(), z.array(z.int().min(0)).max(MOST_DIMENSIONS))
    .refine((shapes) => shapes[RATE]?.length === 0, { error: 'the learning rate, lr, and curves of the run format' }),
  /** How often training went on from what is there. */
  resumed: z.int().min(0),
});
const endSchema = z.strictObject({ epochs: z.int().min(1) });

const FORMAT = {
  code: 'invalid-run',
  name: 'stream',
  hint: 'record it with loopproof_recorder.py: Recorder(protocol, stream=…)',
} as const;

/** Whether a folder is a stream. */
export const isStream = (folder: string): boolean => existsSync(join(folder, HEADER));

/** How far a stream is. */
export interface StreamState {
  /** Whether the recorder has ended it. */
  readonly ended: boolean;
  /** How often it was resumed; rows may have been taken back then. */
  readonly resumed: number;
  readonly rows: number;
  readonly snapshots: number;
}

function read<S extends z.ZodType>(folder: string, name: string, schema: S): z.output<S> {
  const file = join(folder, name);
  const text = withSource(file, (source) => allOf(source, file).toString('utf8'));
  return validated(schema, jsonOf(text, file), file, FORMAT);
}

/** Names of the snapshots, ascending. */
function snapshotsIn(folder: string): string[] {
  const epochOf = (name: string): number => Number(SNAPSHOT.exec(name)?.[1]);
  return readdirSync(folder)
    .filter((name) => SNAPSHOT.test(name))
    .sort((a, b) => epochOf(a) - epochOf(b));
}

/** The state of a stream. @throws LoopproofError if it is none */
export function streamState(folder: string): StreamState {
  const { resumed, rows } = read(folder, HEADER, headerSchema);
  const ended = existsSync(join(folder, END));
  const bytes = statSync(join(folder, ROWS), { throwIfNoEntry: false })?.size ?? 0;
  return { ended, resumed, rows: Math.floor(bytes / sizeOf(rows)), snapshots: snapshotsIn(folder).length };
}

const refuse = (where: string, received: string, expected: string, hint: string): LoopproofError =>
  new LoopproofError('invalid-run', { where, received, expected, hint });

type Shapes = z.output<typeof headerSchema>['rows'];

const product = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** Bytes of a row: its epoch, its numbers, their checksum. */
const sizeOf = (shapes: Shapes): number =>
  DOUBLE * Object.values(shapes).reduce((sum, shape) => sum + product(shape), 2);

/** The rows of a stream as columns, by path. */
function columnsOf(folder: string, shapes: Shapes, allowance: Allowance): Field[] {
  const place = join(folder, ROWS);
  const none = refuse(folder, 'a stream without a row', 'one or more', 'wait for the first epoch: check --follow does');
  if (!existsSync(place)) throw none;
  const bytes = withSource(place, (source) => allOf(source, place));
  const sizes = Object.values(shapes).map(product);
  const size = sizeOf(shapes);
  let rows = Math.floor(bytes.length / size);
  for (let k = 0; k < rows; k++) {
    const row = bytes.subarray(k * size, (k + 1) * size);
    if (crc32(row.subarray(0, -DOUBLE)) !== row.readDoubleLE(size - DOUBLE)) {
      if (k < rows - 1)
        throw refuse(
          `${place}: row ${k}`,
          'numbers that differ from their checksum',
          'rows as they were written',
          'record the run again, into a new folder',
        );
      rows = k;
    } else if (row.readDoubleLE(0) !== k)
      throw refuse(
        `${place}: row ${k}`,
        `the row of epoch ${row.readDoubleLE(0)}`,
        `that of epoch ${k}`,
        'let each program record into a folder of its own: two have written to this one',
      );
  }
  if (rows === 0) throw none;
  let offset = DOUBLE;
  return Object.entries(shapes).map(([path, shape], column) => {
    const begins = offset;
    offset += DOUBLE * sizes[column]!;
    const nest = (dimension: number, at: number): Nested => {
      if (dimension === shape.length) return finiteOrText(bytes.readDoubleLE(at));
      const stride = DOUBLE * product(shape.slice(dimension + 1));
      return Array.from({ length: shape[dimension]! }, (_, k) => nest(dimension + 1, at + k * stride));
    };
    const take = (): void => {
      let lists = 1;
      for (const k of shape.keys()) lists += rows * product(shape.slice(0, k));
      allowance.take({ numbers: rows * sizes[column]!, lists }, `${place}: ${path}`);
    };
    return {
      path,
      place: `${place}: ${path}`,
      read() {
        take();
        return Array.from({ length: rows }, (_, k) => nest(0, k * size + begins));
      },
    };
  });
}

/**
 * Learning rates as a protocol has them: as they were declared, where the recorded ones are those; else what the optimiser told. A list
 * that goes on is taken to stay as it is, which nothing recorded depends on.
 */
function ratesOf(declared: unknown, rates: readonly number[], epochs: number): unknown {
  const asDeclared = rates.every((rate, e) => rate === (Array.isArray(declared) ? declared[e] : declared));
  if (asDeclared && Array.isArray(declared)) return declared.slice(0, epochs);
  if (rates.every((rate) => rate === rates[0])) return rates[0];
  return Array.from({ length: epochs }, (_, e) => rates[Math.min(e, rates.length - 1)]!);
}

/** What a stream holds so far, as JSON would have it. @throws LoopproofError if it is damaged, too large, or none */
export function streamTree(folder: string): object {
  const allowance = new Allowance();
  const { format, protocol, provenance, rows } = read(folder, HEADER, headerSchema);
  // What was written last is looked for first: all that came before is there then.
  const end = existsSync(join(folder, END)) ? read(folder, END, endSchema) : undefined;
  const archive = (name: string): Field[] =>
    withSource(join(folder, name), (source) =>
      fieldsOf(source, join(folder, name), allowance).map(({ read: later, ...field }) => {
        const value = later();
        return { ...field, read: () => value };
      }),
    );
  const snapshots = new Map<string, Field[]>();
  for (const name of snapshotsIn(folder))
    for (const field of archive(name)) snapshots.set(field.path, [...(snapshots.get(field.path) ?? []), field]);
  const columns = columnsOf(folder, rows, allowance);
  const whole = ['initial.npz', ...(end ? ['final.npz'] : [])].filter((name) => existsSync(join(folder, name)));
  const stacked = [...snapshots].map(([path, fields]) => ({
    path,
    place: `${folder}: ${path}`,
    read: () => fields.map((field) => field.read()),
  }));
  const tree = treeOf([...columns.filter(({ path }) => path !== RATE), ...whole.flatMap(archive), ...stacked]);
  const recorded = (tree['curves'] as { readonly loss?: readonly unknown[] } | undefined)?.loss?.length ?? 0;
  // A run that goes on for longer than declared is one of so many epochs.
  const epochs = end?.epochs ?? Math.max(protocol.epochs, recorded);
  const rates = columns.find(({ path }) => path === RATE)!.read() as number[];
  return {
    format,
    protocol: {
      ...protocol,
      epochs,
      optimizer: { ...protocol.optimizer, lr: ratesOf(protocol.optimizer.lr, rates, epochs) },
    },
    ...tree,
    provenance,
  };
}
