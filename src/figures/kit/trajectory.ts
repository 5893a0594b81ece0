/**
 * What the policy of an epoch of the low-rank run does to the plant: Figs 3b, 4b and 5b.
 */
import { canonicalAgent } from '../../agent/canonical.js';
import { orderParameterMatrix } from '../../agent/order-parameters.js';
import { chart, type Drawing } from '../../chart/chart.js';
import { band, type Corner, edgeLabel, key, line } from '../../chart/marks.js';
import { COLOUR, stroke, THEORY } from '../../chart/theme.js';
import { at, fromRows, type Mat } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import { rollout } from '../../loop/rollout.js';
import { orderParametersAt } from '../../training/curve.js';
import { indexedFrom } from './figure.js';
import type { LowRankRun } from './runs.js';

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

/** A trajectory, and the theory's curves. */
export interface TrajectoryOptions {
  readonly position: readonly number[];
  /** Of training, T. */
  readonly horizon: number;
  /** An amplitude is drawn on both sides of 0. */
  readonly theory: { readonly name: string; readonly values: readonly number[]; readonly amplitude: boolean };
  readonly corner: Corner;
}

/** Position over time; the part that training scores is shaded. */
export function trajectoryChart({ position, horizon, theory, corner }: TrajectoryOptions): Drawing {
  const { name, values, amplitude } = theory;
  const curves = amplitude ? [values, values.map((value) => -value)] : [values];
  const most = 1.15 * Math.max(...[position, values].flat().map(Math.abs));
  const last = position.length - 1;
  const inside = horizon < last;
  return chart({
    x: { label: 'time step', domain: [0, last] },
    y: { label: 'position', domain: [-most, most] },
    marks: [
      band([0, horizon], { fill: COLOUR.grid, 'fill-opacity': 0.6 }),
      line(indexedFrom(0, position), stroke(COLOUR.closed)),
      ...curves.map((curve) => line(indexedFrom(0, curve), THEORY)),
      edgeLabel('bottom', horizon, `T = ${horizon}`, { anchor: inside ? 'start' : 'end', dx: inside ? 5 : -5 }),
      key(corner, [
        { text: 'agent', style: stroke(COLOUR.closed) },
        { text: name, style: THEORY },
      ]),
    ],
  });
}
