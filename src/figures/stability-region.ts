/**
 * The region of stability in the space of order parameters, and the paths that learning takes into it.
 */
import * as Plot from '@observablehq/plot';
import { Stream } from '../linalg/random.js';
import { stableInterval } from '../theory/loop/stability-region-is-exact.js';
import { rowOf } from '../training/curve.js';
import { beside, chart, HALO, key, ramp, stacked } from './chart.js';
import { defineFigure } from './figure.js';
import { type LowRankRun, lowRankRun } from './runs.js';
import { COLOUR, LIGHTEST, SCHEME } from './theme.js';

/** Order parameters of an epoch: q = σ_zu σ_vm, σ_zm, σ_vu. */
type Place = { readonly q: number; readonly zm: number; readonly vu: number };

/** Slices of the region, and points on a side of their outlines. */
const [SLICES, POINTS] = [[-0.4, 0, 0.4], 200] as const;

const PATHS = 3;

/** The outline of the region at one σ_vu: its lower side, then its upper side back. */
function outlineAt(vu: number): Place[] {
  const low = Math.max(-1, vu);
  const sides = Array.from({ length: POINTS + 1 }, (_, k) => low + ((1 - low) * k) / POINTS).flatMap((s) => {
    const [lower, upper] = stableInterval(s, vu);
    const placed = (zm: number): Place => ({ q: s - vu * (1 - zm), zm, vu });
    return lower <= upper ? [{ lower: placed(lower), upper: placed(upper) }] : [];
  });
  return [...sides.map(({ lower }) => lower), ...sides.map(({ upper }) => upper).reverse()];
}

/** The path of a run, and its place where the loop becomes stable; `null` if it does not. */
function pathOf({ curve, stages: { stage2End } }: LowRankRun): {
  readonly path: Place[];
  readonly stable: Place | null;
} {
  const path = Array.from({ length: curve.epochs }, (_, epoch): Place => {
    const [zm, zu, vm, vu] = rowOf(curve.overlaps, curve.epochs, epoch) as unknown as [number, number, number, number];
    return { q: zu * vm, zm, vu };
  });
  return { path, stable: stage2End === undefined ? null : path[stage2End]! };
}

/** Closer than this share of the frame, dots cover each other. */
const CLOSEST = 0.005;

/** The places of a path that are drawn, in its order. */
function apart(path: readonly Place[], least: number): Place[] {
  const drawn: Place[] = [];
  for (const place of path) {
    const before = drawn.at(-1);
    if (!before || Math.hypot(place.q - before.q, place.zm - before.zm) >= least) drawn.push(place);
  }
  return drawn;
}

export const figure = defineFigure({
  id: 'stability-region',
  title: 'Learning paths into the region of stability',
  caption:
    'Memory gain q = σ_zu σ_vm and position gain σ_zm of three linear agents of rank 1 while they learn in closed loop, a dot per epoch (fewer where they would cover each other); colour: σ_vu, the third dimension. Outlines: slices of the exact region of stability at three values of σ_vu, in the same colours. Circles: where the loop becomes stable. Left: the beginning. No path enters without memory, q = 0.',
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
    const color = { type: 'linear', scheme: SCHEME, domain: [-most, most / LIGHTEST], label: 'σ_vu' } as const;
    const panel = (x: Ends, y: Ends, whole: boolean): string =>
      chart({
        width: PANEL,
        height: 390,
        x: { label: 'q', domain: x },
        y: { label: 'σ_zm', domain: y },
        color,
        marks: [...regionMarks(outlines), ...pathMarks(paths, x, y), ...(whole ? labels(outlines) : KEY)],
      });
    return stacked([
      ramp(color, 2 * PANEL),
      beside([panel([-0.005, 0.07], [-0.12, 0.08], false), panel([-0.1, 1.4], [-1.2, 0.15], true)]),
    ]);
  },
});

const PANEL = 400;

/** A slice of the region. */
type Slice = { readonly vu: number; readonly outline: Place[] };
/** A run over learning. */
type Path = ReturnType<typeof pathOf>;

const clip = 'frame';

function regionMarks(outlines: readonly Slice[]): Plot.Markish[] {
  return [
    Plot.ruleY([0], { stroke: COLOUR.line }),
    Plot.ruleX([0], { stroke: COLOUR.line }),
    ...outlines.map(({ outline }) =>
      Plot.line([...outline, outline[0]!], { x: 'q', y: 'zm', z: null, stroke: 'vu', strokeWidth: 2, clip }),
    ),
  ];
}

type Ends = readonly [number, number];

/** What of the paths lies in the frame. */
function pathMarks(paths: readonly Path[], x: Ends, y: Ends): Plot.Markish[] {
  const within = ({ q, zm }: Place): boolean => q >= x[0] && q <= x[1] && zm >= y[0] && zm <= y[1];
  const places = paths.flatMap(({ path }) => apart(path.filter(within), (y[1] - y[0]) * CLOSEST));
  const stable = paths.flatMap((path) => path.stable ?? []);
  return [
    Plot.dot(places, { x: 'q', y: 'zm', r: 1.8, fill: 'vu', clip }),
    Plot.dot(stable, { x: 'q', y: 'zm', r: 5, stroke: COLOUR.theory, strokeWidth: 1.5, clip }),
  ];
}

/** Slices are named where they reach furthest in the frame, but for room to write in. */
function labels(outlines: readonly Slice[]): Plot.Markish[] {
  const furthest = outlines.map(({ outline }) =>
    outline
      .filter(({ q, zm }) => q <= 1.05 && zm >= -1.05)
      .reduce((best, place) => (place.q > best.q || (place.q === best.q && place.zm > best.zm) ? place : best)),
  );
  const text = ({ vu }: Place): string => `σ_vu = ${vu}`.replace('-', '−');
  const options = { x: 'q', y: 'zm', text, fill: 'vu', ...HALO } as const;
  // An edge that leaves the frame has room above it, a tip below it; the paths run to the right of the smaller one.
  return furthest.map((place) =>
    Plot.text([place], {
      ...options,
      textAnchor: place.vu > 0 ? 'end' : 'start',
      dx: place.vu > 0 ? -4 : 8,
      dy: place.vu < 0 ? -6 : 14,
    }),
  );
}

const KEY = key('top-right', [
  { text: 'edge of stability, by theory', colour: COLOUR.line, sample: 'line' },
  { text: 'learning', colour: COLOUR.line, sample: 'dots' },
  { text: 'becomes stable', colour: COLOUR.theory, sample: 'circles' },
]);
