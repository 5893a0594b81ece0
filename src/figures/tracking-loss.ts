/**
 * Fig. 6b: the staircase of tracking, and the open-loop student that costs more before it costs less.
 */

import * as Plot from '@observablehq/plot';
import { basisSignals } from '../plant/reference.js';
import { taskOf } from '../training/problems.js';
import { chart, key } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, THEORY } from './theme.js';
import { frequencyName, shippedSeed, shippedSummary } from './tracking.js';
import type { TrackingSummary } from './tracking-summary.js';

/**
 * What it costs to follow the lowest k frequencies perfectly and the others not at all, k = 0, 1, …: the mean square of the
 * others, over steps and phases, times the loss's weight.
 */
export function levels({ protocol }: Pick<TrackingSummary, 'protocol'>): number[] {
  const { reference, dt, steps, weight } = taskOf(protocol);
  const { data, cols } = basisSignals(reference, dt, steps);
  const power = reference.harmonics.map(() => 0);
  for (let k = 0; k < data.length; k++) power[(k % cols) >> 1]! += (weight * data[k]! * data[k]!) / (2 * steps);
  return power.map((_, followed) => power.slice(followed).reduce((total, value) => total + value, 0));
}

export const figure = defineFigure({
  id: 'tracking-loss',
  panel: '6b',
  title: 'Tracking is learnt one frequency after the other',
  caption:
    'Blue: training loss in closed loop, 0.1 times the mean of ‖y − r‖²; ω₁ … ω₄: first epochs at which the loss of each frequency alone is below 1.3, half of what it costs not to follow it. Red: deployed loss of a student of the same initial weights that learns outside the loop to act as the trained network does. Dashed: the loss with the lowest frequencies followed perfectly and the others not at all.',
  shippedSeed,
  data() {
    const summary = shippedSummary();
    return {
      epochs: summary.epochs,
      closed: summary.loss,
      open: summary.student.deployed,
      acquired: summary.frequencies.map(({ acquired }) => acquired?.epoch ?? null),
      levels: levels(summary),
    };
  },
  draw({ epochs, closed, open, acquired, levels }) {
    const last = epochs.at(-1)! + 1;
    const curve = (values: readonly number[]) =>
      values.map((value, k) => ({ epoch: epochs[k]!, value })).filter(({ epoch }) => epoch >= 1);
    const steps = acquired.flatMap((epoch, place) => (epoch === null ? [] : [{ epoch, name: frequencyName(place) }]));
    const stairs = levels.map((value, k) => ({ value, from: acquired[k - 1] ?? 1, to: acquired[k] ?? last }));
    const top = 100;
    return chart({
      x: { label: 'epoch', domain: [1, last], log: true },
      y: { label: 'loss', domain: [0.04, top], log: true },
      marks: [
        Plot.ruleX(steps, { x: 'epoch', stroke: COLOUR.line, strokeDasharray: '2 3' }),
        Plot.text(steps, {
          x: 'epoch',
          y: top,
          text: 'name',
          dy: 6,
          dx: -4,
          textAnchor: 'end',
          lineAnchor: 'top',
          fill: COLOUR.line,
        }),
        Plot.line(curve(open), { x: 'epoch', y: 'value', stroke: COLOUR.open, strokeWidth: 1.5 }),
        Plot.line(curve(closed), { x: 'epoch', y: 'value', stroke: COLOUR.closed, strokeWidth: 1.5 }),
        Plot.ruleY(stairs, { y: 'value', x1: 'from', x2: 'to', ...THEORY }),
        ...key('bottom-left', [
          { text: 'open loop, deployed', colour: COLOUR.open, sample: 'line' },
          { text: 'closed loop', colour: COLOUR.closed, sample: 'line' },
          { text: 'lowest followed, others not', colour: COLOUR.theory, sample: 'dashes' },
        ]),
      ],
    });
  },
});
