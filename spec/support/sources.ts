/**
 * Noise by its sources: a quadratic loss of independent draws has the mean of a loss summed over the columns of a factor of their moments.
 */
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import type { NoiseLevels } from '#src/problem/protocol.js';

/** A column for each source, the starts first, at its standard deviation: a factor of the moments of all that is drawn, laid out as rollouts take it. */
export function sourcesOf(
  starts: Mat<number>,
  c: number,
  horizon: number,
  { state, observation }: NoiseLevels,
): Mat<number> {
  const [n, perStep] = [starts.rows, starts.rows + c];
  const drawn = (horizon - 1) * perStep;
  return matrix(n + drawn, starts.cols + drawn, (i, j) => {
    if (i < n) return j < starts.cols ? at(starts, i, j) : 0;
    if (i - n !== j - starts.cols) return 0;
    return (i - n) % perStep < n ? state : observation;
  });
}
