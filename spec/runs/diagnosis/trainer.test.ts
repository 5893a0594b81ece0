/**
 * The gate against an independent trainer in Python: good runs pass, flaws are refuted and named.
 */
import { describe, expect, it } from 'vitest';
import { EVIDENCE, ratio } from '#spec/runs/support/evidence.js';
import { canTrain, FLAWS, trained } from '#spec/runs/support/trainer.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { diagnose } from '#src/runs/diagnosis/diagnosis.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';

const refuted = (run: RecordedRun): boolean =>
  [judgeReplay, judgeIncrements, judgeLosses].some((judge) => (ratio(judge, run) ?? 0) > 1);

describe.skipIf(!canTrain())('an independent trainer (skipped where /usr/bin/python3 has no numpy)', () => {
  const settings = { N: 30, T: 12, B: 40, epochs: 40 };

  it('passes where it does what it declares', () => {
    const jobs = (['f32', 'f64'] as const).flatMap((precision) => [
      { ...settings, seed: 1, precision },
      { ...settings, seed: 2, precision, rank: 2, leak: 0.5, beta: 0.1 },
    ]);
    for (const run of trained(jobs))
      for (const reduce of Object.values(EVIDENCE)) expect(refuted(reduce(run))).toBe(false);
  });

  it('passes with Gram matrices of small batches, which the first guess once missed', () => {
    const missed = [
      { seed: 5009, B: 10 },
      { seed: 5005, B: 2, start: { kind: 'normal', sd: 1 } },
      { seed: 5032, B: 20, start: { kind: 'normal', sd: 1 } },
      { seed: 26, B: 20, start: { kind: 'normal', sd: 1 }, epochs: 30 },
    ];
    const others = [1, 2, 3, 5, 10].flatMap((B, k) =>
      (['f32', 'f64'] as const).map((precision) => ({ seed: 90 + k, B, precision })),
    );
    const runs = trained([...missed, ...others].map((job) => ({ precision: 'f32', epochs: 24, N: 20, T: 12, ...job })));
    const found = runs.map((run) => ratio(judgeIncrements, EVIDENCE.gram(run)));
    expect(found.filter((value) => value !== undefined).length).toBeGreaterThan(runs.length / 2);
    for (const value of found) expect(value ?? 0).toBeLessThanOrEqual(1);
  });

  it('is refuted and diagnosed for every flaw, with full evidence', () => {
    const jobs = FLAWS.map(({ flaw, value, options }, k) => ({
      ...settings,
      ...options,
      seed: 50 + k,
      flaw,
      ...(value !== undefined && { value }),
    }));
    const found = trained(jobs).map((run) => ({ refuted: refuted(run), ...diagnose(run)?.likeliest }));
    expect(found.filter((one) => !one.refuted)).toEqual([]);
    const right = found.filter(({ id, does = '' }, k) => {
      const { flaw, fault = flaw, says = /./ } = FLAWS[k]!;
      return id === fault && says.test(does);
    });
    // What is named is right, and what has two sizes is told apart.
    for (const [k, { id }] of found.entries()) expect([FLAWS[k]!.fault ?? FLAWS[k]!.flaw, undefined]).toContain(id);
    for (const [k, { flaw, says = /./ }] of FLAWS.entries()) if (flaw === 'bits') expect(found[k]!.does).toMatch(says);
    expect(right.length / found.length).toBeGreaterThanOrEqual(0.9);
  });

  it('says of flaws that pass with less evidence that they are not testable', () => {
    const subtle = ['control', 'u0', 'velocity', 'lr'];
    const flaws = FLAWS.filter(({ flaw, value }) => subtle.includes(flaw) && value !== 0.1);
    const jobs = flaws.map(({ flaw, value, options }) => ({
      ...settings,
      ...options,
      seed: 2,
      precision: 'f32',
      flaw,
      ...(value !== undefined && { value }),
    }));
    const said = trained(jobs).flatMap((run, k) =>
      (['gram', 'curves'] as const).flatMap((level) => {
        const { verdicts, notTestable } = judgeRun(EVIDENCE[level](run), level);
        return verdicts.every(({ status }) => status === 'holds')
          ? [notTestable.some((id) => id === (flaws[k]!.fault ?? flaws[k]!.flaw))]
          : [];
      }),
    );
    expect(said.length).toBeGreaterThanOrEqual(subtle.length);
    expect(said).not.toContain(false);
  });
});
