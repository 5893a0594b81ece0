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
  /** That of the largest of the numbers, relative to it. */
  readonly relative: number;
}

/** Digits of a double, and bits: shortest texts have as many, but for few numbers. */
const [FULL_DIGITS, FULL_BITS] = [16, 53];
/** Digits that all numbers together must lack: by chance they do with a probability of 10⁻²⁰. */
const LACKING = 20;

/** Significant digits and decimals of a number's shortest text. */
function digitsOfText(value: number): { readonly digits: number; readonly decimals: number } {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const digits = mantissa.replace(/[-.]/g, '').length;
  return { digits, decimals: digits - 1 - Number(exponent) };
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
 * The grid of numbers that lack digits or bits which numbers by chance have; `undefined` where none shows. Zeros and ones, and
 * numbers that come again, tell nothing: they may be exact.
 */
export function digitsIn(numbers: Iterable<number>): Digits | undefined {
  const distinct = new Set<number>();
  let [digits, decimals, bits, lackingDigits, lackingBits, largest] = [0, Number.NEGATIVE_INFINITY, 0, 0, 0, 0];
  for (const number of numbers) {
    const value = Math.abs(number);
    if (!Number.isFinite(value) || value === 0 || value === 1 || distinct.has(value)) continue;
    distinct.add(value);
    const text = digitsOfText(value);
    const own = bitsOf(value);
    digits = Math.max(digits, text.digits);
    decimals = Math.max(decimals, text.decimals);
    bits = Math.max(bits, own);
    lackingDigits += Math.max(0, FULL_DIGITS - text.digits);
    lackingBits += FULL_BITS - own;
    largest = Math.max(largest, value);
    if (digits >= FULL_DIGITS && bits > FORMATS.at(-1)![0]) return undefined;
  }
  if (distinct.size < 2) return undefined;
  const format = lackingBits * Math.log10(2) >= LACKING ? FORMATS.find(([most]) => bits <= most) : undefined;
  const printed = lackingDigits >= LACKING && digits < FULL_DIGITS;
  if (!format && !printed) return undefined;
  /** Numbers with equally many decimals have the fewest digits where they are small, and the other way round. */
  const half = (value: number): number => {
    const size = Math.abs(value);
    const exponent = size > 0 ? Math.floor(Math.log10(size)) : Number.NEGATIVE_INFINITY;
    const ofText = printed ? Math.max(10 ** -decimals, 10 ** (exponent - digits + 1)) / 2 : 0;
    const ofBits = format && size > 0 ? 2 ** (Math.floor(Math.log2(size)) - format[0]) : 0;
    return Math.max(ofText, ofBits);
  };
  const relative = half(largest) / largest;
  const even = printed && [...distinct].every((value) => 10 ** -decimals >= 2 * half(value) * (1 - 1e-9));
  const text = even ? `${decimals} decimals` : `${digits} significant digits`;
  return { name: format && !(printed && digits < 8) ? format[1] : text, half, relative };
}
