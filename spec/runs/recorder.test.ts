/**
 * The Python recorder, in loops of PyTorch and NumPy: what it records is judged in full. Skipped where Python lacks them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';
import { judgeRun } from '#src/cli/check.js';
import { readRun } from '#src/runs/format/read.js';

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
