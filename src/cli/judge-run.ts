/**
 * Verdicts on one recorded run, by the claims of this project where no others are given.
 */
import type { AnyClaim } from '../claims/claim.js';
import type { RecordedRun } from '../runs/format/schema.js';
import { type Checked, judgeFile } from './judge-file.js';
import { ours } from './ours.js';

const { claims: runClaims } = await ours({ claims: 'about files', derivations: false });

/** How a run is judged. */
export interface CheckOptions {
  /** Claims about runs; those of this project by default. */
  readonly claims?: readonly AnyClaim[];
  /** Limit of the work, as a multiple of the usual. Beyond it there is no verdict. */
  readonly effort?: number | undefined;
}

/**
 * Judges one run, as far as its evidence goes.
 * @param name of its file, for reports
 */
export function judgeRun(run: RecordedRun, name: string, { claims = runClaims, effort }: CheckOptions = {}): Checked {
  return judgeFile(claims, { name, run }, effort);
}
