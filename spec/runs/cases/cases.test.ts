/**
 * `check` on records as users bring them.
 */
import { describe, expect, it } from 'vitest';
import { run } from '#spec/cli/spawned.js';
import { CASES } from '#spec/runs/cases/cases.js';
import { FILES } from '#spec/runs/cases/files.js';

describe('check', () => {
  it.each([...CASES, ...FILES])('$file: $is', async ({ file, options = [], exit, says = [], never = [] }) => {
    const { code, stdout, stderr } = await run(['check', file, ...options], { cwd: 'spec/runs/cases' });
    const said = stdout + stderr;
    expect(exit, said).toContain(code);
    for (const text of says) expect(said).toMatch(text);
    for (const text of never) expect(said).not.toMatch(text);
  });
});
