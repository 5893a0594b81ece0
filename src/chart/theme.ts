/**
 * How figures look: colours that the colour-blind tell apart, one font, sizes that stay legible in a column of text.
 */
import { html, type Markup } from './markup.js';

/** Attributes of SVG: a class where a style sheet decides, colours and widths where none does. */
export type Style = Readonly<Record<string, string | number>>;

/** A style as it is written in an element. */
export function attributes(style: Style): Markup[] {
  return Object.entries(style).map(([name, value]) => html` ${name}="${value}"`);
}

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

/** A curve. @param width in pixels */
export function stroke(colour: string, width = 1.8): Style {
  return { stroke: colour, 'stroke-width': width };
}

/** Filled dots. @param radius in pixels */
export function disc(colour: string, radius = 2.5): Style {
  return { stroke: colour, 'stroke-width': 2 * radius, 'stroke-linecap': 'round' };
}

/** Rings on paper. */
export function ring(colour: string, width = 1.5): Style {
  return { stroke: colour, 'stroke-width': width, fill: COLOUR.background };
}

/** A line of theory is dashed, for those who see no colours. */
export const THEORY: Style = { ...stroke(COLOUR.theory, 1.5), 'stroke-dasharray': '5 3' };

/** A thin dotted line at a time that is pointed out. */
export const DOTTED: Style = { ...stroke(COLOUR.line, 1.2), 'stroke-dasharray': '2 3' };

/** Font of all text, in pixels of a chart that is `WIDTH` wide. */
export const FONT = { family: 'Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif', size: 13 } as const;

/** Width and height of one panel, in pixels: in a column of 86 mm its text is 7 points high. */
export const [WIDTH, HEIGHT] = [460, 320];

/** Viridis (S. van der Walt, N. Smith), dark to light: red, green and blue at nine even steps. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
] as const;

/** As far along the palette as colours stand out from white. */
export const LIGHTEST = 0.8;

/** A colour of the sequential palette. @param share from 0, dark, to 1, light */
export function palette(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const below = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const mixed = VIRIDIS[below]!.map((low, k) =>
    Math.round(low + (place - below) * (VIRIDIS[below + 1]![k]! - low)).toString(16),
  );
  return `#${mixed.map((digits) => digits.padStart(2, '0')).join('')}`;
}

/** Colours along the sequential palette, dark to light: for stages and sweeps, in their order. */
export function sequential(count: number): string[] {
  return Array.from({ length: count }, (_, k) => palette(count > 1 ? (LIGHTEST * k) / (count - 1) : 0));
}
