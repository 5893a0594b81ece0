/**
 * The outcome of one run, and the line that records it.
 */
import { z } from 'zod';
import { numbersAsJson } from '../words.js';

/** Numbers that are not finite are recorded as text, as in run files. */
const measured = z.union([z.number(), z.enum(['Infinity', '-Infinity']).transform(Number)]);

const outcomeSchema = z.strictObject({
  /** block/condition/seed. */
  id: z.string(),
  /** Digest of the run's plan. */
  digest: z.string(),
  /** Version of the package that ran it: another version may compute otherwise. Lines of the first version may lack it. */
  version: z.string().default('0.1.0'),
  status: z.enum(['finished', 'diverged']),
  /** Of a diverged run: the phase that left the finite numbers, and its first epoch that did. */
  diverged: z.strictObject({ phase: z.enum(['closed', 'open']), epoch: z.int() }).optional(),
  /** Numbers read off the run; what was not reached, such as a stage's end, is left out. */
  measures: z.record(z.string(), measured),
  /** Yes or no, of finished runs. */
  verdicts: z.record(z.string(), z.boolean()),
  /** Time on its thread, in milliseconds. */
  ms: z.number(),
});

export type RunOutcome = z.output<typeof outcomeSchema>;

/** One line without its end; times aside the same for the same plan. */
export function outcomeLine(outcome: RunOutcome): string {
  return JSON.stringify(outcome, numbersAsJson);
}

/** The outcome of a line; `undefined` for anything else. */
export function parseOutcome(line: string): RunOutcome | undefined {
  try {
    return outcomeSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
