/**
 * The chart of report and figures: ticks, broken curves, panels, colours.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { points } from '#spec/figures/svg.js';
import { forAllWith } from '#spec/support/for-all.js';
import { beside, chart, planeOf, stacked } from '#src/chart/chart.js';
import type { Mark } from '#src/chart/marks.js';
import { dots, line } from '#src/chart/marks.js';
import { decadesAround, powersOfTen, roundNumbers, scaleOf } from '#src/chart/scale.js';
import { palette } from '#src/chart/theme.js';

const frame = { x: { domain: [0, 10] }, y: { domain: [1, 1000], log: true } } as const;
/** Points of a mark that is one path. */
const drawn = (mark: Mark): [number, number][] => points(/ d="([^"]*)"/.exec(mark(planeOf(frame)).text)![1]!);

it('round numbers are even steps of 1, 2 or 5 that fill the domain', () => {
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  forAllWith(
    // A step of 5000 would have one tick here.
    { examples: [[5e-6, 9486.8, 3]] },
    value,
    fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    fc.integer({ min: 3, max: 10 }),
    (low, span, count) => {
      const ticks = roundNumbers([low, low + span], count);
      const step = ticks[1]! - ticks[0]!;
      expect(Number((step / 10 ** Math.floor(Math.log10(step) + 1e-6)).toFixed(4))).toBeOneOf([1, 2, 5]);
      for (const [k, tick] of ticks.entries()) {
        expect(Math.abs(tick - ticks[0]! - k * step)).toBeLessThan(1e-6 * step);
        expect(tick).toBeGreaterThanOrEqual(low - 1e-6 * span);
        expect(tick).toBeLessThanOrEqual(low + span + 1e-6 * span);
      }
      // Neither end lacks a tick.
      expect(ticks[0]! - low).toBeLessThan(step * 1.000001);
      expect(low + span - ticks.at(-1)!).toBeLessThan(step * 1.000001);
      expect(Math.abs(Math.log2(span / step / count))).toBeLessThan(1);
    },
  );
});

it('decades are around positive values only', () => {
  expect(decadesAround([0.02, 700])).toEqual([0.01, 1000]);
  expect(decadesAround([10, 10])).toEqual([10, 100]);
  expect(powersOfTen([1e-90, 1], 8)).toEqual([1e-80, 1e-60, 1e-40, 1e-20, 1]);
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => decadesAround([1, value])).toThrow(/no place on a log axis/);
});

it('ticks are plain numbers, unless one of an axis needs an exponent', () => {
  const texts = (high: number): readonly string[] => scaleOf({ domain: [1, high], log: true }, 0, 100).texts;
  expect(texts(1000)).toEqual(['1', '10', '100', '1000']);
  expect(texts(1e5)).toEqual(['10⁰', '10¹', '10²', '10³', '10⁴', '10⁵']);
});

it('curves are broken, and dots are missing, where a point has no place', () => {
  const course = [
    [0, 1],
    [1, 10],
    [2, null],
    [3, 0],
    [4, 100],
    [5, Number.NaN],
  ] as const;
  expect(line(course, {})(planeOf(frame)).text.match(/M/g)).toHaveLength(2);
  expect(drawn(line(course, {}))).toHaveLength(3);
  expect(drawn(dots(course, {}))).toEqual(drawn(line(course, {})));
});

it('panels stand below and beside each other', () => {
  const panel = chart({ ...frame, width: 100, height: 80, marks: [] });
  const wide = chart({ ...frame, width: 150, height: 60, marks: [] });
  const sizes = [stacked(panel, wide, panel), beside(panel, wide, panel)].map(({ width, height }) => [width, height]);
  expect(sizes).toEqual([
    [150, 220],
    [350, 80],
  ]);
  expect(stacked(panel, wide).content.text).toContain('translate(0 80)');
});

it('the palette runs from dark to light', () => {
  const light = Array.from({ length: 33 }, (_, k) => {
    const channels = [1, 3, 5].map((from) => Number.parseInt(palette(k / 32).slice(from, from + 2), 16));
    return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
  });
  expect(light).toEqual(light.toSorted((a, b) => a - b));
  expect([palette(0), palette(1)]).toEqual(['#440154', '#fde725']);
});
