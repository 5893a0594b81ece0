/**
 * Files as programs write them: whatever the style, the numbers are the same; what cannot be read is refused with a hint that works.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BROKEN_KINDS, brokenTable } from '#spec/generators/broken-table.js';
import {
  bytesOf,
  linesOf,
  logOf,
  logStyle,
  type Numbers,
  numbers,
  type Style,
  spelled,
  style,
} from '#spec/generators/written-table.js';
import { testFolder } from '#spec/support/files.js';
import { forAllWith } from '#spec/support/for-all.js';
import { refusalOf } from '#spec/support/refusal.js';
import { contentsOf } from '#src/runs/format/file.js';
import { finiteOrText } from '#src/words.js';

const { write } = testFolder('written');

/** Curves as a run has them. */
function expected(curves: Numbers): object {
  const column = (name: string) => curves[name]!.map((value) => finiteOrText(value === 0 ? 0 : value));
  const entries = (overlaps: boolean) =>
    Object.keys(curves)
      .filter((name) => ['zm', 'zu', 'vm', 'vu'].includes(name) === overlaps)
      .map((name) => [name, column(name)]);
  const inner = entries(true);
  return {
    curves: { ...Object.fromEntries(entries(false)), ...(inner.length > 0 && { overlaps: Object.fromEntries(inner) }) },
  };
}

const withoutMinusZero = (contents: unknown): unknown =>
  JSON.parse(JSON.stringify(contents, (_, value) => (value === 0 ? 0 : value)));

/** Whether decimal commas look like separators of thousands, so that they are refused. */
const ambiguous = (curves: Numbers, how: Style, semicolons = how.delimiter === ';'): boolean => {
  const commas = Object.values(curves)
    .flat()
    .map((value) => spelled(value, how))
    .filter((text) => text.includes(','));
  return !semicolons && commas.length > 0 && commas.every((text) => /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text));
};

describe('tables', () => {
  it('in any style hold the same numbers', () => {
    forAllWith({ numRuns: 2500 }, numbers(false), style, (curves, how) => {
      fc.pre(!ambiguous(curves, how));
      const file = write('style.csv', bytesOf(linesOf(curves, how), how));
      expect(withoutMinusZero(contentsOf(file))).toEqual(expected(curves));
    });
  });

  it('of names and values in any style hold the same numbers', () => {
    forAllWith({ numRuns: 1000 }, numbers(false), style, logStyle, (curves, how, log) => {
      fc.pre(!ambiguous(curves, how, false));
      const file = write('style.log', bytesOf(logOf(curves, how, log), how));
      expect(withoutMinusZero(contentsOf(file))).toEqual(expected(curves));
    });
  });

  it('that are broken are refused, with a hint that mends them', () => {
    const met: Record<string, number> = {};
    forAllWith({ numRuns: 2500 }, brokenTable, ({ name, curves, text, hint, mended }) => {
      const refused = refusalOf(() => contentsOf(write('broken.csv', text)));
      expect(refused.hint, name).toMatch(hint);
      const { text: whole, columns } = mended(refused);
      expect(withoutMinusZero(contentsOf(write('mended.csv', whole), columns)), name).toEqual(expected(curves));
      met[name] = (met[name] ?? 0) + 1;
    });
    for (const kind of BROKEN_KINDS) expect(met[kind], kind).toBeGreaterThan(0);
  });
});
