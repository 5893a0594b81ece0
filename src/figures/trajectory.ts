/**
 * What the policy of an epoch of the low-rank run does to the plant: Figs 3b, 4b and 5b.
 */
import * as Plot from '@observablehq/plot';
import { canonicalAgent } from '../agent/canonical.js';
import { orderParameterMatrix } from '../agent/order-parameters.js';
import { at, fromRows, type Mat } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { rollout } from '../loop/rollout.js';
import { orderParametersAt } from '../training/curve.js';
import { chart, HALO, type KeyEntry, key } from './chart.js';
import type { LowRankRun } from './runs.js';
import { COLOUR, THEORY } from './theme.js';

/** Where the paper's trajectories start: position 1, velocity −1; 2 × 1. */
export function startState(): Mat<number> {
  return fromRows([[1], [-1]]);
}

/** Time steps that the paper shows, six times as many as training scores. */
export const LONG = 300;

/** Positions from the start on, for a number of steps, under the agent of an epoch. */
export function positionsOf({ curve, plant, protocol }: LowRankRun, epoch: number, steps: number): number[] {
  const agent = canonicalAgent(orderParameterMatrix(orderParametersAt(curve, epoch)), protocol.agent.leak, 1, 1);
  const { x } = rollout(reals, plant, agent, startState(), steps + 1);
  return x.map((state) => at(state, 0, 0));
}

/** A trajectory, and what the theory says of it. */
export interface TrajectoryOptions {
  readonly position: readonly number[];
  /** Of training, T. */
  readonly horizon: number;
  /** Drawn over the position, from time 0 on. */
  readonly theory: readonly (readonly number[])[];
  readonly theoryIs: string;
  readonly corner: Parameters<typeof key>[0];
}

/** Position over time; what training scores is shaded. */
export function trajectoryChart({ position, horizon, theory, theoryIs, corner }: TrajectoryOptions): string {
  const most = 1.15 * Math.max(...[position, ...theory].flat().map(Math.abs));
  const steps = (values: readonly number[]) => values.map((value, t) => ({ t, value }));
  const last = position.length - 1;
  const meanings: KeyEntry[] = [
    { text: 'agent', colour: COLOUR.closed, sample: 'line' },
    { text: theoryIs, colour: COLOUR.theory, sample: 'dashes' },
  ];
  return chart({
    x: { label: 'time step', domain: [0, last] },
    y: { label: 'position', domain: [-most, most] },
    marks: [
      Plot.rect([horizon], { x1: 0, x2: horizon, y1: -most, y2: most, fill: COLOUR.grid, fillOpacity: 0.6 }),
      Plot.line(steps(position), { x: 't', y: 'value', stroke: COLOUR.closed, strokeWidth: 1.8 }),
      ...theory.map((values) => Plot.line(steps(values), { x: 't', y: 'value', ...THEORY })),
      Plot.text([horizon], {
        x: horizon,
        y: -most,
        text: [`T = ${horizon}`],
        textAnchor: horizon < last ? 'start' : 'end',
        lineAnchor: 'bottom',
        dx: horizon < last ? 5 : -5,
        dy: -6,
        fill: COLOUR.line,
        ...HALO,
      }),
      ...key(corner, meanings),
    ],
  });
}
