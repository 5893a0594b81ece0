/**
 * Starts and snapshots in files: what is read, written, and refused.
 */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture, testFolder } from '#spec/support/files.js';
import { refusalOf } from '#spec/support/refusal.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import { archiveOfTree } from '#src/runs/format/npz.js';
import { parseRun, readRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { archiveOf } from '#src/runs/format/zip.js';

const { at } = testFolder('snapshots');
// biome-ignore lint/suspicious/noExplicitAny: fields of files are broken at will.
type File = any;
const adam = (): File => fixture('pytorch-tanh-adam');
const momentum = (): File => fixture('pytorch-relu-momentum');

/** What a broken file is refused for. */
function refused(file: File): string {
  const { where, received, expected, hint } = refusalOf(() => parseRun(JSON.stringify(file), 'f'));
  return `${where}: ${received} / ${expected} / ${hint}`;
}

const broken = (file: File, change: (file: File) => void): string => {
  change(file);
  return refused(file);
};

describe('snapshots are refused', () => {
  it.each<[string, File, (file: File) => void, RegExp]>([
    [
      'out of order',
      adam(),
      ({ snapshots }) => snapshots.epochs.reverse(),
      /snapshots\.epochs: 10 after 15 \/ ascending epochs \/ sort/,
    ],
    ['twice', adam(), ({ snapshots }) => (snapshots.epochs[1] = 0), /snapshots\.epochs: 0 after 0/],
    [
      'beyond the epochs',
      adam(),
      ({ snapshots }) => (snapshots.epochs[3] = 21),
      /epoch 21 \/ epochs 0 to 20, since protocol\.epochs is 20/,
    ],
    [
      'of other shapes',
      adam(),
      ({ snapshots }) => snapshots.Whh[2].pop(),
      /snapshots\[epoch 10\]\.Whh: 9 vectors \/ 10/,
    ],
    [
      'of fewer entries',
      adam(),
      ({ snapshots }) => snapshots.Who.pop(),
      /snapshots\.Who: 3 entries \/ 4, one for each/,
    ],
    ['without a tensor', adam(), ({ snapshots }) => delete snapshots.Wih, /snapshots\.Wih: nothing/],
    [
      'with a tensor of another agent',
      adam(),
      ({ snapshots }) => (snapshots.U = snapshots.Whh),
      /snapshots\.U: a tensor that tanh agents do not have/,
    ],
    ['with a number that is none', adam(), ({ snapshots }) => (snapshots.Whh[0][0][0] = 'NaN'), /snapshots\.Whh/],
    ['with a number out of range', adam(), ({ snapshots }) => (snapshots.Whh[0][0][0] = 1e31), /snapshots\.Whh/],
    [
      'with the memory of another optimiser',
      adam(),
      (file) => (file.protocol.optimizer = { kind: 'sgd', lr: 0.1, clip: null, momentum: 0.9 }),
      /snapshots\.optimizer: exp_avg \/ momentum_buffer, for sgd with momentum 0\.9 \/ declare/,
    ],
    [
      'with a memory where there is none',
      momentum(),
      (file) => delete file.protocol.optimizer.momentum,
      /snapshots\.optimizer: momentum_buffer \/ nothing: sgd with momentum 0 has no memory/,
    ],
    [
      'with half of a memory',
      adam(),
      ({ snapshots }) => delete snapshots.optimizer.exp_avg_sq,
      /snapshots\.optimizer\.exp_avg_sq: nothing \/ the memory of adam \/ save optimizer\.state/,
    ],
    [
      'with a memory that lacks a tensor',
      momentum(),
      ({ snapshots }) => delete snapshots.optimizer.momentum_buffer.Whh,
      /snapshots\.optimizer\.momentum_buffer\.Whh: nothing/,
    ],
    [
      'with a memory of other shapes',
      momentum(),
      ({ snapshots }) => snapshots.optimizer.momentum_buffer.Whh[1].pop(),
      /momentum_buffer\[epoch 5\]\.Whh: 9 vectors/,
    ],
    [
      'with running means of squares below zero',
      adam(),
      ({ snapshots: { optimizer } }) => (optimizer.exp_avg_sq = optimizer.exp_avg),
      /snapshots\.optimizer\.exp_avg_sq\.\w+: numbers below 0 \/ running means of squares \/ save exp_avg_sq/,
    ],
    ['with an unknown field', adam(), ({ snapshots }) => (snapshots.epoch = [0]), /the unknown field "epoch"/],
  ])('%s', (_, file, change, message) => {
    expect(broken(file, change)).toMatch(message);
  });
});

describe('starts are refused', () => {
  it.each<[string, (file: File) => void, RegExp]>([
    [
      'of another batch size',
      ({ starts }) => starts.x0[3].push([0, 0]),
      /starts\.x0\[3\]: 9 trials \/ protocol\.batch = 8/,
    ],
    [
      'with a column per trial',
      ({ starts }) => (starts.x0[0] = [[...Array(8).keys()], [...Array(8).keys()]]),
      /starts\.x0\[0\].*transpose it/,
    ],
    [
      'of more epochs than there are',
      ({ starts }) => starts.x0.push(starts.x0[0]),
      /starts\.x0: 21 batches from epoch 0 on/,
    ],
    ['from too late on', ({ starts }) => (starts.first = 1), /20 batches from epoch 1 on/],
    ['of another mode', ({ starts }) => (starts.y = starts.x0), /starts\.y: a field of another mode \/ starts\.x0/],
    ['of other components', ({ starts }) => starts.x0[0][0].push(1), /starts\.x0\[0\]/],
  ])('%s', (_, change, message) => {
    expect(broken(adam(), change)).toMatch(message);
  });

  it('of a thousand million numbers, before anything is allocated', () => {
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 10000, 1), }".padEnd(117);
    const bytes = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(`${header}\n`)]);
    const file = at('huge.npz');
    writeFileSync(file, archiveOf([{ name: 'starts/x0.npy', bytes }]));
    const { received, hint } = refusalOf(() => readRun(file));
    expect(received).toMatch(/^1000000000 numbers/);
    expect(hint).toMatch(/fewer epochs or snapshots/);
  });
});

describe('what is written is read back', () => {
  it.each(
    SNAPSHOT_PROTOCOLS.map(
      (protocol, k) => [`${protocol.agent.kind}, ${protocol.optimizer.kind}`, protocol, k] as const,
    ),
  )('%s', (_, protocol, seed) => {
    const run: RecordedRun = snapshotRun(protocol, seed, 7);
    expect(run.snapshots!.epochs).toEqual([0, 7, 14]);
    const [field] = Object.keys(run.starts!);
    expect(run.starts![field as 'x0']).toHaveLength(protocol.epochs);
    const file = at(`${seed}.npz`);
    writeFileSync(file, archiveOfTree(run));
    const { starts, snapshots } = readRun(file);
    expect({ starts, snapshots }).toEqual({ starts: run.starts, snapshots: run.snapshots });
  });

  it('with dimensions of one, and the first epoch in a list', () => {
    const file = adam();
    const plain = parseRun(JSON.stringify(file), 'f');
    file.snapshots.Who = file.snapshots.Who.map((rows: number[][]) => rows[0]);
    file.starts.first = [0];
    expect(parseRun(JSON.stringify(file), 'f').snapshots).toEqual(plain.snapshots);
  });
});
