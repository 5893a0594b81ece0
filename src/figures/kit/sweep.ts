/**
 * Several curves of one kind, dark to light in their order.
 */
import { type ChartPoint, type KeyEntry, line, type Mark } from '../../chart/marks.js';
import { sequential, stroke } from '../../chart/theme.js';

/** Curves. */
export function sweepLines(paths: readonly (readonly ChartPoint[])[], width = 1.8): Mark[] {
  const colours = sequential(paths.length);
  return paths.map((path, k) => line(path, stroke(colours[k]!, width)));
}

/** What each of them is. */
export function sweepKey(names: readonly string[]): KeyEntry[] {
  const colours = sequential(names.length);
  return names.map((text, k) => ({ text, style: stroke(colours[k]!) }));
}
