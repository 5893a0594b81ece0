/**
 * Fig. 6a: the path that is to be followed, and the one that the trained network takes.
 */
import * as Plot from '@observablehq/plot';
import { chart, key } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR } from './theme.js';
import { shippedSeed, shippedSummary } from './tracking.js';

/** Of the plane, both ways, as in the paper. */
const SIDE = 5;

export const figure = defineFigure({
  id: 'tracking-path',
  panel: '6a',
  title: 'Tracking after learning',
  caption:
    'A reference of four harmonics of drawn phases (grey) and the path of the cursor that the linear network moves after 10⁴ epochs (blue), over 30 s from the origin.',
  shippedSeed,
  data() {
    const [x, y] = shippedSummary().path;
    const path = (what: 'reference' | 'position') => x![what].map((value, i) => ({ x: value, y: y![what][i]! }));
    return { reference: path('reference'), position: path('position') };
  },
  draw({ reference, position }) {
    const axis = { domain: [-SIDE, SIDE], ticks: [-4, -2, 0, 2, 4] } as const;
    return chart({
      x: { label: 'x', ...axis },
      y: { label: 'y', ...axis },
      aspectRatio: 1,
      marks: [
        Plot.line(reference, { x: 'x', y: 'y', stroke: COLOUR.line, strokeOpacity: 0.5, strokeWidth: 4 }),
        Plot.line(position, { x: 'x', y: 'y', stroke: COLOUR.closed, strokeWidth: 1.5 }),
        ...key('top-left', [
          { text: 'reference', colour: COLOUR.line, sample: 'line' },
          { text: 'cursor', colour: COLOUR.closed, sample: 'line' },
        ]),
      ],
    });
  },
});
