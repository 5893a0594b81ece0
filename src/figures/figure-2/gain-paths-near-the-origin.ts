/**
 * Fig. 2c: the beginning of the paths of Fig. 2b.
 */
import { defineFigure } from '../kit/figure.js';
import { gainPlaneChart, gainPlaneOf, type Rectangle } from './gain-plane.js';

const WINDOW: Rectangle = { k1: [-0.06, 0.02], k2: [-0.06, 0.04] };

export const figure = defineFigure({
  id: 'gain-paths-near-the-origin',
  panel: '2c',
  title: 'Gains near the origin',
  caption:
    'Fig. 2b, zoomed. In closed loop, stage 1 lowers k₁; stage 2 zig-zags down to the edge of stability, k₂ = k₁ by theory; stage 3 leaves through the triangle. In open loop, the path first goes far to the left, where the loss is large. 1 and 2: ends of stages 1 and 2 in closed loop, read off the spectrum.',
  data: (runs) => gainPlaneOf(runs, WINDOW),
  draw: (plane) => gainPlaneChart(plane, WINDOW, true),
});
