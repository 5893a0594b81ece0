/**
 * Fig. 4c: the dominant pair hops between two branches while stage 2 lasts.
 */
import * as Plot from '@observablehq/plot';
import { scalarOrderParameters } from '../agent/order-parameters.js';
import { at } from '../linalg/matrix.js';
import { orderParametersAt, spectrumOf } from '../training/curve.js';
import { gramAt } from './agents.js';
import { chart, HALO, key } from './chart.js';
import { defineFigure } from './figure.js';
import { type AveragedLearning, averagedFromFirstHop, halfHop } from './hops.js';
import { type Point, unitCircle, upperOfPair } from './plane.js';
import type { LowRankRun } from './runs.js';
import { COLOUR, sequential, THEORY } from './theme.js';

/** The pair at the two ends of a hop, Z half of it above and below averaged learning. */
function branches(run: LowRankRun, { curve, stable }: AveragedLearning): Record<'upper' | 'lower', Point[]> {
  const ends = { upper: [] as Point[], lower: [] as Point[] };
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
  title: 'The zig-zag of stage 2',
  caption:
    'Upper eigenvalue of the dominant pair of the loop of Fig. 4a, epoch by epoch from the first whole hop of σ_zm until the loop is stable (dark to light). Dashed: the two ends of a clipped hop, of width lr·c·‖M‖ in σ_zm, along learning averaged over both, from the same epoch on until it is stable.',
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
    const [left, right] = [Math.min(...path.map(({ re }) => re)), 1];
    const [low, high] = [Math.min(...path.map(({ im }) => im)), Math.max(...path.map(({ im }) => im))];
    const [width, height] = [right - left, high - low];
    const shown = { left: left - 0.05 * width, low: low - 0.6 * height, high: high + 0.8 * height };
    const within = (points: readonly Point[]): Point[] =>
      points.filter(({ re, im }) => re >= shown.left && im >= shown.low && im <= shown.high);
    return chart({
      x: { label: 'Re λ', domain: [shown.left, right + 0.05 * width] },
      y: { label: 'Im λ', domain: [shown.low, shown.high] },
      marks: [
        unitCircle(),
        Plot.line(path, { x: 're', y: 'im', stroke: COLOUR.closed, strokeWidth: 0.5, strokeOpacity: 0.6 }),
        Plot.dot(path, { x: 're', y: 'im', r: 2.5, fill: (_: unknown, k: number) => colours[k]! }),
        ...[branches.upper, branches.lower].map((points) => Plot.line(within(points), { x: 're', y: 'im', ...THEORY })),
        Plot.text(['unit circle'], {
          x: Math.sqrt(1 - shown.low ** 2),
          y: shown.low,
          textAnchor: 'start',
          lineAnchor: 'bottom',
          dx: 6,
          dy: -6,
          fill: COLOUR.line,
          ...HALO,
        }),
        ...key('top-right', [
          { text: 'agent, epoch by epoch', colour: sequential(2)[0]!, sample: 'dots' },
          { text: 'averaged learning ± half a hop', colour: COLOUR.theory, sample: 'dashes' },
        ]),
      ],
    });
  },
});
