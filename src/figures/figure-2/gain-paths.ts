/**
 * Fig. 2b: the paths of closed-loop and open-loop learning over the plane of effective gains.
 */
import { defineFigure } from '../kit/figure.js';
import { gainPlaneChart, gainPlaneOf, type Rectangle } from './gain-plane.js';

const WINDOW: Rectangle = { k1: [-1.2, 0.6], k2: [-1.2, 0.6] };

export const figure = defineFigure({
  id: 'gain-paths',
  panel: '2b',
  title: 'Learning over the plane of gains',
  caption:
    'Paths: effective gains of the agents of Fig. 1c while they learn, from (0, 0) to the circle, by regression of control on state over the deployed trials. Grey: log₁₀ of the loss of the state feedback u = k₁x₁ + k₂x₂, from (1, 1) over 50 steps. Lines of theory: the feedback is stable inside the solid triangle; its eigenvalues turn complex at the dashed curve.',
  data: (runs) => gainPlaneOf(runs, WINDOW),
  draw: (plane) =>
    gainPlaneChart(plane, WINDOW, false, [
      { text: 'stable', at: [-0.55, -0.95] },
      { text: 'unstable,\noscillating', at: [-0.85, -0.2] },
      { text: 'unstable,\nreal', at: [0.32, -0.45] },
    ]),
});
