/**
 * A curve in one line of text.
 */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * Bars whose heights are on a log scale from the smallest to the largest of the values.
 * @param values positive; a space stands for an absent value, × for one that is not finite, the lowest bar for 0
 */
export function sparkline(values: readonly (number | undefined)[]): string {
  const logs = values.map((value) => (value === undefined ? undefined : Math.log(value)));
  const finite = logs.filter((log): log is number => log !== undefined && Number.isFinite(log));
  const lowest = finite.reduce((least, log) => Math.min(least, log), Number.POSITIVE_INFINITY);
  const span = finite.reduce((most, log) => Math.max(most, log), lowest) - lowest;
  return logs
    .map((log) => {
      if (log === undefined) return ' ';
      if (log === Number.NEGATIVE_INFINITY) return BARS[0];
      if (!Number.isFinite(log)) return '×';
      return BARS[span > 0 ? Math.round(((log - lowest) / span) * (BARS.length - 1)) : 0];
    })
    .join('');
}
