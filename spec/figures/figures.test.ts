/**
 * What every figure must be, and that what is drawn is the data.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { svgOf } from '#src/figures/drawn.js';
import type { AnyFigure } from '#src/figures/figure.js';
import { figureOf, figuresOf, gallery } from '#src/figures/gallery.js';
import { figure as region } from '#src/figures/stability-region.js';
import { HORIZON, figure as landscape } from '#src/figures/stage-one-landscape.js';
import { figure as stageOneLoss } from '#src/figures/stage-one-loss.js';
import { reals } from '#src/linalg/ring.js';
import { allPositive, stabilityMargins } from '#src/theory/loop/stability-region-is-exact.js';
import { stageOneGrowth } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { fromFile, smallRuns } from './small.js';
import { groups, parsed, points, ticks, within } from './svg.js';

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
    for (const { id, title, caption } of gallery) {
      expect(existsSync(`src/figures/${id}.ts`), id).toBe(true);
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
    expect(root.name).toBe('svg');
    expect(root.children.slice(0, 2).map(({ name, text }) => [name, text.length > 0])).toEqual([
      ['title', true],
      ['desc', true],
    ]);
    const ids = within(root).flatMap(({ attributes }) => attributes['id'] ?? []);
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
    const axes = { x: 0, y: 0 };
    for (const figure of gallery) {
      const root = parsed(shown(figure));
      for (const axis of ['x', 'y'] as const)
        for (const group of groups(root, `${axis}-axis tick label`)) {
          const all = ticks({ ...group, attributes: {}, children: [group] }, axis);
          if (!all.some(({ text }) => /^10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$/.test(text))) continue;
          axes[axis]++;
          expect(all.length, `${figure.id}, ${axis}`).toBeGreaterThan(1);
          const exponents = all.map(({ text }) => exponentOf(text));
          const steps = all.slice(1).map(({ at }, k) => (at - all[k]!.at) / (exponents[k + 1]! - exponents[k]!));
          for (const step of steps) expect(step, `${figure.id}, ${axis}`).toBeCloseTo(steps[0]!, 6);
        }
    }
    expect(axes.x).toBeGreaterThan(3);
    expect(axes.y).toBeGreaterThan(3);
  });
});

/** n of 10ⁿ. @throws Error for what is no power of ten */
function exponentOf(text: string): number {
  const digits = /^10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(text)?.[1];
  if (digits === undefined) throw new Error(`${text} is no power of ten`);
  return Number([...digits].map((digit) => (digit === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit))).join(''));
}

/** A log axis read back from its ticks: the pixel of a value. */
function pixelOnLog(root: ReturnType<typeof parsed>, axis: 'x' | 'y'): (value: number) => number {
  const all = ticks(root, axis);
  const [first, last] = [all[0]!, all.at(-1)!];
  const [from, to] = [exponentOf(first.text), exponentOf(last.text)];
  return (value) => first.at + ((Math.log10(value) - from) / (to - from)) * (last.at - first.at);
}

describe('what is drawn', () => {
  it('is the loss, epoch by epoch, and the end of stage 1', () => {
    const data = dataOf(stageOneLoss);
    const root = parsed(shown(stageOneLoss));
    const [x, y] = [pixelOnLog(root, 'x'), pixelOnLog(root, 'y')];
    const line = points(groups(root, 'line')[0]!.children[0]!);
    expect(line).toHaveLength(data.loss.length - 1);
    for (const [k, point] of line.entries()) {
      expect(point[0]).toBeCloseTo(x(k + 1), 2);
      expect(point[1]).toBeCloseTo(y(data.loss[k + 1]!), 2);
    }
    const [bands] = groups(root, 'rect');
    expect(bands!.children).toHaveLength(3);
    expect(Number(bands!.children[1]!.attributes['x'])).toBeCloseTo(x(data.ends[0]!), 6);
    expect(Number(bands!.children[2]!.attributes['x'])).toBeCloseTo(x(data.ends[1]!), 6);
  });

  it('is every simulated loss of the landscape, and at its ends the theory within its own remainder', () => {
    const data = dataOf(landscape);
    const root = parsed(shown(landscape));
    const y = pixelOnLog(root, 'y');
    const dots = groups(root, 'dot').flatMap(({ children }) => children);
    expect(dots).toHaveLength(data.simulated.length);
    for (const [k, { attributes }] of dots.entries())
      expect(Number(attributes['cy'])).toBeCloseTo(y(data.simulated[k]!.loss), 6);
    expect(groups(root, 'line')).toHaveLength(data.predicted.length);
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
