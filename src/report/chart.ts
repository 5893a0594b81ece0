/**
 * The report's charts: small SVG, drawn in the colours of its style sheet.
 */
import type { ProportionResult } from '../claims/proportion.js';
import { percent } from '../claims/proportion.js';
import type { Spread } from '../claims/spread.js';
import { html, type Markup } from './markup.js';

/** A scale from numbers to pixels. */
interface Scale {
  readonly at: (value: number) => number;
  /** Where lines go, with what is written there. */
  readonly ticks: readonly (readonly [value: number, label: string])[];
}

const RAISED: Readonly<Record<string, string>> = { '-': '⁻', ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].entries()) };

/** 10ⁿ of an integer n, with the exponent raised. */
export function tenTo(exponent: number): string {
  return `10${[...String(exponent)].map((sign) => RAISED[sign]).join('')}`;
}

/** 10^k, as it is written. */
function power(k: number): string {
  return k >= -2 && k <= 3 ? String(Number(`1e${k}`)) : tenTo(k);
}

/** Numbers as ticks show them. */
function brief(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential() : String(Number(value.toPrecision(6)));
  return text.replace('e+', 'e').replaceAll('-', '−');
}

/** A linear scale with about `count` ticks at round numbers. */
function linear([low, high]: readonly [number, number], from: number, to: number, count = 4): Scale {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((multiple) => multiple * unit >= rough) ?? 10);
  const at = (value: number): number => from + ((value - low) / span) * (to - from);
  const first = Math.ceil(low / step - 1e-9);
  const number = Math.floor((low + span) / step + 1e-9) - first + 1;
  return { at, ticks: Array.from({ length: number }, (_, k) => [(first + k) * step, brief((first + k) * step)]) };
}

/** A logarithmic scale over whole decades, with a tick at each of them, or at every n-th if there are many. */
function logarithmic([low, high]: readonly [number, number], from: number, to: number, most = 6): Scale {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const every = Math.ceil((last - first) / most);
  const at = (value: number): number => from + ((Math.log10(value) - first) / (last - first)) * (to - from);
  const exponents = Array.from({ length: last - first + 1 }, (_, k) => first + k);
  return { at, ticks: exponents.filter((k) => k % every === 0).map((k) => [10 ** k, power(k)]) };
}

const px = (value: number): number => Math.round(10 * value) / 10;

/** The frame of a plot: where the data are drawn. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function axes(x: Scale, y: Scale, { left, right, top, bottom }: Frame): Markup {
  return html`<g class="grid">${y.ticks.map(
    ([value]) => html`<path d="M${left} ${px(y.at(value))}H${right}"/>`,
  )}${x.ticks.map(([value]) => html`<path d="M${px(x.at(value))} ${top}V${bottom}"/>`)}</g><g class="tick">${y.ticks.map(
    ([value, label]) => html`<text x="${left - 6}" y="${px(y.at(value) + 3.5)}" text-anchor="end">${label}</text>`,
  )}${x.ticks.map(
    ([value, label]) => html`<text x="${px(x.at(value))}" y="${bottom + 15}" text-anchor="middle">${label}</text>`,
  )}</g>`;
}

/** A chart with what it says for those who do not see it. */
function figure(width: number, height: number, label: string, content: Markup): Markup {
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">${content}</svg>`;
}

/** Labels below every second decade of the bins. */
const SPREAD_TICKS: readonly (readonly [bin: number, label: string])[] = [0, 4, 8, 12, 16].map((bin) => [
  bin,
  bin === 16 ? 'bound' : power(bin / 2 - 8),
]);

/** How near the cases came to their bounds: bars over half decades of residual/bound, and those without a residual. */
export function spreadChart({ exact, within }: Spread): Markup {
  const [width, height, left, top, bottom] = [440, 150, 76, 22, 118];
  const step = 21;
  const most = Math.max(exact, ...within);
  const bar = (x: number, count: number): Markup | false => {
    if (count === 0) return false;
    const size = Math.max(2, ((bottom - top) * count) / most);
    return html`<path class="bar" d="M${x + 1} ${bottom}v${px(-size)}h${step - 3}v${px(size)}z"/><text x="${x + step / 2}" y="${px(bottom - size - 4)}" text-anchor="middle">${count}</text>`;
  };
  const told = within.flatMap((count, k) =>
    count > 0 ? `${count} up to ${Number((10 ** ((k - 15) / 2)).toPrecision(1))}` : [],
  );
  const label = `Residual over bound, cases: ${[...(exact > 0 ? [`${exact} exact`] : []), ...told].join(', ')}`;
  const end = left + step * within.length;
  return figure(
    width,
    height,
    label,
    html`<g class="tick">${bar(20, exact)}${within.map((count, k) => bar(left + step * k, count))}<text x="${20 + step / 2}" y="${bottom + 15}" text-anchor="middle">exact</text>${SPREAD_TICKS.map(
      ([bin, text]) => html`<text x="${left + step * bin}" y="${bottom + 15}" text-anchor="middle">${text}</text>`,
    )}</g><path class="axis" d="M18 ${bottom}h${step + 4}M${left} ${bottom}H${end}"/><path class="limit" d="M${end} ${top - 12}V${bottom}"/>`,
  );
}

/** Where numbers lie, widened so that none sits on the frame. */
function reach(values: readonly number[]): [number, number] {
  const [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const margin = (high - low) * 0.04 || Math.abs(high) * 0.04 || 1;
  return [low - margin, high + margin];
}

/** Positive numbers over more than two decades are drawn on logarithmic axes. */
function isWide(values: readonly number[]): boolean {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return least > 0 && most > 100 * least;
}

/** What was predicted against what was measured, with the diagonal on which they agree. */
export function scatterChart(quantity: string, pairs: readonly (readonly [number, number])[]): Markup {
  const [width, height] = [270, 250];
  const frame = { left: 54, right: 258, top: 8, bottom: 206 };
  const values = pairs.flat();
  const range = reach(values);
  const wide = isWide(values);
  const x = wide ? logarithmic(spanOf(values), frame.left, frame.right, 4) : linear(range, frame.left, frame.right, 3);
  const y = wide ? logarithmic(spanOf(values), frame.bottom, frame.top, 4) : linear(range, frame.bottom, frame.top, 4);
  const dots = pairs.map(([predicted, measured]) => `M${px(x.at(predicted))} ${px(y.at(measured))}h0`).join('');
  return figure(
    width,
    height,
    `Predicted against measured: ${quantity}, ${pairs.length} runs`,
    html`${axes(x, y, frame)}<path class="diagonal" d="M${frame.left} ${frame.bottom}L${frame.right} ${frame.top}"/><path class="dots" d="${dots}"/><g class="name"><text x="${(frame.left + frame.right) / 2}" y="${height - 10}" text-anchor="middle">predicted</text><text transform="translate(11 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">measured</text></g>`,
  );
}

function spanOf(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** A proportion between what refutes it and what is claimed. */
export function proportionChart({ name, successes, trials, atLeast, refutedBelow }: ProportionResult): Markup {
  const [width, height, left, right] = [300, 30, 4, 296];
  const at = (share: number): number => px(left + share * (right - left));
  const label =
    trials === 0
      ? `${name}: not tried`
      : `${name}: ${percent(successes / trials)} of ${trials}, claimed ${percent(atLeast)}, refuted at ${percent(refutedBelow)}`;
  return figure(
    width,
    height,
    label,
    html`<path class="track" d="M${left} 15H${right}"/><path class="claimed" d="M${at(atLeast)} 15H${right}"/><path class="limit" d="M${at(refutedBelow)} 7v16"/>${
      trials > 0 && html`<circle class="mark" cx="${at(successes / trials)}" cy="15" r="5"/>`
    }`,
  );
}

/** A curve over epochs. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** Points that a curve is drawn with; a longer one by the least and the greatest of every stretch. */
const MOST_POINTS = 600;

/** Indices of a curve that show its course: all, or the extremes of stretches, in order. */
function telling(values: readonly number[]): number[] {
  if (values.length <= MOST_POINTS) return [...values.keys()];
  const stretch = Math.ceil((2 * values.length) / MOST_POINTS);
  const chosen: number[] = [];
  for (let from = 0; from < values.length; from += stretch) {
    let [least, most] = [from, from];
    for (let k = from; k < Math.min(values.length, from + stretch); k++) {
      if (values[k]! < values[least]!) least = k;
      if (values[k]! > values[most]!) most = k;
    }
    chosen.push(Math.min(least, most), Math.max(least, most));
  }
  return [...new Set(chosen)];
}

/** The path of a curve; it is broken where a number cannot be drawn. */
function course(values: readonly number[], drawn: (value: number) => boolean, x: Scale, y: Scale): string {
  let path = '';
  let open = false;
  for (const k of telling(values)) {
    const value = values[k]!;
    if (drawn(value)) {
      path += `${open ? 'L' : 'M'}${px(x.at(k))} ${px(y.at(value))}`;
      open = true;
    } else open = false;
  }
  return path;
}

/** How a chart of curves is drawn. */
export interface CurveOptions {
  /** Logarithmic, where all that is drawn is positive. */
  readonly log: boolean;
  /** An epoch to be marked. */
  readonly mark?: number | undefined;
}

/** Curves over epochs. @returns nothing where there is no number to draw */
export function curveChart(series: readonly Series[], { log, mark }: CurveOptions): Markup | undefined {
  const drawn = (value: number): boolean => Number.isFinite(value) && (!log || value > 0);
  const values = series.flatMap((one) => one.values.filter(drawn));
  if (values.length === 0) return undefined;
  const epochs = Math.max(...series.map((one) => one.values.length));
  const [width, height] = [560, 230];
  const frame = { left: 58, right: 548, top: 10, bottom: 188 };
  const x = linear([0, Math.max(1, epochs - 1)], frame.left, frame.right, 6);
  const y = log ? logarithmic(spanOf(values), frame.bottom, frame.top) : linear(reach(values), frame.bottom, frame.top);
  const name = series.map((one) => one.name).join(', ');
  const ends = spanOf(values).map(brief).join(' to ');
  return figure(
    width,
    height,
    `${name} over ${epochs} epochs, from ${ends}${mark === undefined ? '' : `; epoch ${mark} is marked`}`,
    html`${axes(x, y, frame)}${
      mark !== undefined &&
      html`<path class="limit" d="M${px(x.at(mark))} ${frame.top}V${frame.bottom}"/><text class="flag" x="${px(
        Math.min(x.at(mark) + 5, frame.right - 60),
      )}" y="${frame.top + 11}">epoch ${mark}</text>`
    }${series.map(
      (one, k) => html`<path class="line s${k}" d="${course(one.values, drawn, x, y)}"/>`,
    )}<text class="name" x="${(frame.left + frame.right) / 2}" y="${height - 8}" text-anchor="middle">epoch</text>`,
  );
}

/** A curve without axes, for lists. */
export function sparkline({ name, values }: Series): Markup | undefined {
  const drawn = (value: number): boolean => value > 0 && Number.isFinite(value);
  const shown = values.filter(drawn);
  if (shown.length === 0) return undefined;
  const [width, height] = [200, 48];
  const x = linear([0, Math.max(1, values.length - 1)], 2, width - 2);
  const [low, high] = spanOf(shown);
  const scale = Math.log10(high / low) || 1;
  const y: Scale = { at: (value) => height - 4 - ((height - 8) * Math.log10(value / low)) / scale, ticks: [] };
  return figure(
    width,
    height,
    `${name}, logarithmic`,
    html`<path class="line s0" d="${course(values, drawn, x, y)}"/>`,
  );
}
