/**
 * SMT-LIB terms of the Jury conditions, for statements about stability over all reals.
 */

/** All roots of λ² − t λ + d inside the unit circle. */
export const jury2 = (t: string, d: string): string =>
  `(and (> (+ (- 1 ${t}) ${d}) 0) (> (+ 1 ${t} ${d}) 0) (< ${d} 1))`;

/** All roots of λ³ + b2 λ² + b1 λ + b0 inside the unit circle. */
export const jury3 = (b2: string, b1: string, b0: string): string =>
  `(and (> (+ 1 ${b2} ${b1} ${b0}) 0) (> (- (+ 1 ${b1}) ${b2} ${b0}) 0) (< ${b0} 1) (> ${b0} (- 1)) (> (- 1 (* ${b0} ${b0})) (- ${b1} (* ${b0} ${b2}))))`;

/** Stability of χ for k = 2, dt = 1. */
export const stableLoop = (zm: string, vu: string, q: string): string =>
  jury3(`(- (+ ${vu} 2))`, `(+ (- (* 2 ${vu}) ${zm}) 1)`, `(- (- (* ${vu} ${zm}) ${vu}) ${q})`);

/** The negation of an equivalence. */
export const differs = (a: string, b: string): string => `(not (= ${a} ${b}))`;
