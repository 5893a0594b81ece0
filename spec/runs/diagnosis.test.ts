/**
 * Diagnosis: records of every departure, made here and by the independent trainer, are named for what they are.
 */
import { describe, expect, it } from 'vitest';
import { canTrain, EVIDENCE, FLAWS, trained } from '#spec/runs/trainer.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { judgeRun } from '#src/cli/check.js';
import { times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { diagnosisLines } from '#src/report/diagnosis.js';
import { asDeclared, departuresFrom, engineOf, loopOf } from '#src/runs/departures.js';
import { diagnose } from '#src/runs/diagnosis.js';
import { judgeIncrements } from '#src/runs/increments-route.js';
import { judgeLosses } from '#src/runs/losses.js';
import { parseRun } from '#src/runs/read.js';
import { judgeReplay } from '#src/runs/replay.js';
import type { RecordedRun } from '#src/runs/schema.js';
import { runText } from '#src/runs/write.js';
import { rowOf } from '#src/training/curve.js';
import { drawInitial } from '#src/training/learner.js';
import { PROTOCOLS, type Protocol } from '#src/training/protocol.js';
import { momentSource } from '#src/training/start.js';
import { train } from '#src/training/train.js';

const PROTOCOL: Protocol = {
  mode: 'closed-loop',
  plant: { kind: 'integrator', order: 2, dt: 1 },
  agent: { kind: 'linear-low-rank', N: 20, rank: 1, leak: 0.8 },
  horizon: 10,
  start: { kind: 'uniform', low: -2, high: 2 },
  batch: 30,
  loss: { state: 'mean', beta: 0.1 },
  optimizer: { kind: 'sgd', lr: 0.02, clip: 1 },
  trained: ['z', 'U', 'V'],
  epochs: 24,
  precision: 'f64',
};

/** The record of a program that declares one protocol and departs from it. */
function departed(id: string, value: number, protocol = PROTOCOL): RecordedRun {
  const declared = asDeclared(protocol);
  const departure = departuresFrom(protocol).find((candidate) => candidate.id === id)!;
  const practice = departure.of(declared, value);
  const random = new Stream(5);
  const initial = drawInitial(protocol, random.child('weights'));
  const source = momentSource(protocol.start, 2, protocol.batch, random.child('starts'));
  const { embedding } = loopOf(practice);
  const curve = train(engineOf(practice, initial), practice.protocol, (epoch) =>
    times(embedding, source(epoch), transpose(embedding)),
  );
  const value_ = JSON.parse(runText(curve, protocol, initial, undefined, { producer: 'test', version: '0', seed: 5 }));
  const drawn = Array.from({ length: protocol.epochs }, (_, e) => source(e).data);
  value_.curves.moments = drawn.map((S) => [S[0], S[2], S[3]]);
  expect(rowOf(curve.overlaps, curve.epochs, 0)).toHaveLength(4);
  return parseRun(JSON.stringify(value_), id);
}

const ratio = (judge: typeof judgeReplay, run: RecordedRun): number | undefined => {
  const evidence = new Evidence();
  judge(run, evidence);
  return evidence.undecided === undefined ? ratioOf(evidence.worst()!) : undefined;
};

const refuted = (run: RecordedRun): boolean =>
  [judgeReplay, judgeIncrements, judgeLosses].some((judge) => (ratio(judge, run) ?? 0) > 1);

describe('with full evidence', () => {
  const ids = [...new Set(departuresFrom(PROTOCOL).map(({ id }) => id))];
  const values: Record<string, number> = { lr: 1.1, clip: 0.5, dt: 1.1, momentum: 0.3, decay: 1e-3 };

  it.each(ids)('names %s', (id) => {
    const run = departed(id, values[id] ?? Number.NaN);
    const diagnosis = diagnose(run)!;
    expect(diagnosis.likeliest).toMatchObject({ id });
    if (values[id] !== undefined) expect(diagnosis.likeliest!.value).toBeCloseTo(values[id], 6);
    expect(diagnosis.alsoFit.filter((other) => other.id !== id)).toEqual([]);
  });

  it('says where a record breaks, and that nothing known explains it', () => {
    const run = departed('lr', 1);
    expect(diagnose(run)).toBeUndefined();
    const loss = run.curves.loss.map((entry, e) => (e === 7 ? 1.01 * entry : entry));
    const diagnosis = diagnose({ ...run, curves: { ...run.curves, loss } })!;
    expect(diagnosis.likeliest).toBeUndefined();
    expect(diagnosis.break).toMatchObject({ epoch: 7, quantity: 'loss' });
    const text = diagnosisLines(diagnosis).join('\n');
    expect(text).toContain('from epoch 7 on: the loss as a function of the weights');
    expect(text).toContain('no known departure explains the record');
  });

  it('does not take a loss that is no number for one of another precision', () => {
    // Long enough for single precision to decide nothing any more.
    const run = departed('lr', 1, { ...PROTOCOLS['artifact-lowrank'], epochs: 60, precision: 'f64' });
    const loss = run.curves.loss.map((entry, e) => (e === 40 ? Number.NaN : entry));
    const diagnosis = diagnose({ ...run, curves: { ...run.curves, loss } })!;
    expect(diagnosis.likeliest).toBeUndefined();
    expect(diagnosis.break).toMatchObject({ epoch: 40, quantity: 'loss', excess: Number.POSITIVE_INFINITY });
    expect(diagnosisLines(diagnosis).join('\n')).toContain('the loss as a function of the weights (beyond any bound)');
  });

  it('says which update broke', () => {
    const { break: broken } = diagnose(departed('momentum', 0.3))!;
    expect(broken.epoch).toBe(2);
    expect(broken.equation).toMatch(/^the update of σ_\w\w in epoch 1$/);
    expect(broken.around.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('without weights and batches', () => {
  it('estimates a learning rate from Gram matrices', () => {
    const { weights: _, ...run } = departed('lr', 1.25);
    const { moments: __, clipFactor: ___, ...curves } = run.curves;
    const poor = { ...run, curves } as RecordedRun;
    expect(ratio(judgeIncrements, poor)).toBeGreaterThan(1);
    const { likeliest, alsoFit, notTestable } = diagnose(poor)!;
    const rate = [likeliest!, ...alsoFit].find(({ id }) => id === 'lr')!;
    expect(rate.value).toBeCloseTo(1.25, 6);
    expect(notTestable).toContain('start');
  });

  it('says that Gram matrices in double precision would show an update that is off, and that rows alone would not', () => {
    const run = departed('lr', 1);
    const saidOf = (level: keyof typeof EVIDENCE) => judgeRun(EVIDENCE[level](run), level).notTestable;
    for (const id of ['lr', 'clip', 'late']) expect(saidOf('gram')).not.toContain(id);
    expect(saidOf('curves')).toContain('lr');
  });

  it('lets a good record pass, whatever is missing', () => {
    const run = departed('lr', 1);
    for (const reduce of Object.values(EVIDENCE)) expect(refuted(reduce(run))).toBe(false);
  });
});

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
    const found = trained(jobs).map((run) => ({ refuted: refuted(run), id: diagnose(run)?.likeliest?.id }));
    expect(found.filter((one) => !one.refuted)).toEqual([]);
    const right = found.filter(({ id }, k) => id === (FLAWS[k]!.departure ?? FLAWS[k]!.flaw));
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
          ? [notTestable.includes(flaws[k]!.departure ?? flaws[k]!.flaw)]
          : [];
      }),
    );
    expect(said.length).toBeGreaterThanOrEqual(subtle.length);
    expect(said).not.toContain(false);
  });
});
