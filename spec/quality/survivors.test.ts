import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quoted, type Report, survivorsIn, survivorsOf, updated } from './survivors.js';

const PAGE = readFileSync('spec/mutation.md', 'utf8');
const FOLDERS = [...PAGE.matchAll(/^## (\w+)$/gm)].map(([, folder]) => folder!);
/** The figures that the page has of a folder. */
const figures = (folder: string) => {
  const [, date, covered, share, asked] = new RegExp(
    `^\\| \`${folder}\` \\| ([\\d-]+) \\| (\\d+) \\| ([\\d.]+) % \\| (\\d+) % \\|$`,
    'm',
  ).exec(PAGE)!;
  const killed = Math.round((Number(covered) * Number(share)) / 100);
  return { folder, date: date!, covered: Number(covered), killed, asked: Number(asked) };
};

describe('spec/mutation.md', () => {
  it('has no numbers of lines', () => {
    expect(FOLDERS).toEqual(['loop', 'training', 'theory']);
    for (const folder of FOLDERS) {
      const survivors = survivorsIn(PAGE, folder);
      expect(survivors.length).toBeGreaterThan(8);
      for (const { mutant } of survivors) expect(mutant).toMatch(/^`[^`]+` → `[^`]*`$/);
    }
  });

  it.each(FOLDERS)('is what the command writes, should %s survive as it did', (folder) => {
    expect(updated(PAGE, { ...figures(folder), survivors: survivorsIn(PAGE, folder) })).toBe(PAGE);
  });

  it('keeps reasons, drops what no longer survives, and leaves the new open', () => {
    const [kept] = survivorsIn(PAGE, 'loop');
    const fresh = { file: 'stability.ts', mutant: quoted('a || b', 'a && b') };
    const page = updated(PAGE, { ...figures('loop'), covered: 200, killed: 198, survivors: [kept!, fresh] });
    expect(page).toContain('| 200 | 99.0 % |');
    expect(survivorsIn(page, 'loop')).toEqual([kept, fresh]);
    expect(page).toContain('| `stability.ts` | `a \\|\\| b` → `a && b` | **open** |');
    expect(/^\| `jacobian.ts` .* \| (.*) \|$/m.exec(page)![1]).not.toBe('**open**');
    expect(survivorsIn(page, 'theory')).toEqual(survivorsIn(PAGE, 'theory'));
  });

  it('begins a section for a folder that has none', () => {
    const survivors = [{ file: 'plant.ts', mutant: quoted('a', 'b') }];
    const page = updated(PAGE, { ...figures('plant'), survivors });
    expect(survivorsIn(page, 'plant')).toEqual(survivors);
    expect(page.startsWith(PAGE)).toBe(true);
  });
});

it('survivors are read off a report by the code that they changed', () => {
  const at = (line: number, column: number) => ({ line, column });
  const report: Report = {
    files: {
      'src/loop/topic/a.ts': {
        source: 'one\n  two < three\nfour',
        mutants: [
          { status: 'Survived', replacement: 'five', location: { start: at(3, 1), end: at(3, 5) } },
          { status: 'Killed', replacement: '', location: { start: at(1, 1), end: at(1, 4) } },
          { status: 'Survived', replacement: 'two <= three', location: { start: at(2, 3), end: at(2, 14) } },
        ],
      },
    },
  };
  expect(survivorsOf(report)).toEqual([
    { file: 'a.ts', mutant: '`two < three` → `two <= three`' },
    { file: 'a.ts', mutant: '`four` → `five`' },
  ]);
  expect(quoted('f(`x`,\n  y)', 'x'.repeat(80))).toBe(`\`f('x', y)\` → \`${'x'.repeat(57)}…\``);
});
