/**
 * Evidence adds up: a record with more of it is never judged with less.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { found, without, withoutCurves } from '#spec/runs/support/evidence.js';
import { DECLARED, recordWith, SIZES } from '#spec/runs/support/faulty.js';
import { ratioOf } from '#src/claims/evidence.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';

/** Few in the suite; `PAIRS=100` tries as many, and takes a quarter of an hour. */
const PAIRS = Number(process.env['PAIRS'] ?? 24);

type Outcome = 'no evidence' | 'open' | 'holds' | 'refuted';

function outcomeOf(run: RecordedRun): Outcome {
  const all = [judgeReplay, judgeIncrements, judgeLosses].map((judge) => found(judge, run));
  if (all.some((evidence) => evidence.worst() && ratioOf(evidence.worst()!) > 1)) return 'refuted';
  if (all.some(({ open }) => open)) return 'open';
  return all.some(({ undecided }) => undecided === undefined) ? 'holds' : 'no evidence';
}

const PARTS = ['weights', 'moments', 'gram', 'overlaps', 'gradNorm', 'clipFactor'] as const;

/** A record without some of its parts. */
const lacking = (run: RecordedRun, parts: readonly string[]): RecordedRun =>
  parts.includes('weights') ? without(run, ...parts) : withoutCurves(run, ...parts);

const epochs = 16;
const faults = fc.constantFrom(...(['none', 'lr', 'momentum', 'frozen', 'horizon', 'decay', 'rows', 'late'] as const));
const precisions = fc.constantFrom('f32' as const, 'f64' as const);
const pairs = fc
  .tuple(fc.subarray([...PARTS]), fc.subarray([...PARTS], { minLength: 1 }))
  .map(([first, second]) => ({ more: first, less: [...new Set([...first, ...second])] }));

describe('of two records of one run', () => {
  it('the one with more evidence decides no less', () => {
    fc.assert(
      fc.property(faults, precisions, pairs, (fault, precision, { more, less }) => {
        const protocol = { ...DECLARED, epochs, precision };
        const run =
          fault === 'none' ? recordWith('lr', 1, protocol) : recordWith(fault, SIZES[fault] ?? Number.NaN, protocol);
        const [with_, without_] = [outcomeOf(lacking(run, more)), outcomeOf(lacking(run, less))];
        const context = `${fault} ${precision}: without ${more} ${with_}, without ${less} ${without_}`;
        if (fault === 'none') expect(['open', 'refuted'], context).not.toContain(with_);
        // What was refuted stays so, and what was decided is not left without evidence.
        if (without_ === 'refuted') expect(with_, context).toBe('refuted');
        if (without_ !== 'no evidence') expect(with_, context).not.toBe('no evidence');
        if (without_ === 'open') expect(with_, context).not.toBe('holds');
      }),
      { numRuns: PAIRS, seed: 19 },
    );
  });
});
