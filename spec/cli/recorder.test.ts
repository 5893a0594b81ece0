/**
 * The recorder as the command hands it out.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printed, refused } from '#spec/cli/called.js';
import { testFolder } from '#spec/support/files.js';

const { at, read, write } = testFolder('recorder-command');
const NAME = 'loopproof_recorder.py';
const SHIPPED = readFileSync(`src/runs/${NAME}`, 'utf8');

describe('recorder', () => {
  it('writes the file of the package into a folder that it makes, and keeps it the next time', async () => {
    const out = at('new');
    expect(await printed(['recorder', '--out', out])).toMatch(/^wrote .*loopproof_recorder\.py\n/);
    expect(read('new/loopproof_recorder.py')).toBe(SHIPPED);
    expect(await printed(['recorder', '--out', out])).toMatch(/^kept /);
  });

  it('keeps a file that differs, unless it is told to replace it', async () => {
    mkdirSync(at('own'));
    for (const own of ['# mine\n', '']) {
      write(`own/${NAME}`, own);
      const message = await refused(['recorder', '--out', at('own')]);
      expect(message).toContain('a file that is there and differs');
      expect(message).toContain('--force');
      expect(read(`own/${NAME}`)).toBe(own);
    }
    await printed(['recorder', '--out', at('own'), '--force']);
    expect(read(`own/${NAME}`)).toBe(SHIPPED);
  });

  it('refuses places that cannot be written', async () => {
    write('file', '');
    expect(await refused(['recorder', '--out', at('file')])).toContain('--out');
    mkdirSync(at('taken', NAME), { recursive: true });
    expect(await refused(['recorder', '--out', at('taken'), '--force'])).toContain('EISDIR');
    expect(await refused(['recorder'])).toContain('--out');
  });
});
