/**
 * `check` on records as users bring them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '#spec/cli/called.js';
import { CASES } from '#spec/runs/cases/cases.js';
import { FILES } from '#spec/runs/cases/files.js';

/** What names a file is a path to it. */
const inPlace = (word: string): string => {
  const path = join('spec/runs/cases', word);
  return existsSync(path) ? path : word;
};

describe('check', () => {
  it.each([...CASES, ...FILES])('$file: $is', async ({ file, options = [], exit, says = [], never = [] }) => {
    const { code, stdout, stderr } = await run(['check', file, ...options].map(inPlace));
    const said = stdout + stderr;
    expect(exit, said).toContain(code);
    for (const text of says) expect(said).toMatch(text);
    for (const text of never) expect(said).not.toMatch(text);
  });
});
