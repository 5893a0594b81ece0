/**
 * The conformance vectors as they are handed out: files, and a program that holds its own reading of them against each.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run as spawned } from '#spec/cli/spawned.js';
import { numbersIn, withEntry } from '#spec/runs/support/nested.js';
import { conformanceVectors } from '#src/runs/vectors.js';

const vectors = conformanceVectors();

describe('conformance vectors', () => {
  it('are written with a program in Python that replays them', async ({ skip }) => {
    const folder = join(mkdtempSync(join(tmpdir(), 'loopproof-vectors-')), 'new');
    expect((await spawned(['vectors', '--out', folder])).code).toBe(0);
    expect(readFileSync(join(folder, 'replay.py'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    if (spawnSync('python3', ['-c', 'import numpy']).status !== 0) skip('needs python3 with numpy');
    const replayed = execFileSync('python3', ['replay.py'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(replayed.trim().split('\n')).toEqual(
      vectors.map(({ name }) => `${name}: one step, loss, gradients, update`),
    );
    // It does refuse: any number of any file off by one part in 10⁹.
    const flawed = vectors.flatMap(({ name }) => {
      const text = readFileSync(join(folder, `${name}.json`), 'utf8');
      return (['curves', 'gradients', 'weights'] as const).map((section) => {
        const run = JSON.parse(text);
        const part = section === 'weights' ? run.weights.final : run[section];
        const key = Object.keys(part).at(-1)!;
        const last = numbersIn(part[key]).length - 1;
        part[key] = withEntry(part[key], last, (value) => value * (1 + 1e-9) + 1e-9);
        const copy = join(folder, '..', `${name}-${section}`);
        cpSync(folder, copy, { recursive: true, filter: (file) => file === folder || file.endsWith('.json') });
        writeFileSync(join(copy, `${name}.json`), JSON.stringify(run));
        return copy;
      });
    });
    const each = `import runpy, sys
for folder in sys.argv[1:]:
    sys.argv = ["replay.py", folder]
    try: runpy.run_path("replay.py")
    except Exception as error: print(" ".join(str(error).split()))
    else: print("no error")`;
    const errors = execFileSync('python3', ['-c', each, ...flawed], { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .filter((line) => !line.endsWith(': one step, loss, gradients, update'));
    flawed.forEach((copy, k) => {
      expect(errors[k], copy).toMatch(/Mismatch|Not equal/);
    });
  });
});
