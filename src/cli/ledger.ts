/**
 * The ledger: the claims and derivations of the suites that a command works on.
 */
import type { AnyClaim, Mutant } from '../claims/claim.js';
import { LoopproofError } from '../error.js';
import type { AnyFigure } from '../figures/kit/figure.js';
import type { RunAccount } from '../report/html-run.js';
import type { FileCase } from '../runs/claim.js';
import { inShell } from '../words.js';
import type { Derivation } from './derivations.js';
import { usage } from './errors.js';
import { filesOf } from './files.js';
import type { Part } from './ours.js';
import { keepToCommand } from './output.js';
import { loadSuite, OURS, type Suite, suiteError } from './suite.js';

/** Which suites a command works on. */
export interface SuiteOptions {
  /** Modules that export `claims`: paths or patterns. */
  readonly suite?: readonly string[] | undefined;
  /** Whether the claims of this project are left out. */
  readonly onlySuite?: boolean | undefined;
}

/** Suites, and what may be looked up in them. */
export class Ledger {
  readonly suites: readonly Suite[];
  /** In the order of the suites. */
  readonly claims: readonly AnyClaim[];
  readonly derivations: readonly Derivation[];
  readonly figures: readonly AnyFigure[];
  /** Those about files, which `check` judges a user's files by. */
  readonly fileClaims: readonly AnyClaim[];

  /** @throws LoopproofError for identifiers that two claims have, and derivations of no claim */
  constructor(suites: readonly Suite[]) {
    this.suites = suites;
    this.claims = suites.flatMap(({ claims }) => claims);
    this.derivations = suites.flatMap(({ derivations }) => derivations);
    this.figures = suites.flatMap(({ figures }) => figures);
    this.fileClaims = this.claims.filter(({ cases }) => cases.kind === 'files');
    const owners = new Map<string, string>();
    for (const { file, ids } of suites)
      for (const [k, id] of ids.entries()) {
        const owner = owners.get(id);
        if (owner !== undefined)
          throw suiteError(`${file}: claims[${k}].statement.id`, id, `an identifier that no claim of ${owner} has`);
        owners.set(id, file);
      }
    for (const { file, derivations } of suites)
      for (const [k, { statement }] of derivations.entries())
        if (owners.get(statement.id) !== file)
          throw suiteError(
            `${file}: derivations[${k}].statement.id`,
            statement.id,
            'the identifier of a claim of this file',
          );
  }

  /** The claim of an identifier. @throws LoopproofError if there is none. */
  claimOf(id: string): AnyClaim {
    const claim = this.claims.find(({ statement }) => statement.id === id);
    if (claim) return claim;
    const parts = id.toLowerCase().split('-');
    const ids = this.suites.flatMap((suite) => suite.ids);
    const shared = (other: string): number => parts.filter((part) => other.split('-').includes(part)).length;
    const nearest = ids.reduce((best, candidate) => (shared(candidate) > shared(best) ? candidate : best));
    throw new LoopproofError('unknown-claim', {
      where: 'claim',
      received: id,
      expected: `one of the ${ids.length} claims that \`loopproof list\` prints`,
      hint: shared(nearest) > 0 ? `did you mean ${nearest}?` : 'run `loopproof list`',
    });
  }

  /** The claim about files of an identifier. @throws LoopproofError if there is none. */
  fileClaimOf(id: string): AnyClaim {
    const claim = this.claimOf(id);
    if (this.fileClaims.includes(claim)) return claim;
    throw new LoopproofError('unknown-claim', {
      where: 'claim',
      received: `${id}, which is not about recorded runs`,
      expected: `one of ${this.fileClaims.map(({ statement }) => statement.id).join(', ')}`,
      hint: `loopproof verify ${id}`,
    });
  }

  /** The claims of identifiers, in the ledger's order; all of them for no identifiers. */
  claimsOf(ids: readonly string[]): readonly AnyClaim[] {
    if (ids.length === 0) return this.claims;
    const chosen = new Set(ids.map((id) => this.claimOf(id)));
    return this.claims.filter((claim) => chosen.has(claim));
  }

  /** The derivation of a claim; an empirical one has none. */
  derivationOf(id: string): Derivation | undefined {
    return this.derivations.find(({ statement }) => statement.id === id);
  }

  /** The derivations of claims; of all for no identifiers. @throws LoopproofError for an unknown identifier. */
  derivationsOf(ids: readonly string[]): readonly Derivation[] {
    return this.claimsOf(ids).flatMap(({ statement }) => this.derivationOf(statement.id) ?? []);
  }

  /** The options that lead another command to a claim's suite; none for our own. */
  flagsOf(id: string): string {
    const { file } = this.suites.find(({ ids }) => ids.includes(id))!;
    const only = this.suites.every((suite) => suite.file !== OURS);
    return file === OURS ? '' : ` --suite ${inShell(file)}${only ? ' --only-suite' : ''}`;
  }
}

/** The recorded runs that claims list, each with the claims that judge it. */
export function recordedRuns(claims: readonly AnyClaim[]): RunAccount[] {
  const casesOf = ({ cases }: AnyClaim): readonly FileCase[] =>
    cases.kind === 'files' && !cases.read ? (cases.list as readonly FileCase[]) : [];
  const distinct = new Map(claims.flatMap(casesOf).map((one) => [one.name, one]));
  return [...distinct.values()].map(({ name, read }) => ({
    name,
    record: read(),
    judgedBy: claims.filter((claim) => casesOf(claim).some((one) => one.name === name)).map((c) => c.statement.id),
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

/** The ledger of suites in their order. @param files `OURS` stands for our own @throws LoopproofError as `loadSuite` */
export async function ledgerOf(files: readonly string[], part?: Part): Promise<Ledger> {
  const suites: Suite[] = [];
  // One after the other: of several that fail, the first is named.
  for (const file of files) suites.push(await loadSuite(file, part));
  return new Ledger(suites);
}

/**
 * The ledger of our suite and others.
 * @param part of ours; all of it by default
 * @throws LoopproofError for a suite that does not load or lacks a part
 */
export async function openLedger({ suite = [], onlySuite = false }: SuiteOptions = {}, part?: Part): Promise<Ledger> {
  const files = [...(onlySuite ? [] : [OURS]), ...filesOf(suite)];
  if (files.length === 0) throw usage('--only-suite', 'no suite', 'the suite to work on', 'add --suite FILE');
  return ledgerOf(files, part);
}

/**
 * The ledger of a command: modules of users are kept from its standard output and its exit code.
 * @throws LoopproofError as `openLedger`
 */
export async function commandLedger(options: SuiteOptions, part?: Part): Promise<Ledger> {
  if (options.suite !== undefined) keepToCommand();
  return openLedger(options, part);
}
