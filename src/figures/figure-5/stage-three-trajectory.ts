/**
 * Fig. 5b: what the policy at the end of learning does, beside the best one that sees the same.
 */
import { realField } from '../../linalg/field.js';
import { add, at, type Mat, matrix, scale, times } from '../../linalg/matrix.js';
import { estimate, filterOf } from '../../loop/kalman.js';
import { riccati } from '../../loop/riccati.js';
import { costOf } from '../../problem/protocol.js';
import { weightsOver } from '../../theory/loop/no-policy-beats-riccati.js';
import { defineFigure } from '../kit/figure.js';
import { type LowRankRun, population } from '../kit/runs.js';
import { positionsOf, startState, trajectoryChart } from '../kit/trajectory.js';

/**
 * States from a start on under u_t = −K_t x̂_t, x̂ the Kalman filter, u_0 = 0, as long as training scores them: the policy whose
 * mean loss is `observationBound`.
 * @param start n × any, one column per trial
 */
export function bestFromObservations(
  { protocol, plant }: Pick<LowRankRun, 'protocol' | 'plant'>,
  start: Mat<number>,
): Mat<number>[] {
  const [n, p] = [plant.A.rows, plant.B.cols];
  const weights = weightsOver(realField, costOf(protocol, n, p));
  const filter = filterOf(plant, population(protocol), protocol.horizon);
  let x = start;
  let u: Mat<number> = matrix(p, start.cols);
  let known: Mat<number> = matrix(n, start.cols);
  return riccati(realField, plant, weights, protocol.horizon).map(({ K }, t) => {
    if (t > 0) {
      x = add(realField, times(plant.A, x), times(plant.B, u));
      known = estimate(realField, plant, filter[t]!.L, known, u, times(plant.C, x));
      u = scale(realField, -1, times(K, known));
    }
    return x;
  });
}

export const figure = defineFigure({
  id: 'stage-three-trajectory',
  panel: '5b',
  title: 'A trajectory of stage 3',
  caption:
    'Position of a double integrator over time, from (1, −1), under the agent of Fig. 5a after its last epoch. It settles fast and hardly oscillates. Shown are the 50 steps that training scores, a sixth of Figs 3b and 4b: nothing moves later. Dashed, by theory: the best policy that sees the same observations, Riccati gains on a Kalman filter.',
  data(runs) {
    const run = runs.lowRank();
    const { horizon, epochs } = run.protocol;
    const best = bestFromObservations(run, startState()).map((x) => at(x, 0, 0));
    return { horizon, position: positionsOf(run, epochs - 1, horizon), best };
  },
  draw: ({ position, horizon, best }) =>
    trajectoryChart({
      position,
      horizon,
      theory: { name: 'best policy from observations', values: best, amplitude: false },
      corner: 'top-right',
    }),
});
