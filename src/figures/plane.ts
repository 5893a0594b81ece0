/**
 * The complex plane of eigenvalues: what is read off spectra, and the unit circle.
 */
import * as Plot from '@observablehq/plot';
import type { Complex } from '../linalg/eigen.js';
import type { SurrogateStart } from '../theory/stage-two/surrogate-descent-moves-the-pair.js';
import { STAGE_TWO } from '../theory/stage-two/surrogate-weight-moves-the-pair.js';
import type { Spectrum } from '../training/curve.js';
import { COLOUR } from './theme.js';

/** A point of the complex plane. */
export interface Point {
  readonly re: number;
  readonly im: number;
}

/** The upper one of the complex pair; `null` where all eigenvalues are real. */
export function upperOfPair({ eigenvalues }: Spectrum): Point | null {
  const upper = eigenvalues.reduce<Complex | undefined>((most, z) => (z.im > (most?.im ?? 0) ? z : most), undefined);
  return upper ? { re: upper.re, im: upper.im } : null;
}

/** Points of the circle: a corner between two of them cannot be seen. */
const ARC = 2000;

/** The unit circle. */
export function unitCircle(): Plot.Markish {
  const points = Array.from({ length: ARC + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / ARC;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
  return Plot.line(points, { x: '0', y: '1', stroke: COLOUR.line, strokeWidth: 1.2, clip: 'frame' });
}

/** Order parameters in the middle of stage 2, their memory shared evenly: where Figs 4d and 4e start from. */
export function middleOfStageTwo(): SurrogateStart {
  const middle = ([low, high]: readonly [number, number]): number => (low + high) / 2;
  const memory = Math.sqrt(middle(STAGE_TWO.q));
  return { zm: middle(STAGE_TWO.zm), zu: memory, vm: memory, vu: middle(STAGE_TWO.vu) };
}

/** What Figs 4d and 4e show of the plane, as the paper's do. */
export const pairWindow = {
  x: { label: 'Re λ', domain: [0.97, 1.01], ticks: [0.97, 0.98, 0.99, 1, 1.01] },
  y: { label: 'Im λ', domain: [0.06, 0.28] },
  /** A path up to where it leaves the frame. */
  inside(path: readonly Point[]): Point[] {
    const [{ domain: across }, { domain: up }] = [pairWindow.x, pairWindow.y];
    const leaves = path.findIndex(({ re, im }) => re < across[0] || re > across[1] || im < up[0] || im > up[1]);
    return leaves < 0 ? [...path] : path.slice(0, leaves);
  },
} as const;

/** Where paths begin. */
export function startMark(point: Point): Plot.Markish {
  return Plot.dot([point], {
    x: 're',
    y: 'im',
    r: 4.5,
    fill: COLOUR.background,
    stroke: COLOUR.line,
    strokeWidth: 1.5,
  });
}
