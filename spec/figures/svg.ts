/**
 * Reading a figure's SVG back: its elements, and where they stand.
 */
import { XMLValidator } from 'fast-xml-parser';
import { DOMParser } from 'linkedom';

/** As much of an element as is asked here. */
export interface SvgElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly children: Iterable<SvgElement>;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

/** The root of a well-formed document. @throws Error for one that is not */
export function parsed(svg: string): SvgElement {
  const valid = XMLValidator.validate(svg);
  if (valid !== true) throw new Error(`${valid.err.msg}, line ${valid.err.line}`);
  return new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement as unknown as SvgElement;
}

/** The marks of a kind: `line`, `dots`, `band`, … */
export function marks(root: SvgElement, kind: string): SvgElement[] {
  return [...root.querySelectorAll(`[data-mark=${kind}]`)];
}

/** A tick: its text, and its pixel along the axis. */
export interface Tick {
  readonly text: string;
  readonly at: number;
}

/** The ticks of each axis of a direction, one axis per panel. */
export function axes(root: SvgElement, direction: 'x' | 'y'): { readonly log: boolean; readonly ticks: Tick[] }[] {
  return [...root.querySelectorAll(`[data-axis=${direction}]`)].map((axis) => ({
    log: axis.getAttribute('data-log') === 'true',
    ticks: [...axis.children].map((tick) => ({ text: tick.textContent, at: Number(tick.getAttribute(direction)) })),
  }));
}

/** Points of a path of straight lines, or of dots, by its `d`. */
export function points(d: string): [number, number][] {
  return [...d.matchAll(/[ML]([-\d.]+) ([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}
