/**
 * The plane of effective gains u = k₁x₁ + k₂x₂: the loss of state feedback, the boundaries of its behaviour, and the paths that
 * agents take there.
 */
import { chart, type Drawing, ramp, stacked } from '../../chart/chart.js';
import { clipped, dots, key, label, line, type Mark } from '../../chart/marks.js';
import { greyOf, raster } from '../../chart/raster.js';
import { type Domain, extent } from '../../chart/scale.js';
import { COLOUR, disc, ring, stroke, THEORY, WIDTH } from '../../chart/theme.js';
import { reals } from '../../linalg/ring.js';
import { gainMargins, gainMatrix } from '../../theory/loop/loss-of-gains-has-triangle-poles.js';
import { rowOf } from '../../training/curve.js';
import type { Runs, TanhRun } from '../kit/runs.js';
import { endsOf, reached } from '../kit/stages.js';

/** A point of the plane: k₁ and k₂. */
export type Gains = [number, number];

/** A rectangle of the plane: both ends of k₁ and of k₂. */
export interface Rectangle {
  readonly k1: Domain;
  readonly k2: Domain;
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
function turningOf({ k2: [low, high] }: Rectangle): Gains[] {
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

/** The plane in a window, with the paths of learning. */
export function gainPlaneOf(runs: Runs, window: Rectangle) {
  const { closed, open, stages } = runs.tanh();
  const along = ([low, high]: Domain, cell: number): number => low + ((high - low) * (cell + 0.5)) / CELLS;
  return {
    /** log₁₀ of the loss at the centres of the cells, row by row from the lowest k₂. */
    logLoss: Array.from({ length: CELLS * CELLS }, (_, cell) =>
      Math.log10(feedbackLoss(along(window.k1, cell % CELLS), along(window.k2, Math.floor(cell / CELLS)))),
    ),
    cells: CELLS,
    triangle: triangleOfStability(),
    turning: turningOf(window),
    /** Effective gains by epoch; epochs whose trajectories left the finite numbers are left out. */
    closed: pathOf(closed),
    open: pathOf(open),
    /** Gains of the closed loop at the ends of its stages. */
    ends: reached(endsOf(stages)).map(({ stage, epoch }) => ({ stage, gains: gainsAt(closed.seen, epoch) })),
  };
}

/** A part of the plane: its name, and where that is written. */
export interface Region {
  readonly text: string;
  readonly at: Gains;
}

/** The chart of a window. @param staged whether the ends of the stages are shown */
export function gainPlaneChart(
  { logLoss, triangle, turning, closed, open, ends }: ReturnType<typeof gainPlaneOf>,
  window: Rectangle,
  staged: boolean,
  regions: readonly Region[] = [],
): Drawing {
  const path = (points: readonly Gains[], colour: string): Mark[] => [
    line(points, { ...stroke(COLOUR.background, 4), 'stroke-opacity': 0.8 }),
    line(points, stroke(colour, 2)),
  ];
  const marks = [
    raster(logLoss, window.k1, window.k2),
    line([...triangle, triangle[0]!], stroke(COLOUR.theory, 1.5)),
    line(turning, THEORY),
    ...path(open, COLOUR.open),
    ...path(closed, COLOUR.closed),
    dots([closed[0]!, closed.at(-1)!, open.at(-1)!], ring(COLOUR.theory, 1.2), 'ring', 4),
    ...(staged ? ends : []).flatMap(({ stage, gains }) => [
      dots([gains], disc(COLOUR.closed, 4)),
      label(gains, `${stage}`, {
        anchor: 'middle',
        dx: -10,
        dy: -10,
        colour: COLOUR.closed,
        style: { 'font-weight': 'bold' },
      }),
    ]),
  ];
  return stacked(
    ramp('log₁₀ loss', extent(logLoss), (share) => `rgb(${Array(3).fill(greyOf(share))})`, WIDTH),
    chart({
      height: 430,
      bare: true,
      x: { label: 'k₁', domain: window.k1 },
      y: { label: 'k₂', domain: window.k2, count: 10 },
      marks: [
        clipped(...marks),
        ...regions.map(({ text, at }) => label(at, text, { anchor: 'middle' })),
        key('top-left', [
          { text: 'closed loop', style: stroke(COLOUR.closed, 2) },
          { text: 'open loop', style: stroke(COLOUR.open, 2) },
        ]),
      ],
    }),
  );
}
