/**
 * Logs that other programs wrote: recorded ones (programs/), and new ones where the program is installed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, testFolder } from '#spec/support/files.js';
import { refusalOf } from '#spec/support/refusal.js';
import { contentsOf } from '#src/runs/format/file.js';
import { readRun } from '#src/runs/format/read.js';

const { folder, at, write } = testFolder('programs');
const { format, protocol } = fixture('parity-effective');
const config = write('config.json', { format, protocol });
const LOG = {
  loss: [54629804.5, 27274448.25, 0.125, 1e-9],
  overlaps: {
    zm: [0.0478, -0.0173, 1e-3, 3],
    zu: [1, 2, 3, 4],
    vm: [-1.5, 2.5, 3.5, 4.5],
    vu: [0.5, 0.25, 0.125, 0.1],
  },
};
const RECORDED = 'spec/runs/format/programs';

describe('recorded logs are read', () => {
  const files = readdirSync(RECORDED).filter((name) => name !== 'README.md');
  it('of every program', () => {
    for (const program of ['r-', 'octave-', 'pandas-', 'sheetjs', 'julia-'])
      expect(files.filter((name) => name.startsWith(program)).length).toBeGreaterThan(4);
  });
  it.each(files)('%s', (name) => {
    expect(readRun(join(RECORDED, name), { config }).curves).toEqual(LOG);
  });
});

/** Programs, and the script that has them write. */
const PROGRAMS = [
  {
    name: 'NumPy',
    command: ['/usr/bin/python3', '-W', 'ignore'],
    has: ['-c', 'import numpy'],
    script: 'written.py',
    least: 9,
  },
  {
    name: 'pandas',
    command: ['/usr/bin/python3', '-W', 'ignore'],
    has: ['-c', 'import pandas'],
    script: 'written.py',
    least: 21,
  },
  { name: 'R', command: ['Rscript'], has: ['--version'], script: 'written.R', least: 9 },
  { name: 'Octave', command: ['octave', '--no-gui', '-q'], has: ['--version'], script: 'written.m', least: 7 },
] as const;

describe.each(PROGRAMS)('$name', ({ name, command: [command, ...first], has, script, least }) => {
  const absent = spawnSync(command, has).status !== 0;
  if (absent) it.skip(`is not tried: no ${name}`);

  it.skipIf(absent)('writes logs that are read', () => {
    const out = at(`by-${name}`);
    spawnSync('mkdir', [out]);
    const { status, stderr } = spawnSync(command, [...first, `spec/runs/support/${script}`, out], { encoding: 'utf8' });
    // Octave may fail to leave.
    if (command !== 'octave') expect(status, stderr).toBe(0);
    const files = readdirSync(out);
    expect(files.length).toBeGreaterThanOrEqual(least);
    for (const file of files) expect(readRun(join(out, file), { config }).curves, file).toEqual(LOG);
  });
});

/** Runs Python with a library; lines of output. */
function python(library: string, lines: readonly string[]) {
  const command = ['/usr/bin/python3', 'python3'].find(
    (each) => spawnSync(each, ['-c', `import ${library}`]).status === 0,
  );
  return command === undefined
    ? undefined
    : () => spawnSync(command, ['-W', 'ignore', '-c', lines.join('\n')], { encoding: 'utf8', cwd: folder });
}

describe('NumPy and PyTorch', () => {
  it('bfloat16 becomes readable by the line of the hint', (context) => {
    const before = python('numpy', [
      'import numpy as np',
      'bits = (np.array([1.5, -2.25, 3e10], dtype="f4").view("<u4") >> 16).astype("<u2")',
      'np.savez("bfloat.npz", **{"curves/loss": bits.view("V2")})',
    ]);
    if (!before) return context.skip('no NumPy');
    expect(before().stderr).toBe('');
    const { hint } = refusalOf(() => contentsOf(at('bfloat.npz')));
    const line = /\(array\.view.*$/.exec(hint)![0];
    const after = python('numpy', [
      'import numpy as np',
      'array = np.load("bfloat.npz")["curves/loss"]',
      `np.savez("float.npz", **{"curves/loss": ${line}})`,
    ])!;
    expect(after().stderr).toBe('');
    const [one, two, three] = (contentsOf(at('float.npz')) as { curves: { loss: number[] } }).curves.loss;
    expect([one, two]).toEqual([1.5, -2.25]);
    expect(Math.abs(three! / 3e10 - 1)).toBeLessThanOrEqual(2 ** -7);
  });

  it('a printed tensor is answered by .item(), a checkpoint by NPZ; what these write is read', (context) => {
    const script = python('torch', [
      'import csv, json, numpy, torch',
      'losses = [torch.tensor(value, requires_grad=True) for value in (3.5, 2.25)]',
      'for name, cell in (("printed", lambda loss: loss), ("item", lambda loss: loss.item())):',
      '    with open(name + ".csv", "w") as file:',
      '        writer = csv.writer(file)',
      '        writer.writerow(["epoch", "loss"])',
      '        writer.writerows([k, cell(loss)] for k, loss in enumerate(losses))',
      'torch.save({"loss": losses}, "run.pt")',
      'numpy.savez("run.npz", **{"curves/loss": torch.stack(losses).detach().half().numpy()})',
    ]);
    if (!script) return context.skip('no PyTorch');
    expect(script().stderr).toBe('');
    const { received, hint } = refusalOf(() => contentsOf(at('printed.csv')));
    expect(received).toContain('tensor(3.5');
    expect(hint).toContain('.item()');
    expect(refusalOf(() => contentsOf(at('run.pt'))).hint).toContain('numpy.savez');
    for (const name of ['item.csv', 'run.npz']) expect(contentsOf(at(name))).toEqual({ curves: { loss: [3.5, 2.25] } });
  });
});
