/**
 * The region of stability in the space of order parameters, and the paths that learning takes into it.
 */
import { beside, chart, type Drawing, ramp, stacked } from '../../chart/chart.js';
import { clipped, dots, key, label, level, line, type Mark, upright } from '../../chart/marks.js';
import type { Domain } from '../../chart/scale.js';
import { COLOUR, disc, LIGHTEST, palette, ring, stroke } from '../../chart/theme.js';
import { Stream } from '../../linalg/random.js';
import { stableInterval } from '../../theory/loop/stability-region-is-exact.js';
import { rowOf } from '../../training/curve.js';
import { defineFigure } from '../kit/figure.js';
import { type LowRankRun, lowRankRun } from '../kit/runs.js';

/** Order parameters of an epoch: q = σ_zu σ_vm, σ_zm, σ_vu. */
type LoopPoint = { readonly q: number; readonly zm: number; readonly vu: number };

/** Slices of the region, and points on a side of their outlines. */
const [SLICES, POINTS] = [[-0.4, 0, 0.4], 200] as const;

const PATHS = 3;

/** The outline of the region at one σ_vu: its lower side, then its upper side back. */
function outlineAt(vu: number): LoopPoint[] {
  const low = Math.max(-1, vu);
  const sides = Array.from({ length: POINTS + 1 }, (_, k) => low + ((1 - low) * k) / POINTS).flatMap((s) => {
    const [lower, upper] = stableInterval(s, vu);
    const placed = (zm: number): LoopPoint => ({ q: s - vu * (1 - zm), zm, vu });
    return lower <= upper ? [{ lower: placed(lower), upper: placed(upper) }] : [];
  });
  return [...sides.map(({ lower }) => lower), ...sides.map(({ upper }) => upper).reverse()];
}

/** The path of a run, and its place where the loop becomes stable; `null` if it does not. */
function pathOf({ curve, stages: { stage2End } }: LowRankRun): {
  readonly path: LoopPoint[];
  readonly stable: LoopPoint | null;
} {
  const path = Array.from({ length: curve.epochs }, (_, epoch): LoopPoint => {
    const [zm, zu, vm, vu] = rowOf(curve.overlaps, curve.epochs, epoch) as unknown as [number, number, number, number];
    return { q: zu * vm, zm, vu };
  });
  return { path, stable: stage2End === undefined ? null : path[stage2End]! };
}

/** Closer than this share of the frame, dots cover each other. */
const CLOSEST = 0.005;

/** The places of a path that are drawn, in its order. */
function apart(path: readonly LoopPoint[], least: number): LoopPoint[] {
  const drawn: LoopPoint[] = [];
  for (const place of path) {
    const before = drawn.at(-1);
    if (!before || Math.hypot(place.q - before.q, place.zm - before.zm) >= least) drawn.push(place);
  }
  return drawn;
}

export const figure = defineFigure({
  id: 'stability-region',
  title: 'Paths into the region of stability',
  caption:
    'Dots: memory gain q = σ_zu σ_vm and position gain σ_zm of three linear agents of rank 1 while they learn in closed loop, one dot per epoch unless dots would cover each other. One of them is the agent of Fig. 3a. Colour: σ_vu, the third dimension. Lines, by theory: slices of the exact region of stability at three values of σ_vu, in the same colours. Rings: the loop becomes stable. Left: the beginning, zoomed. No path enters without memory, q = 0.',
  data(runs) {
    const random = new Stream(runs.seed).child('stability region');
    const others = Array.from({ length: PATHS - 1 }, (_, k) => lowRankRun(random.child(`run ${k}`)));
    return {
      outlines: SLICES.map((vu) => ({ vu, outline: outlineAt(vu) })),
      paths: [runs.lowRank(), ...others].map(pathOf),
    };
  },
  draw({ outlines, paths }) {
    const most = Math.max(...paths.flatMap(({ path }) => path).map(({ vu }) => Math.abs(vu)));
    const domain = [-most, most / LIGHTEST] as const;
    const colourOf = (vu: number): string => palette((vu - domain[0]) / (domain[1] - domain[0]));
    const panel = (x: Domain, y: Domain, extra: readonly Mark[]): Drawing =>
      chart({
        width: PANEL,
        height: 390,
        x: { label: 'q', domain: x, count: 4 },
        y: { label: 'σ_zm', domain: y },
        marks: [
          level(0, stroke(COLOUR.line, 1)),
          upright([0], stroke(COLOUR.line, 1)),
          clipped(
            ...outlines.map(({ vu, outline }) => line([...outline, outline[0]!].map(pointOf), stroke(colourOf(vu), 2))),
            ...paths.flatMap(({ path }) => pathMarks(path, x, y, colourOf)),
            dots(
              paths.flatMap(({ stable }) => (stable ? [pointOf(stable)] : [])),
              { ...ring(COLOUR.theory), fill: 'none' },
              'ring',
              5,
            ),
          ),
          ...extra,
        ],
      });
    return stacked(
      ramp('σ_vu', domain, palette, 2 * PANEL),
      beside(
        panel([-0.005, 0.07], [-0.12, 0.08], [KEY]),
        panel([-0.1, 1.4], [-1.2, 0.15], sliceNames(outlines, colourOf)),
      ),
    );
  },
});

const PANEL = 400;

const pointOf = ({ q, zm }: LoopPoint): readonly [number, number] => [q, zm];

/** The dots of a path that lie in the frame, without those that would cover each other. */
function pathMarks(path: readonly LoopPoint[], x: Domain, y: Domain, colourOf: (vu: number) => string): Mark[] {
  const inside = path.filter(({ q, zm }) => q >= x[0] && q <= x[1] && zm >= y[0] && zm <= y[1]);
  return apart(inside, (y[1] - y[0]) * CLOSEST).map((place) => dots([pointOf(place)], disc(colourOf(place.vu), 1.8)));
}

/** Names of slices, where these reach furthest in the frame, but for room to write in. */
function sliceNames(
  outlines: readonly { readonly vu: number; readonly outline: LoopPoint[] }[],
  colourOf: (vu: number) => string,
): Mark[] {
  return outlines.map(({ vu, outline }) => {
    const furthest = outline
      .filter(({ q, zm }) => q <= 1.05 && zm >= -1.05)
      .reduce((best, place) => (place.q > best.q || (place.q === best.q && place.zm > best.zm) ? place : best));
    // An edge that leaves the frame has room above it, a tip below it; the paths run to the right of the smaller one.
    return label(pointOf(furthest), `σ_vu = ${vu}`.replace('-', '−'), {
      anchor: vu > 0 ? 'end' : 'start',
      dx: vu > 0 ? -4 : 8,
      dy: vu < 0 ? -10 : 12,
      colour: colourOf(vu),
    });
  });
}

const KEY = key('top-right', [
  { text: 'edge of stability, by theory', style: stroke(COLOUR.line, 2) },
  { text: 'learning', style: disc(COLOUR.line, 1.8), shape: 'disc' },
  { text: 'becomes stable', style: { ...ring(COLOUR.theory), fill: 'none' }, shape: 'ring' },
]);
