/**
 * Short and long horizons pull the dominant pair apart, in training as in the surrogate.
 */

import type { LinearAgent } from '../../agent/linear.js';
import { type OrderParameters, orderParametersOf } from '../../agent/order-parameters.js';
import { matrix } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import { dot } from '../../linalg/vector.js';
import type { Plant } from '../../plant/plant.js';
import { costOf, type Protocol, plantOf } from '../../problem/protocol.js';
import { startVariance } from '../../problem/start.js';
import { emptyCurve, type LearningCurve, orderParametersAt, spectrumOf } from '../../training/curve.js';
import { gramLearner } from '../../training/learner.js';
import { reducedLoss } from '../../training/reduced.js';
import { proportion } from '../odds.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'longer-horizons-lower-the-pair',
  kind: 'empirical',
  title: 'gradients of short and long horizons oppose each other; training over a longer one holds the pair lower',
  statement:
    'Over stage 2 (−0.05 ≤ σ_zm ≤ −0.02, 0 < q ≤ 0.01, 0 ≤ σ_vu ≤ 0.1) the gradients of the losses of horizons 4 and 200 with respect to the order parameters have a cosine below −0.8 at 90 of 100 points. Train agents from one start there over horizons T, 3T and 10T, T of 8 to 12. On the average of epochs 30 to 60, the longer the horizon, the closer the complex pair is to the real axis, in 85 of 100 configurations. Over each of these horizons the pair has then moved up or down as the first gradient moves it, in 90. Both are of steps lr·c of 0.0005 to 0.008, hops of σ_zm of up to 0.0065; the paper’s rate is wider.',
  formula: 'cos(∇L_4, ∇L_200) < −0.8;  |Im λ| of 10T < |Im λ| of 3T < |Im λ| of T',
  latex: String.raw`\cos(\nabla L_4, \nabla L_{200}) < -0.8 \newline {\lvert\operatorname{Im} \lambda\rvert}\text{ of }10T < {\lvert\operatorname{Im} \lambda\rvert}\text{ of }3T < {\lvert\operatorname{Im} \lambda\rvert}\text{ of }T`,
  assumptions:
    'double integrator, rank 1, η = 1, dt = 1; order parameters shared evenly, σ_zu = σ_vm = √q; clipped gradient descent of Z, U and V from a start in the stated box',
  validity:
    'near q = 0 the short horizon’s gradient along memory vanishes with q, and the cosine may have either sign. At lr·c of 0.01 to 0.02, the paper’s 0.01 among them, a hop is as wide as what separates the horizons: over 10T the pair then ends on the other side than the first gradient sends it in 35 of 100 runs or more (tried as well). Horizons nearer than a factor 3 may change places, as the minima of their losses in σ_zm scatter (stage-one-set-point-scales-with-horizon)',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 4e', theory: '#stage-2', status: 'paper' },
};

export const odds = {
  opposed: proportion(0.9, 0.8, 'horizons 4 and 200 have gradients of cosine below −0.8'),
  order: proportion(
    0.85,
    0.75,
    'of horizons T, 3T and 10T, each keeps the pair closer to the real axis than the shorter ones',
  ),
  way: proportion(0.9, 0.8, 'the pair has moved the way that the first gradient moves it'),
  beyond: proportion(0.35, 0.25, 'at lr c of 0.01 to 0.02 the pair has not, over horizons of 10T', {
    share: 0.15,
    control: true,
  }),
};

/**
 * Cosine of the gradients of two horizons' losses with respect to the order parameters.
 * @param K (p+r) × (c+r), row-major
 */
export function horizonCosine(plant: Plant, K: Float64Array, short: number, long: number): number {
  const n = plant.A.rows;
  const starts = matrix(n, n, (i, j) => (i === j ? 1 : 0));
  const gradient = (horizon: number): Float64Array => {
    const cost = costOf({ horizon, batch: 1, loss: { state: 'mean', beta: 0 } }, n, 1);
    const E = new Float64Array(K.length);
    reducedLoss({ plant, leak: 1, cost, horizon, rank: 1 })(K, starts, E);
    return E;
  };
  const [a, b] = [gradient(short), gradient(long)];
  const inner = (x: Float64Array, y: Float64Array): number => dot(x, 0, y, 0, x.length);
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}

/** |Im λ| of the complex pair, 0 where all eigenvalues are real. */
function heightOf(plant: Plant, overlaps: OrderParameters): number {
  return Math.max(...spectrumOf(plant, 1, overlaps)!.eigenvalues.map(({ im }) => Math.abs(im)));
}

/** Mean |Im λ| over the epochs from `from` on. @param curve of a run that stays finite */
export function pairHeight(plant: Plant, curve: LearningCurve, from: number): number {
  let total = 0;
  for (let epoch = from; epoch < curve.epochs; epoch++) total += heightOf(plant, orderParametersAt(curve, epoch));
  return total / (curve.epochs - from);
}

/** A step this long, in all weights together, is small against what moves the pair, and large against rounding. */
const SMALL = 2 ** -16;

/**
 * By how much the first gradient of a run moves |Im λ|, per length of the step.
 * @param protocol a double integrator and starts of a known variance @throws RangeError if they have no common variance
 */
export function firstMove(protocol: Protocol, agent: LinearAgent): number {
  const plant = plantOf(protocol.plant);
  const variance = startVariance(protocol.start);
  if (variance === undefined) throw new RangeError('the first gradient is that of starts of one known variance');
  const engine = gramLearner(protocol, agent);
  const { gradNorm } = engine.evaluate(matrix(2, 2, (i, j) => (i === j ? Math.sqrt(variance) : 0)));
  const before = heightOf(plant, orderParametersOf(reals, agent));
  engine.descend(SMALL / gradNorm);
  const curve = emptyCurve(engine.shape, 2, 1);
  engine.observe(curve.overlaps, curve.gram);
  return (heightOf(plant, orderParametersAt(curve, 0)) - before) / SMALL;
}
