/**
 * Fig. 2a: deployed losses of the agents of Fig. 1c, with the ends of the stages and the peak.
 */
import * as Plot from '@observablehq/plot';
import { peakOf } from '../stages/peak.js';
import { chart, HALO, key } from './chart.js';
import { defineFigure, listed } from './figure.js';
import { byEpoch, endsOf, type StageEnd } from './stages.js';
import { COLOUR, decadesAround } from './theme.js';

export const figure = defineFigure({
  id: 'deployed-losses',
  panel: '2a',
  title: 'Deployed losses of closed-loop and open-loop learning',
  caption:
    'Loss in closed loop of an agent that learns there and of a student that learns outside the loop to act as that agent does (squared states summed over 50 steps and both components, mean over ten fixed trials). Dotted: the ends of stages 1 and 2 of closed-loop learning, by its spectrum. The student’s deployed loss peaks before it falls.',
  data(runs) {
    const { closed, open, stages } = runs.tanh();
    const peak = peakOf(open.seen.deployedLoss);
    return {
      closed: listed(closed.seen.deployedLoss),
      open: listed(open.seen.deployedLoss),
      ends: endsOf(stages),
      peak: peak ? { epoch: peak.epoch, loss: peak.loss } : null,
    };
  },
  draw({ closed, open, ends, peak }) {
    const [blue, red] = [byEpoch(closed), byEpoch(open)];
    const domain = decadesAround([...blue, ...red].map(({ value }) => value));
    const peaks = peak ? [peak] : [];
    return chart({
      x: { label: 'epoch', domain: [1, closed.length], log: true },
      y: { label: 'deployed loss', domain, log: true },
      marks: [
        Plot.ruleX(ends, { x: 'epoch', stroke: COLOUR.line, strokeDasharray: '1 3', strokeWidth: 1.5 }),
        Plot.text(ends, {
          x: 'epoch',
          y: domain[1],
          text: ({ stage }: StageEnd) => `end of stage ${stage}`,
          textAnchor: 'end',
          lineAnchor: 'top',
          dx: -5,
          dy: 6,
          fill: COLOUR.line,
          ...HALO,
        }),
        Plot.line(blue, { x: 'epoch', y: 'value', stroke: COLOUR.closed, strokeWidth: 2 }),
        Plot.line(red, { x: 'epoch', y: 'value', stroke: COLOUR.open, strokeWidth: 2 }),
        Plot.dot(peaks, { x: 'epoch', y: 'loss', fill: COLOUR.open, r: 4 }),
        Plot.text(peaks, {
          x: 'epoch',
          y: 'loss',
          text: ({ epoch }: { readonly epoch: number }) => `peak,\nepoch ${epoch}`,
          textAnchor: 'start',
          lineAnchor: 'top',
          dx: 9,
          dy: -4,
          fill: COLOUR.open,
          ...HALO,
        }),
        ...key('bottom-left', [
          { text: 'trained in open loop', colour: COLOUR.open, sample: 'line' },
          { text: 'trained in closed loop', colour: COLOUR.closed, sample: 'line' },
        ]),
      ],
    });
  },
});
