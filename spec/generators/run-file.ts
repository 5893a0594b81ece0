/**
 * Run files that are nearly valid: recorded runs in every format, broken as files break in implementation and as an attacker would.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import { LIMITS } from '#src/limits.js';
import { Stream } from '#src/linalg/random.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { isMatrixLoss, type RunProtocol } from '#src/problem/schema.js';
import { momentSource } from '#src/problem/start.js';
import { archiveOfTree } from '#src/runs/format/npz.js';
import { runText } from '#src/runs/format/record.js';
import { archiveOf, bytesSource, membersOf } from '#src/runs/format/zip.js';
import { explicitLearner } from '#src/training/learner.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';
import { weighted } from './number.js';
import { arrayOf, BESIDE, zipOf, zipStyle } from './written-archive.js';
import { bytesOf, linesOf, logOf, logStyle, type Numbers, style } from './written-table.js';

type Json = unknown;
type Branch = Record<string, Json>;

/** A file to be written, and the options that it is read with. */
export interface RunFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether what a table lacks is taken from a valid configuration. */
  readonly configured: boolean;
  /** Curves of one number per epoch that it was written from, where only the writing is odd: what holds has no other numbers. */
  readonly origin?: Readonly<Record<string, readonly Json[]>>;
  /** Whether it must be read, with all its epochs. */
  readonly whole?: boolean;
}

const EPOCHS = 6;

/** A fixture without its later epochs, so that judging it takes milliseconds. */
function shortened(name: string): Branch {
  const file = new URL(`../../../fixtures/${name}.json`, import.meta.url);
  const run = JSON.parse(readFileSync(fileURLToPath(file), 'utf8')) as { protocol: Branch; weights?: Branch };
  const cut = (value: Json, length = EPOCHS): Json =>
    Array.isArray(value)
      ? value.slice(0, length)
      : Object.fromEntries(Object.entries(value as Branch).map(([key, part]) => [key, cut(part, length)]));
  const { optimizer } = run.protocol as { optimizer: { lr: Json } };
  const { curves, weights, starts, snapshots, ...rest } = run as unknown as Record<string, Json> & {
    weights?: Branch;
    snapshots?: { epochs: number[] };
  };
  return {
    ...rest,
    protocol: {
      ...run.protocol,
      epochs: EPOCHS,
      optimizer: { ...optimizer, ...(Array.isArray(optimizer.lr) && { lr: cut(optimizer.lr) }) },
    },
    curves: cut(curves),
    ...(starts !== undefined && { starts: cut(starts) }),
    ...(snapshots && { snapshots: cut(snapshots, snapshots.epochs.filter((epoch) => epoch < EPOCHS).length) }),
    ...(weights && { weights: { initial: weights['initial'] } }),
  };
}

/** A run of our own with a plant at rest, which no horizon makes diverge: long ones are work. */
function atRest(rank: number): Branch {
  const protocol: Protocol = {
    ...PROTOCOLS['artifact-lowrank'],
    plant: {
      kind: 'linear',
      A: [
        [0.5, 0.1],
        [0, 0.5],
      ],
      B: [[0], [1]],
      C: [[1, 0]],
    },
    agent: { kind: 'linear-low-rank', N: 6, rank, leak: 0.5 },
    horizon: 8,
    batch: 4,
    epochs: EPOCHS,
    precision: 'f64',
  };
  const random = new Stream(1);
  const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
  const { engine } = explicitLearner(protocol, initial);
  const curve = train(engine, protocol, momentSource(protocol.start, 2, protocol.batch, random.child('starts')));
  const provenance = { producer: 'test', version: '0', seed: 1 };
  return JSON.parse(runText({ curve, protocol, initial, provenance })) as Branch;
}

/** A run of our own with noise and a loss by its matrices. */
function weighed(kind: RunProtocol['agent']['kind']): Branch {
  const declared = SNAPSHOT_PROTOCOLS.find(({ agent }) => agent.kind === kind)!;
  const loss = SNAPSHOT_PROTOCOLS.find((one) => isMatrixLoss(one.loss))!.loss;
  const noise = { process: 0.1, observation: 0.05 };
  const run = snapshotRun({ ...declared, loss, noise, epochs: EPOCHS } as RunProtocol, 1, 3);
  return JSON.parse(JSON.stringify(run)) as Branch;
}

/** Runs to start from: each kind of agent, and evidence full and poor. */
export const BASES: readonly Branch[] = [
  ...[
    'parity-lowrank',
    'parity-lowrank-penalty',
    'parity-effective',
    'parity-tanh',
    'parity-tanh-open',
    'pytorch-lowrank-seed0',
    'pytorch-tanh-adam',
    'pytorch-tanh-schedule',
    'pytorch-lstm',
    'pytorch-tanh-biases',
    'pytorch-tracking-adam',
  ].map(shortened),
  atRest(2),
  atRest(0),
  ...(['tanh', 'linear-low-rank'] as const).map(weighed),
];

/** The configuration of a run: it without curves. */
export function configurationOf({ curves: _, ...rest }: Branch): Branch {
  return rest;
}

/** A place within a value: which child at each level, counted round. */
const place = fc.array(fc.nat(50), { minLength: 1, maxLength: 6 });

const hostile: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(0, -1, 1, 1.5, 1e-320, 1e12, 1e30, 1e31, 1e308, -1e308, 2 ** 53, 99_999, 100_000, 1_000_000),
  fc.constantFrom<Json>(null, true, '', 'NaN', 'Infinity', [], {}, [[]], [[[]]], 'closed-loop', '__proto__'),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.string(),
  fc.constantFrom(10, 1000, 100_000).map((depth) => `nested ${depth}`),
  fc.array(fc.double({ noNaN: true }), { maxLength: 40 }),
);

const names = fc.oneof(
  fc.constantFrom('loss', 'gram', 'm', 'U', 'Whh', 'initial', 'final', 'protocol', 'overlaps', '__proto__', 'toString'),
  fc.string(),
);

/** A change of the run itself. */
type Edit = (parent: Branch | Json[], key: string | number) => void;

const edit: fc.Arbitrary<Edit> = fc.oneof(
  hostile.map(
    (value): Edit =>
      (parent, key) => {
        (parent as Branch)[key] = structuredClone(value);
      },
  ),
  fc.constantFrom(-1, 0, 0.5, 2, 10, 1e4, 1e9, 1e200).map(
    (factor): Edit =>
      (parent, key) => {
        const old = (parent as Branch)[key];
        if (typeof old === 'number') (parent as Branch)[key] = old * factor;
      },
  ),
  fc.constant<Edit>((parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }),
  names.map(
    (name): Edit =>
      (parent, key) => {
        if (Array.isArray(parent)) return;
        const { [key]: value, ...rest } = parent;
        for (const each of Object.keys(parent)) delete parent[each];
        Object.assign(parent, rest);
        Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
      },
  ),
  // Rows for columns, or an entry twice.
  fc.constant<Edit>((parent, key) => {
    const old = (parent as Branch)[key];
    if (!Array.isArray(old)) return;
    const rows = old.every(Array.isArray) ? (old as Json[][]) : undefined;
    (parent as Branch)[key] = rows?.[0] ? rows[0].map((_, j) => rows.map((row) => row[j])) : [...old, ...old.slice(-1)];
  }),
  // Two fields for each other.
  fc.nat(20).map(
    (other): Edit =>
      (parent, key) => {
        const keys = Object.keys(parent);
        const branch = parent as Branch;
        const second = keys[other % keys.length]!;
        [branch[key], branch[second]] = [branch[second], branch[key]];
      },
  ),
);

function apply(root: Branch, steps: readonly number[], change: Edit): void {
  let parent: Branch | Json[] = root;
  for (const [k, step] of steps.entries()) {
    const keys = Object.keys(parent);
    if (keys.length === 0) return;
    const key = keys[step % keys.length]!;
    const child: Json = (parent as Branch)[key];
    if (k === steps.length - 1 || typeof child !== 'object' || child === null) return change(parent, key);
    parent = child as Branch;
  }
}

/** Sizes and factors of a protocol, each by its path, that are valid one by one: together they may be too much. */
const SIZES: readonly (readonly [string, readonly number[]])[] = [
  ['horizon', [1, 2, 1000, LIMITS.horizon]],
  ['batch', [1, LIMITS.batch]],
  ['epochs', [EPOCHS, LIMITS.epochs]],
  ['agent.N', [1, 2, 1000, LIMITS.units]],
  ['agent.rank', [0, 1, LIMITS.rank]],
  ['agent.leak', [1e-300, 0.5, 1]],
  ['plant.order', [1, 3, LIMITS.order]],
  ['plant.dt', [1e-300, 0.1, 1e30]],
  ['optimizer.lr', [1e-300, 1, 1e30]],
  ['optimizer.clip', [1e-300, 1e30]],
  ['optimizer.momentum', [0, 0.999]],
  ['loss.beta', [0, 1e-300, 1, 1e300]],
  ['start.low', [-1e30, -1e-300, 0]],
  ['start.sd', [1e-300, 1e30]],
];

const resize: fc.Arbitrary<(run: Branch) => void> = fc
  .constantFrom(...SIZES.flatMap(([path, values]) => values.map((value) => [path.split('.'), value] as const)))
  .map(([path, value]) => (run) => {
    const last = path.at(-1)!;
    let parent = run['protocol'] as Branch | undefined;
    for (const key of path.slice(0, -1)) parent = parent?.[key] as Branch | undefined;
    if (typeof parent === 'object') parent[last] = value;
  });

/** A change of a file's bytes. */
type Damage = (bytes: Buffer) => Buffer;

/** A position as a share of the file, so that headers and trailers are met in files of any length. */
const position = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.001, 0.01, 0.99, 0.999));
const at = (share: number, bytes: Buffer): number => Math.floor(share * Math.max(0, bytes.length - 1));

function overwritten(share: number, patch: Buffer): Damage {
  return (bytes) => {
    const copy = Buffer.from(bytes);
    patch.copy(copy, at(share, bytes));
    return copy;
  };
}

const damage: fc.Arbitrary<Damage> = fc.oneof(
  position.map(
    (share): Damage =>
      (bytes) =>
        bytes.subarray(0, at(share, bytes)),
  ),
  fc.tuple(position, fc.nat(7)).map(
    ([share, bit]): Damage =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[at(share, bytes)]! ^= 1 << bit;
        return copy;
      },
  ),
  fc
    .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([share, patch]) => overwritten(share, Buffer.from(patch))),
  fc
    .tuple(
      position,
      fc.constantFrom('1e999', '-1', 'null', '"', '{', '[[', ']', 'NaN', ',,', '\n', '\0', '9'.repeat(30)),
    )
    .map(([share, patch]) => overwritten(share, Buffer.from(patch))),
  // A field of a header that claims four bytes' worth.
  position.map((share) => overwritten(share, Buffer.from([0xff, 0xff, 0xff, 0xff]))),
  // A part twice, or left out.
  fc.tuple(position, position).map(
    ([one, other]): Damage =>
      (bytes) => {
        return Buffer.concat([bytes.subarray(0, at(one, bytes)), bytes.subarray(at(other, bytes))]);
      },
  ),
);

/** A change of an archive's members, checksums kept right. */
type Rewrite = (members: { name: string; bytes: Buffer }[]) => void;

const inHeader = (pattern: RegExp, replacement: string): ((bytes: Buffer) => Buffer) => {
  return (bytes) => {
    const length = 10 + bytes.readUInt16LE(8);
    const header = bytes.toString('latin1', 10, length).replace(pattern, replacement);
    const start = Buffer.from(bytes.subarray(0, 10));
    start.writeUInt16LE(header.length, 8);
    return Buffer.concat([start, Buffer.from(header, 'latin1'), bytes.subarray(length)]);
  };
};

const SHAPES = [
  '()',
  '(0,)',
  '(6,)',
  '(6, 1)',
  '(1, 6)',
  '(1000000000000,)',
  '(1000000000, 0)',
  '(2000000, 0)',
  '(99999, 99999, 99999)',
  '(1, 1, 1, 1, 1)',
  '(-1,)',
] as const;
const TYPES = [
  '<f4',
  '<f8',
  '<i4',
  '<i8',
  '>f8',
  '|O',
  '<U1',
  '<U3',
  '|S8',
  '|S0',
  '<U999999999',
  '<c16',
  '|b1',
] as const;
const MEMBERS = [
  '../escape.npy',
  '/etc/passwd.npy',
  'curves\\loss.npy',
  'curves/../../loss.npy',
  'curves.npy',
  'curves/loss.npy',
  'curves/loss/more.npy',
  '__proto__.npy',
  '__proto__/polluted.npy',
  'constructor/prototype.npy',
  'archive/data.pkl',
  'weights/initial/U.npy',
  'gradients/epochs.npy',
  'notes.txt',
] as const;

const rewrite: fc.Arbitrary<Rewrite> = fc.tuple(fc.nat(30), fc.nat(30)).chain(([k, j]) => {
  const one = (members: { name: string; bytes: Buffer }[]) => members[k % members.length]!;
  const edited = (change: (bytes: Buffer) => Buffer): Rewrite => {
    return (members) => {
      const member = one(members);
      member.bytes = change(member.bytes);
    };
  };
  return fc.oneof(
    fc.constantFrom(...SHAPES).map((shape) => edited(inHeader(/'shape': \([^)]*\)/, `'shape': ${shape}`))),
    // Of no data at all, so that a size of nothing is as it declares.
    fc
      .constantFrom(...SHAPES)
      .map((shape) =>
        edited((bytes) =>
          inHeader(/'shape': \([^)]*\)/, `'shape': ${shape}`)(bytes.subarray(0, 10 + bytes.readUInt16LE(8))),
        ),
      ),
    fc.constantFrom(...TYPES).map((type) => edited(inHeader(/'descr': '[^']*'/, `'descr': '${type}'`))),
    fc.constant(edited(inHeader(/False/, 'True'))),
    damage.map((change) => edited((bytes) => (bytes.length > 10 ? change(bytes) : bytes))),
    fc.constantFrom(...MEMBERS).map(
      (name): Rewrite =>
        (members) => {
          one(members).name = name;
        },
    ),
    fc.constant<Rewrite>((members) => members.push({ ...one(members) })),
    fc.constant<Rewrite>((members) => {
      const [first, second] = [one(members), members[j % members.length]!];
      [first.bytes, second.bytes] = [second.bytes, first.bytes];
    }),
    fc.constant<Rewrite>((members) => members.splice(k % members.length, 1)),
  );
});

function rewritten(archive: Buffer, changes: readonly Rewrite[]): Buffer {
  const members = membersOf(bytesSource(archive), 'base').map(({ name, read }) => ({ name, bytes: read() }));
  for (const change of changes) if (members.length > 0) change(members);
  return archiveOf(members);
}

/** The curves of one number per epoch as a table. */
function tableOf(run: Branch): string {
  const curves = (run['curves'] ?? {}) as Branch;
  const flat = Object.entries({ ...curves, ...(curves['overlaps'] as Branch | undefined) });
  const columns = flat.filter(([, list]) => Array.isArray(list) && !list.some(Array.isArray)) as [string, Json[]][];
  const length = Math.max(0, ...columns.map(([, list]) => list.length));
  const rows = Array.from({ length }, (_, e) => columns.map(([, list]) => String(list[e] ?? '')).join(','));
  return [columns.map(([name]) => name).join(','), ...rows].join('\n');
}

const FORMATS = ['json', 'json.gz', 'npz', 'csv'] as const;

/** JSON, with lists within lists where they are named: too deep to be values here. */
function textOf(run: Branch): string {
  return JSON.stringify(run).replace(/"nested (\d+)"/g, (_, depth) => '['.repeat(depth) + ']'.repeat(depth));
}

/** The bytes of a run in a format; one that no longer fits it as JSON. */
function encode(run: Branch, format: (typeof FORMATS)[number], changes: readonly Rewrite[]): Buffer {
  try {
    if (format === 'npz') return rewritten(archiveOfTree(run), changes);
    if (format === 'csv') return Buffer.from(tableOf(run));
    const text = textOf(run);
    return format === 'json' ? Buffer.from(text) : gzipSync(text, { level: 1 });
  } catch {
    return Buffer.from(textOf(run));
  }
}

/** Curves of one number per epoch, by name. */
function scalarsOf(run: Branch): Record<string, Json[]> {
  const curves = run['curves'] as Branch;
  const flat = Object.entries({ ...curves, ...(curves['overlaps'] as Branch | undefined) });
  return Object.fromEntries(flat.filter(([, list]) => Array.isArray(list) && !list.some(Array.isArray))) as Record<
    string,
    Json[]
  >;
}

/** A change of what parts cells and rows, in a text: no digit of it changes. */
const misplaced: fc.Arbitrary<(text: string) => string> = fc
  .tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom('', ',', ';', '\t', ' ', '|', '"', "'", '\n', '#', '\r', '[', '{', '}'),
    fc.boolean(),
  )
  .map(([share, put, between]) => (text) => {
    const places = [...text.matchAll(between ? /$|\s|[,;|"{}[\]]/g : /[\s,;|"{}[\].]/g)].map(({ index }) => index);
    const at = places[Math.floor(share * Math.max(0, places.length - 1))] ?? 0;
    return text.slice(0, at) + put + text.slice(between ? at : at + 1);
  });

const PLAIN_TEXT = ['lines', 'list', 'columns', 'log'] as const;

/** Tables of text and of JSON, and logs, in any style, some with a separator out of its place. */
const writtenTable: fc.Arbitrary<RunFile> = fc
  .record({
    how: style,
    log: logStyle,
    json: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...PLAIN_TEXT) },
    ),
    changes: fc.array(misplaced, { maxLength: 2 }),
  })
  .map(({ how, log, json, changes }) => {
    const origin = scalarsOf(BASES[0]!);
    const { loss } = origin;
    const rows = loss!.map((_, e) => ({
      epoch: e,
      ...Object.fromEntries(Object.entries(origin).map(([name, list]) => [name, list[e]])),
    }));
    const texts = {
      lines: () => rows.map((row) => JSON.stringify(row)).join('\n'),
      list: () => JSON.stringify(rows),
      columns: () => JSON.stringify(origin),
      log: () => logOf(origin as unknown as Numbers, how, log).join('\n'),
    };
    const lines = json ? texts[json]().split('\n') : linesOf(origin as unknown as Numbers, how);
    const text = changes.reduce((changed, change) => change(changed), lines.join('\n'));
    const plain = json ? { ...how, lineEnd: '\n' as const, encoding: 'utf-8' as const } : how;
    return {
      name: 'table',
      bytes: bytesOf(text.split('\n'), plain),
      configured: true,
      origin,
      whole: changes.length === 0,
    };
  });

/** Archives in any style, some damaged. */
const writtenArchive: fc.Arbitrary<RunFile> = fc
  .record({
    base: fc.constantFrom(...BASES),
    how: fc.record({
      big: fc.boolean(),
      fortran: fc.boolean(),
      version: fc.constantFrom(1 as const, 2 as const, 3 as const),
    }),
    zip: zipStyle,
    beside: fc.subarray([...BESIDE]),
    row: fc.boolean(),
    damages: weighted([1, fc.constant<Damage[]>([])], [1, fc.array(damage, { minLength: 1, maxLength: 2 })]),
  })
  .map(({ base, how, zip, beside, row, damages }) => {
    const members = membersOf(bytesSource(archiveOfTree(base)), 'base').map(({ name, read }) => {
      const path = name.replace(/\.npy$/, '');
      const value = path.split('/').reduce<Json>((parent, key) => (parent as Branch)?.[key], base);
      if (!Array.isArray(value)) return { name, bytes: read() };
      const shape: number[] = [];
      for (let level: Json = value; Array.isArray(level); level = level[0]) shape.push(level.length);
      const values = (value.flat(4) as Json[]).map(Number);
      const shaped = shape.length === 1 && row ? [1, ...shape] : shape;
      return { name, bytes: arrayOf({ shape: shaped, values }, { ...how, type: 'f8' }) };
    });
    const bytes = damages.reduce((file, change) => change(file), zipOf([...members, ...beside], zip));
    return { name: 'run.npz', bytes, configured: false, origin: scalarsOf(base), whole: damages.length === 0 };
  });

/** A recorded run, changed in up to three ways: as a value, in its archive, in its bytes. */
export const nearlyValid: fc.Arbitrary<RunFile> = fc
  .record({
    base: fc.constantFrom(...BASES),
    format: fc.constantFrom(...FORMATS),
    sizes: fc.oneof(fc.constant([]), fc.array(resize, { maxLength: 2 })),
    edits: fc.array(fc.tuple(place, edit), { maxLength: 3 }),
    rewrites: fc.array(rewrite, { maxLength: 2 }),
    damages: weighted([2, fc.constant<Damage[]>([])], [1, fc.array(damage, { minLength: 1, maxLength: 3 })]),
    suffix: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      fc.constantFrom('json', 'npz', 'csv', 'pkl', 'gz'),
    ),
    configured: fc.boolean(),
  })
  .map(({ base, format, sizes, edits, rewrites, damages, suffix, configured }) => {
    const run = structuredClone(base);
    for (const change of sizes) change(run);
    for (const [steps, change] of edits) apply(run, steps, change);
    const bytes = damages.reduce((file, change) => change(file), encode(run, format, rewrites));
    return { name: `run.${suffix ?? format}`, bytes, configured: configured || format === 'csv' };
  });

/** Recorded runs that are nearly valid, and runs as programs write them. */
export const FILES = { nearlyValid, writtenTable, writtenArchive } as const;
