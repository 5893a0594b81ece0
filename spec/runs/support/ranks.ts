/**
 * Ranks of recorded windows among simulated ones.
 */
import { Stream } from '#src/linalg/random.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { windowsOf } from '#src/runs/judges/chance.js';
import { type Outcome, Simulator } from '#src/runs/simulated.js';
import { type WeightsRecord, weightsRecordOf } from '#src/runs/snapshots.js';

const OTHERS = 15;

/** A loss, a gradient norm, and how far a weight moves. */
const numbersOf = ({ rows, moved }: Outcome): readonly number[] => [rows[0]![0]!, rows[1]![0]!, moved![0]!];

/** By number, the ranks in all windows of runs, ties parted by chance, in (0, 1). */
export function ranksOf(runs: readonly RecordedRun[]): number[][] {
  const random = new Stream(9);
  const perWindow = runs.flatMap((run) => {
    const record = weightsRecordOf(run) as WeightsRecord;
    return windowsOf(record).map((window) => {
      const simulator = new Simulator(record, window);
      const others = Array.from({ length: OTHERS }, (_, k) => numbersOf(simulator.simulated(`other ${k}`)));
      return numbersOf(simulator.recorded()).map((own, k) => {
        const below = others.filter((numbers) => numbers[k]! < own).length;
        const ties = others.filter((numbers) => numbers[k] === own).length;
        return (below + random.uniform() * (ties + 1)) / (OTHERS + 1);
      });
    });
  });
  return [0, 1, 2].map((k) => perWindow.map((numbers) => numbers[k]!));
}

/** The largest distance from the uniform law, times the root of the count. */
export function kolmogorov(values: readonly number[]): number {
  const n = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  return Math.sqrt(n) * Math.max(...sorted.map((value, k) => Math.max((k + 1) / n - value, value - k / n)));
}

/** Exceeded with probability 2·exp(−2·2.5²) = 7e−6 at most (Massart 1990). */
export const LIMIT = 2.5;
