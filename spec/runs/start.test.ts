/**
 * Where a run starts: at its weights, at others of its first Gram matrix, or at weights drawn for it.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { without, withoutCurves } from '#spec/runs/support/evidence.js';
import { DECLARED, recordWith } from '#spec/runs/support/faulty.js';
import { fixture } from '#spec/support/recorded.js';
import { columnsOf } from '#src/agent/gram.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { times, toRows, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { initialFrom } from '#src/problem/agents.js';
import type { Protocol } from '#src/problem/protocol.js';
import type { Configuration } from '#src/runs/format/schema.js';
import { runStart } from '#src/runs/start.js';
import { PROBLEMS } from '#src/training/problems.js';

const run = recordWith('lr', 1);
const start = (given: object, protocol = DECLARED) =>
  runStart(given as unknown as Configuration, protocol, 'f', new Stream(4));

describe('runs start', () => {
  it('at their own weights', () => {
    const { agent, origin } = start(run);
    expect(origin).toBe('weights');
    expect(agent).toEqual((initialFrom(run.weights!.initial!, DECLARED) as { agent: unknown }).agent);
  });

  it('at others of the same Gram matrix, within rounding', () => {
    for (const [protocol, given] of [
      [DECLARED, without(run)],
      [{ ...DECLARED, rows: 'after-update', firstUpdate: 1 } as Protocol, without(run)],
    ] as const) {
      const { agent, origin } = start(given, protocol);
      expect(origin).toBe('gram');
      const columns = columnsOf(agent);
      const gram = toRows(times(transpose(columns), columns)).flatMap((row, i) => row.slice(0, i + 1));
      for (const [k, entry] of run.curves.gram![0]!.entries()) expect(Math.abs(gram[k]! - entry)).toBeLessThan(1e-12);
    }
  });

  it('at weights drawn for them, as those of `train`', () => {
    const { agent, origin } = start({ protocol: run.protocol });
    expect(origin).toBe('drawn');
    expect(agent).toEqual((PROBLEMS.moments.draw(DECLARED, new Stream(4)) as { agent: unknown }).agent);
  });

  it('nowhere else', () => {
    const after: Protocol = { ...DECLARED, rows: 'after-update' };
    expect(() => start(without(run), after)).toThrow('a row after the first update');
    const gram = run.curves.gram!.map((row) => row.map((entry) => -entry));
    const negative = { ...without(run), curves: { ...run.curves, gram } };
    expect(() => start(negative)).toThrow(/f: curves.gram\[0\]: .*positive semidefinite/s);
    const effective = fixture('parity-effective').read();
    expect(() => start({}, effective.protocol as unknown as Protocol)).toThrow(/order parameters|initial overlaps/);
  });
});

describe('what a note says to record', () => {
  const CURVES = ['gram', 'overlaps', 'moments'] as const;
  const protocols: readonly Protocol[] = [
    { ...DECLARED, precision: 'f32' },
    { ...DECLARED, rows: 'after-update' },
    { ...DECLARED, optimizer: { kind: 'sgd', lr: 0.02, clip: 1, momentum: 0.5 }, rows: 'after-update' },
    { ...DECLARED, optimizer: { kind: 'adam', lr: 0.02, clip: 1 } },
  ];

  it('is enough for a verdict on every epoch', () => {
    let notes = 0;
    fc.assert(
      fc.property(fc.constantFrom(...protocols), fc.subarray(['weights', ...CURVES]), (protocol, kept) => {
        const whole = recordWith(protocol.optimizer.kind === 'adam' ? 'eps' : 'lr', 1, protocol);
        const judgedWith = (fields: readonly string[]) => {
          const { weights, ...rest } = withoutCurves(whole, ...CURVES.filter((name) => !fields.includes(name)));
          return judgeRun({ ...rest, ...(fields.includes('weights') && { weights: weights! }) }, 'run');
        };
        const asked = (fields: readonly string[]): string[] =>
          judgedWith(fields)
            .remarks.filter((text) => text.startsWith('record '))
            .flatMap((text) => text.match(/(?<=curves\.)[a-z]+|weights/g)!);
        const fields = [...kept, ...asked(kept)];
        if (fields.length === kept.length) return;
        notes++;
        const { verdicts } = judgedWith(fields);
        expect(verdicts.map(({ status }) => status)).not.toContain('undecided');
        expect(verdicts.find(({ id }) => id.startsWith('gram-dynamics'))!.note).toBe('24 of 24 epochs');
      }),
      { numRuns: 16, seed: 3 },
    );
    expect(notes).toBeGreaterThan(8);
  });
});
