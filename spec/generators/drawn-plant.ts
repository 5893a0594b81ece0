/**
 * A plant of three states, two controls and two observations, drawn: what holds for one of each must hold for it.
 */
import { matrix } from '#src/linalg/matrix.js';
import type { Stream } from '#src/linalg/random.js';
import { type Plant, plant } from '#src/plant/plant.js';

export function drawnPlant(random: Stream): Plant {
  return plant(
    matrix(3, 3, () => random.normal() / 2),
    matrix(3, 2, () => random.normal()),
    matrix(2, 3, () => random.normal()),
  );
}
