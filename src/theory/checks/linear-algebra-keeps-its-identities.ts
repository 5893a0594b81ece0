/**
 * What all else is computed with: matrices over any ring, rationals, intervals, dual numbers, factors, fits, randomness.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'linear-algebra-keeps-its-identities',
  kind: 'identity',
  title: 'matrices, numbers, factors, fits and random streams keep the identities that define them',
  statement:
    'Products and sums of matrices are those of their entries, inner loops those of plain loops. Rationals are cross-multiplied fractions, doubles are read from their bits and back. Intervals hold the exact result and are a few units wide. Dual numbers differentiate. A matrix is a root of its characteristic polynomial. Factors give back their Gram matrices, solutions their right sides, fits leave residuals orthogonal to the columns. Dominant eigenvalues are those that were put in. Streams are uniform and normal in their moments, and independent of each other.',
  formula: 'χ_A(A) = 0;  X Xᵀ = S;  Fᵀ F = Qᵀ Q;  Jᵀ (J x − y) = 0',
  latex: String.raw`\chi_A(A) = 0 \newline X X^\top = S \newline F^\top F = Q^\top Q \newline J^\top (J x - y) = 0`,
  assumptions:
    'small whole numbers and their quotients; matrices of up to 4 rows, of 60 for dominant eigenvalues; 2¹⁴ random numbers',
  validity: 'every size, as far as rounding bounds reach; tried, not proved',
  tolerance: 'exact in whole numbers and rationals; backward errors of factors and of the QR algorithm; tails of means',
  source: { theory: '#how-results-are-checked', status: 'new' },
};
