/**
 * The conformance vectors as they are handed out: files, and a program that holds its own reading of them against each.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
    const replay = (): string =>
      execFileSync('python3', ['replay.py'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(replay().trim().split('\n')).toEqual(
      vectors.map(({ name }) => `${name}: one step, loss, gradients, update`),
    );
    // It does refuse: any number of any file off by one part in 10⁹.
    for (const { name } of vectors) {
      const file = join(folder, `${name}.json`);
      const text = readFileSync(file, 'utf8');
      for (const section of ['curves', 'gradients', 'weights'] as const) {
        const run = JSON.parse(text);
        const part = section === 'weights' ? run.weights.final : run[section];
        const key = Object.keys(part).at(-1)!;
        const last = numbersIn(part[key]).length - 1;
        part[key] = withEntry(part[key], last, (value) => value * (1 + 1e-9) + 1e-9);
        writeFileSync(file, JSON.stringify(run));
        expect(replay, `${name}: ${section}`).toThrow(/Mismatch|Not equal/);
      }
      writeFileSync(file, text);
    }
  });
});
