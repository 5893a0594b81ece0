/**
 * Charts as SVG, of the report and of the figures: a frame with axes, marks within it, and panels beside each other.
 */

import { all, indexed, type Mark, type Plane, textAt } from './marks.js';
import { html, type Markup } from './markup.js';
import { type Axis, type Domain, pixel, type Scale, scaleOf } from './scale.js';
import { COLOUR, HEIGHT, WIDTH } from './theme.js';

/** Part of an SVG, with its size in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly content: Markup;
}

/** Room around the frame, for ticks and labels. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A frame with two axes. */
export interface Axes {
  readonly x: Axis;
  readonly y: Axis;
  readonly width?: number;
  readonly height?: number;
  readonly margins?: Partial<Margins>;
}

/** A frame, and what is in it. */
export interface Chart extends Axes {
  /** In the order in which they are drawn. */
  readonly marks: readonly Mark[];
  /** No lines across the frame. */
  readonly bare?: boolean;
}

const MARGINS: Margins = { left: 70, bottom: 46, right: 20, top: 14 };

/** The plane of a frame. */
export function planeOf({ x, y, width = WIDTH, height = HEIGHT, margins }: Axes): Plane {
  const { left, right, top, bottom } = { ...MARGINS, ...margins };
  const ends = { left, right: width - right, top, bottom: height - bottom };
  return { ...ends, x: scaleOf(x, ends.left, ends.right), y: scaleOf(y, ends.bottom, ends.top) };
}

/** A label that runs upwards, about the middle of the frame. */
function risingLabel(text: string, px: number, { top, bottom }: Plane, colour: string): Markup {
  return html`<text class="name" fill="${colour}" text-anchor="middle" transform="translate(${pixel(px)} ${(top + bottom) / 2}) rotate(-90)">${indexed(text)}</text>`;
}

/** Ticks and label of a vertical axis. @param room between the frame and the label */
function vertical(side: 'left' | 'right', { ticks, texts, at }: Scale, axis: Axis, plane: Plane, room: number): Markup {
  const [edge, way, anchor] = side === 'left' ? [plane.left, -1, 'end'] : [plane.right, 1, 'start'];
  const colour = axis.colour ?? COLOUR.theory;
  return html`<g class="tick" data-axis="y"${axis.log && html` data-log="true"`} fill="${colour}" text-anchor="${anchor}">${ticks.map(
    (value, k) => html`<text x="${edge + 8 * way}" y="${at(value)}" dy="0.33em">${indexed(texts[k]!)}</text>`,
  )}</g>${axis.label !== undefined && risingLabel(axis.label, edge + room * way, plane, colour)}`;
}

function horizontal({ x, left, right, bottom }: Plane, axis: Axis, room: number): Markup {
  return html`<g class="tick" data-axis="x"${axis.log && html` data-log="true"`} text-anchor="middle">${x.ticks.map(
    (value, k) => html`<text x="${x.at(value)}" y="${bottom + 17}">${x.texts[k]!}</text>`,
  )}</g>${
    axis.label !== undefined &&
    html`<text class="name" x="${(left + right) / 2}" y="${bottom + room}" text-anchor="middle">${indexed(axis.label)}</text>`
  }`;
}

/** A second vertical axis, at the right, and marks that are drawn on it. */
export function onRight(axis: Axis, ...marks: readonly Mark[]): Mark {
  return (plane) => {
    const y = scaleOf(axis, plane.bottom, plane.top);
    return html`${vertical('right', y, axis, plane, 56)}${all(...marks)({ ...plane, y })}`;
  };
}

/** A chart. */
export function chart({ marks, bare, ...frame }: Chart): Drawing {
  const { x, y, width = WIDTH, height = HEIGHT } = frame;
  const plane = planeOf(frame);
  const { left, right, top, bottom } = plane;
  const grid = [
    ...plane.y.ticks.map((value) => `M${left} ${plane.y.at(value)}H${right}`),
    ...plane.x.ticks.map((value) => `M${plane.x.at(value)} ${top}V${bottom}`),
  ];
  return {
    width,
    height,
    content: html`${!bare && html`<path class="grid" stroke="${COLOUR.grid}" d="${grid.join('')}"/>`}${all(...marks)(
      plane,
    )}<rect class="frame" fill="none" stroke="${COLOUR.line}" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/>${vertical('left', plane.y, y, plane, left - 12)}${horizontal(plane, x, height - bottom - 8)}`,
  };
}

/** Steps of colour in a legend: so many that none is seen. */
const STEPS = 96;

/** The legend of a continuous colour scale, as wide as the frame of a chart below it. @param colourOf from 0 to 1 */
export function ramp(label: string, domain: Domain, colourOf: (share: number) => string, width: number): Drawing {
  const { left, right } = MARGINS;
  const [top, height, thickness] = [24, 62, 10];
  const scale = scaleOf({ domain, count: width > WIDTH ? 10 : 6 }, left, width - right);
  const step = (width - right - left) / STEPS;
  const cells = Array.from({ length: STEPS }, (_, k) => {
    const share = (k + 0.5) / STEPS;
    // Each a little wider than its step, so that no gap is seen between them.
    return html`<rect x="${pixel(left + k * step)}" y="${top}" width="${pixel(step + (k < STEPS - 1 ? 0.5 : 0))}" height="${thickness}" fill="${colourOf(share)}"/>`;
  });
  const ticks = scale.ticks.map(
    (value, k) => html`<text x="${scale.at(value)}" y="${top + thickness + 16}">${scale.texts[k]!}</text>`,
  );
  return {
    width,
    height,
    content: html`${cells}<path stroke="${COLOUR.line}" d="${scale.ticks.map((value) => `M${scale.at(value)} ${top + thickness}v4`).join('')}"/><g text-anchor="middle">${ticks}</g>${textAt(left, top - 6, label, { level: 'bottom' })}`,
  };
}

/** Drawings one after the other, along one side. */
function joined(drawings: readonly Drawing[], side: 'width' | 'height'): Drawing {
  let end = 0;
  const content = drawings.map((drawing) => {
    const shift = side === 'width' ? `${end} 0` : `0 ${end}`;
    end += drawing[side];
    return html`<g transform="translate(${shift})">${drawing.content}</g>`;
  });
  const [width, height] = (['width', 'height'] as const).map((of) => Math.max(...drawings.map((each) => each[of])));
  return { width: width!, height: height!, [side]: end, content: html`${content}` };
}

/** Panels below each other. */
export const stacked = (...drawings: readonly Drawing[]): Drawing => joined(drawings, 'height');

/** Panels side by side. */
export const beside = (...drawings: readonly Drawing[]): Drawing => joined(drawings, 'width');
