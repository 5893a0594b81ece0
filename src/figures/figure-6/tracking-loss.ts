/**
 * Fig. 6b: the staircase of tracking, and the open-loop student that costs more before it costs less.
 */

import { chart } from '../../chart/chart.js';
import { type ChartPoint, edgeLabel, key, level, line, upright } from '../../chart/marks.js';
import { COLOUR, DOTTED, stroke, THEORY } from '../../chart/theme.js';
import { basisSignals } from '../../plant/reference.js';
import { taskOf } from '../../training/problems.js';
import { defineFigure } from '../kit/figure.js';
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
  title: 'Loss falls in steps',
  caption:
    'Blue: training loss in closed loop, 0.1 times the mean of ‖y − r‖². Dotted, ω₁ … ω₄: first epoch at which the loss of each frequency alone is below 1.3, half the cost of not following it. Orange: deployed loss of a student with the same initial weights that trains in open loop to copy the trained network. Dashed, by theory: the loss if the lowest frequencies are followed perfectly and the others not at all.',
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
    const curve = (values: readonly number[]): ChartPoint[] => values.map((value, k) => [epochs[k]!, value]);
    const steps = acquired.flatMap((epoch, place) => (epoch === null ? [] : [{ epoch, name: frequencyName(place) }]));
    return chart({
      x: { label: 'epoch', domain: [1, last], log: true },
      y: { label: 'loss', domain: [0.04, 100], log: true },
      marks: [
        upright(
          steps.map(({ epoch }) => epoch),
          DOTTED,
        ),
        ...steps.map(({ epoch, name }, k) =>
          edgeLabel('top', epoch, name, { anchor: 'end', dx: -4, dy: 16 * (k % 2) }),
        ),
        line(curve(open), stroke(COLOUR.open, 1.5)),
        line(curve(closed), stroke(COLOUR.closed, 1.5)),
        ...levels.map((value, k) => level(value, THEORY, [acquired[k - 1] ?? 1, acquired[k] ?? last])),
        key('bottom-left', [
          { text: 'open loop, deployed', style: stroke(COLOUR.open) },
          { text: 'closed loop', style: stroke(COLOUR.closed) },
          { text: 'lowest followed, others not', style: THEORY },
        ]),
      ],
    });
  },
});
