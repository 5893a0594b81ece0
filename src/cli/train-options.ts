/**
 * What `loopproof train` is told, whatever it trains.
 */

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
