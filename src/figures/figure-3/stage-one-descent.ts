/**
 * Fig. 3e: σ_zm from several starts to its set point.
 */

import { lowRankInitial } from '../../agent/initial.js';
import { chart } from '../../chart/chart.js';
import { key, label, level, line } from '../../chart/marks.js';
import { COLOUR, sequential, stroke, THEORY } from '../../chart/theme.js';
import { Stream } from '../../linalg/random.js';
import { PROTOCOLS, type Protocol } from '../../problem/protocol.js';
import { startVariance } from '../../problem/start.js';
import { positionOverlap } from '../../stages/turn.js';
import { pathAlone, stageOneStart } from '../../theory/stage-one/stage-one-lasts-as-predicted.js';
import { nextMinimiser } from '../../theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { defineFigure, indexedFrom } from '../kit/figure.js';
import { trainedOnPopulation } from '../kit/runs.js';
import { startingAt } from '../kit/starting-at.js';
import { sweepLines } from '../kit/sweep.js';

/** Starts are evenly spaced between ± the first; the second is how many there are. */
const [WIDEST, STARTS, EPOCHS] = [0.2, 10, 50] as const;

/** A number with four decimals and a sign of the font's. */
function signed(value: number): string {
  return value.toFixed(4).replace('-', '−');
}

export const figure = defineFigure({
  id: 'stage-one-descent',
  panel: '3e',
  title: 'Descent to the set point',
  caption:
    'σ_zm of ten runs of one agent, trained on the expected loss. Z is moved along M so that σ_zm starts between −0.2 and 0.2. Dashed, by theory: descent of σ_zm alone, everything else fixed at the start; while the gradient is clipped it is a straight line of slope lr c ‖M‖. Horizontal lines, by theory: the first minimum of the loss without memory from above and from below.',
  data(runs) {
    const named = PROTOCOLS['artifact-lowrank'];
    const variance = startVariance(named.start)!;
    const protocol: Protocol = { ...named, start: { kind: 'population', variance }, epochs: EPOCHS };
    const { N, rank, leak } = named.agent;
    const drawn = lowRankInitial({ N, c: 1, p: 1, r: rank }, leak, new Stream(runs.seed).child('stage-one descent'));
    const lines = Array.from({ length: STARTS }, (_, k) => {
      const start = WIDEST * (1 - (2 * k) / (STARTS - 1));
      const agent = startingAt(drawn, start);
      const curve = trainedOnPopulation(protocol, agent);
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
    const levels = [
      { value: fromAbove, side: 'above' },
      { value: fromBelow, side: 'below' },
    ].flatMap(({ value, side }) => (value === null ? [] : { value, side }));
    return chart({
      height: 380,
      margins: { right: 88 },
      x: { label: 'epoch', domain: [0, EPOCHS] },
      y: { label: 'σ_zm', domain: [-1.1 * WIDEST, 1.1 * WIDEST], count: 10 },
      marks: [
        ...levels.flatMap(({ value, side }) => [
          level(value, stroke(COLOUR.line, 1)),
          label([EPOCHS, value], `${signed(value)}\nfrom ${side}`, {
            level: side === 'above' ? 'bottom' : 'top',
            dx: 6,
            colour: COLOUR.line,
          }),
        ]),
        ...sweepLines(
          lines.map(({ simulated }) => indexedFrom(0, simulated)),
          2,
        ),
        ...lines.map(({ predicted }) => line(indexedFrom(0, predicted), { ...THEORY, 'stroke-width': 1 })),
        key('top-right', [
          { text: 'agent, by its start', style: stroke(sequential(1)[0]!, 2) },
          { text: 'σ_zm alone, by theory', style: { ...THEORY, 'stroke-width': 1 } },
        ]),
      ],
    });
  },
});
