/**
 * The Python recorder, in loops of PyTorch and NumPy: what it records is judged in full. Skipped where Python lacks them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { protocolSchema } from '#src/problem/schema.js';
import { readRun } from '#src/runs/format/read.js';
import { fieldsAt } from '#src/runs/format/validation.js';

/** A Python that has a library: the system's, where Debian's packages live, or the one on the path. */
function pythonWith(library: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((python) => spawnSync(python, ['-c', `import ${library}`]).status === 0);
}

const { at } = testFolder('recorder');
const SCRIPT = 'spec/runs/support/recorded_loop.py';

/** Trains with a library and returns the recorded file. */
function trained(library: string, name: string, epochs: number, precision: string, lr: number): string {
  const out = at(name);
  const args = ['-W', 'ignore', SCRIPT, library, out, String(epochs), precision, String(lr)];
  const { status, stderr } = spawnSync(pythonWith(library)!, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return out;
}

const statuses = (file: string): Record<string, string> =>
  Object.fromEntries(judgeRun(readRun(file), file).verdicts.map(({ id, status }) => [id, status]));

const HOLD = { 'gram-dynamics-reproduces-recorded-runs': 'holds', 'recorded-losses-follow-overlaps': 'holds' };

describe.each(['numpy', 'torch'])('a loop in %s', (library) => {
  const absent = pythonWith(library) === undefined || pythonWith('numpy') === undefined;
  const skip = it.skipIf(absent);
  if (absent) it.skip(`is not tried: no ${library} (apt-get install python3-${library})`);

  skip.each(['f32', 'f64'])('passes in %s, and its final weights are reached', (precision) => {
    const file = trained(library, `${library}-${precision}.npz`, 60, precision, 0.01);
    const run = readRun(file);
    expect(Object.keys(run.curves).sort()).toEqual(['gradNorm', 'gram', 'loss', 'moments', 'overlaps']);
    expect(run.curves.loss).toHaveLength(60);
    expect(run.weights!.final!.U![0]).not.toEqual(run.weights!.initial!.U![0]);
    expect(statuses(file)).toEqual(HOLD);
  });

  skip('is refuted with a learning rate other than declared, by a millionth of it', () => {
    const file = trained(library, `${library}-lr.npz`, 60, 'f64', 0.01 * (1 + 1e-6));
    expect(statuses(file)['gram-dynamics-reproduces-recorded-runs']).toBe('refuted');
  });
});

describe('the recorder', () => {
  const skip = it.skipIf(pythonWith('numpy') === undefined);

  skip('writes the same as JSON and as NPZ', () => {
    const json = trained('numpy', 'run.json', 5, 'f64', 0.01);
    expect(JSON.parse(readFileSync(json, 'utf8')).provenance).toEqual({ producer: 'loopproof_recorder', seed: 1 });
    expect(readRun(json)).toEqual(readRun(trained('numpy', 'run.npz', 5, 'f64', 0.01)));
  });

  skip('may record a run that diverges', () => {
    for (const suffix of ['json', 'npz']) {
      const { loss } = readRun(trained('numpy', `nan.${suffix}`, 40, 'f32', 1e12)).curves;
      expect(loss.some((value) => !Number.isFinite(value))).toBe(true);
    }
  });
});

describe('what the recorder writes can always be read', () => {
  const python = pythonWith('numpy');
  const skip = it.skipIf(python === undefined);

  /** Runs lines of Python that record; what they print. */
  function recorded(lines: readonly string[]): string {
    const script = [
      'import json, pathlib, sys',
      'sys.dont_write_bytecode = True',
      'sys.path.insert(0, "src/runs")',
      'import numpy as np',
      'from loopproof_recorder import Recorder, REQUIRED, OPTIONAL',
      'N = 6',
      'protocol = {"mode": "closed-loop", "plant": {"kind": "integrator", "order": np.int64(2), "dt": 1},',
      '    "agent": {"kind": "tanh", "N": N}, "horizon": 5, "start": {"kind": "uniform", "low": -2, "high": 2},',
      '    "batch": np.int32(4), "loss": {"state": "mean", "beta": np.float32(0)}, "trained": ("Wih", "Whh", "Who"),',
      '    "optimizer": {"kind": "sgd", "lr": np.float64(0.01), "clip": None}, "epochs": 2, "precision": "f64"}',
      'weights = {"Wih": np.ones(N), "Whh": np.eye(N), "Who": np.ones(N)}',
      'def refused(act):',
      '    try:',
      '        act()',
      '    except ValueError as error:',
      '        print(error)',
      '    else:',
      '        print("not refused")',
      ...lines,
    ].join('\n');
    const { stdout, stderr, status } = spawnSync(python!, ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return stdout;
  }

  skip.each(['npz', 'json'])('numbers of NumPy, paths and NaN in protocol and provenance, as %s', (suffix) => {
    const file = at(`odd.${suffix}`);
    recorded([
      'run = Recorder(protocol, seed=np.int64(3), source=pathlib.Path("a"), x=float("nan"), y={"a": np.arange(2)})',
      // More epochs than were declared, and vectors for matrices of one row or column.
      'for epoch in range(3): run.row(np.float32(epoch), weights)',
      `run.save(${JSON.stringify(file)}, weights)`,
    ]);
    const { protocol, curves, weights, provenance } = readRun(file);
    expect(protocol).toMatchObject({ epochs: 3, batch: 4, optimizer: { lr: 0.01, clip: null } });
    expect(curves.loss).toEqual([0, 1, 2]);
    expect(weights!.final!.Wih).toEqual(Array(6).fill([1]));
    expect(provenance).toMatchObject({ seed: 3, source: 'a', x: 'NaN', y: { a: [0, 1] } });
  });

  skip('other names, missing tensors, wrong shapes, uneven rows and unknown fields are refused when they are given', () => {
    const said = recorded([
      'run = Recorder(protocol)',
      'refused(lambda: run.save("none.npz"))',
      'refused(lambda: run.row(1.0, {"weight_ih_l0": np.ones((N, 1)), "readout.weight": np.ones((1, N))}))',
      'refused(lambda: run.row(1.0, {"Wih": np.ones(N)}))',
      'refused(lambda: run.row(1.0, {**weights, "Whh": np.ones((N, 1))}))',
      'run.row(1.0, weights)',
      'refused(lambda: run.row(1.0, weights, starts=np.ones((4, 2))))',
      'refused(lambda: Recorder({**protocol, "lr": 0.01}))',
      'refused(lambda: Recorder({"mode": "closed-loop"}))',
    ])
      .trimEnd()
      .split('\n');
    expect(said).toEqual([
      'there is no row to save: call row in every epoch',
      expect.stringMatching(
        /^weights of a tanh agent are named Wih, Whh, Who, not weight_ih_l0, readout.weight \(weight_ih_l0 is Wih/,
      ),
      expect.stringMatching(/^weights of a tanh agent are named Wih, Whh, Who, not Wih /),
      'Whh has the shape (6, 1), where N is 6',
      'row 1: moments in some rows only; give what it takes in all rows, or in none',
      'a protocol has the fields of the run format; check lr',
      expect.stringMatching(/^a protocol has the fields of the run format; check agent, batch/),
    ]);
  });

  skip('it knows the fields of a protocol', () => {
    const [required, all] = JSON.parse(
      recorded(['print(json.dumps([sorted(REQUIRED), sorted(REQUIRED | OPTIONAL)]))']),
    );
    expect(all).toEqual(fieldsAt(protocolSchema, [])!.names.toSorted());
    const { shape } = protocolSchema;
    expect(required).toEqual(
      all.filter((name: keyof typeof shape) => !shape[name].safeParse(undefined).success && !('unwrap' in shape[name])),
    );
  });

  skip('a write that fails leaves what was there', () => {
    const file = at('kept.npz');
    recorded([
      'run = Recorder(protocol)',
      'run.row(1.0)',
      `run.save(${JSON.stringify(file)})`,
      'def full(file, **arrays):',
      '    file.write(b"half of it")',
      '    raise OSError("no space left on device")',
      'np.savez_compressed = full',
      'try:',
      `    run.save(${JSON.stringify(file)})`,
      'except OSError: pass',
    ]);
    expect(readdirSync(dirname(file)).filter((name) => name.startsWith('kept'))).toEqual(['kept.npz']);
    expect(readRun(file).curves.loss).toEqual([1]);
  });
});
