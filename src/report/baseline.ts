/**
 * A baseline is an earlier report as JSON. Its verdicts are accepted: only a worse verdict fails a gate.
 */
import { z } from 'zod';
import { STATUSES, type Status } from '../claims/verdict.js';
import { jsonOf } from '../runs/format/json.js';
import { type Format, validated } from '../runs/format/validation.js';
import type { Finding } from './finding.js';

const reportSchema = z.object({
  tool: z.literal('loopproof'),
  claims: z.array(
    z.object({
      id: z.string(),
      run: z.string().optional(),
      // In a report on mutants a refutation is the success.
      mutant: z.undefined({ error: 'verdicts on claims, not on their mutants' }).optional(),
      status: z.enum(STATUSES),
    }),
  ),
});

const FORMAT: Format = {
  code: 'invalid-baseline',
  name: 'report',
  hint: 'write a baseline with loopproof check … --json FILE, and commit it',
};

/** What identifies a finding. */
interface Key {
  readonly id: string;
  readonly run?: string | undefined;
}

/** The accepted statuses, by claim and file. */
export interface Baseline {
  statusOf(finding: Key): Status | undefined;
}

// Files are identified by their spelling, except for the separator: ./a and a differ.
const keyOf = ({ id, run }: Key): string => JSON.stringify([id, run?.replaceAll('\\', '/')]);

/** A baseline from the text of a report. @param where the file's name, for errors @throws LoopproofError if it is no report */
export function parseBaseline(text: string, where: string): Baseline {
  const { claims } = validated(reportSchema, jsonOf(text, where, FORMAT), where, FORMAT);
  const accepted = new Map(claims.map((claim) => [keyOf(claim), claim.status]));
  return { statusOf: (finding) => accepted.get(keyOf(finding)) };
}

/** Findings with their status in the baseline. */
export function against<F extends Finding>(findings: readonly F[], baseline: Baseline | undefined): F[] {
  return findings.map((finding) => {
    const status = baseline?.statusOf(finding);
    return status === undefined ? finding : { ...finding, baseline: status };
  });
}
