/**
 * Fig. 4b: what the policy at the end of stage 2 does: a decaying but long oscillation.
 */
import { defineFigure } from '../kit/figure.js';
import { LONG, positionsOf, trajectoryChart } from '../kit/trajectory.js';

export const figure = defineFigure({
  id: 'stage-two-trajectory',
  panel: '4b',
  title: 'A trajectory of stage 2',
  caption:
    'Position of a double integrator over time, from (1, −1), under the agent of Fig. 4a at the epoch that ends stage 2. The oscillation decays slowly. Training scores only the shaded part. Dashed, by theory: the amplitude ± A |λ|ᵗ of the dominant pair of P_eff, with A from the last step that training scores.',
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
      theory: { name: 'amplitude by theory', values: envelope, amplitude: true },
      corner: 'top-right',
    }),
});
