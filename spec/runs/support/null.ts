/**
 * Losses drawn as they are declared.
 */
import type { Stream } from '#src/linalg/random.js';
import type { SequentialRow } from '#src/runs/judges/sequential.js';
import { meanLoss } from '#src/theory/records/recorded-losses-follow-overlaps.js';

/** Variance of a component. */
export const v = 4 / 3;
/** The matrix of a loss. */
export const Q = Float64Array.of(2, 0.7, 0.7, 0.5);

/** The loss of one start. */
export function trial(kind: 'uniform' | 'normal', random: Stream): number {
  const draw = (): number => (kind === 'uniform' ? random.uniform(-2, 2) : Math.sqrt(v) * random.normal());
  const [a, b] = [draw(), draw()];
  return Q[0]! * a * a + 2 * Q[1]! * a * b + Q[3]! * b * b;
}

export const BATCH = 10;
const EPOCHS = 30;

/** A record under the null. */
export function* record(kind: 'uniform' | 'normal', random: Stream): Generator<SequentialRow> {
  const mean = meanLoss(Q, v);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    let value = 0;
    for (let b = 0; b < BATCH; b++) value += trial(kind, random) / BATCH;
    yield { epoch, value, Q, slack: 0, suspected: [0.9 * mean, 1.05 * mean, 1.2 * mean] };
  }
}
