/**
 * What `prove --json` wrote, for the report of another command.
 */
import { z } from 'zod';
import { LoopproofError } from '../error.js';

const status = z.enum(['holds', 'refuted', 'undecided']);
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

/** Proofs by their claims, and the version that found them. */
export type Proofs = z.output<typeof proofsSchema>;

/** One claim's proof. */
export type ClaimProof = Proofs['claims'][number];

/** Proofs from the text of a report. @param where the file's name, for errors @throws LoopproofError if it has none */
export function parseProofs(text: string, where: string): Proofs {
  const refuse = (received: string): never => {
    throw new LoopproofError('invalid-proofs', {
      where,
      received,
      expected: 'what prove wrote with --json',
      hint: 'write it with: loopproof prove --json FILE',
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'no JSON');
  }
  const result = proofsSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  return refuse(`${path.join('.') || 'the file'}: ${message}`);
}
