/**
 * Fig. 2a: deployed losses of the agents of Fig. 1c, with the ends of the stages and the peak.
 */
import { chart } from '../../chart/chart.js';
import { dots, edgeLabel, key, label, line, upright } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { COLOUR, DOTTED, disc, stroke } from '../../chart/theme.js';
import { peakOf } from '../../stages/peak.js';
import { defineFigure, heights, indexedFrom, listed } from '../kit/figure.js';
import { endsOf, reached } from '../kit/stages.js';

export const figure = defineFigure({
  id: 'deployed-losses',
  panel: '2a',
  title: 'Deployed losses',
  caption:
    'Closed-loop loss of the agents of Fig. 1c: one trains in closed loop, its student trains in open loop to copy it. Loss: the squared state summed over 50 steps and both components, averaged over ten fixed trials. Dotted: the ends of stages 1 and 2 of the closed-loop agent, read off its spectrum. The student’s loss peaks before it falls.',
  data(runs) {
    const { closed, open, stages } = runs.tanh();
    const peak = peakOf(open.seen.deployedLoss);
    return {
      closed: listed(closed.seen.deployedLoss),
      open: listed(open.seen.deployedLoss),
      ends: reached(endsOf(stages)),
      peak: peak ? { epoch: peak.epoch, loss: peak.loss } : null,
    };
  },
  draw({ closed, open, ends, peak }) {
    const [blue, red] = [indexedFrom(0, closed), indexedFrom(0, open)];
    const top: readonly [number, number][] = peak ? [[peak.epoch, peak.loss]] : [];
    return chart({
      x: { label: 'epoch', domain: [1, closed.length], log: true },
      y: { label: 'deployed loss', domain: decadesAround([...heights(blue), ...heights(red)]), log: true },
      marks: [
        upright(
          ends.map(({ epoch }) => epoch),
          DOTTED,
        ),
        ...ends.map(({ stage, epoch }) => edgeLabel('top', epoch, `end of stage ${stage}`, { anchor: 'end', dx: -5 })),
        line(blue, stroke(COLOUR.closed, 2)),
        line(red, stroke(COLOUR.open, 2)),
        dots(top, disc(COLOUR.open, 4)),
        ...top.map((point) =>
          label(point, `peak,\nepoch ${point[0]}`, { level: 'top', dx: 9, dy: -4, colour: COLOUR.open }),
        ),
        key('bottom-left', [
          { text: 'trained in open loop', style: stroke(COLOUR.open, 2) },
          { text: 'trained in closed loop', style: stroke(COLOUR.closed, 2) },
        ]),
      ],
    });
  },
});
