/**
 * Proofs as `prove --json` writes them, for the HTML report of `verify`.
 */
import { z } from 'zod';
import { STATUSES } from '../claims/verdict.js';
import { jsonOf } from '../runs/format/json.js';
import { type Format, validated } from '../runs/format/validation.js';

const status = z.enum(STATUSES);
const reason = z.string().optional();

const proofsSchema = z.object({
  tool: z.literal('loopproof'),
  version: z.string(),
  claims: z.array(
    z.object({
      id: z.string(),
      kind: z.literal('derivation'),
      status,
      reason,
      identities: z.array(
        z.object({
          name: z.string(),
          status,
          kernels: z.array(
            z.object({
              kernel: z.string(),
              holds: z.boolean().optional(),
              effort: z.number(),
              unit: z.string(),
              reason,
            }),
          ),
        }),
      ),
      decisions: z.array(z.object({ name: z.string(), status, reason })),
    }),
  ),
});

const FORMAT: Format = {
  code: 'invalid-proofs',
  name: 'report',
  hint: 'write it with: loopproof prove --json FILE',
};

/** Proofs by their claims, and the version that found them. */
export type Proofs = z.output<typeof proofsSchema>;

/** One claim's proof. */
export type ClaimProof = Proofs['claims'][number];

/** Proofs from the text of a report. @param where the file's name, for errors @throws LoopproofError if it is no such report */
export function parseProofs(text: string, where: string): Proofs {
  return validated(proofsSchema, jsonOf(text, where, FORMAT), where, FORMAT);
}
