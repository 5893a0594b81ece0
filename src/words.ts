/**
 * Numbers and counts as words.
 */

/** A number to so many digits, without trailing zeros. */
export function brief(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

/** A count with its noun: 1 run, 2 runs. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number, or "NaN", "Infinity", "-Infinity". */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** `finiteOrText` of every number, typed arrays as lists, for `JSON.stringify`. */
export function numbersAsJson(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return finiteOrText(value);
  if (typeof value === 'bigint') return Number(value);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as unknown as number[]) : value;
}

/** A name for a shell, quoted where it holds characters that a shell acts upon. */
export function inShell(name: string): string {
  // A name that begins as a flag does is no flag with its folder.
  const file = name.startsWith('-') ? `./${name}` : name;
  return /^[\w./:@%+=,-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}
