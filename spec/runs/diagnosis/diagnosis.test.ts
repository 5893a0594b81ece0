/**
 * Diagnosis: records of every fault are named for what they are, whatever is recorded of them.
 */

import { describe, expect, it } from 'vitest';
import { EVIDENCE, found, without } from '#spec/runs/support/evidence.js';
import { DECLARED, recordOf, recordWith, SIZES } from '#spec/runs/support/faulty.js';
import { fixture } from '#spec/support/recorded.js';
import { ratioOf } from '#src/claims/evidence.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { ratesTimes } from '#src/problem/schema.js';
import { diagnosisLines } from '#src/report/diagnosis.js';
import { replayRoute } from '#src/runs/diagnosis/by-replay.js';
import { diagnose, notTestable } from '#src/runs/diagnosis/diagnosis.js';
import { faultsOf } from '#src/runs/faults.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { asDeclared } from '#src/runs/implementation.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';
import { decode } from '#src/runs/record.js';

describe('with full evidence', () => {
  const ids = [...new Set(faultsOf(DECLARED).map(({ id }) => id))];

  it.each(ids)('names %s', (id) => {
    const run = recordWith(id, SIZES[id] ?? Number.NaN);
    const diagnosis = diagnose(run)!;
    expect(diagnosis.likeliest).toMatchObject({ id });
    if (SIZES[id] !== undefined) expect(diagnosis.likeliest!.value).toBeCloseTo(SIZES[id], 6);
    // A sum over the batch weighs the penalty as many times as there are trials.
    const others = diagnosis.alsoFit.filter((other) => other.id !== id);
    expect(others.filter((other) => id !== 'control-kind' || other.id !== 'penalty')).toEqual([]);
    expect(diagnosis.likeliest!.does).not.toContain('single precision');
    expect(Object.keys(diagnosis.likeliest!).includes('value')).toBe(id in SIZES);
    // The starts are recorded: they are not as wide as they are by mistake. What broke the first row is not told from updates.
    expect(diagnosis.notTestable).toContain('start');
    expect(diagnosis.notTestable).not.toContain(id);
  });

  const WEIGHED: Protocol = {
    ...DECLARED,
    loss: {
      Q: [
        [1, 0.3],
        [0.3, 0.5],
      ],
      R: [[0.2]],
      discount: 0.9,
      reduction: 'mean',
    },
  };

  it.each([
    ['state', Number.NaN],
    ['control', Number.NaN],
    ['penalty', 1.05],
    ['horizon', Number.NaN],
    ['discount', 0.88],
  ])('names %s of a loss by its matrices', (id, value) => {
    // Of the two faults of the discount that which leaves it out is the first.
    const fault = faultsOf(WEIGHED).findLast((one) => one.id === id)!;
    const { likeliest } = diagnose(recordOf(fault.of(asDeclared(WEIGHED), value), WEIGHED))!;
    expect(likeliest).toMatchObject({ id });
    if (fault.parameter) expect(likeliest!.value).toBeCloseTo(value, 6);
    expect(diagnose(recordWith('lr', 1, WEIGHED))).toBeUndefined();
  });

  it('says where a record breaks, and that nothing known explains it', () => {
    const run = recordWith('lr', 1);
    expect(diagnose(run)).toBeUndefined();
    const loss = run.curves.loss.map((entry, e) => (e === 7 ? 1.01 * entry : entry));
    const diagnosis = diagnose({ ...run, curves: { ...run.curves, loss } })!;
    expect(diagnosis.likeliest).toBeUndefined();
    expect(diagnosis.break).toMatchObject({ epoch: 7, quantity: 'loss' });
    const text = diagnosisLines(diagnosis).join('\n');
    expect(text).toContain('epoch 7 is the first that disagrees, by the loss as a function of the weights');
    expect(text).toContain('no known fault that this record can show explains the run');
    expect(text).toContain('check first: the weights agree, the loss does not. Is it the loss of this row’s batch');
  });

  it('says what to check first where the first row is wrong', () => {
    const run = recordWith('lr', 1);
    const gradNorm = run.curves.gradNorm!.map((norm) => Math.min(norm, DECLARED.optimizer.clip!));
    const text = diagnosisLines(diagnose({ ...run, curves: { ...run.curves, gradNorm } })!).join('\n');
    expect(text).toContain('check first: is the row recorded before gradients are clipped');
  });

  it('does not take a loss that is no number for one of another precision', () => {
    // Long enough for single precision to decide nothing any more.
    const run = recordWith('lr', 1, { ...PROTOCOLS['artifact-lowrank'], epochs: 60, precision: 'f64' });
    const loss = run.curves.loss.map((entry, e) => (e === 40 ? Number.NaN : entry));
    const diagnosis = diagnose({ ...run, curves: { ...run.curves, loss } })!;
    expect(diagnosis.likeliest).toBeUndefined();
    expect(diagnosis.break).toMatchObject({ epoch: 40, quantity: 'loss', excess: Number.POSITIVE_INFINITY });
    expect(diagnosisLines(diagnosis).join('\n')).toContain('the loss as a function of the weights (beyond any bound)');
  });

  it('says which update broke', () => {
    const { break: broken } = diagnose(recordWith('momentum', 0.3))!;
    expect(broken.epoch).toBe(2);
    expect(broken.equation).toMatch(/^the update of σ_\w\w in epoch 1$/);
    expect(broken.around.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('by replay', () => {
  const at = (run: RecordedRun, change: (curves: Curves) => void): RecordedRun => {
    const copy = structuredClone(run);
    change(copy.curves as unknown as Curves);
    return copy;
  };
  interface Curves {
    readonly loss: number[];
    readonly gradNorm: number[];
    readonly clipFactor: number[];
    readonly gram: number[][];
    readonly overlaps: { readonly vm: number[] };
  }

  it.each(['lr', 'frozen', 'late', 'horizon'])('from the first Gram matrix names %s too', (id) => {
    const run = without(recordWith(id, SIZES[id] ?? Number.NaN));
    const { evidence, likeliest } = diagnose(run)!;
    expect(evidence).toBe('replay from the first Gram matrix');
    expect(likeliest).toMatchObject({ id });
  });

  it('needs starts, and weights or a Gram matrix before any update', () => {
    const run = recordWith('lr', 1.1);
    expect(replayRoute(decode(run, DECLARED))).toBeDefined();
    expect(replayRoute(decode(without(run, 'gram'), DECLARED))).toBeUndefined();
    expect(replayRoute(decode(without(run, 'moments'), DECLARED))).toBeUndefined();
    // The first row is the result of an update that nobody saw, unless there was none: what comes after is repeated.
    for (const momentum of [0, 0.5]) {
      const protocol: Protocol = {
        ...DECLARED,
        rows: 'after-update',
        optimizer: { kind: 'sgd', lr: 0.02, clip: 1, momentum },
      };
      const after = without(recordWith('lr', 1.1, protocol));
      if (momentum > 0) expect(replayRoute(decode(after, protocol))).toBeUndefined();
      else
        expect(diagnose(after)).toMatchObject({
          evidence: 'replay from the first Gram matrix',
          likeliest: { id: 'lr' },
        });
      expect(diagnose(without(recordWith('lr', 1, protocol)))).toBeUndefined();
    }
    const late: Protocol = { ...DECLARED, rows: 'after-update', firstUpdate: 1 };
    expect(replayRoute(decode(without(recordWith('lr', 1.1, late)), late))).toBeDefined();
  });

  it.each([
    ['a full-rank agent', { kind: 'linear', N: 6, leak: 0.9 }, ['Wih', 'Whh', 'Who']],
    ['a hidden layer of rank 2', { kind: 'linear-low-rank', N: 9, rank: 2, leak: 0.8 }, ['z', 'U', 'V']],
  ] as const)('names faults of %s', (_, agent, tensors) => {
    const protocol = { ...DECLARED, agent, trained: tensors } as Protocol;
    for (const id of ['lr', 'horizon']) {
      const { likeliest, alsoFit } = diagnose(recordWith(id, SIZES[id] ?? Number.NaN, protocol))!;
      expect(likeliest).toMatchObject({ id });
      expect(alsoFit.filter((other) => other.id !== id)).toEqual([]);
    }
    expect(diagnose(recordWith('lr', 1, protocol))).toBeUndefined();
  });

  it('names faults of an effective agent', () => {
    const run = fixture('parity-effective').read();
    expect(diagnose(run)).toBeUndefined();
    const { optimizer } = run.protocol;
    const declared = {
      ...run,
      protocol: { ...run.protocol, optimizer: { ...optimizer, lr: ratesTimes(optimizer, 1 / 1.1) } },
    };
    const { likeliest } = diagnose(declared)!;
    expect(likeliest).toMatchObject({ id: 'lr' });
    expect(Math.abs(likeliest!.value! - 1.1)).toBeLessThanOrEqual(3 * likeliest!.error!);
  });

  it.each([
    ['a loss', (curves: Curves) => (curves.loss[9]! *= 1.01), 9, 'loss', /^the loss as a function of the weights$/],
    ['a norm', (curves: Curves) => (curves.gradNorm[9]! *= 1.01), 9, 'gradient norm', /^the gradient norm$/],
    ['a clip factor', (curves: Curves) => (curves.clipFactor[9]! *= 0.99), 9, 'clip factor', /^the clip factor$/],
    ['an inner product', (curves: Curves) => (curves.gram[9]![3]! += 0.01), 9, 'Gram entry 3', /does not show$/],
    ['an overlap', (curves: Curves) => (curves.overlaps.vm[9]! += 0.01), 9, 'σ_vm', /^the update of σ_vm in epoch 8$/],
    [
      'a first overlap',
      (curves: Curves) => (curves.overlaps.vm[0]! += 0.01),
      0,
      'σ_vm',
      /σ_vm of the initial weights$/,
    ],
  ] as const)('says what broke: %s', (_, change, epoch, quantity, equation) => {
    const good = recordWith('lr', 1);
    const { break: broken, likeliest, notTestable: open } = diagnose(at(good, change))!;
    expect(broken).toMatchObject({ epoch, quantity, equation: expect.stringMatching(equation) });
    expect(broken.excess).toBeGreaterThan(1e3);
    // Two epochs before and after, as far as there are.
    expect(broken.around.map((row) => row.epoch)).toEqual(
      [-2, -1, 0, 1, 2].map((step) => epoch + step).filter((e) => e >= 0),
    );
    for (const { epoch: e, recorded, predicted } of broken.around)
      if (e === epoch) expect(Math.abs(recorded - predicted)).toBeGreaterThan(1e-3 * Math.abs(predicted));
      else expect(Math.abs(recorded - predicted)).toBeLessThan(1e-9);
    expect(likeliest).toBeUndefined();
    // What no record shows may be it.
    expect(open).toEqual(expect.arrayContaining(['noise', 'bias']));
  });

  it('of rows after the update names the update of the same epoch', () => {
    const protocol: Protocol = { ...DECLARED, rows: 'after-update' };
    const bent = at(recordWith('lr', 1, protocol), (curves) => {
      curves.overlaps.vm[9]! += 0.01;
    });
    expect(diagnose(bent)!.break.equation).toBe('the update of σ_vm in epoch 9');
    const first = at(recordWith('lr', 1, protocol), (curves) => {
      curves.overlaps.vm[0]! += 0.01;
    });
    expect(diagnose(first)!.break.equation).toBe('the update of σ_vm in epoch 0');
  });

  it('is not sure of a loss where no order parameters are recorded', () => {
    const run = recordWith('lr', 1.5);
    const { overlaps: _, gram: __, gradNorm: ___, clipFactor: ____, ...curves } = run.curves;
    const { break: broken } = diagnose({ ...run, curves })!;
    expect(broken).toMatchObject({ epoch: 1, quantity: 'loss', equation: 'the loss, or an update before it' });
    const other = recordWith('horizon', Number.NaN);
    const { overlaps: _o, gram: _g, gradNorm: _n, clipFactor: _c, ...losses } = other.curves;
    expect(diagnose({ ...other, curves: losses })!.break.equation).toBe('the loss as a function of the weights');
  });

  it('leaves out what an update did where the first row is off already', () => {
    const run = recordWith('horizon', Number.NaN);
    const { test, testable, break: broken } = replayRoute(decode(run, DECLARED))!;
    expect(broken.epoch).toBe(0);
    for (const fault of testable.filter(({ id }) => ['lr', 'clip', 'frozen', 'decay'].includes(id)))
      expect(test(fault)).toMatchObject({ follows: false, epochs: 1, misfit: broken.excess });
  });

  it('follows a fault as far as forty epochs beyond the break, and starts with wider starts where they are declared', () => {
    const long: Protocol = { ...DECLARED, epochs: 80, optimizer: { kind: 'sgd', lr: 1e-4, clip: 1 } };
    expect(diagnose(recordWith('lr', 1.1, long))!.likeliest).toMatchObject({ id: 'lr', epochs: 41 });
    const population: Protocol = { ...DECLARED, start: { kind: 'population', variance: 1 } };
    const { curves, ...rest } = recordWith('lr', 1, { ...population, start: { kind: 'population', variance: 1.21 } });
    const { moments: _, ...known } = curves;
    const run = { ...rest, curves: known, protocol: { ...rest.protocol, start: population.start } } as RecordedRun;
    const { likeliest } = diagnose(run)!;
    expect(likeliest).toMatchObject({ id: 'start' });
    expect(likeliest!.value).toBeCloseTo(1.1, 6);
  });
});

describe('of several faults that explain a record', () => {
  it('is that with the fewest parameters, then the one that is least off', () => {
    // One state: all components are the position, and sums over them are means.
    const small: Protocol = {
      ...DECLARED,
      plant: { kind: 'integrator', order: 1, dt: 1 },
      optimizer: { kind: 'sgd', lr: 1e-3, clip: 1e-2 },
    };
    for (const [id, size] of [
      ['lr', 1.1],
      ['clip', 1.1],
    ] as const) {
      // Every step is clipped: a larger norm is a larger rate.
      const { curves, ...rest } = recordWith(id, size, small);
      const { clipFactor: _, ...unsaid } = curves;
      const { likeliest, alsoFit } = diagnose({ ...rest, curves: unsaid })!;
      const fitting = [likeliest!, ...alsoFit];
      expect(fitting.map((one) => one.id).toSorted()).toEqual(['clip', 'lr']);
      expect(fitting[0]!.misfit).toBeLessThanOrEqual(fitting[1]!.misfit);
    }
    const { curves, ...rest } = recordWith('no-clip', Number.NaN, {
      ...small,
      optimizer: { kind: 'sgd', lr: 1e-5, clip: 1 },
    });
    const { clipFactor: _, ...unsaid } = curves;
    const { likeliest, alsoFit } = diagnose({ ...rest, curves: unsaid })!;
    expect(likeliest).toMatchObject({ id: 'no-clip' });
    expect(likeliest).not.toHaveProperty('value');
    for (const other of alsoFit) expect(other).toHaveProperty('value');
    expect(alsoFit.map((other) => other.id)).toContain('clip');
  });
});

describe('of precision', () => {
  /** A record whose numbers are as far off as single precision leaves them, so many units, and stored as that. */
  const single = (run: RecordedRun, units = 4): RecordedRun => {
    let sign = 1;
    const off = (value: number): number => {
      sign = -sign;
      return Math.fround(value * (1 + sign * units * 2 ** -24));
    };
    const round = (value: unknown): unknown =>
      Array.isArray(value) ? value.map(round) : typeof value === 'number' ? off(value) : value;
    const { overlaps, moments, ...curves } = run.curves;
    const rounded = Object.fromEntries(Object.entries(curves).map(([name, value]) => [name, round(value)]));
    const entries = Object.entries(overlaps!).map(([name, value]) => [name, round(value)]);
    return { ...run, curves: { ...rounded, moments, overlaps: Object.fromEntries(entries) } } as unknown as RecordedRun;
  };

  it('is that of a run that is declared as double and computed in single', () => {
    const run = single(recordWith('lr', 1));
    expect(diagnose(run)!.likeliest).toMatchObject({ id: 'precision' });
    // And of one that is off besides.
    const both = diagnose(single(recordWith('horizon', Number.NaN)))!;
    expect(both.likeliest).toMatchObject({ id: 'horizon' });
    expect(both.likeliest!.does).toMatch(/^computes in single precision, not .*, and scores/);
    const declared = { ...run, protocol: { ...run.protocol, precision: 'f32' as const } };
    expect(diagnose(declared)).toBeUndefined();
  });

  it('is not that of a run that was only stored in single', () => {
    expect(diagnose(single(recordWith('lr', 1), 0))).toBeUndefined();
  });

  it('is not that of a few numbers', () => {
    const run = single(recordWith('horizon', Number.NaN, { ...DECLARED, epochs: 1 }));
    const { overlaps: _, gram: __, ...curves } = run.curves;
    expect(diagnose({ ...run, curves })!.likeliest).toBeUndefined();
  });
});

describe('what is not testable', () => {
  it('is nothing by replay, and everything where nothing decided', () => {
    const run = recordWith('lr', 1);
    expect(notTestable(run, new Set(['replay']))).toEqual([]);
    const all = new Set([...faultsOf(DECLARED).map(({ id }) => id), 'start', 'precision']);
    expect(new Set(notTestable(run, new Set()))).toEqual(all);
    const f32 = { ...run, protocol: { ...run.protocol, precision: 'f32' as const } };
    expect(notTestable(f32, new Set())).not.toContain('precision');
    const open = { ...run, protocol: { ...run.protocol, mode: 'open-loop' } } as RecordedRun;
    expect([notTestable(open, new Set()), diagnose(open)]).toEqual([[], undefined]);
  });
});

describe('of a good record', () => {
  it.each(Object.keys(EVIDENCE) as (keyof typeof EVIDENCE)[])('there is nothing to say: %s', (level) => {
    const run = EVIDENCE[level](recordWith('lr', 1));
    const judged = [judgeReplay, judgeIncrements, judgeLosses].flatMap((judge) => found(judge, run).measurements);
    expect(judged.length).toBeGreaterThan(0);
    for (const measurement of judged) expect(ratioOf(measurement)).toBeLessThanOrEqual(1);
    if (level !== 'increments') expect(diagnose(run)).toBeUndefined();
  });
});
