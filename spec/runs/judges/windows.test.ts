/**
 * Records followed from state to recorded state: chaos ends where the next state is recorded.
 */
import { describe, expect, it } from 'vitest';
import { found, without, withoutCurves } from '#spec/runs/support/evidence.js';
import { ownRun } from '#spec/runs/support/faulty.js';
import { canTrain, LATE_FLAWS, lateJobs, trained } from '#spec/runs/support/trainer.js';
import { fixture } from '#spec/support/recorded.js';
import { ratioOf } from '#src/claims/evidence.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeReplay, replayOf } from '#src/runs/judges/replay.js';
import { LONGEST } from '#src/runs/judges/windows.js';
import { type RunRecord, recordOf } from '#src/runs/record.js';

const followed = (run: RecordedRun) => {
  const replay = replayOf(recordOf(run) as RunRecord);
  if (typeof replay === 'string') throw new Error(replay);
  return replay.followed;
};

/** The published protocol, whose loop is unstable for long: a replay without recorded states ends early. */
const published: Protocol = { ...PROTOCOLS['artifact-lowrank'], epochs: 250 };

describe('a record with states', () => {
  const run = ownRun({ ...published, precision: 'f32' });

  it('is followed to its end, whatever the record has of them', () => {
    for (const known of [run, withoutCurves(run, 'gram'), withoutCurves(run, 'overlaps'), without(run)]) {
      const { refuted, rows, compared, end, windows } = followed(known);
      expect({ refuted, rows, end }).toEqual({ refuted: false, rows: 250, end: 'complete' });
      expect(compared.gradNorm).toBe(250);
      expect(windows.length).toBeGreaterThan(250 / LONGEST);
    }
  });

  it('is lost to chaos without them, which is told', () => {
    const lost = found(judgeReplay, withoutCurves(fixture('parity-lowrank-chaotic').read(), 'overlaps'));
    expect(lost.undecided).toMatch(/^\d+ of 200 epochs judged, then chaotic: add curves.overlaps or curves.gram$/);
    expect(lost.open).toBe(true);
  });

  it('says of each channel on how many epochs it was judged', () => {
    const { coverage, notes } = found(judgeReplay, run);
    expect(notes).toEqual(['250 of 250 epochs']);
    expect(coverage).toEqual(
      ['loss', 'gradNorm', 'overlaps', 'gram', 'clipFactor'].map((channel) => ({ channel, epochs: 250, of: 250 })),
    );
  });

  it.each([
    ['a loss', (curves: RecordedRun['curves']): number => (curves.loss[240]! *= 1.01), 240],
    ['a gradient norm', (curves: RecordedRun['curves']): number => (curves.gradNorm![240]! *= 1.01), 240],
    ['a gradient norm that is the clip norm', (curves: RecordedRun['curves']): number => (curves.gradNorm![0] = 1), 0],
    ['a gradient norm of 1e20', (curves: RecordedRun['curves']): number => (curves.gradNorm![0] = 1e20), 0],
    [
      'an order parameter',
      (curves: RecordedRun['curves']): number => ((curves.overlaps!.vm[240] as number) += 1e-3),
      240,
    ],
    ['an inner product', (curves: RecordedRun['curves']): number => (curves.gram![240]![0]! += 1e-3), 240],
  ] as const)('is refuted for %s, though the run is chaotic', (_, change, epoch) => {
    const copy = structuredClone(run);
    change(copy.curves);
    expect(followed(copy).decisive).toMatchObject({ epoch });
    expect(followed(copy).refuted).toBe(true);
  });

  it('takes up order parameters alone, whatever the optimiser remembers', () => {
    for (const optimizer of [
      { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 },
      { kind: 'adam', lr: 0.001, clip: 1 },
    ] as const) {
      const kept = withoutCurves(ownRun({ ...published, epochs: 120, optimizer, precision: 'f32' }), 'gram');
      expect(followed(kept)).toMatchObject({ refuted: false, rows: 120, end: 'complete' });
    }
  });

  it('of a program that wrote it in other arithmetic holds to its last epoch', () => {
    const { worst, coverage } = ((evidence) => ({ worst: evidence.worst()!, coverage: evidence.coverage }))(
      found(judgeReplay, fixture('parity-lowrank-chaotic').read()),
    );
    expect(ratioOf(worst)).toBeLessThan(1);
    expect(coverage.map(({ epochs }) => epochs)).toEqual([200, 200, 200]);
  });
});

describe.skipIf(!canTrain())('a flaw that begins late (skipped where /usr/bin/python3 has no numpy)', () => {
  const settings = { N: 40, T: 20, B: 50, epochs: 60, since: 31 };

  it.each(['f32', 'f64'] as const)('is refuted where it begins, in %s', (precision) => {
    const missed = LATE_FLAWS.flatMap((flaw) =>
      trained(lateJobs(flaw, [1, 2], { ...settings, precision })).flatMap((run, k) => {
        const { refuted, decisive } = followed(run);
        const late = decisive!.epoch - settings.since;
        return refuted && late >= 0 && late <= LONGEST
          ? []
          : [`${flaw.flaw} ${flaw.value ?? ''}, seed ${k + 1}: ${refuted} ${decisive!.epoch}`];
      }),
    );
    expect(missed).toEqual([]);
  });
});
