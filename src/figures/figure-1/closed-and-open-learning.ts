/**
 * Fig. 1c: how a tanh agent learns in closed loop, and how its student learns in open loop.
 */
import { chart, type Drawing, stacked } from '../../chart/chart.js';
import { key, line, type Mark } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { COLOUR, stroke } from '../../chart/theme.js';
import { defineFigure, heights, indexedFrom, listed } from '../kit/figure.js';
import type { TanhRun } from '../kit/runs.js';
import { endsOf, stageBands } from '../kit/stages.js';

/** Losses, one per epoch. */
type Losses = { readonly train: (number | null)[]; readonly deployed: (number | null)[] };

const lossesOf = ({ curve, seen }: TanhRun): Losses => ({
  train: listed(curve.loss),
  deployed: listed(seen.deployedLoss),
});

/** One panel. @param behind marks behind the curves */
function panel({ train, deployed }: Losses, colour: string, where: string, behind: readonly Mark[]): Drawing {
  const [dashed, solid] = [indexedFrom(0, train), indexedFrom(0, deployed)];
  const [training, deployment] = [{ ...stroke(colour, 1.2), 'stroke-dasharray': '4 3' }, stroke(colour, 2)];
  return chart({
    height: 270,
    x: { label: 'epoch', domain: [1, train.length], log: true },
    y: { label: 'loss', domain: decadesAround([...heights(dashed), ...heights(solid)]), log: true },
    marks: [
      ...behind,
      line(dashed, training),
      line(solid, deployment),
      key('bottom-left', [
        { text: 'deployed in closed loop', style: deployment },
        { text: `training, ${where}`, style: training },
      ]),
    ],
  });
}

export const figure = defineFigure({
  id: 'closed-and-open-learning',
  panel: '1c',
  title: 'Learning in closed and in open loop',
  caption:
    'Two tanh agents of 100 units control a double integrator. Both start from the same weights. Above: one trains in closed loop; bands show the stages of its spectrum. Below: a student trains in open loop, on white inputs, to copy the trained agent. Its training loss first stays and then falls. Deployed in closed loop, it gets worse before it gets better. Solid: deployed loss, the squared state summed over 50 steps and both components, averaged over ten fixed trials. Dashed: training loss, with the control penalty in closed loop.',
  data(runs) {
    const { closed, open, stages } = runs.tanh();
    return { closed: lossesOf(closed), open: lossesOf(open), ends: endsOf(stages) };
  },
  draw: ({ closed, open, ends }) =>
    stacked(
      panel(closed, COLOUR.closed, 'closed loop', stageBands(ends, closed.train.length)),
      panel(open, COLOUR.open, 'open loop', []),
    ),
});
