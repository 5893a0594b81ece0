/**
 * `loopproof replay`: repeats one case of a claim, with every measurement.
 */
import fc from 'fast-check';
import { arbitraryOf, listOf } from '../claims/block.js';
import type { AnyClaim } from '../claims/claim.js';
import { Evidence, ratioOf } from '../claims/evidence.js';
import { table } from '../report/table.js';
import { usage } from './errors.js';
import { commandLedger, type Ledger, mutantOf } from './ledger.js';
import { defineCommand, SEED_TYPE, suiteOptions, text } from './options.js';
import { palette, print } from './output.js';

/** The case at a path. @throws LoopproofError if there is none. */
function caseAt(claim: AnyClaim, seed: number, path: string): unknown {
  const { cases, statement } = claim;
  const fail = (expected: string): never => {
    throw usage(`replay ${statement.id}: --path`, path, expected, 'copy seed and path from the refutation');
  };
  const list = listOf(cases);
  const entry = /^listed-(\d+)$/.exec(path)?.[1];
  if (entry !== undefined) return list[Number(entry)] ?? fail(`an entry below ${list.length} of the listed cases`);
  if (cases.kind !== 'drawn') return fail('listed-0, listed-1, …: this claim draws no cases');
  if (!/^\d{1,7}(:\d{1,7})*$/.test(path)) fail('numbers below ten million, joined by colons, such as 12:0:3');
  try {
    return fc.sample(arbitraryOf(claim), { seed, path, numRuns: 1 })[0];
  } catch {
    return fail('the path of a case of this claim');
  }
}

/** How many measurements are shown; the rest are counted. */
const MOST_SHOWN = 12;

/** Which case to repeat. */
export interface ReplayOptions {
  readonly seed: number;
  readonly path: string;
  /** Name of the mutant to judge. */
  readonly mutant?: string;
}

/** A case of a claim, repeated. */
export interface Repeated {
  /** The case, printed. */
  readonly case: string;
  readonly evidence: Evidence;
  /** What the check threw, if it did. */
  readonly failure?: string;
}

/**
 * Repeats one case of a claim, as a refutation names it.
 * @throws LoopproofError for an unknown claim or mutant, and for a path that leads to no case
 */
export function repeatCase(ledger: Ledger, id: string, { seed, path, mutant }: ReplayOptions): Repeated {
  const original = ledger.claimOf(id);
  // Only the subject changes, so past counterexamples keep their numbers.
  const claim = mutant === undefined ? original : { ...original, subject: mutantOf(original, mutant).subject };
  const instance = caseAt(claim, seed, path);
  const evidence = new Evidence(claim);
  let failure: string | undefined;
  try {
    claim.check(claim.subject, instance, evidence);
  } catch (error) {
    if (fc.PreconditionFailure.isFailure(error)) evidence.decidesNothing('the case is outside the claim’s regime');
    else failure = error instanceof Error ? error.message : String(error);
  }
  return { case: (claim.describe ?? fc.stringify)(instance), evidence, ...(failure !== undefined && { failure }) };
}

export default defineCommand({
  description: 'Repeats one case of a claim, as a refutation names it, and prints every measurement.',
  argument: { name: 'claim', required: true, about: 'identifier, as `loopproof list` prints it' },
  options: {
    seed: { type: SEED_TYPE, required: true, about: 'the seed of the refutation' },
    path: { type: text('path'), required: true, about: 'the path of the refutation' },
    mutant: { type: text('name'), about: 'judge this faulty implementation, as `verify --mutants` names it' },
    ...suiteOptions,
  },
  examples: ['replay stability-region-is-exact --seed 7 --path 0'],
  async run(options, id) {
    const { mutant } = options;
    const ledger = await commandLedger(options, { claims: [id], derivations: false });
    const { case: instance, evidence, failure } = repeatCase(ledger, id, options);
    const { red, green, yellow, bold } = palette();
    // Refutations come first, then the measurements nearest to their bounds; ties keep the order of measurement.
    const ranked = evidence.measurements.toSorted((a, b) => ratioOf(b) - ratioOf(a) || 0);
    const [shown, folded] = [ranked.slice(0, MOST_SHOWN), ranked.slice(MOST_SHOWN)];
    const held = folded.filter((measurement) => ratioOf(measurement) <= 1).length;
    const measured = shown.map((measurement) => [
      ratioOf(measurement) <= 1 ? 'holds' : 'refuted',
      measurement.residual.toExponential(3),
      measurement.bound.toExponential(3),
      measurement.quantity,
    ]);
    // A failed trial counts against a proportion. Alone it refutes nothing, but it is the case that the reader asked for.
    const tried = evidence.trials
      .toSorted((a, b) => Number(a.success) - Number(b.success))
      .map(({ name, success }) => [success ? 'holds' : 'refuted', '', '', name]);
    const rows = [...measured, ...tried].sort((a, b) => Number(b[0] === 'refuted') - Number(a[0] === 'refuted'));
    const predicted = evidence.predictions.map(
      ({ quantity, pair: [prediction, measurement] }) =>
        `predicted ${prediction}, measured ${measurement}: ${quantity}`,
    );
    const refuted = failure !== undefined || rows.some(([status]) => status === 'refuted');
    const lines = [
      bold(id) + (mutant === undefined ? '' : `, mutant "${mutant}"`),
      `case ${instance}`,
      '',
      table([['', 'residual', 'bound', 'quantity'], ...rows], (cell) =>
        cell.startsWith('refuted') ? red(cell) : cell.startsWith('holds') ? green(cell) : cell,
      ),
      ...(folded.length > 0 ? [`and ${folded.length - held} more refuted, ${held} more that hold`] : []),
      ...predicted,
      ...evidence.notes,
      ...(failure === undefined ? [] : [red(`the check failed: ${failure}`)]),
      ...(evidence.undecided === undefined ? [] : [`decides nothing: ${evidence.undecided}`]),
      '',
      refuted ? red('refuted') : evidence.undecided === undefined ? green('holds') : yellow('undecided'),
      '',
    ];
    print(lines.join('\n'));
    process.exitCode = refuted ? 1 : evidence.undecided === undefined ? 0 : 3;
  },
});
