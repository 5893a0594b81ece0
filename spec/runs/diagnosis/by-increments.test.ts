/**
 * The route over increments: what is judged and diagnosed where neither weights nor batches are recorded, of a plant of one state,
 * whose windows have few unknowns.
 */

import { describe, expect, it } from 'vitest';
import { EVIDENCE, found, ratio, without } from '#spec/runs/support/evidence.js';
import { DECLARED, recordWith, SIZES } from '#spec/runs/support/faulty.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { FALSE_ALARM_PER_ROUNDING } from '#src/linalg/tolerance.js';
import type { Protocol } from '#src/problem/protocol.js';
import { incrementsRoute, shownByIncrements } from '#src/runs/diagnosis/by-increments.js';
import { diagnose } from '#src/runs/diagnosis/diagnosis.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { decode, type RunRecord, recordOf } from '#src/runs/record.js';

const SMALL: Protocol = {
  ...DECLARED,
  plant: { kind: 'integrator', order: 1, dt: 1 },
  agent: { kind: 'linear-low-rank', N: 8, rank: 1, leak: 0.8 },
  horizon: 4,
  loss: { state: 'mean', beta: 0 },
  epochs: 14,
};

const good = (): RecordedRun => recordWith('lr', 1, SMALL);

/** A record whose loss is off at an epoch, as no fault makes it. */
function withWrongLoss(epoch: number): RecordedRun {
  const run = good();
  const loss = run.curves.loss.map((value, e) => (e === epoch ? 1.001 * value : value));
  return { ...run, curves: { ...run.curves, loss } };
}

describe('a good record', () => {
  it('holds, window by window, as far as it says', () => {
    const evidence = found(judgeIncrements, EVIDENCE.gram(good()));
    // Of 14 rows, 3 windows of 4 steps. A Gram matrix of 4 columns; a moment, a loss and a norm a step.
    expect(evidence.measurements.map(({ quantity }) => quantity)).toEqual(
      [0, 4, 8].map((first) =>
        expect.stringContaining(
          `increments of epochs ${first} to ${first + 4} (${5 * 10 + 4 * 3} equations, ${10 + 4} unknowns)`,
        ),
      ),
    );
    expect(evidence.falseAlarm).toBeCloseTo(3 * 62 * FALSE_ALARM_PER_ROUNDING, 20);
    expect(evidence.notes).toEqual(['3 of 3 windows: 12 of 14 epochs']);
    for (const { residual, bound } of evidence.measurements) expect(residual).toBeLessThanOrEqual(bound);
    expect(incrementsRoute(decode(EVIDENCE.gram(good()), SMALL))).toBeUndefined();
  });

  it('holds with moments and without Gram matrices, and with neither', () => {
    for (const fields of [['gram'], ['gram', 'moments'], ['gram', 'moments', 'gradNorm']])
      expect(ratio(judgeIncrements, without(good(), ...fields))).toBeLessThanOrEqual(1);
  });

  it('decides nothing where there is nothing to decide', () => {
    const undecided = (run: RecordedRun, effort?: number) => found(judgeIncrements, run, effort).undecided;
    expect(undecided(good())).toContain('the replay covers them');
    expect(undecided(without(good(), 'overlaps', 'gram'))).toContain('add curves.overlaps');
    expect(undecided({ ...good(), protocol: { ...good().protocol, mode: 'open-loop' } })).toContain('open-loop');
    expect(undecided(EVIDENCE.gram(recordWith('lr', 1, { ...SMALL, epochs: 1 })))).toContain('fewer than two epochs');
    const short = EVIDENCE.curves(recordWith('lr', 1, { ...SMALL, epochs: 2 }));
    expect(undecided(short)).toContain('as many unknowns as equations');
    expect(incrementsRoute(decode(short, SMALL))).toBeUndefined();
    expect(undecided(EVIDENCE.gram(good()), 1e-9)).toContain('--effort');
  });

  it('says how far the work sufficed', () => {
    // Less than what three windows take, more than one.
    for (let effort = 1e-6; effort < 1; effort *= 2) {
      const { notes, measurements, undecided } = found(judgeIncrements, EVIDENCE.gram(good()), effort);
      if (undecided !== undefined || measurements.length === 3) continue;
      expect(notes[0]).toMatch(/^[12] of 3 windows: (4|8) of 14 epochs; .*--effort/);
      return;
    }
    expect.fail('no effort suffices for some windows only');
  });
});

describe('a fault', () => {
  it.each(['lr', 'horizon', 'frozen'])('is refuted and named: %s', (id) => {
    const size = SIZES[id] ?? Number.NaN;
    const run = EVIDENCE.gram(recordWith(id, size, SMALL));
    const evidence = found(judgeIncrements, run);
    expect(evidence.measurements).toHaveLength(1);
    expect(evidence.measurements[0]!.residual).toBeGreaterThan(1e6);
    const { likeliest, alsoFit, notTestable, break: broken, evidence: from } = diagnose(run)!;
    expect(from).toBe('increments of epochs 0 to 4 with Gram matrices');
    expect(broken).toMatchObject({ epoch: 0, equation: expect.stringContaining('no batches satisfy') });
    expect(broken.excess).toBeGreaterThan(1e6);
    expect(broken.around).toHaveLength(1);
    expect(likeliest).toMatchObject({ id, epochs: 5 });
    expect(likeliest!.misfit).toBeLessThanOrEqual(1);
    if (id === 'lr') expect(likeliest!.value).toBeCloseTo(size, 9);
    expect(alsoFit.map((other) => other.id)).not.toContain('clip');
    // These act on single weights or cut paths within the loop, which Gram matrices do not hold.
    expect([...notTestable].toSorted()).toEqual(['clip-largest', 'clip-value', 'late-weights', 'start', 'truncated']);
  });

  it('from after the first window on is told from velocities, which are not known there', () => {
    const run = EVIDENCE.gram(recordWith('first-update', Number.NaN, { ...SMALL, firstUpdate: 0 }));
    const route = incrementsRoute(recordOf(run) as RunRecord)!;
    expect(route.testable.map(({ id }) => id)).toContain('momentum');
    const later = incrementsRoute(decode(EVIDENCE.gram(withWrongLoss(6)), SMALL))!;
    expect(later.evidence).toContain('epochs 4 to 8');
    expect(later.testable.map(({ id }) => id)).not.toContain('momentum');
  });

  it('that nothing known explains refutes nothing, and is said', () => {
    const first = found(judgeIncrements, EVIDENCE.gram(withWrongLoss(1)));
    expect(first.undecided).toContain('epochs 0 to 4 fit neither the protocol nor a known fault: add curves.moments');
    const later = found(judgeIncrements, EVIDENCE.gram(withWrongLoss(6)));
    expect(later.undecided).toContain('epochs 4 to 8 fit neither the protocol nor a known fault');
    expect(later.measurements).toHaveLength(1);
    // Not a lack of evidence, which would be passed over.
    for (const { open } of [first, later]) expect(open).toBe(true);
  });
});

describe('what increments would show', () => {
  const shown = (run: RecordedRun): ReadonlySet<string> => shownByIncrements(decode(run, SMALL));

  it('is nearly everything with Gram matrices or moments, and nothing without', () => {
    const withGram = shown(EVIDENCE.gram(good()));
    for (const id of ['lr', 'horizon', 'frozen', 'decay', 'rows', 'dt', 'late']) expect(withGram).toContain(id);
    // One state: all components are the position.
    for (const id of ['velocity', 'state', 'start']) expect(withGram).not.toContain(id);
    // Few rows, which are soon searched.
    expect(shown(without(recordWith('lr', 1, { ...SMALL, epochs: 3 }), 'gram'))).toContain('batch-sum');
    expect(shown(EVIDENCE.increments(good()))).toEqual(new Set());
    expect(shown(without(good(), 'overlaps'))).toEqual(new Set());
  });

  it('is not what is said to be untestable', () => {
    const { notTestable } = judgeRun(EVIDENCE.gram(good()), 'run');
    for (const id of ['lr', 'clip', 'late', 'precision']) expect(notTestable).not.toContain(id);
    for (const id of ['velocity', 'state', 'start']) expect(notTestable).toContain(id);
    const { notTestable: fewer } = judgeRun(EVIDENCE.curves(good()), 'run');
    for (const id of ['lr', 'precision']) expect(fewer).toContain(id);
  });
});
