/**
 * Where the dominant pair goes from the middle of stage 2: Figs 4d and 4e.
 */
import { chart, type Drawing } from '../../chart/chart.js';
import { dots, type Mark } from '../../chart/marks.js';
import type { Domain } from '../../chart/scale.js';
import { COLOUR, ring } from '../../chart/theme.js';
import type { Complex } from '../../linalg/eigen.js';
import type { SurrogateStart } from '../../theory/stage-two/surrogate-descent-moves-the-pair.js';
import { STAGE_TWO } from '../../theory/stage-two/surrogate-weight-moves-the-pair.js';
import { inPlane, unitCircle } from '../kit/plane.js';
import { sweepLines } from '../kit/sweep.js';

/** Order parameters in the middle of stage 2, their memory shared evenly: where the paths start from. */
export function middleOfStageTwo(): SurrogateStart {
  const middle = ([low, high]: readonly [number, number]): number => (low + high) / 2;
  const memory = Math.sqrt(middle(STAGE_TWO.q));
  return { zm: middle(STAGE_TWO.zm), zu: memory, vm: memory, vu: middle(STAGE_TWO.vu) };
}

/** The part of the plane that the paper shows. */
const [RE, IM]: readonly [Domain, Domain] = [
  [0.97, 1.01],
  [0.06, 0.28],
];

/** A path up to where it leaves the frame. */
export function inside(path: readonly Complex[]): Complex[] {
  const leaves = path.findIndex(({ re, im }) => re < RE[0] || re > RE[1] || im < IM[0] || im > IM[1]);
  return leaves < 0 ? [...path] : path.slice(0, leaves);
}

/** Paths of the upper eigenvalue from a common start. @param marks beside them */
export function pairChart(paths: readonly (readonly Complex[])[], marks: readonly Mark[]): Drawing {
  return chart({
    x: { label: 'Re λ', domain: RE, count: 4 },
    y: { label: 'Im λ', domain: IM },
    marks: [
      ...unitCircle(0.235),
      ...sweepLines(
        paths.map((path) => inside(path).map(inPlane)),
        2,
      ),
      ...marks,
      dots([inPlane(paths[0]![0]!)], ring(COLOUR.line), 'ring', 4.5),
    ],
  });
}
