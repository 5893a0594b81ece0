/**
 * Fig. 4c: the dominant pair hops between two branches while stage 2 lasts.
 */
import { scalarOrderParameters } from '../../agent/order-parameters.js';
import { chart } from '../../chart/chart.js';
import { clipped, dots, key, line } from '../../chart/marks.js';
import { extent } from '../../chart/scale.js';
import { COLOUR, disc, sequential, stroke, THEORY } from '../../chart/theme.js';
import type { Complex } from '../../linalg/eigen.js';
import { at } from '../../linalg/matrix.js';
import { orderParametersAt, spectrumOf } from '../../training/curve.js';
import { defineFigure } from '../kit/figure.js';
import { inPlane, unitCircle, upperOfPair } from '../kit/plane.js';
import type { LowRankRun } from '../kit/runs.js';
import { gramAt } from './agents.js';
import { type AveragedLearning, averagedFromFirstHop, halfHop } from './hops.js';

/** The pair at the two ends of a hop, Z half of it above and below averaged learning. */
function branches(run: LowRankRun, { curve, stable }: AveragedLearning): Record<'upper' | 'lower', Complex[]> {
  const ends = { upper: [] as Complex[], lower: [] as Complex[] };
  for (let epoch = 0; epoch <= stable; epoch++) {
    const gram = gramAt({ curve }, epoch);
    const { zm, zu, vm, vu } = orderParametersAt(curve, epoch);
    const half = halfHop(run, gram);
    for (const [side, share] of [
      // The farther below zero σ_zm, the higher the pair.
      ['upper', -half],
      ['lower', half],
    ] as const) {
      // Z moves by a share of M: σ_zm by that of ‖M‖², σ_zu by that of MᵀU.
      const overlaps = scalarOrderParameters(
        at(zm, 0, 0) + share * at(gram, 0, 0),
        at(zu, 0, 0) + share * at(gram, 0, 2),
        at(vm, 0, 0),
        at(vu, 0, 0),
      );
      const point = upperOfPair(spectrumOf(run.plant, run.protocol.agent.leak, overlaps)!);
      if (point) ends[side].push(point);
    }
  }
  return ends;
}

export const figure = defineFigure({
  id: 'zig-zag',
  panel: '4c',
  title: 'Zig-zag of stage 2',
  caption:
    'Dots: upper eigenvalue of the dominant pair of the loop of Fig. 4a, epoch by epoch (dark to light), from the first whole hop of σ_zm until the loop is stable. Dashed, by theory: both ends of a clipped hop, lr·c·‖M‖ wide in σ_zm, along learning averaged over them, from the same epoch until averaged learning is stable.',
  data(runs) {
    const run = runs.lowRank();
    const averaged = averagedFromFirstHop(run);
    const [from, to] = [averaged.from, run.stages.stage2End];
    const path = run.spectra.slice(from, to + 1).flatMap((spectrum, k) => {
      const point = spectrum && upperOfPair(spectrum);
      return point ? [{ epoch: from + k, ...point }] : [];
    });
    return { path, branches: branches(run, averaged) };
  },
  draw({ path, branches }) {
    const colours = sequential(path.length);
    const left = Math.min(...path.map(({ re }) => re));
    const [low, high] = extent(path.map(({ im }) => im));
    const [width, height] = [1 - left, high - low];
    const bottom = low - 0.6 * height;
    return chart({
      x: { label: 'Re λ', domain: [left - 0.05 * width, 1 + 0.05 * width], count: 4 },
      y: { label: 'Im λ', domain: [bottom, high + 0.8 * height] },
      marks: [
        ...unitCircle(bottom + 0.1 * height),
        line(path.map(inPlane), { ...stroke(COLOUR.closed, 0.5), 'stroke-opacity': 0.6 }),
        ...path.map((one, k) => dots([inPlane(one)], disc(colours[k]!))),
        clipped(...[branches.upper, branches.lower].map((points) => line(points.map(inPlane), THEORY))),
        key('top-right', [
          { text: 'agent, epoch by epoch', style: disc(colours[0]!, 3), shape: 'disc' },
          { text: 'averaged learning ± half a hop', style: THEORY },
        ]),
      ],
    });
  },
});
