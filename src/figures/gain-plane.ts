/**
 * The plane of effective gains u = k₁x₁ + k₂x₂: the loss of state feedback, the boundaries of its behaviour, and the paths that
 * agents take there.
 */
import * as Plot from '@observablehq/plot';
import { reals } from '../linalg/ring.js';
import { gainMargins, gainMatrix } from '../theory/loop/loss-of-gains-has-triangle-poles.js';
import { rowOf } from '../training/curve.js';
import { chart, HALO, key } from './chart.js';
import type { Runs, TanhRun } from './runs.js';
import { endsOf } from './stages.js';
import { COLOUR, FONT } from './theme.js';

/** A point of the plane: k₁ and k₂. */
export type Gains = [number, number];

/** A rectangle of the plane: both ends of k₁ and of k₂. */
export interface Window {
  readonly k1: readonly [number, number];
  readonly k2: readonly [number, number];
}

/** What the figures of the plane draw. */
export interface GainPlane {
  /** log₁₀ of the loss at the centres of `cells` × `cells` cells, row by row from the lowest k₂. */
  readonly logLoss: readonly number[];
  readonly cells: number;
  /** Corners of the triangle of stability. */
  readonly triangle: readonly Gains[];
  /** Where the eigenvalues of the closed loop turn from real to complex. */
  readonly turning: readonly Gains[];
  /** Effective gains by epoch; epochs whose trajectories left the finite numbers are left out. */
  readonly closed: readonly Gains[];
  readonly open: readonly Gains[];
  /** Gains of the closed loop at the ends of stages 1 and 2, where they were reached. */
  readonly ends: readonly { readonly stage: number; readonly gains: Gains }[];
}

/** Cells on a side of the raster. */
const CELLS = 120;

/** Steps that the loss is summed over, and where they begin: as in the paper. */
const [STEPS, START] = [50, [1, 1]] as const;

/** Σ_t ‖x_t‖² of state feedback. */
function feedbackLoss(k1: number, k2: number): number {
  const { data: M } = gainMatrix(reals, k1, k2);
  let [x, v] = START as readonly [number, number];
  let loss = 0;
  for (let t = 0; t < STEPS; t++) {
    loss += x * x + v * v;
    [x, v] = [M[0]! * x + M[1]! * v, M[2]! * x + M[3]! * v];
  }
  return loss;
}

/** Corners of the triangle: where two of the margins, which are linear in the gains, vanish. */
function triangleOfStability(): Gains[] {
  const at = gainMargins(reals, 0, 0);
  const [byK1, byK2] = [gainMargins(reals, 1, 0), gainMargins(reals, 0, 1)];
  const edges = at.map((constant, k) => ({ a: byK1[k]! - constant, b: byK2[k]! - constant, constant }));
  return edges.map((edge, k): Gains => {
    const next = edges[(k + 1) % edges.length]!;
    const determinant = edge.a * next.b - edge.b * next.a;
    return [
      (edge.b * next.constant - next.b * edge.constant) / determinant,
      (next.a * edge.constant - edge.a * next.constant) / determinant,
    ];
  });
}

/** k₁ = −k₂²/4, where trace² = 4·determinant. */
function turningOf({ k2: [low, high] }: Window): Gains[] {
  return Array.from({ length: CELLS + 1 }, (_, k) => {
    const k2 = low + ((high - low) * k) / CELLS;
    return [-(k2 ** 2) / 4, k2];
  });
}

function pathOf({ seen }: TanhRun): Gains[] {
  return Array.from({ length: seen.epochs }, (_, epoch) => gainsAt(seen, epoch)).filter((gains) =>
    gains.every(Number.isFinite),
  );
}

function gainsAt({ gains, epochs }: TanhRun['seen'], epoch: number): Gains {
  const row = rowOf(gains, epochs, epoch);
  return [row[0]!, row[1]!];
}

/** What is seen of the plane in a window. */
export function gainPlaneOf(runs: Runs, window: Window): GainPlane {
  const { closed, open, stages } = runs.tanh();
  const along = ([low, high]: readonly [number, number], cell: number): number =>
    low + ((high - low) * (cell + 0.5)) / CELLS;
  return {
    logLoss: Array.from({ length: CELLS * CELLS }, (_, cell) =>
      Math.log10(feedbackLoss(along(window.k1, cell % CELLS), along(window.k2, Math.floor(cell / CELLS)))),
    ),
    cells: CELLS,
    triangle: triangleOfStability(),
    turning: turningOf(window),
    closed: pathOf(closed),
    open: pathOf(open),
    ends: endsOf(stages).map(({ stage, epoch }) => ({ stage, gains: gainsAt(closed.seen, epoch) })),
  };
}

/** Where stages end, with their numbers. */
function endsOfStages(ends: GainPlane['ends']): Plot.Markish[] {
  const points = ends.map(({ gains }) => gains);
  return [
    Plot.text(points, {
      text: (_: Gains, k: number) => `${ends[k]!.stage}`,
      fill: COLOUR.closed,
      fontWeight: 'bold',
      dx: -10,
      dy: -10,
      ...HALO,
      clip: 'frame',
    }),
    Plot.dot(points, { fill: COLOUR.closed, r: 4, clip: 'frame' }),
  ];
}

/** What a part of the plane is called, and where that is written. */
export interface Region {
  readonly text: string;
  readonly at: Gains;
}

/** The chart of a window. @param staged whether the ends of the stages are shown */
export function gainPlaneChart(
  { logLoss, cells, triangle, turning, closed, open, ends }: GainPlane,
  window: Window,
  regions: readonly Region[],
  staged: boolean,
): string {
  const box = {
    width: cells,
    height: cells,
    x1: window.k1[0],
    x2: window.k1[1],
    y1: window.k2[0],
    y2: window.k2[1],
  };
  const lowest = logLoss.reduce((least, value) => Math.min(least, value));
  const highest = logLoss.reduce((most, value) => Math.max(most, value));
  const path = (points: readonly Gains[], stroke: string): Plot.Markish[] => [
    Plot.line(points, { stroke: COLOUR.background, strokeWidth: 4, strokeOpacity: 0.8, clip: 'frame' }),
    Plot.line(points, { stroke, strokeWidth: 2, clip: 'frame' }),
  ];
  return chart({
    height: 430,
    bare: true,
    x: { label: 'k₁', domain: window.k1 },
    y: { label: 'k₂', domain: window.k2 },
    color: { scheme: 'greys', domain: [lowest, lowest + 1.5 * (highest - lowest)], label: 'log₁₀ loss', legend: true },
    marks: [
      Plot.raster(logLoss, { ...box, imageRendering: 'pixelated' }),
      Plot.contour(logLoss, { ...box, stroke: COLOUR.background, strokeWidth: 0.7, thresholds: 12, clip: 'frame' }),
      Plot.line([...triangle, triangle[0]!], { stroke: COLOUR.theory, strokeWidth: 1.5, clip: 'frame' }),
      Plot.line(turning, { stroke: COLOUR.theory, strokeDasharray: '5 3', strokeWidth: 1.5, clip: 'frame' }),
      ...path(open, COLOUR.open),
      ...path(closed, COLOUR.closed),
      Plot.dot([closed[0]!, closed.at(-1)!, open.at(-1)!], {
        fill: COLOUR.background,
        stroke: COLOUR.theory,
        r: 4,
        clip: 'frame',
      }),
      ...(staged ? endsOfStages(ends) : []),
      Plot.text(regions, {
        x: ({ at }: Region) => at[0],
        y: ({ at }: Region) => at[1],
        text: 'text',
        fill: COLOUR.theory,
        lineHeight: 1.2,
        ...HALO,
        fontSize: FONT.size,
      }),
      ...key('top-left', [
        { text: 'closed loop', colour: COLOUR.closed, sample: 'line' },
        { text: 'open loop', colour: COLOUR.open, sample: 'line' },
      ]),
    ],
  });
}
