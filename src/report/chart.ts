/**
 * The report's charts, in the colours of its style sheet.
 */
import { type Axes, chart as framed, planeOf } from '../chart/chart.js';
import { all, diagonal, dots, edgeLabel, level, line, type Mark, upright } from '../chart/marks.js';
import { html, type Markup } from '../chart/markup.js';
import { around, decadesAround, extent, pixel, tenTo, tickText } from '../chart/scale.js';
import type { PredictionPair } from '../claims/prediction.js';
import type { ProportionResult } from '../claims/proportion.js';
import { percent } from '../claims/proportion.js';
import type { Spread } from '../claims/spread.js';

/** A style that the style sheet decides. */
const styled = (name: string) => ({ class: name });

/** An SVG element with what it says for those who do not see it. */
function image(width: number, height: number, says: string, content: Markup): Markup {
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${says}">${content}</svg>`;
}

/** Marks without axes. */
function plain(
  frame: Axes & { readonly width: number; readonly height: number },
  says: string,
  ...marks: Mark[]
): Markup {
  return image(frame.width, frame.height, says, all(...marks)(planeOf(frame)));
}

/** Text whose middle is at a pixel. */
const centred = (x: number, y: number, text: string | number): Markup =>
  html`<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="middle">${text}</text>`;

/** A bar from the bottom of the frame, one wide on the x axis, with its number above. @param from its left side */
function bar(from: number, count: number, most: number): Mark {
  return ({ x, top, bottom }) => {
    const size = pixel(Math.max(2, ((bottom - top) * count) / most));
    const [left, right] = [x.at(from) + 1, x.at(from + 1) - 2];
    return html`<path class="bar" d="M${left} ${bottom}v${-size}H${right}V${bottom}z"/>${centred((left + right) / 2, bottom - size - 4, count)}`;
  };
}

/** Where the bar of cases without a residual is, in bins before the others. */
const EXACT = -2.7;
/** Half decades of residual/bound, and every how many of them have a label. */
const [BINS, EVERY] = [16, 4];

/** How near the cases came to their bounds: bars over half decades of residual/bound, and those without a residual. */
export function spreadChart({ exact, within }: Spread): Markup {
  const most = Math.max(exact, ...within);
  const upTo = (bin: number): number => Number((10 ** ((bin - BINS + 1) / 2)).toPrecision(1));
  const said = within.flatMap((count, bin) => (count > 0 ? `${count} up to ${upTo(bin)}` : []));
  const counts = [...(exact > 0 ? [`${exact} exact`] : []), ...said].join(', ');
  const named = Array.from({ length: BINS / EVERY }, (_, k) => [EVERY * k, tenTo((EVERY * k - BINS) / 2)] as const);
  const below = [[EXACT + 0.5, 'exact'], ...named, [BINS, 'bound']] as const;
  const bars = [[EXACT, exact] as const, ...within.entries()].filter(([, count]) => count > 0);
  return plain(
    {
      width: 440,
      height: 150,
      margins: { left: 18, right: 28, top: 22, bottom: 32 },
      x: { domain: [EXACT - 0.1, BINS] },
      y: { domain: [0, most] },
    },
    `Residual over bound, cases: ${counts}`,
    ...bars.map(([bin, count]) => bar(bin, count, most)),
    ({ x, bottom }) => html`${below.map(([bin, text]) => centred(x.at(bin), bottom + 15, text))}`,
    level(0, styled('axis'), [EXACT - 0.1, EXACT + 1.1]),
    level(0, styled('axis'), [0, BINS]),
    upright([BINS], styled('limit')),
  );
}

/** Positive numbers over more than two decades are drawn on logarithmic axes. */
function isWide(values: readonly number[]): boolean {
  const [least, most] = extent(values);
  return least > 0 && most > 100 * least;
}

/** What was predicted against what was measured, with the diagonal on which they agree. */
export function scatterChart(quantity: string, pairs: readonly PredictionPair[]): Markup {
  const values = pairs.flatMap((pair) => pair.slice(0, 2));
  const log = isWide(values);
  const domain = log ? decadesAround(values) : around(values);
  const axis = { domain, log, count: 4 };
  const { width, height, content } = framed({
    width: 270,
    height: 250,
    margins: { left: 54, right: 12, top: 8, bottom: 44 },
    x: { ...axis, label: 'predicted', count: 3 },
    y: { ...axis, label: 'measured' },
    marks: [
      diagonal(styled('diagonal')),
      dots(
        pairs.map(([predicted, measured]) => [predicted, measured]),
        styled('dots'),
      ),
    ],
  });
  return image(width, height, `Predicted against measured: ${quantity}, ${pairs.length} runs`, content);
}

/** A proportion between what refutes it and what is claimed. */
export function proportionChart({ name, successes, trials, atLeast, refutedBelow }: ProportionResult): Markup {
  const share = successes / trials;
  const claimed = `claimed ${percent(atLeast)}, refuted at ${percent(refutedBelow)}`;
  return plain(
    {
      width: 300,
      height: 30,
      margins: { left: 4, right: 4, top: 7, bottom: 7 },
      x: { domain: [0, 1] },
      y: { domain: [-1, 1] },
    },
    trials === 0 ? `${name}: not tried` : `${name}: ${percent(share)} of ${trials}, ${claimed}`,
    level(0, styled('track')),
    level(0, styled('claimed'), [atLeast, 1]),
    upright([refutedBelow], styled('limit')),
    ({ x, y }) => html`${trials > 0 && html`<circle class="mark" cx="${x.at(share)}" cy="${y.at(0)}" r="5"/>`}`,
  );
}

/** A curve over epochs. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** Their epochs; 0, 1, 2 … by default. */
  readonly epochs?: readonly number[];
  /** Whether it is what theory says of another one. */
  readonly predicted?: boolean;
}

/** The style of a curve among others. */
export const lookOf = ({ predicted }: Series, k: number): string => `line ${predicted ? 'predicted' : `s${k}`}`;

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

/** A curve that has fewer points than this, at epochs of its own, shows them. */
const FEW = 60;

const curve = (series: Series, k: number): Mark => {
  const { values, epochs } = series;
  const points = telling(values).map((row): [number, number] => [epochs?.[row] ?? row, values[row]!]);
  const told = epochs !== undefined && values.length < FEW;
  return all(line(points, styled(lookOf(series, k))), ...(told ? [dots(points, styled(`knots s${k}`))] : []));
};

/** An epoch at which something begins. */
export interface Beginning {
  readonly epoch: number;
  readonly name: string;
}

/** How a chart of curves is drawn. */
export interface CurveOptions {
  /** Logarithmic, where all that is drawn is positive. */
  readonly log: boolean;
  /** An epoch to be marked. */
  readonly mark?: number | undefined;
  /** Named stretches, each up to the next. */
  readonly stages?: readonly Beginning[];
  /** A value at which something changes. */
  readonly threshold?: number;
  /** The last epoch of the axis; by default that of the curves. */
  readonly last?: number;
}

/** Numbers that have a place on an axis. */
const placed = (values: readonly number[], log: boolean): number[] =>
  values.filter((value) => Number.isFinite(value) && (!log || value > 0));

/** Curves over epochs. @returns nothing where there is no number to draw */
export function curveChart(
  series: readonly Series[],
  { log, mark, stages = [], threshold, last: end = 0 }: CurveOptions,
): Markup | undefined {
  const values = series.flatMap((one) => placed(one.values, log));
  if (values.length === 0) return undefined;
  if (threshold !== undefined) values.push(threshold);
  const epochs = Math.max(...series.map((one) => (one.epochs ? one.epochs.at(-1)! + 1 : one.values.length)));
  const last = Math.max(1, epochs - 1, end);
  const late = mark !== undefined && mark > 0.85 * last;
  const marked =
    mark === undefined
      ? []
      : [
          upright([mark], styled('limit')),
          edgeLabel('top', mark, `epoch ${mark}`, {
            anchor: late ? 'end' : 'start',
            dx: late ? -5 : 5,
            style: styled('flag'),
          }),
        ];
  const { width, height, content } = framed({
    width: 560,
    height: 230,
    margins: { left: 58, right: 12, top: 10, bottom: 42 },
    x: { domain: [0, last], label: 'epoch' },
    y: { domain: log ? decadesAround(values) : around(values), log, count: log ? 6 : 4 },
    marks: [
      ...(threshold === undefined ? [] : [level(threshold, styled('diagonal'))]),
      upright(
        stages.filter(({ epoch }) => epoch > 0).map(({ epoch }) => epoch),
        styled('stage'),
      ),
      ...stages.map(({ epoch, name }) =>
        edgeLabel('bottom', epoch, name, {
          anchor: epoch > 0.85 * last ? 'end' : 'start',
          dx: epoch > 0.85 * last ? -4 : 4,
        }),
      ),
      ...series.map(curve),
      ...marked,
    ],
  });
  const staged = stages.map(({ epoch, name }) => `; ${name} from epoch ${epoch}`).join('');
  const says = `${series.map(({ name }) => name).join(', ')} over ${epochs} epochs, from ${extent(values).map(tickText).join(' to ')}${staged}`;
  return image(width, height, mark === undefined ? says : `${says}; epoch ${mark} is marked`, content);
}

/** A curve without axes, for lists. */
export function sparkline({ name, values }: Series): Markup | undefined {
  const shown = placed(values, true);
  if (shown.length === 0) return undefined;
  const [least, most] = extent(shown);
  return plain(
    {
      width: 200,
      height: 48,
      margins: { left: 2, right: 2, top: 4, bottom: 4 },
      x: { domain: [0, Math.max(1, values.length - 1)] },
      y: { domain: [least, most > least ? most : 10 * least], log: true },
    },
    `${name}, logarithmic`,
    curve({ name, values }, 0),
  );
}
