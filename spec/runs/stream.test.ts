/**
 * Streams: what the Python recorder wrote is read at any moment, what was written in part is not believed, and a run is judged while
 * it trains as it is judged afterwards. Skipped where Python lacks NumPy.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '#spec/campaigns/campaign.js';
import { refused, run } from '#spec/cli/called.js';
import { begin, MAIN } from '#spec/cli/spawned.js';
import { testFolder } from '#spec/support/files.js';
import { refusalOf } from '#spec/support/refusal.js';
import type { Verdict } from '#src/claims/verdict.js';
import { Stream } from '#src/linalg/random.js';
import type { Diagnosis } from '#src/runs/diagnosis/diagnosis.js';
import { readRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

const { at, readJson } = testFolder('stream');
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy']).status === 0,
);
const SCRIPT = 'spec/runs/support/recorded_loop.py';
const EVERY = 25;

const args = (out: string, epochs: number, ...rest: readonly (string | number)[]): string[] =>
  ['-W', 'ignore', SCRIPT, 'numpy', out, epochs, 'f64', ...(rest.length > 0 ? rest : [0.01])].map(String);

/** Trains to the end. */
function trained(name: string, epochs: number): string {
  const { status, stderr } = spawnSync(python!, args(at(name), epochs), { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return at(name);
}

/** A copy of a stream, to be damaged. */
let copies = 0;
function copyOf(stream: string): string {
  const copy = at(`copy-${copies++}.d`);
  cpSync(stream, copy, { recursive: true });
  return copy;
}

/** Expects a stream to hold the first rows of a run and the snapshots among them. */
function expectBeginning(part: RecordedRun, whole: RecordedRun): void {
  const rows = part.curves.loss.length;
  for (const name of ['loss', 'gradNorm', 'gram', 'moments'] as const)
    expect(part.curves[name], name).toEqual(whole.curves[name]!.slice(0, rows));
  expect(part.starts!.x0).toEqual(whole.starts!.x0!.slice(0, rows));
  const kept = part.snapshots!.epochs.length;
  expect(part.snapshots!.epochs).toEqual(whole.snapshots!.epochs.slice(0, kept));
  for (const name of ['m', 'z', 'U', 'V'] as const)
    expect(part.snapshots![name], name).toEqual(whole.snapshots![name]!.slice(0, kept));
}

describe.skipIf(python === undefined)('a stream', () => {
  let stream: string;
  let whole: RecordedRun;
  /** Bytes of a row: epoch, rate, loss, norm, 4 order parameters, 10 of the Gram matrix, 3 moments, 16 starts, checksum. */
  const ROW = 8 * (1 + 1 + 1 + 1 + 4 + 10 + 3 + 2 * 16 + 1);
  beforeAll(() => {
    stream = trained('whole.d', 60);
    whole = readRun(stream);
  });

  it('holds what a file of the same run holds', () => {
    expect(whole).toEqual(readRun(trained('whole.npz', 60)));
    expect(readFileSync(join(stream, 'rows.bin'))).toHaveLength(60 * ROW);
    expect(whole.weights!.final).toBeDefined();
  });

  it('that was cut off anywhere holds its whole rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: ROW, max: 60 * ROW }), fc.boolean(), (bytes, torn) => {
        const cut = copyOf(stream);
        rmSync(join(cut, 'end.json'));
        const rows = Math.floor(bytes / ROW);
        const file = join(cut, 'rows.bin');
        truncateSync(file, bytes);
        let expected = rows;
        if (torn && bytes % ROW === 0) {
          // A row of the right length, with a part that never came.
          const text = readFileSync(file);
          text.fill(0, bytes - 16);
          writeFileSync(file, text);
          expected--;
        }
        for (const epoch of whole.snapshots!.epochs)
          if (epoch >= expected) rmSync(join(cut, `snapshot-${epoch}.npz`), { force: true });
        writeFileSync(join(cut, 'snapshot-50.npz.77.draft'), 'half of it');
        if (expected > 0) {
          const part = readRun(cut);
          expect(part.curves.loss).toHaveLength(expected);
          expectBeginning(part, whole);
          expect(part.remarks).toEqual([`the stream has not ended: it holds ${expected} of 60 epochs`]);
        } else expect(() => readRun(cut)).toThrow('a stream without a row');
        rmSync(cut, { recursive: true });
      }),
      { numRuns: 40, seed: 20 },
    );
  });

  it('of a program that is killed at random moments holds what it had recorded', async () => {
    const long = readRun(trained('long.d', 600));
    const random = new Stream(7);
    const counts = new Set<number>();
    for (let k = 0; k < 12; k++) {
      const killed = at(`killed-${k}.d`);
      const { child, ended } = begin(python!, args(killed, 600, 0.01, 0, 0.0005));
      await until(() => existsSync(join(killed, 'rows.bin')));
      await sleep(random.uniform(0, 400));
      child.kill('SIGKILL');
      await ended;
      const part = readRun(killed);
      expectBeginning(part, long);
      // Snapshots are as many as there are due; that of the last row may be missing.
      const due = long.snapshots!.epochs.filter((epoch) => epoch < part.curves.loss.length - 1);
      expect(part.snapshots!.epochs.slice(0, due.length)).toEqual(due);
      counts.add(part.curves.loss.length);
    }
    expect(counts.size).toBeGreaterThan(6);
  });

  /** Runs Python that records rows of numbers: `record(run, rows)`. */
  function python3(...lines: readonly string[]): string {
    const script = [
      'import sys; sys.dont_write_bytecode = True; sys.path.insert(0, "src/runs")',
      'import numpy as np',
      'from loopproof_recorder import Recorder',
      'PROTOCOL = {"mode": "closed-loop", "plant": {"kind": "integrator", "order": 2, "dt": 1}, "agent": {"kind": "tanh", "N": 3},',
      '            "horizon": 5, "batch": 2, "epochs": 20, "start": {"kind": "normal", "sd": 1}, "precision": "f64",',
      '            "loss": {"state": "mean", "beta": 0}, "optimizer": {"kind": "sgd", "lr": 0.1, "clip": None}, "trained": ["Whh"]}',
      'def weights(e):',
      '    return {"Wih": np.full((3, 1), 1.0), "Whh": np.full((3, 3), e / 10), "Who": np.full((1, 3), 1.0)}',
      'def record(run, rows):',
      '    for e in rows:',
      '        run.row(e / 7, weights(e), starts=np.full((2, 2), e / 3), epoch=e)',
      'def refused(act, *given, **named):',
      '    try: act(*given, **named)',
      '    except ValueError as error: print(error)',
      `OUT = ${JSON.stringify(`${at('')}/`)}`,
      ...lines,
    ];
    const { stdout, stderr, status } = spawnSync(python!, ['-W', 'ignore', '-c', script.join('\n')], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  }

  it('goes on after a resume, as one of a run that was not interrupted', () => {
    python3(
      'run = Recorder(PROTOCOL, snapshots=4, stream=OUT + "one.d", seed=3); record(run, range(20)); run.save(model=weights(20))',
      'record(Recorder(PROTOCOL, snapshots=4, stream=OUT + "two.d", seed=3), range(8))',
      'run = Recorder.resume(OUT + "two.d", snapshots=4); record(run, range(8, 15))',
      // Back to a checkpoint.
      'run = Recorder.resume(OUT + "two.d", epochs=12, snapshots=4); record(run, range(12, 20)); run.save(model=weights(20))',
    );
    const [one, two] = [readRun(at('one.d')), readRun(at('two.d'))];
    expect(two).toEqual(one);
    expect(one.snapshots!.epochs).toEqual([0, 4, 8, 12, 16, 19]);
    expect(readJson('two.d/run.json').resumed).toBe(2);
  });

  it('writes over a row of which the disk took a part only', () => {
    python3(
      'run = Recorder(PROTOCOL, stream=OUT + "part.d"); record(run, range(8))',
      'with open(OUT + "part.d/rows.bin", "ab") as rows: rows.write(b"half of a row")',
      'record(run, range(8, 12))',
    );
    expect(readRun(at('part.d')).curves.loss).toEqual(Array.from({ length: 12 }, (_, e) => e / 7));
  });

  it('has the learning rate of every row', () => {
    python3(
      'rates = [0.1] * 10 + [0.05] * 10',
      'PROTOCOL["optimizer"]["lr"] = rates',
      'run = Recorder(PROTOCOL, stream=OUT + "rates.d"); record(run, range(12))',
      'run.save(OUT + "rates.npz")',
      // A protocol that leaves the rate to the optimizer.
      'PROTOCOL["optimizer"]["lr"] = None',
      'run = Recorder(PROTOCOL, stream=OUT + "told.d")',
      'run._rate = lambda tensors: rates[run.rows]',
      'record(run, range(12))',
    );
    const rates = Array.from({ length: 20 }, (_, e) => (e < 10 ? 0.1 : 0.05));
    expect(readRun(at('rates.d')).protocol).toEqual(readRun(at('rates.npz')).protocol);
    expect(readRun(at('rates.d')).protocol.optimizer.lr).toEqual(rates);
    expect(readRun(at('told.d')).protocol.optimizer.lr).toEqual(rates);
    expect(python3('print(Recorder.resume(OUT + "told.d").rates)').trim()).toBe(
      `[${rates
        .slice(0, 12)
        .map((rate) => rate.toString())
        .join(', ')}]`,
    );
  });

  it('ends with its block, whatever ends that', () => {
    python3(
      'try:',
      '    with Recorder(PROTOCOL, stream=OUT + "block.d") as run: record(run, range(7)); raise KeyError()',
      'except KeyError: pass',
    );
    expect(readRun(at('block.d')).remarks).toBeUndefined();
    expect(readRun(at('block.d')).curves.loss).toHaveLength(7);
  });

  it('has a folder of its own', () => {
    mkdirSync(at('empty.d'));
    const said = python3(
      'refused(Recorder, PROTOCOL, stream=OUT + "whole.d")',
      'refused(Recorder, PROTOCOL, stream=OUT + "whole.npz")',
      'refused(Recorder.resume, OUT + "empty.d")',
      'record(Recorder(PROTOCOL, stream=OUT + "empty.d"), range(2))',
    ).split('\n');
    expect(said[0]).toMatch(/^stream: .*whole\.d is there already: name a new folder, or go on with Recorder\.resume$/);
    expect(said[1]).toMatch(/^stream: .*whole\.npz is there already/);
    expect(said[2]).toMatch(/empty\.d has no run\.json: it holds no row to go on from$/);
  });

  describe('is refused', () => {
    const change = (name: string, edit: (bytes: Buffer) => Buffer | string) => (folder: string) =>
      writeFileSync(join(folder, name), edit(readFileSync(join(folder, name))));
    const header = (edit: (header: { readonly protocol: object }) => object) =>
      change('run.json', (bytes) => JSON.stringify(edit(JSON.parse(bytes.toString()))));
    it.each<[string, (folder: string) => void, RegExp]>([
      [
        'with a number changed in the middle',
        change('rows.bin', (bytes) =>
          Buffer.concat([bytes.subarray(0, 7 * ROW + 8), bytes.subarray(0, 8), bytes.subarray(7 * ROW + 16)]),
        ),
        /rows\.bin: row 7\n.*differ from their checksum\n.*\n.*record the run again/,
      ],
      [
        'with rows out of order',
        change('rows.bin', (bytes) => Buffer.concat([bytes, bytes.subarray(0, ROW)])),
        /rows\.bin: row 60\n.*the row of epoch 0\n.*that of epoch 60\n.*a folder of its own/,
      ],
      [
        'with the protocol of another run',
        header((one) => ({ ...one, protocol: { ...one.protocol, batch: 7 } })),
        /starts\.x0\[0\]\n.*16 trials\n.*protocol\.batch = 7/,
      ],
      [
        'with rows of another layout',
        header((one) => ({ ...one, rows: { lr: [], 'curves/loss': [] } })),
        /rows\.bin: row 0\n.*checksum/,
      ],
      ['with a header cut off', change('run.json', (bytes) => bytes.subarray(0, 100)), /run\.json\n.*cut off/],
      [
        'with a header of something else',
        change('run.json', () => '{"name": 1}'),
        /run\.json: (format|protocol|provenance|rows)/,
      ],
      [
        'with a snapshot of another epoch',
        (folder) => renameSync(join(folder, 'snapshot-0.npz'), join(folder, 'snapshot-55.npz')),
        /snapshots\.epochs\n.*0 after 50\n.*ascending/,
      ],
      [
        'with half a snapshot',
        change('snapshot-25.npz', (bytes) => bytes.subarray(0, 300)),
        /snapshot-25\.npz\n.*\n.*ZIP archive/,
      ],
      ['without rows', (folder) => rmSync(join(folder, 'rows.bin')), /a stream without a row/],
      [
        'without a header',
        (folder) => rmSync(join(folder, 'run.json')),
        /a directory, and no stream: it has no run\.json/,
      ],
    ])('%s', (_, damage, says) => {
      const copy = copyOf(stream);
      damage(copy);
      const { where, received, expected, hint } = refusalOf(() => readRun(copy));
      expect([where, received, expected, hint].join('\n')).toMatch(says);
    });

    it('by check, following or not', async () => {
      const copy = copyOf(stream);
      rmSync(join(copy, 'initial.npz'));
      writeFileSync(join(copy, 'initial.npz'), 'no archive');
      for (const follow of [[], ['--follow', '--idle', '1s']])
        expect(await refused(['check', copy, ...follow])).toMatch(/initial\.npz\n.*\n.*ZIP archive/);
    });

    it('where there is none, or where there are two', async () => {
      expect(await refused(['check', '--follow', at('nowhere.d'), '--idle', '1s'])).toMatch(
        /has had no news for 1 s\n.*nowhere\.d\n.*no such file/,
      );
      expect(await refused(['check', '--follow', stream, at('one.d')])).toMatch(/2 runs\n.*one stream/);
      expect(await refused(['check', stream, '--idle', '1s'])).toMatch(/works only with '--follow'/);
    });
  });

  describe('is judged while it trains', () => {
    /** Follows a stream that a program writes. */
    const following = (name: string, ...more: readonly string[]) =>
      begin(process.execPath, [MAIN, 'check', '--follow', at(name), '--json', at(`${name}.json`), ...more]);
    /** The verdicts of a report, without the time that they took. */
    const claimsIn = (report: string): (Verdict & { readonly diagnosis?: Diagnosis })[] =>
      readJson(report).claims.map(({ ms, ...rest }: Verdict) => rest);
    const windowsIn = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('epochs '));

    it('as it is afterwards', async () => {
      const writer = begin(python!, args(at('live.d'), 90, 0.01, 0, 0.01));
      const { code, stdout } = await following('live.d', '--html', at('live.html')).ended;
      expect((await writer.ended).code).toBe(0);
      expect(code, stdout).toBe(0);
      expect(windowsIn(stdout).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual(
        [
          [0, 24],
          [25, 49],
          [50, 74],
          [75, 88],
          [89, 89],
        ].map(([from, to]) => [`epochs ${from} to ${to}`, 'holds']),
      );
      expect(readFileSync(at('live.html'), 'utf8')).toContain('</html>');
      await run(['check', at('live.d'), '--json', at('after.json')]);
      expect(claimsIn('live.d.json')).toEqual(claimsIn('after.json'));
      expect(claimsIn('after.json').map(({ status }) => status)).toEqual(Array(4).fill('holds'));
    });

    it('and ends in the window in which a fault begins, with its diagnosis', async () => {
      const writer = begin(python!, args(at('faulty.d'), 4_000, 0.0102, 2 * EVERY, 0.01));
      const { code, stdout } = await following('faulty.d').ended;
      expect(writer.child.exitCode).toBeNull();
      writer.child.kill('SIGKILL');
      await writer.ended;
      expect(code, stdout).toBe(1);
      expect(windowsIn(stdout).map((line) => line.split(/ {2,}/)[1])).toEqual(['holds', 'holds', 'refuted']);
      expect(stdout).toContain('epochs 50 to 74');
      expect(stdout).toMatch(/0\.0102 instead of 0\.01, from epoch 50 on/);
      const refuted = claimsIn('faulty.d.json').find(({ diagnosis }) => diagnosis)!;
      expect(refuted.diagnosis!.break.epoch).toBe(51);
    });

    it('until a signal ends it, which leaves its reports', async () => {
      const writer = begin(python!, args(at('signal.d'), 4_000, 0.01, 0, 0.01));
      for (const [signal, expected] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const) {
        const gate = following('signal.d');
        await until(() => windowsIn(gate.said.stdout).length > 1);
        gate.child.kill(signal);
        expect((await gate.ended).code).toBe(expected);
        expect(claimsIn('signal.d.json').length).toBeGreaterThan(0);
      }
      writer.child.kill('SIGKILL');
      await writer.ended;
      // What a killed program left is judged when nothing new comes.
      const { code, stdout, stderr } = await following('signal.d', '--idle', '1s').ended;
      expect([code, stderr]).toEqual([0, expect.stringContaining('no news for 1 s')]);
      expect(stdout).toMatch(/note on .*: the stream has not ended/);
    });

    it('and judged anew where it goes back', async () => {
      cpSync(stream, at('back.d'), { recursive: true });
      rmSync(at('back.d', 'end.json'));
      const gate = following('back.d');
      const windows = (): string[] => windowsIn(gate.said.stdout).map((line) => line.split(/ {2,}/)[0]!);
      await until(() => windows().length === 3);
      python3('Recorder.resume(OUT + "back.d", epochs=30)');
      await until(() => windows().length === 4);
      gate.child.kill('SIGINT');
      expect((await gate.ended).code).toBe(130);
      expect(windows()).toEqual([
        'epochs 0 to 24',
        'epochs 25 to 49',
        'epochs 50 to 58',
        'epochs 0 to 24',
        'epochs 25 to 29',
      ]);
    });
  });
});
