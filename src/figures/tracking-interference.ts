/**
 * Fig. 6e: while one frequency is acquired, that which was acquired before is followed less well for a while.
 */
import * as Plot from '@observablehq/plot';
import { chart } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, FONT } from './theme.js';
import { frequencyName, shippedSeed, shippedSummary } from './tracking.js';

const extent = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)];

/** Round numbers within a range, a handful of them. */
function roundNumbers([low, high]: readonly [number, number]): number[] {
  const decade = 10 ** Math.floor(Math.log10(high - low));
  const spacing = [0.2, 0.5, 1].map((share) => share * decade).find((step) => (high - low) / step <= 6)!;
  const first = Math.ceil(low / spacing);
  // Counted in spacings, so that 0.6 is not 0.6000000000000001.
  return Array.from(
    { length: Math.floor(high / spacing) - first + 1 },
    (_, k) => (first + k) / Math.round(1 / spacing),
  );
}

export const figure = defineFigure({
  id: 'tracking-interference',
  panel: '6e',
  title: 'Acquiring one frequency disturbs another',
  caption:
    'Losses of ω₂ (blue, left axis) and of ω₁ (green, right axis) around the epoch at which ω₂ is acquired, every epoch: the one falls while the other rises for a while.',
  shippedSeed,
  data() {
    const { around, frequencies } = shippedSummary();
    return { ...around!, acquired: frequencies[1]!.acquired!.epoch };
  },
  draw({ from, first, second, acquired }) {
    const [low, high] = extent(second);
    const [least, most] = extent(first);
    // The right axis is the left one in other numbers.
    const onLeft = (value: number): number => low + ((value - least) / (most - least)) * (high - low);
    const ticks = roundNumbers([least, most]);
    const room = 0.08 * (high - low);
    const rows = (values: readonly number[]) => values.map((value, k) => ({ epoch: from + k, value }));
    const top = high + room;
    return chart({
      x: { label: 'epoch', domain: [from, from + first.length - 1] },
      y: { label: `loss of ${frequencyName(1)}`, domain: [low - room, top] },
      marginRight: 68,
      marks: [
        Plot.ruleX([acquired], { stroke: COLOUR.line, strokeDasharray: '2 3' }),
        Plot.text([`${frequencyName(1)} acquired`], {
          x: acquired,
          y: top,
          dx: 5,
          dy: 8,
          textAnchor: 'start',
          lineAnchor: 'top',
          fill: COLOUR.line,
          fontSize: FONT.size,
        }),
        Plot.line(rows(second), { x: 'epoch', y: 'value', stroke: COLOUR.closed, strokeWidth: 1.5 }),
        Plot.line(rows(first.map(onLeft)), { x: 'epoch', y: 'value', stroke: COLOUR.second, strokeWidth: 1.5 }),
        Plot.axisY({
          label: `loss of ${frequencyName(1)}`,
          labelAnchor: 'center',
          labelArrow: 'none',
          color: COLOUR.closed,
        }),
        Plot.axisY(ticks.map(onLeft), {
          anchor: 'right',
          tickFormat: (_: number, k: number) => String(ticks[k]!),
          label: `loss of ${frequencyName(0)}`,
          labelAnchor: 'center',
          labelArrow: 'none',
          labelOffset: 54,
          color: COLOUR.second,
        }),
      ],
    });
  },
});
