/**
 * Fig. 2b: the paths of closed-loop and open-loop learning over the plane of effective gains.
 */
import { defineFigure } from './figure.js';
import { gainPlaneChart, gainPlaneOf, type Window } from './gain-plane.js';

const WINDOW: Window = { k1: [-1.2, 0.6], k2: [-1.2, 0.6] };

export const figure = defineFigure({
  id: 'gain-paths',
  panel: '2b',
  title: 'Paths of learning over the plane of effective gains',
  caption:
    'Grey: log₁₀ of the loss of the state feedback u = k₁x₁ + k₂x₂ from (1, 1) over 50 steps. Solid line: edges of the triangle in which it is stable; dashed: where its eigenvalues turn complex; both by theory. Paths: effective gains of the agents of Fig. 1c while they learn (regression of control on state over the deployed trials), from the start at (0, 0) to the end, circled.',
  data: (runs) => gainPlaneOf(runs, WINDOW),
  draw: (plane) =>
    gainPlaneChart(
      plane,
      WINDOW,
      [
        { text: 'stable', at: [-0.55, -0.95] },
        { text: 'unstable,\noscillating', at: [-0.85, -0.2] },
        { text: 'unstable,\nreal', at: [0.32, -0.45] },
      ],
      false,
    ),
});
