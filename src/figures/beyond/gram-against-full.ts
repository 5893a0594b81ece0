/**
 * How far learning on the Gram matrix is from learning with all N units, and how far rounding may take two such programs apart.
 */
import { lowRankInitial } from '../../agent/initial.js';
import { type LinearAgent, shapeOf } from '../../agent/linear.js';
import { chart } from '../../chart/chart.js';
import { dots, key, label, level, line } from '../../chart/marks.js';
import { decadesAround } from '../../chart/scale.js';
import { COLOUR, disc, sequential, stroke } from '../../chart/theme.js';
import { Stream } from '../../linalg/random.js';
import { overlapRoundings, SHADOWS, shadowNoise } from '../../linalg/tolerance.js';
import { PROTOCOLS, type Protocol } from '../../problem/protocol.js';
import { momentSource } from '../../problem/start.js';
import { fullLearner, gramLearner } from '../../training/learner.js';
import { CHANNELS, shadowTolerances } from '../../training/shadow.js';
import { train } from '../../training/train.js';
import { defineFigure, heights, indexedFrom } from '../kit/figure.js';

/** Random starts that are compared, over how many epochs: until all are stable. */
const [RUNS, EPOCHS] = [8, 300];

/** Relative differences of the loss, epoch by epoch. */
export interface EngineComparison {
  /** Of the loss that the full engine has from that of the Gram engine. */
  readonly error: number[];
  /** By how much they may differ (`shadowTolerances`). */
  readonly bound: number[];
}

/** Learning by both engines. @param random for starts and shadows */
export function compareEngines(protocol: Protocol, agent: LinearAgent, random: Stream): EngineComparison {
  const moments = momentSource(protocol.start, 2, protocol.batch, random.child('starts'));
  const learner = () => gramLearner(protocol, agent);
  const gram = train(learner(), protocol, moments);
  const full = train(fullLearner(protocol, agent), protocol, moments);
  // Products of N and sums over T enter each parameter's change once an epoch.
  const noise = shadowNoise(overlapRoundings(shapeOf(agent).N, protocol.horizon));
  const { loss } = shadowTolerances(learner, protocol, moments, gram, noise, random.child('shadows'), SHADOWS.run);
  return { error: Array.from(loss, (_, epoch) => CHANNELS.loss(gram, full, epoch)), bound: Array.from(loss) };
}

/** Which of the runs, in the order of their bounds at the end, are drawn. */
const DRAWN = [
  { place: 0, name: 'best conditioned' },
  { place: RUNS >> 1, name: 'median' },
  { place: RUNS - 1, name: 'worst conditioned' },
] as const;

export const figure = defineFigure({
  id: 'gram-against-full',
  title: 'Gram matrix against all units',
  caption:
    'Dots: relative difference of the loss between two programs in double precision, one with all 100 hidden units, the other with only the 4 × 4 Gram matrix of the weights; no dot where the losses agree in every digit. Shown are three of eight random starts, by conditioning. Lines, by theory: how far rounding may take correct programs apart, 64 times the largest spread of twelve shadow runs whose weights and starts are perturbed at rounding level in every epoch. Above the grey line a run counts as chaotic and is not compared.',
  data({ seed }) {
    const random = new Stream(seed).child('gram against full');
    const protocol = { ...PROTOCOLS['artifact-lowrank'], epochs: EPOCHS };
    const { N, rank, leak } = protocol.agent;
    const runs = Array.from({ length: RUNS }, (_, k) => {
      const own = random.child(`run ${k}`);
      return compareEngines(protocol, lowRankInitial({ N, c: 1, p: 1, r: rank }, leak, own.child('weights')), own);
    });
    runs.sort((a, b) => a.bound.at(-1)! - b.bound.at(-1)!);
    return { ceiling: SHADOWS.ceiling, runs: DRAWN.map(({ place, name }) => ({ name, ...runs[place]! })) };
  },
  draw({ ceiling, runs }) {
    const colours = sequential(runs.length);
    // Where the losses agree in every digit, a logarithmic axis has no place.
    const curves = runs.map(({ error, bound }) => [indexedFrom(0, error), indexedFrom(0, bound)] as const);
    const shown = curves.flat().flatMap((points) => heights(points).filter((value) => value > 0));
    const last = runs[0]!.bound.length;
    return chart({
      x: { label: 'epoch', domain: [1, last], log: true },
      y: { label: 'relative difference of the loss', domain: decadesAround([...shown, 1]), log: true },
      marks: [
        level(ceiling, stroke(COLOUR.line, 1), [last / 20, last]),
        label([last, ceiling], 'above: chaotic, not compared', {
          anchor: 'end',
          level: 'bottom',
          dx: -8,
          dy: -5,
          colour: COLOUR.line,
        }),
        ...curves.flatMap(([error, bound], k) => [
          dots(error, disc(colours[k]!, 1.5)),
          line(bound, stroke(colours[k]!)),
        ]),
        key(
          'top-left',
          runs.map(({ name }, k) => ({ text: name, style: disc(colours[k]!, 4), shape: 'disc' })),
        ),
      ],
    });
  },
});
