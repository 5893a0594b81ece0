/**
 * What `loopproof train` is told, and how it ends, whatever it trains.
 */
import { encoded } from '../runs/format/write.js';
import { writeTo } from './output.js';

/** Options as the command line reads them. */
export interface TrainOptions {
  readonly config?: string;
  readonly protocol?: string;
  readonly engine?: string;
  readonly epochs?: number;
  readonly seed: number;
  readonly out?: string;
  /** Whether to show the run while it is trained. */
  readonly watch?: boolean;
}

/** Tells what a run came to, and only then writes it where it is to be recorded: a disk that is full costs no summary. */
export function conclude({ out }: TrainOptions, summary: () => string, record: () => string): void {
  if (out !== '-') process.stdout.write(summary());
  if (out !== undefined) writeTo(out, encoded(record(), out));
}
