/**
 * Fig. 1c: how a tanh agent learns in closed loop, and how its student does in open loop.
 */
import * as Plot from '@observablehq/plot';
import { chart, key, stacked } from './chart.js';
import { defineFigure, listed } from './figure.js';
import type { TanhRun } from './runs.js';
import { byEpoch, stageBands, stagesWithin } from './stages.js';
import { COLOUR, decadesAround } from './theme.js';

/** Losses, one per epoch. */
type Losses = { readonly train: (number | null)[]; readonly deployed: (number | null)[] };

const lossesOf = ({ curve, seen }: TanhRun): Losses => ({
  train: listed(curve.loss),
  deployed: listed(seen.deployedLoss),
});

type Corner = Parameters<typeof key>[0];

/** One panel. @param behind marks behind the curves */
function panel(
  { train, deployed }: Losses,
  colour: string,
  trained: string,
  corner: Corner,
  behind: (domain: readonly [number, number]) => readonly Plot.Markish[],
): string {
  const [dashed, solid] = [byEpoch(train), byEpoch(deployed)];
  const domain = decadesAround([...dashed, ...solid].map(({ value }) => value));
  return chart({
    height: 270,
    x: { label: 'epoch', domain: [1, train.length], log: true },
    y: { label: 'loss', domain, log: true },
    marks: [
      ...behind(domain),
      Plot.line(dashed, { x: 'epoch', y: 'value', stroke: colour, strokeDasharray: '4 3', strokeWidth: 1.2 }),
      Plot.line(solid, { x: 'epoch', y: 'value', stroke: colour, strokeWidth: 2 }),
      ...key(corner, [
        { text: 'deployed in closed loop', colour, sample: 'line' },
        { text: trained, colour, sample: 'dashes' },
      ]),
    ],
  });
}

export const figure = defineFigure({
  id: 'closed-and-open-learning',
  panel: '1c',
  title: 'Learning in closed loop and in open loop',
  caption:
    'A tanh agent of 100 units controls a double integrator. Above: trained in closed loop; stages of its spectrum shaded. Below: a student of the same initial weights is trained on white inputs to act as the trained agent does: its training loss stays and then falls, but deployed in closed loop it becomes worse before it becomes better. Deployed loss: squared states summed over 50 steps and both components, mean over ten fixed trials; training loss of the closed loop with its control penalty.',
  data(runs) {
    const { closed, open, stages } = runs.tanh();
    const ends: [number | null, number | null] = [stages.stage1End ?? null, stages.stage2End ?? null];
    return { closed: lossesOf(closed), open: lossesOf(open), ends };
  },
  draw({ closed, open, ends }) {
    const last = closed.train.length;
    const bands = (domain: readonly [number, number]) => stageBands(stagesWithin(ends, 1, last), domain);
    return stacked([
      panel(closed, COLOUR.closed, 'training, closed loop', 'bottom-left', bands),
      panel(open, COLOUR.open, 'training, open loop', 'bottom-left', () => []),
    ]);
  },
});
