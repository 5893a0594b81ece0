/**
 * Processes that are killed, interrupted, out of room or unheard: a file is the old one or the new one, whole; what is finished is kept;
 * exit codes tell what happened.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { campaignText, linesOf, SMALL, timeless, until } from '#spec/campaigns/campaign.js';
import { run } from '#spec/cli/called.js';
import { begin, type Command, MAIN } from '#spec/cli/spawned.js';
import { Stream } from '#src/linalg/random.js';
import { readRun } from '#src/runs/format/read.js';

const root = mkdtempSync(join(tmpdir(), 'loopproof-interruption-'));
let folders = 0;
function newFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}

const OLD = 'what was there before';
const RUN = 'fixtures/parity-lowrank.json';
const CLAIM = 'stage-one-eigenvalues';

/** A campaign of two runs and one of twenty, as files. */
const [two, twenty] = [2, 20].map((seeds) => {
  const file = join(root, `${seeds}.json`);
  writeFileSync(file, campaignText([{ name: 'a', ...SMALL, seeds }]));
  return file;
}) as [string, string];

/** Commands that write files into a folder, each with the files. */
type Writer = readonly [name: string, args: (folder: string) => readonly string[], files: readonly string[]];
const inside =
  (...args: readonly string[]) =>
  (folder: string): readonly string[] =>
    args.map((arg) => arg.replace(/^@/, folder));
const WRITERS: readonly Writer[] = [
  [
    'verify',
    inside('verify', CLAIM, '--runs', '5', '--json', '@/r.json', '--html', '@/r.html', '--junit', '@/r.xml'),
    ['r.json', 'r.html', 'r.xml'],
  ],
  ['prove', inside('prove', 'golden-ratio-is-optimal', '--no-z3', '--json', '@/r.json'), ['r.json']],
  ['check', inside('check', RUN, '--html', '@/r.html'), ['r.html']],
  ['train', inside('train', '--epochs', '20', '--out', '@/r.json'), ['r.json']],
  ['train, as NPZ', inside('train', '--epochs', '20', '--out', '@/r.npz'), ['r.npz']],
  [
    'figures',
    inside('figures', '3d', '--out', '@'),
    ['stage-one-landscape.svg', 'stage-one-landscape.json', 'index.html'],
  ],
  ['vectors', inside('vectors', '--out', '@'), ['README.md', 'replay.py', 'coupled-steps.json']],
];

/** Whether a file is whole, by its content. */
function isWhole(file: string): boolean {
  if (file.endsWith('.npz')) return readRun(file).curves.loss.length > 0;
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return JSON.parse(text) !== undefined;
  return text.endsWith({ html: '</html>\n', svg: '</svg>\n', xml: '</testsuites>\n' }[file.split('.').at(-1)!] ?? '\n');
}

const isOld = (file: string): boolean => readFileSync(file).equals(Buffer.from(OLD));

/** What is in a folder beside the files that are meant to be there. */
const strangers = (folder: string, files: readonly string[]): string[] =>
  readdirSync(folder).filter((name) => !files.includes(name));

describe('a process that is killed', () => {
  /**
   * Kills the process at its n-th change to the file system: a write when half of it is done, anything else before it. It wraps what
   * node:fs exports, in worker threads too.
   */
  const killer = `--import=data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let steps = Number(process.env.STEP);
    for (const name of ['writeFileSync', 'writeSync', 'renameSync', 'linkSync', 'rmSync', 'ftruncateSync']) {
      const original = fs[name];
      fs[name] = (place, what, ...rest) => {
        if (--steps === 0) {
          if (name === 'writeFileSync') original(place, what.slice(0, what.length / 2), ...rest);
          if (name === 'writeSync') original(place, what, rest[0] ?? 0, Math.floor((what.length - (rest[0] ?? 0)) / 2));
          process.kill(process.pid, 'SIGKILL');
        }
        return original(place, what, ...rest);
      };
    }
    syncBuiltinESMExports();`)}`;

  /** Runs a command until its n-th step. @returns whether it was killed */
  const dies = async (args: readonly string[], step: number): Promise<boolean> => {
    const { child, ended } = begin(process.execPath, [killer, MAIN, ...args], {
      env: { ...process.env, STEP: String(step) },
    });
    const { code, stderr } = await ended;
    if (child.signalCode !== 'SIGKILL') expect([0, 3], stderr).toContain(code);
    return child.signalCode === 'SIGKILL';
  };

  it.each(WRITERS.filter(([name]) => name !== 'vectors'))('while it writes: %s', async (_, args, files) => {
    const step = async (k: number): Promise<number> => {
      const folder = newFolder();
      for (const name of files) writeFileSync(join(folder, name), OLD);
      const killed = await dies(args(folder), k);
      const renewed = files.map((name) => join(folder, name)).filter((file) => !isOld(file));
      for (const file of renewed) expect(isWhole(file), file).toBe(true);
      // What a kill leaves beside them is named a draft, and is in nobody's way.
      const drafts = strangers(folder, files);
      expect(drafts.filter((name) => !files.some((file) => new RegExp(`^${file}\\.\\d+\\.draft$`).test(name)))).toEqual(
        [],
      );
      expect(drafts.length).toBe(killed ? 1 : 0);
      expect(killed).toBe(renewed.length < files.length);
      return renewed.length;
    };
    // A file takes three steps: it is written, which is two for Node, and renamed.
    const renewed = await Promise.all(Array.from({ length: 3 * files.length + 1 }, (_, k) => step(k + 1)));
    expect(renewed).toEqual(renewed.map((_, k) => Math.floor(k / 3)));
  });

  it('in a campaign, at whatever step: the same command goes on', async () => {
    const whole = join(newFolder(), 'r.jsonl');
    expect((await run(['campaign', two, '--out', whole])).code).toBe(0);
    const fromStep = async (k: number): Promise<boolean> => {
      const folder = newFolder();
      const [out, summary] = [join(folder, 'r.jsonl'), join(folder, 's.json')];
      writeFileSync(summary, OLD);
      const args = ['campaign', two, '--out', out, '--summary', summary, '--workers', '1'];
      const killed = await dies(args, k);
      expect(isOld(summary) || isWhole(summary)).toBe(true);
      const kept = linesOf(out);
      const { code, stderr } = await run(args);
      expect(code, stderr).toBe(0);
      expect(linesOf(out).slice(0, kept.length)).toEqual(kept);
      expect(timeless(out)).toEqual(timeless(whole));
      expect(isWhole(summary)).toBe(true);
      for (const name of strangers(folder, ['r.jsonl', 's.json']))
        expect(name).toMatch(/^(r\.jsonl\.lock|s\.json)\.\d+\.draft$/);
      return killed;
    };
    // The lock takes three, each run one, letting the lock go one, the summary three.
    const killed = await Promise.all(Array.from({ length: 10 }, (_, k) => fromStep(k + 1)));
    expect(killed).toEqual(killed.map((_, k) => k < 9));
  });

  it('at random, while it writes one large file over another again and again', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(2 ** 22));
    const random = new Stream(4);
    const kills = Array.from({ length: 8 }, () => random.uniform(0, 60));
    await Promise.all(
      kills.map(async (delay) => {
        const folder = newFolder();
        const file = join(folder, 'r.json');
        writeFileSync(file, contents[0]!);
        const script = `import { writeWhole } from '#src/runs/format/write.js';
          const contents = ['b', 'a'].map((letter) => letter.repeat(2 ** 22));
          for (let k = 0; ; k++) {
            writeWhole(${JSON.stringify(file)}, contents[k % 2]);
            if (k === 0) process.stdout.write('.');
          }`;
        const { child, said, ended } = begin(process.execPath, ['--input-type=module', '-e', script]);
        await until(() => said.stdout !== '');
        await new Promise((resolve) => setTimeout(resolve, delay));
        child.kill('SIGKILL');
        await ended;
        expect(contents.includes(readFileSync(file, 'utf8'))).toBe(true);
        expect(strangers(folder, ['r.json']).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

/** A file system of its own in memory, or why there is none. */
const disk = mkdtempSync(join(root, 'disk-'));
const mounts = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', disk]).status === 0;
if (!mounts)
  process.stderr.write(
    'spec/quality: no file system can be mounted here: what a full or read-only disk does is not tested\n',
  );
afterAll(() => {
  if (mounts) execFileSync('umount', ['--lazy', disk]);
  rmSync(root, { recursive: true, force: true });
});
const filler = join(disk, 'filler');

/** Fills the disk but for some blocks. */
function fill(blocks = 0): void {
  const [descriptor, block] = [openSync(filler, 'w'), Buffer.alloc(4096)];
  let size = 0;
  try {
    for (;;) size += writeSync(descriptor, block);
  } catch {
    ftruncateSync(descriptor, size - blocks * block.length);
  }
  closeSync(descriptor);
}

describe.skipIf(!mounts)('a disk that', () => {
  /** A folder on the disk with old files in it. */
  function oldFiles(files: readonly string[]): string {
    rmSync(filler, { force: true });
    const folder = mkdtempSync(join(disk, 'out-'));
    for (const name of files) writeFileSync(join(folder, name), OLD);
    return folder;
  }

  const campaign: Writer = [
    'campaign',
    (folder) => ['campaign', two, '--out', join(root, 'aside.jsonl'), '--summary', join(folder, 's.json')],
    ['s.json'],
  ];
  const results: Writer = [
    'campaign, its results',
    (folder) => ['campaign', two, '--out', join(folder, 'r.jsonl')],
    [],
  ];
  const curves: Writer = [
    'campaign, its curves',
    (folder) => ['campaign', two, '--out', join(newFolder(), 'r.jsonl'), '--curves', folder],
    [],
  ];

  it.each([...WRITERS, campaign, curves])(
    'is full leaves the old file, and has the result told: %s',
    async (name, args, files) => {
      const folder = oldFiles(files);
      fill();
      const { code, stdout, stderr } = await run(args(folder));
      expect(code).toBe(2);
      expect(stderr).toMatch(/received {2}ENOSPC.*\n {2}expected .*\n {2}try {7}/);
      expect(stderr).not.toContain('internal');
      for (const file of files) expect(isOld(join(folder, file)), file).toBe(true);
      expect(strangers(folder, files)).toEqual([]);
      if (/verify|prove|check|train|campaign$/.test(name)) expect(stdout).not.toBe('');
      rmSync(folder, { recursive: true });
    },
  );

  it.each([...WRITERS, campaign, results, curves])(
    'cannot be written to is told before any work: %s',
    async (_, args, files) => {
      const folder = oldFiles(files);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      try {
        const { code, stdout, stderr } = await run(args(folder));
        expect(code).toBe(2);
        expect(stdout).toBe('');
        expect(stderr).toMatch(/received {2}EROFS.*\n {2}expected .*\n {2}try {7}/);
      } finally {
        execFileSync('mount', ['-o', 'remount,rw', disk]);
      }
      for (const file of files) expect(isOld(join(folder, file)), file).toBe(true);
      expect(strangers(folder, files)).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );

  it('fills up keeps the finished runs of a campaign, which goes on when there is room', async () => {
    const [folder, whole] = [oldFiles([]), join(newFolder(), 'r.jsonl')];
    const out = join(folder, 'r.jsonl');
    // Room for the lock and some lines.
    fill(2);
    const full = await run(['campaign', twenty, '--out', out, '--workers', '2']);
    expect(full.code).toBe(2);
    expect(full.stderr).toMatch(/received {2}ENOSPC[\s\S]*finished runs are kept/);
    const kept = linesOf(out);
    expect(readFileSync(out, 'utf8')).toBe(kept.map((line) => `${line}\n`).join(''));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(20);
    expect(strangers(folder, ['r.jsonl'])).toEqual([]);
    rmSync(filler);
    const { code, stderr } = await run(['campaign', twenty, '--out', out]);
    expect(code).toBe(0);
    expect(stderr).toContain(`${kept.length} of 20 runs are finished already`);
    expect(linesOf(out).slice(0, kept.length)).toEqual(kept);
    await run(['campaign', twenty, '--out', whole]);
    expect(timeless(out)).toEqual(timeless(whole));
    rmSync(folder, { recursive: true });
  });

  it('has no room for all of standard output makes an error of it', () => {
    fill(1);
    const file = join(disk, 'list');
    const { status, stderr } = spawnSync('sh', ['-c', '"$0" "$1" list --json > "$2"', process.execPath, MAIN, file], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('standard output\n  ENOSPC')]);
    rmSync(file);
    rmSync(filler);
    const again = spawnSync('sh', ['-c', '"$0" "$1" list --json > "$2"', process.execPath, MAIN, file]);
    expect(again.status).toBe(0);
    expect(isWhole(file)).toBe(true);
    rmSync(file);
  });
});

it.each([
  ['figures', 'figures', '3d', '--out'],
  ['vectors', 'vectors', '--out'],
  ['campaign', 'campaign', two, '--out', join(root, 'x.jsonl'), '--curves'],
])('a folder where none can be made is refused: %s', async (_, ...args) => {
  for (const place of ['/proc/loopproof', join(RUN, 'within')]) {
    const { code, stdout, stderr } = await run([...args, place]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--(out|curves) .*\n {2}received {2}(ENOENT|ENOTDIR|EEXIST)/);
  }
});

describe('a reader that has seen enough', () => {
  it.each([
    ['list', 0],
    ['explain golden-ratio-is-optimal', 0],
    ['--help', 0],
    ['figures --list', 0],
    ['predict --json', 0],
    ['train --epochs 300 --out -', 0],
    [`verify ${CLAIM} --runs 5 --json -`, 0],
    [`verify ${CLAIM} --runs 5`, 0],
    ['prove golden-ratio-is-optimal --no-z3', 3],
    [`check ${RUN} nowhere.json`, 2],
    [`campaign ${two} --out ${root}/unread-$$.jsonl`, 0],
  ])('changes nothing else: %s, exit code %d', async (args, expected) => {
    const outcomes = await Promise.all(
      // At once, and after some bytes: what is longer than a pipe is cut short.
      ['true', 'head -c 10'].map(async (reader) => {
        const script = `set -o pipefail; "$0" "$1" ${args} | ${reader}; exit \${PIPESTATUS[0]}`;
        return begin('bash', ['-c', script, process.execPath, MAIN]).ended;
      }),
    );
    for (const { code, stderr } of outcomes) {
      expect(code, stderr).toBe(expected);
      expect(stderr).not.toMatch(/EPIPE|internal error|\n {4}at /);
    }
  });
});

describe('a signal', () => {
  const noRun = join(root, 'no-run.json');
  writeFileSync(noRun, '{}');
  const runs = readdirSync('fixtures').filter((name) => name.endsWith('.json'));
  const many = Array.from({ length: 40 }, (_, k) => {
    const copy = join(root, `run-${k}.json`);
    symlinkSync(resolve('fixtures', runs[k % runs.length]!), copy);
    return copy;
  });

  /** Work that lasts, and what shows that it is under way. */
  type Work = readonly [string, Writer[1], (said: Command['said'], folder: string, ms: number) => boolean];
  const lasting: readonly Work[] = [
    ['verify', inside('verify', '--json', '@/r.json'), ({ stdout }) => stdout !== ''],
    // It says nothing until it is done, seconds later.
    ['prove', inside('prove', '--no-z3', '--json', '@/r.json'), (_said, _folder, ms) => ms > 500],
    ['check', inside('check', noRun, ...many, '--json', '@/r.json'), ({ stderr }) => stderr !== ''],
    ['train', inside('train', '--epochs', '1000000', '--watch', '--out', '@/r.json'), ({ stderr }) => stderr !== ''],
    [
      'figures',
      inside('figures', 'stage-one-loss', 'predicted-durations', '--out', '@'),
      (_, folder) => existsSync(join(folder, 'stage-one-loss.json')),
    ],
    [
      'campaign',
      inside('campaign', twenty, '--out', '@/r.jsonl', '--summary', '@/r.json', '--workers', '2'),
      (_, folder) => linesOf(join(folder, 'r.jsonl')).length > 0,
    ],
  ];

  it.each(lasting.flatMap((work) => (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, ...work] as const)))(
    '%s ends %s, its threads too, and leaves whole files',
    async (signal, name, args, isUnderWay) => {
      const folder = newFolder();
      const report = join(folder, name === 'figures' ? 'index.html' : 'r.json');
      writeFileSync(report, OLD);
      const { child, said, ended } = begin(process.execPath, [MAIN, ...args(folder)], { detached: true });
      const start = performance.now();
      await until(() => isUnderWay(said, folder, performance.now() - start));
      child.kill(signal);
      const { code, stderr } = await ended;
      // As a shell tells it: what a signal ends has 128 and its number for an exit code.
      expect(code ?? 128 + constants.signals[child.signalCode!]).toBe({ SIGINT: 130, SIGTERM: 143 }[signal]);
      expect(stderr).not.toMatch(/internal error|\n {4}at /);
      // Nobody is left of its process group.
      expect(() => process.kill(-child.pid!, 0)).toThrow('ESRCH');
      expect(isOld(report)).toBe(true);
      const others = strangers(folder, [basename(report)]);
      for (const file of others) expect(isWhole(join(folder, file)), file).toBe(true);
      if (name === 'campaign') expect(stderr).toMatch(/interrupted: \d+ of 20 runs are kept/);
      if (name !== 'figures') expect(others).toEqual(name === 'campaign' ? ['r.jsonl'] : []);
    },
  );
});
