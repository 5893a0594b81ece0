/**
 * Tables of text.
 */
import { widthOf } from './width.js';

/** Rows of text in aligned columns; colours are applied after padding. */
export function table(
  rows: readonly (readonly string[])[],
  paint?: (cell: string, row: number, column: number) => string,
): string {
  const widths: number[] = [];
  for (const row of rows) for (const [k, cell] of row.entries()) widths[k] = Math.max(widths[k] ?? 0, widthOf(cell));
  return rows
    .map((row, i) =>
      row
        .map((cell, k) => {
          const padded = k === row.length - 1 ? cell : cell + ' '.repeat(widths[k]! - widthOf(cell));
          return paint ? paint(padded, i, k) : padded;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
