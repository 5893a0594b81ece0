/**
 * The spectrum of a loop of many units at rest, as far as it dominates.
 */
import { isGated, type Recurrent, tensorIn, tensorsOf } from '../agent/recurrent.js';
import { LIMITS } from '../limits.js';
import { dominantEigenvalues } from '../linalg/dominant.js';
import { modulus } from '../linalg/eigen.js';
import { largestEntry, matrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { fixedPoint, localJacobian } from '../loop/jacobian.js';
import type { Plant } from '../plant/plant.js';
import type { Spectrum } from '../training/curve.js';

/** A dominant pair and the third eigenvalue; the pair where the third lies in a bulk of similar ones. */
const WANTED = { count: 3, least: 2 };

/** Whether a loop has a derivative at rest: a relu agent's has none. */
export function hasSpectrum(kind: string): boolean {
  return kind !== 'relu';
}

/** The agent without inputs beyond the plant's observations, such as references, which are no part of the loop. */
function withinLoop({ C }: Plant, agent: Recurrent): Recurrent {
  const { M } = agent;
  return M.cols === C.rows ? agent : { ...agent, M: matrix(M.rows, C.rows, (i, j) => M.data[i * M.cols + j]!) };
}

/**
 * The spectrum at the fixed point that the loop rests in; `undefined` where there is none, or where weights leave the range in
 * which products stay finite.
 */
export function loopSpectrum(plant: Plant, agent: Recurrent): Spectrum | undefined {
  if (!tensorsOf(agent).every((name) => largestEntry(tensorIn(agent, name)) <= LIMITS.magnitude)) return undefined;
  const inner = withinLoop(plant, agent);
  const J = isGated(inner) ? fixedPoint(plant, inner)?.jacobian : localJacobian(plant, inner);
  if (!J) return undefined;
  const { eigenvalues } = dominantEigenvalues(J, WANTED, new Stream(0));
  const radius = modulus(eigenvalues[0]!);
  return { eigenvalues, radius, stable: radius < 1 };
}
