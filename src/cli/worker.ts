/**
 * A worker thread: judges one block of one claim.
 */
import { isMainThread } from 'node:worker_threads';
import {
  type BlockResult,
  type CaseBlock,
  type FailingTrial,
  judgeBlock,
  type SmallCase,
  smallestFailure,
} from '../claims/block.js';
import { type AnyClaim, mutated } from '../claims/claim.js';
import { type Ledger, ledgerOf, mutantOf } from './ledger.js';
import { keepToCommand } from './output.js';

/** A claim, as a worker finds it. */
export interface ClaimAddress {
  /** The suites of the ledger that it is in. */
  readonly suites: readonly string[];
  readonly id: string;
  /** Name of the mutant to judge in place of the claim's own implementation. */
  readonly mutant?: string;
}

if (!isMainThread) keepToCommand();

/** A thread works on one ledger only, of which it loads the claims that it meets. */
const ledgers = new Map<string, Promise<Ledger>>();

async function claimAt({ suites, id, mutant }: ClaimAddress): Promise<AnyClaim> {
  const ledger = ledgers.get(id) ?? ledgerOf(suites, { claims: [id], derivations: false });
  ledgers.set(id, ledger);
  const claim = (await ledger).claimOf(id);
  return mutant === undefined ? claim : mutated(claim, mutantOf(claim, mutant));
}

/** Judges a block of a claim's cases. */
export default async function run({
  block,
  ...address
}: ClaimAddress & { readonly block: CaseBlock }): Promise<BlockResult> {
  return judgeBlock(await claimAt(address), block);
}

/** Makes a case on which a trial failed small. */
export async function smallest({
  trial,
  ...address
}: ClaimAddress & { readonly trial: FailingTrial }): Promise<SmallCase | undefined> {
  return smallestFailure(await claimAt(address), trial);
}
