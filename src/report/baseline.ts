/**
 * Baselines: an earlier report as JSON, whose verdicts are accepted. Only what has become worse fails a gate.
 */
import { z } from 'zod';
import type { Status } from '../claims/verdict.js';
import { LoopproofError } from '../error.js';
import type { Finding } from './finding.js';

const reportSchema = z.object({
  tool: z.literal('loopproof'),
  claims: z.array(
    z.object({
      id: z.string(),
      run: z.string().optional(),
      // A report on mutants is no baseline: there a refutation is what was wanted.
      mutant: z.undefined().optional(),
      status: z.enum(['holds', 'refuted', 'undecided']),
    }),
  ),
});

/** What tells findings apart. */
interface Key {
  readonly id: string;
  readonly run?: string | undefined;
}

/** What was accepted, by claim and file. */
export interface Baseline {
  statusOf(finding: Key): Status | undefined;
}

// Files are told apart by how they are written, but for the separator: ./a and a differ.
const keyOf = ({ id, run }: Key): string => JSON.stringify([id, run?.replaceAll('\\', '/')]);

/** A baseline from the text of a report. @param where the file's name, for errors @throws LoopproofError if it is none */
export function parseBaseline(text: string, where: string): Baseline {
  const refuse = (received: string, expected: string): never => {
    throw new LoopproofError('invalid-baseline', {
      where,
      received,
      expected,
      hint: 'write one with --json FILE, and commit it',
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'no JSON', 'the report of an earlier run, as JSON');
  }
  const result = reportSchema.safeParse(value);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    return refuse(`${path.join('.') || 'the file'}: ${message}`, 'what check, verify or prove wrote with --json');
  }
  const accepted = new Map(result.data.claims.map((claim) => [keyOf(claim), claim.status]));
  return { statusOf: (finding) => accepted.get(keyOf(finding)) };
}

/** Findings with what they were in the baseline. */
export function against<F extends Finding>(findings: readonly F[], baseline: Baseline | undefined): F[] {
  return findings.map((finding) => {
    const status = baseline?.statusOf(finding);
    return status === undefined ? finding : { ...finding, baseline: status };
  });
}
