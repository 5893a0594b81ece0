/**
 * Derivation: stability and total loss in the plane of effective gains.
 */

import { add, identity, type Mat, multiply, scale, subtract, transpose } from '#src/linalg/matrix.js';
import { characteristic } from '#src/linalg/polynomial.js';
import { product, type Ring } from '#src/linalg/ring.js';
import {
  gainMargins,
  gainMatrix,
  statement,
  totalMomentsNumerator,
} from '#src/theory/loop/loss-of-gains-has-triangle-poles.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { differs, jury2 } from '../support/smt.js';
import { flat } from '../support/symbols.js';

/** S − M S Mᵀ. */
const defect = <T>(R: Ring<T>, M: Mat<T>, S: Mat<T>): Mat<T> => subtract(R, S, multiply(R, M, S, transpose(M)));

const telescope = (horizon: number): Identity => ({
  name: `Σ_{t<T} M^t (X − M X Mᵀ) M^tᵀ = X − M^T X M^Tᵀ for T = ${horizon}`,
  variables: ['k1', 'k2', 'a', 'b', 'd'],
  vanish(R, { k1, k2, a, b, d }) {
    const M = gainMatrix(R, k1!, k2!);
    const X = { rows: 2, cols: 2, data: [a!, b!, b!, d!] };
    let moved = defect(R, M, X);
    let power = identity(R, 2);
    let total = moved;
    for (let t = 1; t < horizon; t++) {
      moved = multiply(R, M, moved, transpose(M));
      total = add(R, total, moved);
    }
    for (let t = 0; t < horizon; t++) power = multiply(R, M, power);
    return flat(subtract(R, total, subtract(R, X, multiply(R, power, X, transpose(power)))));
  },
});

const triangle = '(and (< k1 0) (< k2 k1) (> (- (+ 4 (* 2 k2)) k1) 0))';
const trace = '(+ 2 k2)';
const determinant = '(- (+ 1 k2) k1)';

export const derivation: Derivation = {
  statement,
  scope: 'all real k₁ and k₂; the telescoping sum over 2 and 3 steps',
  steps: [
    'det(λI − M) = λ² − (2 + k₂) λ + 1 + k₂ − k₁; Jury’s three conditions are the margins −k₁, k₁ − k₂ and 4 + 2k₂ − k₁.',
    'Any X telescopes: Σ_{t<T} M^t (X − M X Mᵀ) M^tᵀ = X − M^T X M^Tᵀ. With X − M X Mᵀ = I and a stable M the sum of all M^t M^tᵀ is X.',
    'Solving the linear equation gives X with the product of the three margins as its denominator. So the loss has poles on the edges of the triangle and nowhere else.',
  ],
  identities: [
    {
      name: 'margins are the Jury quantities of M',
      variables: ['k1', 'k2'],
      vanish(R, { k1, k2 }) {
        const [constant, linear] = characteristic(R, gainMatrix(R, k1!, k2!)) as [typeof k1, typeof k1];
        const jury = ['1+b+c', '1-c', '1+c-b'].map((text) => evaluateText(R, text, { b: linear!, c: constant! }));
        return gainMargins(R, k1!, k2!).map((margin, k) => R.sub(jury[k]!, margin));
      },
    },
    {
      name: 'Lyapunov: N − M N Mᵀ = (product of the margins) I',
      variables: ['k1', 'k2'],
      vanish(R, { k1, k2 }) {
        const M = gainMatrix(R, k1!, k2!);
        const N = totalMomentsNumerator(R, k1!, k2!);
        return flat(subtract(R, defect(R, M, N), scale(R, product(R, gainMargins(R, k1!, k2!)), identity(R, 2))));
      },
    },
    telescope(2),
    telescope(3),
  ],
  decisions: [
    {
      name: 'triangle ⇔ both roots inside (Jury)',
      variables: ['k1', 'k2'],
      negation: differs(triangle, jury2(trace, determinant)),
      control: differs(triangle.replace('(< k1 0) ', ''), jury2(trace, determinant)),
    },
    {
      name: 'Jury’s conditions for λ² − tλ + d ⇔ roots inside: real roots r, s and pairs a ± ib',
      variables: ['r', 's', 'a', 'b'],
      negation: `(or ${differs('(and (< r 1) (> r (- 1)) (< s 1) (> s (- 1)))', jury2('(+ r s)', '(* r s)'))} (and (not (= b 0)) ${differs('(< (+ (* a a) (* b b)) 1)', jury2('(* 2 a)', '(+ (* a a) (* b b))'))}))`,
      control: differs('(and (< r 1) (> r (- 1)))', jury2('(+ r s)', '(* r s)')),
    },
    {
      name: 'the closed form is positive definite ⇔ triangle (off the edges)',
      variables: ['k1', 'k2', 'x', 'y', 'z'],
      // X = I + M X Mᵀ, entry by entry; x, y, z the entries of X.
      negation: `(and (= x (+ 1 x (* 2 y) z)) (= y (+ (* k1 x) (* (+ 1 k2) y) (* k1 y) (* (+ 1 k2) z))) (= z (+ 1 (* k1 k1 x) (* 2 k1 (+ 1 k2) y) (* (+ 1 k2) (+ 1 k2) z))) ${differs('(and (> x 0) (> (- (* x z) (* y y)) 0))', triangle)} (not (= k1 0)) (not (= k2 k1)) (not (= (- (+ 4 (* 2 k2)) k1) 0)))`,
      control: `(and (= x (+ 1 x (* 2 y) z)) (= y (+ (* k1 x) (* (+ 1 k2) y) (* k1 y) (* (+ 1 k2) z))) (= z (+ 1 (* k1 k1 x) (* 2 k1 (+ 1 k2) y) (* (+ 1 k2) (+ 1 k2) z))) (<= x 0))`,
      rocq: {
        from: 'loss_of_gains_has_triangle_poles',
        tactics: 'intros k1 k2 x y z (E1 & E2 & E3 & N & A & B & C); apply N; apply definite_in_triangle; assumption',
      },
    },
  ],
  theorems: [
    {
      name: 'definite_in_triangle',
      says: 'where the total loss is defined, it is that of a positive definite matrix exactly in the triangle',
      over: 'reals',
    },
  ],
};
