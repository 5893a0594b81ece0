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
