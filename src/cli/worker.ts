/**
 * A worker thread: judges one block of one claim.
 */
import { type BlockResult, type CaseBlock, judgeBlock } from '../claims/block.js';
import { mutated } from '../claims/claim.js';
import { claimOf, mutantOf } from './suite.js';

/** A block of a claim's cases, as sent to a worker. */
export interface BlockTask {
  readonly id: string;
  readonly block: CaseBlock;
  /** Name of the mutant to judge in place of the claim's own implementation. */
  readonly mutant?: string;
}

export default function run({ id, block, mutant }: BlockTask): BlockResult {
  const claim = claimOf(id);
  return judgeBlock(mutant === undefined ? claim : mutated(claim, mutantOf(claim, mutant)), block);
}
