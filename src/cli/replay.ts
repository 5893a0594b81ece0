/**
 * `loopproof replay`: one case of a claim again, with every measurement.
 */
import fc from 'fast-check';
import type { AnyClaim } from '../claims/claim.js';
import { Evidence, ratioOf } from '../claims/evidence.js';
import { listOf } from '../claims/judge.js';
import { LoopproofError } from '../error.js';
import { table } from '../report/terminal.js';
import { palette } from './output.js';
import { claimOf } from './suite.js';

/** The case that a seed and a path lead to. @throws LoopproofError if they lead to none. */
function caseAt({ cases, statement }: AnyClaim, seed: number, path: string): unknown {
  const fail = (expected: string): never => {
    throw new LoopproofError('usage', {
      where: `replay ${statement.id}: --path`,
      received: path,
      expected,
      hint: 'copy seed and path from the refutation',
    });
  };
  const list = listOf(cases);
  const entry = /^listed-(\d+)$/.exec(path)?.[1];
  if (entry !== undefined) return list[Number(entry)] ?? fail(`an entry below ${list.length} of the listed cases`);
  if (cases.kind === 'listed') return fail('listed-0, listed-1, …: this claim draws no cases');
  if (!/^\d{1,7}(:\d{1,7})*$/.test(path)) fail('numbers below ten million joined by colons, such as 12:0:3');
  try {
    return fc.sample(cases.arbitrary, { seed, path, numRuns: 1 })[0];
  } catch {
    return fail('a path that this claim’s cases have');
  }
}

export function replay(id: string, { seed, path }: { readonly seed: number; readonly path: string }): void {
  const claim = claimOf(id);
  const instance = caseAt(claim, seed, path);
  const evidence = new Evidence();
  let failure: string | undefined;
  try {
    claim.check(claim.subject, instance, evidence);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const { red, green, bold } = palette();
  const rows = evidence.measurements.map((measurement) => [
    ratioOf(measurement) <= 1 ? 'holds' : 'refuted',
    measurement.residual.toExponential(3),
    measurement.bound.toExponential(3),
    measurement.quantity,
  ]);
  const refuted = failure !== undefined || rows.some(([status]) => status === 'refuted');
  const print = claim.describe ?? fc.stringify;
  const lines = [
    bold(claim.statement.id),
    `case ${print(instance)}`,
    '',
    table([['', 'residual', 'bound', 'quantity'], ...rows], (cell) =>
      cell.startsWith('refuted') ? red(cell) : cell.startsWith('holds') ? green(cell) : cell,
    ),
    ...(failure === undefined ? [] : [red(`the check failed: ${failure}`)]),
    ...(evidence.undecided === undefined ? [] : [`decides nothing: ${evidence.undecided}`]),
    '',
    refuted ? red('refuted') : green('holds'),
    '',
  ];
  process.stdout.write(lines.join('\n'));
  process.exitCode = refuted ? 1 : evidence.undecided === undefined ? 0 : 3;
}
