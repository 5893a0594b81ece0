/**
 * Fig. 3b: what the policy of stage 1 does to the plant.
 */
import { measuredTurn, positionOverlap } from '../../stages/turn.js';
import { stageOneEigenvalues } from '../../theory/stage-one/stage-one-eigenvalues.js';
import { defineFigure } from '../kit/figure.js';
import { LONG, positionsOf, trajectoryChart } from '../kit/trajectory.js';

export const figure = defineFigure({
  id: 'stage-one-trajectory',
  panel: '3b',
  title: 'A trajectory of stage 1',
  caption:
    'Position of a double integrator over time, from (1, −1), under the agent of Fig. 3a at the first epoch at which σ_zm no longer falls. The agent pulls towards the origin, but too late: the oscillation grows. Training scores only the shaded part. Dashed, by theory: the envelope ± |λ|^(t−1)/√|σ_zm| of the loop without memory, with λ = 1 ± √σ_zm.',
  data(runs) {
    const run = runs.lowRank();
    const epoch = measuredTurn(run.curve);
    const position = positionsOf(run, epoch, LONG);
    const zm = positionOverlap(run.curve, epoch);
    const [{ re, im }] = stageOneEigenvalues(zm, 1);
    // x_{n+1} = −|λ|ⁿ sin(n arg λ)/√|σ_zm| without memory, from (1, −1).
    const envelope = position.map((_, t) => Math.hypot(re, im) ** (t - 1) / Math.sqrt(Math.abs(zm)));
    return { epoch, zm, position, envelope, horizon: run.protocol.horizon };
  },
  draw: ({ position, envelope, horizon }) =>
    trajectoryChart({
      position,
      horizon,
      theory: { name: 'envelope by theory', values: envelope, amplitude: true },
      corner: 'top-left',
    }),
});
