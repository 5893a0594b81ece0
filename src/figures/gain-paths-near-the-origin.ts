/**
 * Fig. 2c: the beginning of the paths of Fig. 2b.
 */
import { defineFigure } from './figure.js';
import { gainPlaneChart, gainPlaneOf, type Window } from './gain-plane.js';

const WINDOW: Window = { k1: [-0.06, 0.02], k2: [-0.06, 0.04] };

export const figure = defineFigure({
  id: 'gain-paths-near-the-origin',
  panel: '2c',
  title: 'The beginning of the paths of learning',
  caption:
    'Fig. 2b, zoomed. Stage 1 of closed-loop learning lowers k₁; stage 2 zig-zags down to the edge of stability, k₂ = k₁; in stage 3 the path leaves through the triangle. Open-loop learning first goes far to the left, where the loss is large. 1 and 2: ends of stages 1 and 2, by the spectrum.',
  data: (runs) => gainPlaneOf(runs, WINDOW),
  draw: (plane) => gainPlaneChart(plane, WINDOW, [], true),
});
