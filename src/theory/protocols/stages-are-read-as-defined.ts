/**
 * What is read off a learning curve: spectra, stages, turns, peaks, harmonics, modes.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stages-are-read-as-defined',
  kind: 'identity',
  title: 'spectra, stages, peaks, turns and harmonics are read off a curve as they are defined',
  statement:
    'A stage ends at the first epoch from which its condition lasts five epochs: a negative gain with an unstable dominant pair, then stability. Stage 3 is the growth of the largest real eigenvalue from there. A peak is the largest ratio to an earlier loss; σ_zm turns with the first step that does not go on; a harmonic is acquired below 1.3, having begun above 2, and done below 1. Trying every epoch, and every pair of epochs, gives the same. The eigenvalues of P_eff have its trace and the traces of its powers, and the largest modulus is its spectral radius; modes of W are (η/dt)(λ − 1).',
  formula: 'tr P^k = Σ λ^k, k = 1 … 4;  ρ = max |λ|;  Σ (η/dt)(λ − 1) = (η/dt)(tr W − N)',
  latex: String.raw`\operatorname{tr} P^k = \sum \lambda^k, k = 1 \ldots 4 \newline \rho = \max {\lvert\lambda\rvert} \newline \sum (\eta/\mathit{dt})(\lambda - 1) = (\eta/\mathit{dt})(\operatorname{tr} W - N)`,
  assumptions: 'any curve of up to 40 epochs; agents of rank 1 to 2; recurrences of up to 5 units',
  validity: 'as defined: thresholds and five epochs are conventions of this project',
  tolerance: 'exact, but power sums of eigenvalues: backward error of the QR algorithm',
  source: { theory: '#protocols-and-losses', status: 'new' },
};
