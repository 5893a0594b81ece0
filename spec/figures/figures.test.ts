/**
 * What every figure must be, and that what is drawn is the data.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { figure as region } from '#src/figures/beyond/stability-region.js';
import { HORIZON, figure as landscape } from '#src/figures/figure-3/stage-one-landscape.js';
import { figure as stageOneLoss } from '#src/figures/figure-3/stage-one-loss.js';
import { svgOf } from '#src/figures/kit/drawn.js';
import { type AnyFigure, folderOf } from '#src/figures/kit/figure.js';
import { figureOf, figuresOf, gallery } from '#src/figures/kit/gallery.js';
import { reals } from '#src/linalg/ring.js';
import { allPositive, stabilityMargins } from '#src/theory/loop/stability-region-is-exact.js';
import { stageOneGrowth } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { fromFile, smallRuns } from './small.js';
import { axes, marks, parsed, points, type SvgElement } from './svg.js';

const SEED = 7;
const runs = smallRuns(SEED);
const drawn = new Map(gallery.map((figure) => [figure.id, figure.data(runs)]));
const svgs = new Map<string, string>();
/** The SVG of a figure's data, drawn once. */
function shown(figure: AnyFigure): string {
  const svg = svgs.get(figure.id) ?? svgOf(figure, drawn.get(figure.id));
  svgs.set(figure.id, svg);
  return svg;
}
const dataOf = <D>(figure: { readonly id: string; data(runs: ReturnType<typeof smallRuns>): D }): D =>
  drawn.get(figure.id) as D;

/** Where a value is no JSON: `undefined`, NaN, infinity, typed arrays, functions. */
function notJson(value: unknown, path: string): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (Array.isArray(value)) return value.flatMap((entry, k) => notJson(entry, `${path}[${k}]`));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.entries(value).flatMap(([name, entry]) => notJson(entry, `${path}.${name}`));
  return [`${path} is ${typeof value}`];
}

describe('every figure', () => {
  it('has a file, a name of its own, a title and a caption', () => {
    const names = gallery.flatMap(({ id, panel }) => [id, ...(panel === undefined ? [] : [panel])]);
    expect(new Set(names).size).toBe(names.length);
    for (const figure of gallery) {
      const { id, title, caption } = figure;
      expect(existsSync(`src/figures/${folderOf(figure)}/${id}.ts`), id).toBe(true);
      expect(title, id).toMatch(/^\S.*[^.\s]$/);
      expect(caption, id).toMatch(/^\S.{40,}\.$/);
    }
  });

  it.each(gallery)('$id draws JSON, as well-formed XML that says what it is', (figure) => {
    const data = drawn.get(figure.id);
    expect(notJson(data, 'data')).toEqual([]);
    const svg = shown(figure);
    expect(svgOf(figure, fromFile(figure, data))).toBe(svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const root = parsed(svg);
    expect(root.tagName).toBe('svg');
    expect([...root.children].slice(0, 2).map(({ tagName, textContent }) => [tagName, textContent.length > 0])).toEqual(
      [
        ['title', true],
        ['desc', true],
      ],
    );
    const ids = Array.from(root.querySelectorAll('[id]'), (element) => element.getAttribute('id')!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id.startsWith(`${figure.id}-`), id).toBe(true);
    for (const [, id] of svg.matchAll(/url\(#([^)]*)\)/g)) expect(ids).toContain(id);
    // Nothing is fetched when it is shown.
    for (const [, target] of svg.matchAll(/(?:href|src)="([^"]*)"/g)) expect(target).toMatch(/^data:|^#/);
  });

  it('is the same for the same seed, and another for another', () => {
    const [again, other] = [smallRuns(SEED), smallRuns(SEED + 1)];
    for (const id of ['stage-one-loss', 'stage-one-descent', 'deployed-losses']) {
      const figure = figureOf(id);
      const svg = shown(figure);
      expect(svgOf(figure, figure.data(again)), id).toBe(svg);
      if (id !== 'deployed-losses') expect(svgOf(figure, figure.data(other)), id).not.toBe(svg);
    }
  });

  it('has decade ticks on its log axes, evenly spaced', () => {
    for (const direction of ['x', 'y'] as const) {
      const logarithmic = gallery.flatMap((figure) =>
        axes(parsed(shown(figure)), direction).flatMap(({ log, ticks }) => (log ? [{ id: figure.id, ticks }] : [])),
      );
      expect(logarithmic.length).toBeGreaterThan(3);
      for (const { id, ticks } of logarithmic) {
        expect(ticks.length, id).toBeGreaterThan(1);
        const exponents = ticks.map(({ text }) => exponentOf(text));
        const decades = exponents.at(-1)! - exponents[0]!;
        const step = (ticks.at(-1)!.at - ticks[0]!.at) / decades;
        for (const [k, { at }] of ticks.entries())
          expect(Math.abs(at - ticks[0]!.at - (exponents[k]! - exponents[0]!) * step), id).toBeLessThan(PIXEL);
      }
    }
  });
});

/** Coordinates have two decimals: what two of them and their difference may lose. */
const PIXEL = 0.02;

/** n of 10ⁿ, or of 100. @throws Error for what is no power of ten */
function exponentOf(text: string): number {
  const digits = /^10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(text)?.[1];
  const plain = /^0\.0*1$|^10*$/.test(text);
  if (digits === undefined && !plain) throw new Error(`${text} is no power of ten`);
  if (digits === undefined) return Math.round(Math.log10(Number(text)));
  return Number([...digits].map((digit) => (digit === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit))).join(''));
}

/** A log axis read back from its ticks: the pixel of a value. */
function pixelOnLog(root: SvgElement, direction: 'x' | 'y'): (value: number) => number {
  const { ticks } = axes(root, direction)[0]!;
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const [from, to] = [exponentOf(first.text), exponentOf(last.text)];
  return (value) => first.at + ((Math.log10(value) - from) / (to - from)) * (last.at - first.at);
}

describe('what is drawn', () => {
  it('is the loss, epoch by epoch, and the end of stage 1', () => {
    const data = dataOf(stageOneLoss);
    const root = parsed(shown(stageOneLoss));
    const [x, y] = [pixelOnLog(root, 'x'), pixelOnLog(root, 'y')];
    const line = points(marks(root, 'line')[0]!.getAttribute('d')!);
    expect(line).toHaveLength(data.loss.length - 1);
    for (const [k, point] of line.entries()) {
      expect(Math.abs(point[0] - x(k + 1))).toBeLessThan(PIXEL);
      expect(Math.abs(point[1] - y(data.loss[k + 1]!))).toBeLessThan(PIXEL);
    }
    const bands = marks(root, 'band').map((mark) => Number(mark.getAttribute('x')));
    expect(bands).toHaveLength(3);
    for (const [k, end] of data.ends.entries()) expect(Math.abs(bands[k + 1]! - x(end!))).toBeLessThan(PIXEL);
  });

  it('is every simulated loss of the landscape, and at its ends the theory within its own remainder', () => {
    const data = dataOf(landscape);
    const root = parsed(shown(landscape));
    const y = pixelOnLog(root, 'y');
    const dots = points(marks(root, 'dots')[0]!.getAttribute('d')!);
    expect(dots).toHaveLength(data.simulated.length);
    for (const [k, [, height]] of dots.entries())
      expect(Math.abs(height - y(data.simulated[k]!.loss))).toBeLessThan(PIXEL);
    expect(marks(root, 'line')).toHaveLength(data.predicted.length);
    const ends = [
      { simulated: data.simulated[0]!, predicted: data.predicted[0]![0]! },
      { simulated: data.simulated.at(-1)!, predicted: data.predicted[1]!.at(-1)! },
    ];
    for (const { simulated, predicted } of ends) {
      expect(predicted.zm).toBe(simulated.zm);
      const { band, leading } = stageOneGrowth(simulated.zm, 1, HORIZON);
      // The remainder, and the rounding of some hundreds of steps that are relatively exact each.
      expect(Math.abs(simulated.loss / predicted.loss - 1)).toBeLessThan(band / leading + 2 ** -40);
    }
  });

  it('is the region of stability: inside its outline stable, outside not', () => {
    const { outlines, paths } = dataOf(region);
    for (const { outline, vu } of outlines) {
      const half = outline.length / 2;
      // Between the two sides at the same product of the roots, and beyond either, q following σ_zm.
      for (let k = 1; k < half - 1; k += 17) {
        const [low, high] = [outline[k]!, outline[outline.length - 1 - k]!];
        const at = (share: number) => {
          const zm = low.zm + share * (high.zm - low.zm);
          return { zm, vu, q: low.q + share * (high.q - low.q) };
        };
        const stable = (share: number): boolean => allPositive(reals, stabilityMargins(reals, at(share)));
        expect([0.001, 0.5, 0.999].map(stable), `σ_vu = ${vu}, ${k}`).toEqual([true, true, true]);
        expect([-0.001, 1.001].map(stable), `σ_vu = ${vu}, ${k}`).toEqual([false, false]);
      }
    }
    for (const { path, stable } of paths) {
      expect(path).toContainEqual(stable);
      expect(allPositive(reals, stabilityMargins(reals, stable!))).toBe(true);
    }
  });
});

describe('names', () => {
  it('are identifiers or panels; unknown ones suggest the nearest', () => {
    expect(figureOf('3d').id).toBe('stage-one-landscape');
    expect(figuresOf(['3d', 'stage-one-loss', '3d']).map(({ id }) => id)).toEqual([
      'stage-one-loss',
      'stage-one-landscape',
    ]);
    expect(figuresOf([])).toBe(gallery);
    expect(() => figureOf('stage-one-landscap')).toThrow(/did you mean stage-one-landscape/);
  });
});
