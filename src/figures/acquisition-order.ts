/**
 * Fig. 6f: when networks acquire the frequencies, and when people do.
 */
import * as Plot from '@observablehq/plot';
import { chart } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, FONT } from './theme.js';
import { frequencyName, shippedSeed, shippedSummary } from './tracking.js';

/** What others found, of the same frequencies: the paper's notebook of Fig. 6f, people in blocks of 20; the authors' network in epochs. */
const PUBLISHED = { people: [2.5, 4, 6, 9.5], network: [171, 1048, 2394, 3980] } as const;

const NAMES = ['this run', 'the authors’ network', 'people'] as const;

/** Relative to the last of them. */
function normalised(times: readonly number[]): number[] {
  return times.map((time) => time / Math.max(...times));
}

export const figure = defineFigure({
  id: 'acquisition-order',
  panel: '6f',
  title: 'Low frequencies come first, in networks and in people',
  caption:
    'When each frequency is acquired, relative to the last: the network of Fig. 6b (blue), the paper’s network as published (green), people at the same frequencies as the paper’s notebook has them (orange).',
  shippedSeed,
  data() {
    const acquired = shippedSummary().frequencies.map((frequency) => frequency.acquired!.epoch);
    return [acquired, PUBLISHED.network, PUBLISHED.people].map((times, k) => ({
      name: NAMES[k]!,
      times,
      normalised: normalised(times),
    }));
  },
  draw(series) {
    const colours = [COLOUR.closed, COLOUR.second, COLOUR.open];
    const symbols = ['circle', 'square', 'triangle'] as const;
    const count = series[0]!.times.length;
    return chart({
      x: {
        label: 'frequency',
        domain: [0.7, count + 0.3],
        ticks: Array.from({ length: count }, (_, k) => k + 1),
        tickFormat: (place) => frequencyName(place - 1),
      },
      y: { label: 'acquisition time / that of the last', domain: [0, 1.1] },
      marks: series.flatMap(({ name, normalised }, k) => {
        const points = normalised.map((value, place) => ({ place: place + 1, value }));
        const mark = { x: 'place', y: 'value', stroke: colours[k]! } as const;
        const at = { x: 0.85, y: 1.02 - 0.085 * k };
        return [
          Plot.line(points, { ...mark, strokeWidth: 1.5 }),
          Plot.dot(points, { ...mark, symbol: symbols[k]!, r: 4, fill: COLOUR.background, strokeWidth: 1.5 }),
          Plot.dot([at], { ...at, stroke: colours[k]!, symbol: symbols[k]!, r: 4, strokeWidth: 1.5 }),
          Plot.text([name], { ...at, dx: 10, textAnchor: 'start', fill: colours[k]!, fontSize: FONT.size }),
        ];
      }),
    });
  },
});
