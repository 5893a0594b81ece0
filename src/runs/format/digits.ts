/**
 * How finely numbers were recorded: printed to so many digits or decimals, or stored in a short format. A recorded number lies within
 * half a step of what the program had.
 */

/** The finest grid that numbers of one kind lie on. */
export interface Digits {
  /** In words: "4 significant digits". */
  readonly name: string;
  /** The largest distance of a number from what was rounded to it. */
  half(value: number): number;
}

/** The largest half step of numbers, relative to the largest of them. */
export function coarseness(digits: Digits | undefined, numbers: readonly number[]): number {
  const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
  const size = largest(numbers.map(Math.abs));
  return digits && size > 0 ? largest(numbers.map((value) => digits.half(value))) / size : 0;
}

/** Digits of a double, and bits: shortest texts have as many, but for few numbers. */
const [FULL_DIGITS, FULL_BITS] = [16, 53];
/** Digits that all numbers together must lack: by chance they do with a probability of 10⁻²⁰. */
const LACKING = 20;
/** Where the first so many numbers lack nothing, the others do neither. */
const FIRST = 64;

/** Significant digits of a number's shortest text, the exponent of its first, and its bits. */
interface Written {
  readonly digits: number;
  readonly exponent: number;
  readonly bits: number;
}

function digitsOfText(value: number): Omit<Written, 'bits'> {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return { digits: mantissa.replace('.', '').length, exponent: Number(exponent) };
}

/** Bits of a number from its first to its last that is set. */
function bitsOf(value: number): number {
  let scaled = Math.abs(value) / 2 ** Math.floor(Math.log2(Math.abs(value)));
  let bits = 1;
  while (scaled !== Math.floor(scaled) && bits < FULL_BITS) {
    scaled *= 2;
    bits++;
  }
  return bits;
}

const FORMATS: readonly (readonly [bits: number, name: string])[] = [
  [8, 'bfloat16'],
  [11, 'float16'],
  [24, 'single precision'],
];

/**
 * The grid of numbers that lack digits, decimals or bits which numbers by chance have; `undefined` where none shows. Zeros and ones,
 * and numbers that come again, tell nothing: they may be exact. A number beyond 10¹⁵ has all its digits in front of its decimals.
 */
export function digitsIn(numbers: Iterable<number>): Digits | undefined {
  const distinct = new Map<number, Written>();
  let [digits, decimals, bits] = [0, Number.NEGATIVE_INFINITY, 0];
  const lack = (of: (own: Written) => number): boolean =>
    [...distinct.values()].reduce((sum, own) => sum + Math.max(0, of(own)), 0) >= LACKING;
  const lacksDecimals = (): boolean => lack(({ exponent }) => FULL_DIGITS - 1 - exponent - decimals);
  for (const number of numbers) {
    const value = Math.abs(number);
    if (!Number.isFinite(value) || value === 0 || value === 1 || distinct.has(value)) continue;
    const own = { ...digitsOfText(value), bits: bitsOf(value) };
    distinct.set(value, own);
    digits = Math.max(digits, own.digits);
    decimals = Math.max(decimals, own.digits - 1 - own.exponent);
    bits = Math.max(bits, own.bits);
    const full = digits >= FULL_DIGITS && bits > FORMATS.at(-1)![0];
    if (full && distinct.size === FIRST && !lacksDecimals()) return undefined;
  }
  if (distinct.size < 2) return undefined;
  const toDigits = digits < FULL_DIGITS && lack((own) => FULL_DIGITS - own.digits);
  const toDecimals = lacksDecimals();
  const format = lack((own) => (FULL_BITS - own.bits) * Math.log10(2))
    ? FORMATS.find(([most]) => bits <= most)
    : undefined;
  if (!format && !toDigits && !toDecimals) return undefined;
  const ofDecimals = toDecimals ? 10 ** -decimals / 2 : 0;
  const ofDigits = (size: number): number => (toDigits ? 10 ** (Math.floor(Math.log10(size)) - digits + 1) / 2 : 0);
  const ofBits = (size: number): number => (format ? 2 ** (Math.floor(Math.log2(size)) - format[0]) : 0);
  const half = (value: number): number => {
    const size = Math.abs(value);
    return size > 0 ? Math.max(ofDecimals, ofDigits(size), ofBits(size)) : ofDecimals;
  };
  const balance = [...distinct.keys()].reduce((sum, value) => sum + Math.sign(ofDecimals - ofDigits(value)), 0);
  const text = toDecimals && balance >= 0 ? `${decimals} decimals` : `${digits} significant digits`;
  return { name: format && !((toDigits || toDecimals) && digits < 8) ? format[1] : text, half };
}
