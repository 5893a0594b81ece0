/**
 * How all figures look: colours that the colour-blind tell apart, one font, sizes that stay legible in a column of text.
 */
import * as Plot from '@observablehq/plot';
import { tenTo } from '../report/chart.js';

/** Meanings of colours; hues of Okabe and Ito, which the colour-blind tell apart. */
export const COLOUR = {
  closed: '#0072b2',
  open: '#d55e00',
  /** Curves of the theory, over what was simulated. */
  theory: '#111111',
  /** A second thing beside closed loop: other starts, other branches. */
  second: '#009e73',
  /** Axes, frames, boundaries and what is said about them. */
  line: '#555555',
  grid: '#dddddd',
  background: '#ffffff',
} as const;

/** A line of theory is dashed, for those who see no colours. */
export const THEORY = { stroke: COLOUR.theory, strokeWidth: 1.5, strokeDasharray: '5 3' } as const;

/** Font of all text, in pixels of a chart that is `WIDTH` wide. */
export const FONT = { family: 'Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif', size: 13 } as const;

/** Width and height of one panel, in pixels: in a column of 86 mm its text is 7 points high. */
export const [WIDTH, HEIGHT] = [460, 320];

/** The sequential palette as a scheme of Plot, for continuous colour scales. */
export const SCHEME = 'viridis';

/** As far along the palette as colours stand out from white. */
export const LIGHTEST = 0.85;

/** Colours along the sequential palette, dark to light: for stages and sweeps, in their order. */
export function sequential(count: number): string[] {
  const scale = Plot.scale({ color: { type: 'linear', scheme: SCHEME, domain: [0, 1] } });
  return Array.from({ length: count }, (_, k) => scale.apply(count > 1 ? (LIGHTEST * k) / (count - 1) : 0) as string);
}

/** A power of ten as text, 10ⁿ. @param value rounded to the nearest power */
export function powerOfTen(value: number): string {
  return tenTo(Math.round(Math.log10(value)));
}

/** A power of ten that Math.log10 misses by rounding is one all the same. */
const SLACK = 1e-12;

function logOf(value: number): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`${value} has no place on a log axis`);
  return Math.log10(value);
}

/** Ticks of an axis at most. */
const MOST_TICKS = 9;

/** The powers of ten from low to high, both included, or every second, fifth, tenth … of them where they are many. */
export function decades(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(logOf(low) - SLACK), Math.floor(logOf(high) + SLACK)];
  const stride = [1, 2, 5, 10, 20, 50, 100].find((step) => (last - first) / step < MOST_TICKS) ?? 200;
  const exponents = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k);
  return exponents.filter((exponent) => exponent % stride === 0).map((exponent) => Number(`1e${exponent}`));
}

/** The powers of ten around positive values: both ends of a log axis that shows them. */
export function decadesAround(values: readonly number[]): [number, number] {
  const logs = values.map(logOf);
  const ends = [Math.floor(Math.min(...logs) + SLACK), Math.ceil(Math.max(...logs) - SLACK)];
  return [Number(`1e${ends[0]}`), Number(`1e${ends[1]}`)];
}
