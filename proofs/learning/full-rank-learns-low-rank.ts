/**
 * Derivation: levels of a full-rank recurrence, and the orders in which they count.
 */
import type { LinearAgent } from '#src/agent/linear.js';
import { at, build, identity, type Mat, subtract, sumOfSquares, zeros } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { constant, multiple, type Series, seriesOver } from '#src/linalg/series.js';
import { rollout } from '#src/loop/rollout.js';
import {
  blockOrder,
  descended,
  fullRankGradients,
  lossOrder,
  statement,
} from '#src/theory/learning/full-rank-learns-low-rank.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries } from '../support/symbols.js';

/** Steps of a run. */
const HORIZON = 3;

/** An agent of one unit in each of two levels, and the same cut to the first, after a step of descent: plant x′ = x + u, y = x, x₀ = 1. */
const afterOneStep: Identity = {
  name: `one unit in each of two levels, T = ${HORIZON}: after a step of descent W − W₀ and the loss of the first level have their orders`,
  variables: ['m', 'z', 's', ...entries('w', 2, 2)],
  vanish<T>(R: Ring<T>, x: Readonly<Record<string, T>>) {
    const length = lossOrder(1);
    const S = seriesOver(R, length);
    const of = (name: string): Series<T> => constant(R, x[name]!, length);
    const plant = { A: identity(S, 1), B: identity(S, 1), C: identity(S, 1) };
    const weights = { state: identity(S, 1), control: identity(S, 1) };
    const only = (rows: number, cols: number, value: Series<T>): Mat<Series<T>> =>
      build(rows, cols, (i, j) => (i === 0 && j === 0 ? value : S.of(0)));
    const agentOf = (units: number): LinearAgent<Series<T>> => ({
      leak: S.of(1),
      M: only(units, 1, of('m')),
      Z: only(1, units, of('z')),
      U: zeros(S, units, 0),
      V: zeros(S, units, 0),
      W: build(units, units, (i, j) => multiple(R, x[`w${i + 1}${j + 1}`]!, length)),
    });
    const start = identity(S, 1);
    const stepped = (agent: LinearAgent<Series<T>>) =>
      descended(S, agent, fullRankGradients(S, plant, agent, weights, start, HORIZON), of('s'));
    const lossOf = (agent: LinearAgent<Series<T>>): Series<T> => {
      const ran = rollout(S, plant, agent, start, HORIZON);
      return sum(
        S,
        [...ran.x, ...ran.u].map((values) => sumOfSquares(S, values)),
      );
    };
    const whole = agentOf(2);
    const moved = stepped(whole);
    const change = subtract(S, moved.W!, whole.W!);
    const early = [0, 1].flatMap((i) => [0, 1].flatMap((j) => at(change, i, j).slice(0, blockOrder(i, j))));
    return [...S.sub(lossOf(moved), lossOf(stepped(agentOf(1)))), ...early];
  },
};

export const derivation: Derivation = {
  statement,
  scope:
    'one unit in each of two levels over 3 steps, weights and rate free; for other sizes and epochs the steps argue',
  steps: [
    'Level l is orthogonal to the levels before, and X and Xᵀ lead from it to levels l − 1, l and l + 1 only: in such a basis W₀ is g times a block tridiagonal matrix. M and Zᵀ lie in level 0. Gradient descent is the same in every orthonormal basis.',
    'Claim: in every epoch block (a, b) of W − W₀ is of order g^(a+b), block a of M and of Zᵀ of order g^a. It is true at first.',
    'A path of W from level b to level a has order g^|a−b| at least: steps of W₀ change the level by 1 at most, and a jump of W − W₀ costs g for each level of both ends. So block b of h_t is of order g^b, and block a of the costate of order g^a.',
    'The gradient of W is a sum of costate times h: block (a, b) has order g^(a+b). Those of M and Z have the order of costate and h. So the next epoch is as claimed.',
    'What enters the loss by a level l ≥ k goes there and comes back: g^k for either way. So the loss of k levels is that of the whole up to order g^(2k), and so are its derivatives by what is in those levels, times their own orders.',
    'Without the rows and columns of level 0, W − W₀ is of order g²; with those of level 0 alone, the rest is of order g. A matrix of rank r moves singular values by r places at most: so they are of order g beyond the d-th, and of order g² beyond the 2d-th.',
  ],
  identities: [afterOneStep],
};
