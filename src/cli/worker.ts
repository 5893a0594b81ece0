/**
 * What a worker thread does: judges one block of one claim.
 */
import { type Block, type BlockResult, judgeBlock } from '../claims/judge.js';
import { claimOf } from './suite.js';

/** A block of a claim's cases, as sent to a worker. */
export interface Job {
  readonly id: string;
  readonly block: Block;
}

export default function run({ id, block }: Job): BlockResult {
  return judgeBlock(claimOf(id), block);
}
