/**
 * Fig. 3b: what the policy of stage 1 does to the plant.
 */
import * as Plot from '@observablehq/plot';
import { couplingOf } from '../agent/overlaps.js';
import { at, fromRows } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { rollout } from '../loop/rollout.js';
import { measuredTurn, positionOverlap } from '../stages/turn.js';
import { canonicalAgent } from '../theory/recorded-losses-follow-overlaps.js';
import { stageOneEigenvalues } from '../theory/stage-one-eigenvalues.js';
import { overlapsAt } from '../training/curve.js';
import { chart, HALO, key } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, THEORY } from './theme.js';

const [STEPS, START] = [300, [1, -1]] as const;

export const figure = defineFigure({
  id: 'stage-one-trajectory',
  panel: '3b',
  title: 'A trajectory at the end of stage 1',
  caption:
    'Position over time of a double integrator from (1, −1) under the agent of Fig. 3a at the first epoch at which σ_zm no longer falls: it pulls towards the origin, but too late, and the oscillation grows. Dashed: envelope ± |λ|^t/√|σ_zm| of the loop without memory, λ = 1 ± √σ_zm. Training scores the shaded part only.',
  data(runs) {
    const { curve, plant, protocol } = runs.lowRank();
    const epoch = measuredTurn(curve);
    const agent = canonicalAgent(couplingOf(overlapsAt(curve, epoch)), protocol.agent.leak, 1, 1);
    const { x } = rollout(reals, plant, agent, fromRows(START.map((value) => [value])), STEPS + 1);
    const zm = positionOverlap(curve, epoch);
    const [{ re, im }] = stageOneEigenvalues(zm, 1);
    // x_{n+1} = −|λ|ⁿ sin(n arg λ)/√|σ_zm| without memory, from (1, −1).
    const envelope = x.map((_, t) => Math.hypot(re, im) ** (t - 1) / Math.sqrt(Math.abs(zm)));
    return { epoch, zm, position: x.map((state) => at(state, 0, 0)), envelope, horizon: protocol.horizon };
  },
  draw({ position, envelope, horizon }) {
    const most = 1.05 * Math.max(...position.map(Math.abs), ...envelope.map(Math.abs));
    const steps = (values: readonly number[]) => values.map((value, t) => ({ t, value }));
    return chart({
      x: { label: 'time step', domain: [0, position.length - 1] },
      y: { label: 'position', domain: [-most, most] },
      marks: [
        Plot.rect([horizon], { x1: 0, x2: horizon, y1: -most, y2: most, fill: COLOUR.grid, fillOpacity: 0.6 }),
        Plot.text([horizon], {
          x: horizon,
          y: -most,
          text: [`T = ${horizon}`],
          textAnchor: 'start',
          lineAnchor: 'bottom',
          dx: 5,
          dy: -6,
          fill: COLOUR.line,
          ...HALO,
        }),
        Plot.line(steps(envelope), { x: 't', y: 'value', ...THEORY }),
        Plot.line(steps(envelope.map((value) => -value)), { x: 't', y: 'value', ...THEORY }),
        Plot.line(steps(position), { x: 't', y: 'value', stroke: COLOUR.closed, strokeWidth: 1.8 }),
        ...key('top-left', [
          { text: 'agent', colour: COLOUR.closed, sample: 'line' },
          { text: 'envelope by theory', colour: COLOUR.theory, sample: 'dashes' },
        ]),
      ],
    });
  },
});
