/**
 * Text on a terminal: its width, what is cut, margins, and curves in a line.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import type { ProportionResult } from '#src/claims/proportion.js';
import { marginOf } from '#src/report/margin.js';
import { sparkline } from '#src/report/sparkline.js';
import { table } from '#src/report/table.js';
import { cut, widthOf } from '#src/report/width.js';
import { proportion } from '#src/theory/odds.js';

const ESCAPE = '\x1b';
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');

describe('width', () => {
  it.each([
    ['', 0],
    ['σ_zm', 4],
    ['日本', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['\x1b[1;31mred\x1b[39m', 3],
  ])('of %j is %d', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('is what text is cut to, which then holds no control character but colours that end', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b[31m', '\x1b[39m', '\x1b[2J', '日', 'ρ'),
    );
    forAllWith({ seed: 3, numRuns: 1000 }, fc.array(piece), fc.integer({ min: 0, max: 20 }), (pieces, columns) => {
      const text = pieces.join('');
      const short = cut(text, columns);
      expect(widthOf(short)).toBeLessThanOrEqual(columns);
      const bare = short.replaceAll(COLOUR, '');
      expect(bare).not.toMatch(/\p{Cc}/u);
      if (widthOf(cut(text, Number.POSITIVE_INFINITY)) > columns && columns > 0) {
        expect(bare.endsWith('…')).toBe(true);
        // At most one cell is lost, to a wide character that no longer fits.
        expect(widthOf(short)).toBeGreaterThanOrEqual(columns - 1);
        if (bare !== short) expect(short.endsWith('\x1b[0m')).toBe(true);
      }
    });
  });
});

describe('a margin', () => {
  const tried = (successes: number, control?: true): ProportionResult => ({
    ...proportion(0.8, 0.6, 'a', control && { control }),
    status: 'holds',
    trials: 200,
    successes,
    rate: [0.5, 0.75],
    p: 1,
  });

  it('is that of the statement’s own weakest proportion, controls apart', () => {
    expect(marginOf({ proportions: [tried(190), tried(185), tried(150, true)] })).toEqual({
      text: '92.5 % (50–75) ≥ 80 % · control 75.0 % (50–75) < 80 %',
      used: 0.625,
    });
    expect(marginOf({ proportions: [tried(150), tried(190, true)] }).text).toBe(
      '75.0 % (50–75) < 80 % · control 95.0 % (50–75) ≥ 80 %',
    );
    expect(marginOf({ proportions: [tried(160)] })).toEqual({
      text: '80.0 % (50–75) ≥ 80 %',
      used: expect.closeTo(0.5, 12),
    });
  });

  it('is that of the worst case where none of the proportions is nearer to refutation', () => {
    const worst = { quantity: 'x', case: '1', bound: 4 };
    const proportions = [tried(190)];
    expect(marginOf({ worst: { ...worst, residual: 1 }, proportions }).text).toBe('0.250 of bound');
    expect(marginOf({ worst: { ...worst, residual: 0.25 }, proportions }).text).toBe('95.0 % (50–75) ≥ 80 %');
    expect(marginOf({ worst: { ...worst, residual: 5 } }).text).toBe('1.25 × bound');
    expect(marginOf({ worst: { ...worst, residual: Number.POSITIVE_INFINITY } }).text).toBe('> 10⁴ × bound');
    expect(marginOf({ worst: { ...worst, residual: 0, bound: 0 } }).text).toBe('exact');
    expect(marginOf({ proportions: [{ ...tried(0), trials: 0 }] })).toEqual({ text: '' });
  });
});

it('a table aligns columns by the width of their cells', () => {
  expect(
    table([
      ['日本', 'x'],
      ['abcde', 'y'],
    ]),
  ).toBe('日本   x\nabcde  y');
});

describe('a sparkline', () => {
  it('is on a log scale', () => {
    expect(sparkline([1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([1e7, undefined, 1, 0, Number.NaN, Number.POSITIVE_INFINITY])).toBe('█ ▁▁××');
    expect(sparkline([5, 5])).toBe('▁▁');
    expect(sparkline([])).toBe('');
  });

  it('does not change with the unit', () => {
    const values = fc.array(
      fc.integer({ min: -40, max: 40 }).map((power) => 2 ** power),
      { minLength: 1 },
    );
    forAllWith({ seed: 4, numRuns: 300 }, values, (powers) => {
      expect(sparkline(powers.map((value) => value * 1024))).toBe(sparkline(powers));
    });
  });
});
