/**
 * The only import of the claims and their generators (spec/) by the package.
 */
import { ledger, runClaims } from '../../spec/claims/ledger.js';
import type { RecordedCase } from '../../spec/support/recorded.js';
import type { AnyClaim, Mutant } from '../claims/claim.js';
import { LoopproofError } from '../error.js';
import type { RunAccount } from '../report/html-run.js';
import { usage } from './errors.js';

export {
  agentOf,
  type Configuration,
  type ConfigurationRanges,
  configuration,
  EVERYWHERE,
  LEARNING,
  momentsOf,
  PAPER,
} from '../../spec/generators/configuration.js';
export { initialAgent, type LearningCase, learning, momentsFor } from '../../spec/generators/learning.js';
export { type LoopCase, loop, realise } from '../../spec/generators/loop.js';
export {
  nearStableOrderParameters,
  overlaps,
  type ScalarOrderParameters,
} from '../../spec/generators/order-parameters.js';
export { plant } from '../../spec/generators/plant.js';
export { batchOf as startsOf, type ProblemCase, problem } from '../../spec/generators/problem.js';
export { type AnyClaim, ledger, runClaims };

/** The claim of an identifier. @throws LoopproofError if there is none. */
export function claimOf(id: string): AnyClaim {
  const claim = ledger.find(({ statement }) => statement.id === id);
  if (claim) return claim;
  const parts = id.toLowerCase().split('-');
  const shared = ({ statement }: AnyClaim): number =>
    parts.filter((part) => statement.id.split('-').includes(part)).length;
  const nearest = ledger.reduce((best, candidate) => (shared(candidate) > shared(best) ? candidate : best));
  throw new LoopproofError('unknown-claim', {
    where: 'claim',
    received: id,
    expected: `one of the ${ledger.length} claims that \`loopproof list\` prints`,
    hint: shared(nearest) > 0 ? `did you mean ${nearest.statement.id}?` : 'run `loopproof list`',
  });
}

/** The claim about recorded runs of an identifier. @throws LoopproofError if there is none. */
export function runClaimOf(id: string): AnyClaim {
  const claim = claimOf(id);
  if (runClaims.includes(claim)) return claim;
  throw new LoopproofError('unknown-claim', {
    where: 'claim',
    received: `${id}, which is not about recorded runs`,
    expected: `one of ${runClaims.map(({ statement }) => statement.id).join(', ')}`,
    hint: `loopproof verify ${id}`,
  });
}

/** The claims of identifiers, in the ledger's order; all of them for no identifiers. */
export function claimsOf(ids: readonly string[]): readonly AnyClaim[] {
  if (ids.length === 0) return ledger;
  const chosen = new Set(ids.map(claimOf));
  return ledger.filter((claim) => chosen.has(claim));
}

/** The recorded runs of the package, each with the claims that judge it. */
export function recordedRuns(claims: readonly AnyClaim[]): RunAccount[] {
  const judged = claims.filter((claim) => runClaims.includes(claim));
  const casesOf = ({ cases }: AnyClaim): readonly RecordedCase[] =>
    cases.kind === 'listed' ? (cases.list as readonly RecordedCase[]) : [];
  const distinct = new Map(judged.flatMap(casesOf).map((one) => [one.name, one]));
  return [...distinct.values()].map(({ name, read }) => ({
    name,
    record: read(),
    judgedBy: judged.filter((claim) => casesOf(claim).some((one) => one.name === name)).map((c) => c.statement.id),
  }));
}

/** A claim's mutant of a name. @throws LoopproofError if there is none. */
export function mutantOf({ statement, mutants }: AnyClaim, name: string): Mutant<unknown> {
  const mutant = mutants.find((candidate) => candidate.name === name);
  if (mutant) return mutant;
  throw usage(
    `${statement.id}: --mutant`,
    name,
    `one of ${mutants.map((candidate) => `"${candidate.name}"`).join(', ')}`,
    `loopproof explain ${statement.id}`,
  );
}
