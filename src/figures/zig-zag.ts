/**
 * Fig. 4c: the dominant pair hops between two branches while stage 2 lasts.
 */
import * as Plot from '@observablehq/plot';
import { agentOfGram } from '../agent/gram.js';
import { scalarOverlaps } from '../agent/overlaps.js';
import { at, type Mat, matrix, times, transpose } from '../linalg/matrix.js';
import { measuredTurn, positionOverlap } from '../stages/turn.js';
import { hopWidth } from '../theory/stage-one-lasts-as-predicted.js';
import { trainAveraged } from '../training/averaged.js';
import { overlapsAt, spectrumOf } from '../training/curve.js';
import { gramAt } from './agents.js';
import { chart, HALO, key } from './chart.js';
import { defineFigure } from './figure.js';
import { type Point, unitCircle, upperOfPair } from './plane.js';
import type { LowRankRun } from './runs.js';
import { COLOUR, sequential, THEORY } from './theme.js';

/** Averaged learning has this many times the epochs of stage 2: its own plateau may be the longer one. */
const PATIENCE = 3;

/** The Gram matrix of [M, Zᵀ + share·M, U, V]. */
function movedAlongInput(gram: Mat<number>, share: number): Mat<number> {
  const R = matrix(gram.rows, gram.cols, (i, j) => (i === j ? 1 : i === 0 && j === 1 ? share : 0));
  return times(transpose(R), gram, R);
}

/** Share of the width of a clipped hop from which on it counts as a whole one. */
const WHOLE = 0.9;

/** The first epoch from the first turn on whose update takes σ_zm up by a whole hop. */
function firstHop({ curve, protocol }: LowRankRun): number {
  const { lr, clip } = protocol.optimizer;
  let epoch = measuredTurn(curve);
  const whole = (e: number): boolean => {
    const width = hopWidth(lr, clip!, Math.sqrt(at(gramAt({ curve }, e), 0, 0)));
    return positionOverlap(curve, e + 1) - positionOverlap(curve, e) >= WHOLE * width;
  };
  while (epoch < curve.epochs - 2 && !whole(epoch)) epoch++;
  return epoch;
}

/** The pair at the two ends of a hop, Z half of it above and below learning averaged over both. @param from at a lower end of σ_zm */
function branches(run: LowRankRun, from: number): { readonly upper: Point[]; readonly lower: Point[] } {
  const { protocol, plant } = run;
  const { lr, clip } = protocol.optimizer;
  const { leak } = protocol.agent;
  /** Half a hop, per M. */
  const half = (gram: Mat<number>): number => hopWidth(lr, clip!, Math.sqrt(at(gram, 0, 0))) / (2 * at(gram, 0, 0));
  const gram = gramAt(run, from);
  const middle = agentOfGram(movedAlongInput(gram, half(gram)), run.curve.shape, leak);
  const curve = trainAveraged({ ...protocol, epochs: PATIENCE * run.stages.stage2End! }, middle);
  const ends = { upper: [] as Point[], lower: [] as Point[] };
  for (let epoch = 0; epoch < curve.epochs; epoch++) {
    const now = gramAt({ curve }, epoch);
    const { zm, zu, vm, vu } = overlapsAt(curve, epoch);
    for (const [side, share] of [
      // The farther below zero σ_zm, the higher the pair.
      ['upper', -half(now)],
      ['lower', half(now)],
    ] as const) {
      // Z moves by a share of M: σ_zm by that of ‖M‖², σ_zu by that of MᵀU.
      const overlaps = scalarOverlaps(
        at(zm, 0, 0) + share * at(now, 0, 0),
        at(zu, 0, 0) + share * at(now, 0, 2),
        at(vm, 0, 0),
        at(vu, 0, 0),
      );
      const point = upperOfPair(spectrumOf(plant, leak, overlaps)!);
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
    'Upper eigenvalue of the dominant pair of the loop of Fig. 4a, epoch by epoch from the first whole hop of σ_zm until the loop is stable (dark to light). Dashed: the two ends of a clipped hop, of width lr·c·‖M‖ in σ_zm, along learning averaged over both, from the same epoch on.',
  data(runs) {
    const run = runs.lowRank();
    const [from, to] = [firstHop(run), run.stages.stage2End!];
    const path = run.spectra.slice(from, to + 1).flatMap((spectrum, k) => {
      const point = spectrum && upperOfPair(spectrum);
      return point ? [{ epoch: from + k, ...point }] : [];
    });
    return { path, branches: branches(run, from) };
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
