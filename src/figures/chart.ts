/**
 * Charts as SVG text: Observable Plot with this project's axes, and panels beside each other.
 */
import * as Plot from '@observablehq/plot';
import { plotDocument } from './document.js';
import { COLOUR, decades, FONT, HEIGHT, powerOfTen, WIDTH } from './theme.js';

/** An axis. */
export interface Axis {
  /** With its unit, if it has one. */
  readonly label: string;
  /** Both ends; what lies beyond is clipped where a mark says `clip: 'frame'`. */
  readonly domain: readonly [number, number];
  /** A logarithmic axis has its ticks at powers of ten. */
  readonly log?: boolean;
  /** Where ticks are, of a linear axis; chosen by Plot otherwise. */
  readonly ticks?: readonly number[];
  readonly tickFormat?: (value: number) => string;
}

/** A chart: two axes, and marks of Plot drawn within the frame in their order. */
export interface ChartOptions {
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Plot.Markish[];
  readonly width?: number;
  readonly height?: number;
  /** Room beside the frame, for text outside it. */
  readonly marginRight?: number;
  /** The same scale on both axes: 1 for the complex plane. The height follows. */
  readonly aspectRatio?: number;
  /** A continuous scale of marks that encode colour; with `legend`, shown above the frame. */
  readonly color?: Plot.ScaleOptions;
  /** No lines across the frame, over a raster. */
  readonly bare?: boolean;
}

/** Room for ticks and labels, left and below. */
const MARGIN = { left: 70, bottom: 46, right: 20, top: 14 } as const;

const STYLE = {
  fontFamily: FONT.family,
  fontSize: `${FONT.size}px`,
  background: COLOUR.background,
  color: COLOUR.theory,
} as const;

function scaleOf({ label, domain, log, ticks, tickFormat }: Axis): Plot.ScaleOptions {
  return {
    type: log ? 'log' : 'linear',
    domain: [...domain],
    label,
    labelAnchor: 'center',
    labelArrow: 'none',
    ...(ticks && { ticks: [...ticks] }),
    ...(tickFormat && { tickFormat }),
    ...(log && { ticks: decades(...domain), tickFormat: powerOfTen }),
  };
}

/** Values of the ticks of an axis, for lines across the frame. */
function ticksOf({ domain, log, ticks }: Axis): Iterable<number> | undefined {
  return log ? decades(...domain) : ticks;
}

/** A chart as one SVG element. */
export function chart({ x, y, marks, width = WIDTH, height = HEIGHT, ...options }: ChartOptions): string {
  const grid = { stroke: COLOUR.grid, strokeOpacity: 1 };
  const [across, up] = [ticksOf(x), ticksOf(y)];
  const drawn = Plot.plot({
    document: plotDocument(),
    width,
    ...(options.aspectRatio === undefined ? { height } : { aspectRatio: options.aspectRatio }),
    marginLeft: MARGIN.left,
    marginBottom: MARGIN.bottom,
    marginRight: options.marginRight ?? MARGIN.right,
    marginTop: MARGIN.top,
    style: STYLE,
    // Indices reach below the line.
    x: { ...scaleOf(x), labelOffset: MARGIN.bottom - 7 },
    y: scaleOf(y),
    ...(options.color && { color: { ...options.color, legend: false } }),
    marks: [
      ...(options.bare
        ? []
        : [across ? Plot.gridX(across, grid) : Plot.gridX(grid), up ? Plot.gridY(up, grid) : Plot.gridY(grid)]),
      ...marks,
      Plot.frame({ stroke: COLOUR.line }),
    ],
  }) as unknown as Drawn;
  return stacked([...(options.color?.legend ? [ramp(options.color, width)] : []), textOf(drawn)]);
}

/** The legend of a continuous colour scale, as wide as the frame of a chart below it. @param width of the chart */
export function ramp({ legend: _, ...color }: Plot.ScaleOptions, width: number): string {
  const [marginTop, tickSize, height] = [24, 6, 62];
  const margins = { marginLeft: MARGIN.left, marginRight: MARGIN.right, marginTop, marginBottom: 22 + tickSize };
  // Plot takes a document here as everywhere, though its types do not say so.
  const options = { document: plotDocument(), color, width, height, tickSize, ...margins, style: STYLE };
  return textOf(Plot.legend(options) as unknown as Drawn);
}

/** What a colour or a kind of line means. */
export interface KeyEntry {
  readonly text: string;
  readonly colour: string;
  readonly sample: keyof typeof SAMPLES;
}

/** A sign of text for each kind of mark: in the font, so that it needs no room of its own. */
const SAMPLES = { line: '—', dashes: '- -', dots: '●', circles: '○', band: '▬' } as const;

/** Meanings in a corner of the frame, one below the other, each in its colour. */
export function key(
  corner: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right',
  entries: readonly KeyEntry[],
): Plot.Markish[] {
  const [top, left] = [corner.startsWith('top'), corner.endsWith('left')];
  const line = 1.35 * FONT.size;
  return entries.map(({ text, colour, sample }, k) =>
    Plot.text([`${SAMPLES[sample]} ${text}`], {
      frameAnchor: corner,
      textAnchor: left ? 'start' : 'end',
      lineAnchor: top ? 'top' : 'bottom',
      dx: left ? 8 : -8,
      dy: top ? 8 + k * line : -8 - (entries.length - 1 - k) * line,
      fill: colour,
      ...HALO,
    }),
  );
}

/** Text stands out from whatever lies below it. */
export const HALO = { stroke: COLOUR.background, strokeWidth: 4, fontSize: FONT.size } as const;

/** What Plot returns, as far as it is looked at. */
interface Drawn {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

const NAMESPACES = { xmlns: 'http://www.w3.org/2000/svg', 'xmlns:xlink': 'http://www.w3.org/1999/xlink' } as const;

/** Indices of order parameters, σ_zm, set as indices; what follows them returns to the line. */
function withSubscripts(svg: string): string {
  return svg.replace(/>([^<]*σ_[^<]*)</g, (_, text: string) => {
    const [before, ...rest] = text.split(/σ_(?=[zv][mu])/);
    const set = rest.map((part) => {
      const [index, after] = [part.slice(0, 2), part.slice(2)];
      // A space at the beginning of an element may be lost.
      const space = after.startsWith(' ') ? ' ' : '';
      const lowered = `σ<tspan dy="0.3em" font-size="75%">${index}</tspan>`;
      return after === '' ? lowered : `${lowered}${space}<tspan dy="-0.225em">${after.slice(space.length)}</tspan>`;
    });
    return `>${before}${set.join('')}<`;
  });
}

function textOf(svg: Drawn): string {
  for (const [name, value] of Object.entries(NAMESPACES)) svg.setAttribute(name, value);
  return withSubscripts(svg.outerHTML);
}

/** Width and height of an SVG element. */
export function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const opening = /^<svg[^>]*>/.exec(svg)?.[0] ?? '';
  const number = (name: string): number => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(opening)?.[1]);
  return { width: number('width'), height: number('height') };
}

/** Places SVG elements at points of a common one. */
function together(parts: readonly { readonly svg: string; readonly x: number; readonly y: number }[]): string {
  const [first] = parts;
  if (parts.length === 1) return first!.svg;
  const extent = (side: 'width' | 'height', from: 'x' | 'y'): number =>
    Math.max(...parts.map((part) => part[from] + sizeOf(part.svg)[side]));
  const [width, height] = [extent('width', 'x'), extent('height', 'y')];
  const placed = parts.map(({ svg, x, y }) => svg.replace('<svg', `<svg x="${x}" y="${y}"`));
  const names = Object.entries(NAMESPACES).map(([name, value]) => ` ${name}="${value}"`);
  return `<svg${names.join('')} width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${COLOUR.background}"/>${placed.join('')}</svg>`;
}

/** Panels below each other as one SVG element; a single one stays as it is. */
export function stacked(svgs: readonly string[]): string {
  let y = 0;
  return together(
    svgs.map((svg) => {
      const part = { svg, x: 0, y };
      y += sizeOf(svg).height;
      return part;
    }),
  );
}

/** Panels side by side as one SVG element; a single one stays as it is. */
export function beside(svgs: readonly string[]): string {
  let x = 0;
  return together(
    svgs.map((svg) => {
      const part = { svg, x, y: 0 };
      x += sizeOf(svg).width;
      return part;
    }),
  );
}
