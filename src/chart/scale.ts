/**
 * From numbers to pixels, and the ticks of an axis.
 */

/** Both ends of an axis, the lower one first. */
export type Domain = readonly [low: number, high: number];

/** An axis. */
export interface Axis {
  /** Written beside it, with its unit if it has one. */
  readonly label?: string;
  readonly domain: Domain;
  /** Logarithmic; its ticks are powers of ten. */
  readonly log?: boolean;
  /** Values of the ticks; by default round numbers, or powers of ten. */
  readonly ticks?: readonly number[];
  /** What is written at a tick. */
  readonly tickText?: (value: number) => string;
  /** Of its ticks and its label, where several axes are told apart by colour. */
  readonly colour?: string;
  /** How many ticks to aim at. */
  readonly count?: number;
}

/** An axis in pixels. */
export interface Scale {
  /** The pixel of a value, to two decimals. */
  at(value: number): number;
  /** Whether a value has a place: finite, and positive on a logarithmic axis. */
  has(value: number): boolean;
  /** Values of the ticks. */
  readonly ticks: readonly number[];
  /** What is written at each of them. */
  readonly texts: readonly string[];
}

const RAISED: Readonly<Record<string, string>> = { '-': '⁻', ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].entries()) };

/** 10ⁿ of an integer n, with the exponent raised. */
export function tenTo(exponent: number): string {
  return `10${[...String(exponent)].map((sign) => RAISED[sign]).join('')}`;
}

/** A number as a tick shows it, to six digits. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential() : String(Number(value.toPrecision(6)));
  return text.replace('e+', 'e').replaceAll('-', '−');
}

/** Powers of ten that stand without an exponent if all ticks of an axis do. */
const [PLAINEST, LARGEST] = [0.01, 10_000];

function powerTexts(powers: readonly number[]): string[] {
  const plain = powers.every((power) => power >= PLAINEST && power <= LARGEST);
  return powers.map((power) => (plain ? String(power) : tenTo(Math.round(Math.log10(power)))));
}

/** What rounding may take from a whole number of steps. */
const SLACK = 1e-9;

/** Steps of round numbers in each decade, the largest first. */
const STEPS = [10, 5, 2, 1];
/** Each is taken from here on: the geometric mean with the next smaller one. */
const FROM = [Math.sqrt(50), Math.sqrt(10), Math.sqrt(2), 0];

/**
 * Round numbers within a domain, in steps of 1, 2 or 5 times a power of ten. A step that leaves room for one number alone
 * gives way to the next smaller one.
 * @param count about how many steps there are
 */
export function roundNumbers([low, high]: Domain, count: number): number[] {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const inSteps = (step: number): number[] => {
    const first = Math.ceil(low / step - SLACK);
    return Array.from({ length: Math.floor(high / step + SLACK) - first + 1 }, (_, k) =>
      Number(((first + k) * step).toPrecision(12)),
    );
  };
  const largest = FROM.findIndex((least) => rough / unit >= least);
  const ticks = inSteps(unit * STEPS[largest]!);
  return ticks.length > 1 ? ticks : inSteps(unit * (STEPS[largest + 1] ?? 0.5));
}

function logOf(value: number): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`${value} has no place on a log axis`);
  return Math.log10(value);
}

/** Powers of ten within a domain, or every second, fifth, tenth … of them where they are more than `count`. */
export function powersOfTen([low, high]: Domain, count: number): number[] {
  const [first, last] = [Math.ceil(logOf(low) - SLACK), Math.floor(logOf(high) + SLACK)];
  const stride = [1, 2, 5, 10, 20, 50, 100].find((step) => (last - first) / step <= count) ?? 200;
  const exponents = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k);
  return exponents.filter((exponent) => exponent % stride === 0).map((exponent) => Number(`1e${exponent}`));
}

/** Least and greatest of some numbers. */
export function extent(values: Iterable<number>): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** Whole decades around positive values: a logarithmic axis that shows them. @throws RangeError for a value that is not positive */
export function decadesAround(values: Iterable<number>): Domain {
  const [least, most] = extent(values);
  const first = Math.floor(logOf(least) + SLACK);
  const last = Math.max(first + 1, Math.ceil(logOf(most) - SLACK));
  return [Number(`1e${first}`), Number(`1e${last}`)];
}

/** A domain around values, so wide that none lies on the frame. */
export function around(values: Iterable<number>): Domain {
  const [low, high] = extent(values);
  const margin = (high - low) * 0.04 || Math.abs(high) * 0.04 || 1;
  return [low - margin, high + margin];
}

/** Pixels to two decimals. */
export function pixel(value: number): number {
  return Math.round(100 * value) / 100;
}

/** The scale of an axis. @param from the pixel of its lower end @param to that of its upper end */
export function scaleOf({ domain, log, tickText: text, ...axis }: Axis, from: number, to: number): Scale {
  const { count = log ? 8 : 6 } = axis;
  const place = log ? Math.log10 : (value: number): number => value;
  const [low, high] = [place(domain[0]), place(domain[1])];
  const ticks = axis.ticks ?? (log ? powersOfTen(domain, count) : roundNumbers(domain, count));
  return {
    at: (value) => pixel(from + ((place(value) - low) / (high - low)) * (to - from)),
    has: (value) => Number.isFinite(value) && (!log || value > 0),
    ticks,
    texts: text ? ticks.map(text) : log ? powerTexts(ticks) : ticks.map(tickText),
  };
}
