/**
 * Fig. 6a: the path that is to be followed, and the one that the trained network takes.
 */
import { chart } from '../../chart/chart.js';
import { type ChartPoint, key, line } from '../../chart/marks.js';
import { COLOUR, stroke, WIDTH } from '../../chart/theme.js';
import { defineFigure } from '../kit/figure.js';
import { shippedSeed, shippedSummary } from './tracking.js';

/** Of the plane, both ways, as in the paper. */
const SIDE = 5;

export const figure = defineFigure({
  id: 'tracking-path',
  panel: '6a',
  title: 'Path after learning',
  caption:
    'Path of the cursor that the linear network moves after 10⁴ epochs (blue), over 30 s from the origin. Grey: the reference, four harmonics with random phases.',
  shippedSeed,
  data() {
    const [x, y] = shippedSummary().path;
    const path = (what: 'reference' | 'position') => x![what].map((value, i) => ({ x: value, y: y![what][i]! }));
    return { reference: path('reference'), position: path('position') };
  },
  draw({ reference, position }) {
    const axis = { domain: [-SIDE, SIDE], ticks: [-4, -2, 0, 2, 4] } as const;
    const path = (points: typeof position): ChartPoint[] => points.map(({ x, y }) => [x, y]);
    const [wanted, taken] = [{ ...stroke(COLOUR.line, 4), 'stroke-opacity': 0.5 }, stroke(COLOUR.closed, 1.5)];
    return chart({
      height: WIDTH - 30,
      x: { label: 'x', ...axis },
      y: { label: 'y', ...axis },
      marks: [
        line(path(reference), wanted),
        line(path(position), taken),
        key('top-left', [
          { text: 'reference', style: wanted },
          { text: 'cursor', style: taken },
        ]),
      ],
    });
  },
});
