/**
 * What charts are made of: lines, dots, bands, text. A mark is drawn by the scales of the chart that it is in.
 */
import { html, type Markup } from './markup.js';
import { pixel, type Scale } from './scale.js';
import { attributes, COLOUR, FONT, type Style } from './theme.js';

/** The frame of a chart, in pixels, and its scales. */
export interface Plane {
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Something drawn in a plane. */
export type Mark = (plane: Plane) => Markup;

/** A point by its two numbers; `null` where there is none. */
export type ChartPoint = readonly [x: number, y: number | null];

/** Several marks as one. */
export function all(...marks: readonly Mark[]): Mark {
  return (plane) => html`${marks.map((mark) => mark(plane))}`;
}

/** Marks of which only what lies within the frame is seen. */
export function clipped(...marks: readonly Mark[]): Mark {
  return (plane) => {
    const { left, right, top, bottom } = plane;
    const box = `${left} ${top} ${right - left} ${bottom - top}`;
    return html`<svg x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" viewBox="${box}">${all(...marks)(plane)}</svg>`;
  };
}

/** A path that is broken where a point has no place. */
function course(points: readonly ChartPoint[], { x, y }: Plane): string {
  let path = '';
  let open = false;
  for (const [across, up] of points) {
    const placed = up !== null && x.has(across) && y.has(up);
    if (placed) path += `${open ? 'L' : 'M'}${x.at(across)} ${y.at(up)}`;
    open = placed;
  }
  return path;
}

/** A curve through points; it is broken where a point has no place on the axes. */
export function line(points: readonly ChartPoint[], style: Style): Mark {
  return (plane) =>
    html`<path data-mark="line"${attributes({ fill: 'none', 'stroke-linejoin': 'round', ...style })} d="${course(points, plane)}"/>`;
}

/** Lines across the frame at values of x, from its bottom to its top. */
export function upright(values: readonly number[], style: Style): Mark {
  return ({ x, top, bottom }) =>
    html`<path data-mark="rule"${attributes(style)} d="${values.map((value) => `M${x.at(value)} ${top}V${bottom}`).join('')}"/>`;
}

/** A line across the frame at a value of y, or between two values of x. */
export function level(value: number, style: Style, between?: readonly [number, number]): Mark {
  return ({ x, y, left, right }) => {
    const [from, to] = between ? [x.at(between[0]), x.at(between[1])] : [left, right];
    return html`<path data-mark="rule"${attributes(style)} d="M${from} ${y.at(value)}H${to}"/>`;
  };
}

/** The line on which both axes have the same value, across a frame whose axes have one domain. */
export function diagonal(style: Style): Mark {
  return ({ left, right, top, bottom }) =>
    html`<path data-mark="rule"${attributes(style)} d="M${left} ${bottom}L${right} ${top}"/>`;
}

/** A band from the bottom of the frame to its top, between two values of x. */
export function band([from, to]: readonly [number, number], style: Style): Mark {
  return ({ x, top, bottom }) =>
    html`<rect data-mark="band"${attributes(style)} x="${x.at(from)}" y="${top}" width="${pixel(x.at(to) - x.at(from))}" height="${bottom - top}"/>`;
}

/** The area between two curves. @param rows x, lower end, upper end */
export function area(rows: readonly (readonly [number, number, number])[], style: Style): Mark {
  return ({ x, y }) => {
    const side = (end: 1 | 2): string[] => rows.map((row) => `${x.at(row[0])} ${y.at(row[end])}`);
    return html`<path data-mark="area"${attributes(style)} d="M${[...side(1), ...side(2).reverse()].join('L')}Z"/>`;
  };
}

/** Shapes of dots about a point, by their radius. */
const SHAPES = {
  disc: () => 'h0',
  ring: (r: number) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: (r: number) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  triangle: (r: number) => `m0 ${-1.3 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
  cross: (r: number) => `m${-r} ${-r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`,
} as const;

/** A kind of dot. */
export type Shape = keyof typeof SHAPES;

/** Dots at points, in pixels of their radius; those without a place are left out. */
export function dots(points: readonly ChartPoint[], style: Style, shape: Shape = 'disc', radius = 2.5): Mark {
  return ({ x, y }) => {
    const placed = points.filter(([across, up]) => up !== null && x.has(across) && y.has(up));
    const path = placed.map(([across, up]) => `M${x.at(across)} ${y.at(up!)}${SHAPES[shape](radius)}`).join('');
    return html`<path data-mark="dots"${attributes({ fill: 'none', ...style })} d="${path}"/>`;
  };
}

/** How text stands to its point. */
export interface Placing {
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Which part of the text is level with the point. */
  readonly level?: 'top' | 'middle' | 'bottom';
  readonly dx?: number;
  readonly dy?: number;
  readonly colour?: string;
  /** Further attributes. */
  readonly style?: Style;
}

/** Ascent of letters, and distance of lines, relative to the size of the font. */
const [ASCENT, LEADING] = [0.74, 1.2];

/** Text with indices of order parameters, σ_zm, set lower; what follows them returns to the line. */
export function indexed(text: string): Markup {
  const [before, ...rest] = text.split(/σ_(?=[zv][mu])/);
  // What stands after an index is raised by as much as the index is lowered: its own font is larger.
  const set = rest.map((part) => {
    const [index, after] = [part.slice(0, 2), part.slice(2)];
    return html`σ<tspan dy="0.3em" font-size="75%">${index}</tspan>${after !== '' && html`<tspan dy="-0.225em">${after}</tspan>`}`;
  });
  return html`${before}${set}`;
}

/** Text stands out from whatever lies below it. */
const HALO: Style = {
  stroke: COLOUR.background,
  'stroke-width': 4,
  'stroke-linejoin': 'round',
  'paint-order': 'stroke',
};

/** Text at pixels; several lines where it has line feeds. */
export function textAt(px: number, py: number, text: string, placing: Placing = {}): Markup {
  const { anchor = 'start', level: part = 'middle', dx = 0, dy = 0, colour = COLOUR.theory, style = {} } = placing;
  const lines = text.split('\n');
  const height = FONT.size * (ASCENT + LEADING * (lines.length - 1));
  const above = { top: 0, middle: height / 2, bottom: height }[part];
  const [left, first] = [pixel(px + dx), pixel(py + dy - above + ASCENT * FONT.size)];
  const content =
    lines.length === 1
      ? indexed(text)
      : lines.map(
          (each, k) => html`<tspan x="${left}" dy="${k === 0 ? 0 : LEADING * FONT.size}">${indexed(each)}</tspan>`,
        );
  return html`<text x="${left}" y="${first}" text-anchor="${anchor}" fill="${colour}"${attributes({ ...HALO, ...style })}>${content}</text>`;
}

/** Text at a point; none where the point has no place on the axes. */
export function label([across, up]: readonly [number, number], text: string, placing: Placing = {}): Mark {
  return ({ x, y }) => (x.has(across) && y.has(up) ? textAt(x.at(across), y.at(up), text, placing) : html``);
}

/** Text at the upper or lower edge of the frame. @param across a value of x */
export function edgeLabel(edge: 'top' | 'bottom', across: number, text: string, placing: Placing = {}): Mark {
  return ({ x, top, bottom }) =>
    textAt(x.at(across), edge === 'top' ? top + 7 : bottom - 7, text, { level: edge, colour: COLOUR.line, ...placing });
}

/** A corner of the frame. */
export type Corner = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';

/** What a style means: a piece of a line, or a dot of some shape. */
export interface KeyEntry {
  readonly text: string;
  readonly style: Style;
  readonly shape?: Shape;
}

/** Room for a sample of a style beside its meaning. */
const SAMPLE = 22;

/** Meanings of looks in a corner of the frame, one below the other. */
export function key(corner: Corner, entries: readonly KeyEntry[]): Mark {
  return ({ left, right, top, bottom }) => {
    const [below, before] = [corner.startsWith('top'), corner.endsWith('left')];
    const spacing = 1.4 * FONT.size;
    return html`<g data-mark="key">${entries.map(({ text, style, shape }, k) => {
      const y = pixel(below ? top + 15 + k * spacing : bottom - 15 - (entries.length - 1 - k) * spacing);
      const [from, side] = before ? [left + 9, 1] : [right - 9, -1];
      const sample = shape
        ? html`<path${attributes(style)} d="M${from + (side * SAMPLE) / 2} ${y}${SHAPES[shape](4)}"/>`
        : html`<path${attributes(style)} d="M${from} ${y}h${side * SAMPLE}"/>`;
      const anchor = before ? 'start' : 'end';
      return html`${sample}${textAt(from + side * (SAMPLE + 6), y, text, { anchor })}`;
    })}</g>`;
  };
}
