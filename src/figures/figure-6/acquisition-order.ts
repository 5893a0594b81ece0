/**
 * Fig. 6f: when networks acquire the frequencies, and when people do.
 */
import { chart } from '../../chart/chart.js';
import { type ChartPoint, dots, key, line, type Shape } from '../../chart/marks.js';
import { COLOUR, ring, stroke } from '../../chart/theme.js';
import { defineFigure } from '../kit/figure.js';
import { frequencyName, shippedSeed, shippedSummary } from './tracking.js';

/** Published acquisition times of the same frequencies, from the paper's notebook of Fig. 6f: people in blocks of 20, the authors' network in epochs. */
const PUBLISHED = { people: [2.5, 4, 6, 9.5], network: [171, 1048, 2394, 3980] } as const;

const NAMES = ['this run', 'the authors’ network', 'people'] as const;

/** Relative to the last of them. */
function normalised(times: readonly number[]): number[] {
  return times.map((time) => time / Math.max(...times));
}

export const figure = defineFigure({
  id: 'acquisition-order',
  panel: '6f',
  title: 'Low frequencies come first',
  caption:
    'Acquisition time of each frequency relative to the last one. Blue: the network of Fig. 6b. Green: the paper’s network, as published. Orange: people at the same frequencies, from the paper’s notebook.',
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
    const looks: readonly { readonly colour: string; readonly shape: Shape }[] = [
      { colour: COLOUR.closed, shape: 'ring' },
      { colour: COLOUR.second, shape: 'square' },
      { colour: COLOUR.open, shape: 'triangle' },
    ];
    const count = series[0]!.times.length;
    return chart({
      x: {
        label: 'frequency',
        domain: [0.7, count + 0.3],
        ticks: Array.from({ length: count }, (_, k) => k + 1),
        tickText: (place) => frequencyName(place - 1),
      },
      y: { label: 'acquisition time / that of the last', domain: [0, 1.1] },
      marks: [
        ...series.flatMap(({ normalised }, k) => {
          const points = normalised.map((value, place): ChartPoint => [place + 1, value]);
          const { colour, shape } = looks[k]!;
          return [line(points, stroke(colour, 1.5)), dots(points, ring(colour), shape, 4)];
        }),
        key(
          'top-left',
          series.map(({ name }, k) => ({ text: name, style: ring(looks[k]!.colour), shape: looks[k]!.shape })),
        ),
      ],
    });
  },
});
