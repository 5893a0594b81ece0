/**
 * Fig. 4b: what the policy at the end of stage 2 does: a decaying but long oscillation.
 */
import { defineFigure } from './figure.js';
import { LONG, positionsOf, trajectoryChart } from './trajectory.js';

export const figure = defineFigure({
  id: 'stage-two-trajectory',
  panel: '4b',
  title: 'A trajectory at the end of stage 2',
  caption:
    'Position over time of a double integrator from (1, −1) under the agent of Fig. 4a at the epoch with which stage 2 ends: the oscillation decays, slowly. Dashed: the amplitude ± A |λ|ᵗ of the dominant pair of P_eff, A from the last step that training scores. Training scores the shaded part only.',
  data(runs) {
    const run = runs.lowRank();
    const { horizon } = run.protocol;
    const epoch = run.stages.stage2End;
    const position = positionsOf(run, epoch, LONG);
    const { eigenvalues, radius } = run.spectra[epoch]!;
    const { re, im } = eigenvalues[0]!;
    // What follows x'' = 2 Re λ x' − |λ|² x has x_t² + ((x_{t+1} − Re λ x_t)/Im λ)² = A² |λ|^2t.
    const last = horizon - 1;
    const sine = (position[horizon]! - re * position[last]!) / im;
    const amplitude = Math.hypot(position[last]!, sine);
    return { epoch, horizon, radius, position, envelope: position.map((_, t) => amplitude * radius ** (t - last)) };
  },
  draw: ({ position, horizon, envelope }) =>
    trajectoryChart({
      position,
      horizon,
      theory: [envelope, envelope.map((value) => -value)],
      theoryIs: 'amplitude by theory',
      corner: 'top-right',
    }),
});
