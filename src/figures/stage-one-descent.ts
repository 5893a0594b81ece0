/**
 * Fig. 3e: σ_zm from several starts to its set point.
 */

import * as Plot from '@observablehq/plot';
import { lowRankInitial } from '../agent/initial.js';
import { scalarMatrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { PROTOCOLS, type Protocol } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { positionOverlap } from '../stages/turn.js';
import { pathAlone, stageOneStart } from '../theory/stage-one/stage-one-lasts-as-predicted.js';
import { nextMinimiser } from '../theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { gramLearner } from '../training/learner.js';
import { train } from '../training/train.js';
import { chart, key } from './chart.js';
import { defineFigure } from './figure.js';
import { startingAt } from './starting-at.js';
import { COLOUR, sequential, THEORY } from './theme.js';

/** Starts are evenly spaced between ± the first; the second is how many there are. */
const [WIDEST, STARTS, EPOCHS] = [0.2, 10, 50] as const;

/** A number with four decimals and a sign of the font's. */
function signed(value: number): string {
  return value.toFixed(4).replace('-', '−');
}

export const figure = defineFigure({
  id: 'stage-one-descent',
  panel: '3e',
  title: 'σ_zm from different starts to its set point',
  caption:
    'Ten runs of one agent whose Z is moved along M so that σ_zm begins between −0.2 and 0.2, trained on the expected loss. Dashed: σ_zm descending the loss alone, with all else as at the start, by theory: a straight line of slope lr c ‖M‖ while the gradient is clipped. Horizontal lines: the minima of the loss without memory that are met first from above and from below.',
  data(runs) {
    const named = PROTOCOLS['artifact-lowrank'];
    const variance = startVariance(named.start)!;
    const protocol: Protocol = { ...named, start: { kind: 'population', variance }, epochs: EPOCHS };
    const { N, rank, leak } = named.agent;
    const drawn = lowRankInitial({ N, c: 1, p: 1, r: rank }, leak, new Stream(runs.seed).child('stage-one descent'));
    const lines = Array.from({ length: STARTS }, (_, k) => {
      const start = WIDEST * (1 - (2 * k) / (STARTS - 1));
      const agent = startingAt(drawn, start);
      const curve = train(gramLearner(protocol, agent), protocol, () => scalarMatrix(2, variance));
      const alone = [...pathAlone(stageOneStart(protocol, agent), protocol)];
      return {
        start,
        simulated: Array.from({ length: EPOCHS }, (_, epoch) => positionOverlap(curve, epoch)),
        predicted: alone.slice(0, EPOCHS),
      };
    });
    const setPoint = (direction: 1 | -1): number | null =>
      nextMinimiser(protocol.horizon, 1, -direction * WIDEST, direction) ?? null;
    return { lines, fromAbove: setPoint(-1), fromBelow: setPoint(1) };
  },
  draw({ lines, fromAbove, fromBelow }) {
    const colours = sequential(lines.length);
    const steps = (values: readonly number[]) => values.map((value, epoch) => ({ epoch, value }));
    const levels = [
      { value: fromAbove, side: 'above' },
      { value: fromBelow, side: 'below' },
    ].flatMap(({ value, side }) => (value === null ? [] : { value, side }));
    return chart({
      height: 380,
      marginRight: 88,
      x: { label: 'epoch', domain: [0, EPOCHS] },
      y: { label: 'σ_zm', domain: [-1.1 * WIDEST, 1.1 * WIDEST] },
      marks: [
        Plot.ruleY(levels, { y: 'value', stroke: COLOUR.line, strokeWidth: 1 }),
        ...levels.map(({ value, side }) =>
          Plot.text([value], {
            x: EPOCHS,
            y: value,
            text: [`${signed(value)}\nfrom ${side}`],
            textAnchor: 'start',
            lineAnchor: side === 'above' ? 'bottom' : 'top',
            dx: 6,
            fill: COLOUR.line,
          }),
        ),
        ...lines.map(({ simulated }, k) =>
          Plot.line(steps(simulated), { x: 'epoch', y: 'value', stroke: colours[k]!, strokeWidth: 2 }),
        ),
        ...lines.map(({ predicted }) =>
          Plot.line(steps(predicted), { x: 'epoch', y: 'value', ...THEORY, strokeWidth: 1 }),
        ),
        ...key('top-right', [
          { text: 'agent, by its start', colour: colours[0]!, sample: 'line' },
          { text: 'σ_zm alone, by theory', colour: COLOUR.theory, sample: 'dashes' },
        ]),
      ],
    });
  },
});
