/**
 * Increments: windows of records against the unknowns that made them, faults and single numbers that are off, and what is
 * guessed where unknowns are not known.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { found, without } from '#spec/runs/support/evidence.js';
import { DECLARED, implementationOf, recordWith, SIZES } from '#spec/runs/support/faulty.js';
import { forAll } from '#spec/support/for-all.js';
import { outputColumns } from '#src/agent/gram.js';
import { orderParameterNames } from '#src/agent/order-parameters.js';
import type { Meter, Patience } from '#src/linalg/least-squares.js';
import { Stream } from '#src/linalg/random.js';
import { gamma, overlapRoundings, shadowNoise, unitRoundoff } from '#src/linalg/tolerance.js';
import type { Protocol } from '#src/problem/protocol.js';
import { faultsOf } from '#src/runs/faults.js';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { asDeclared, type Implementation } from '#src/runs/implementation.js';
import { testableFrom } from '#src/runs/judges/increments/faults.js';
import { fitFromGuesses, fitWindow, JUDGEMENT } from '#src/runs/judges/increments/fit.js';
import { guessOf, lawOf } from '#src/runs/judges/increments/guess.js';
import { slopeOf } from '#src/runs/judges/increments/slope.js';
import {
  type IncrementRecord,
  incrementsOf,
  type Window,
  windowsOf,
  withSlopes,
} from '#src/runs/judges/increments/window.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { decode, type RunRecord, recordOf } from '#src/runs/record.js';

const recordedBy = (run: RecordedRun): IncrementRecord => incrementsOf(recordOf(run) as RunRecord) as IncrementRecord;
const good = (protocol = DECLARED): RecordedRun => recordWith('lr', 1, protocol);
const everything: Meter = { spend: () => true };
const nothing: Meter = { spend: () => false };
/** No search: guesses are held against a record as they are. */
const STILL: Patience = { iterations: 0, gain: 0 };
const AS_IS = { ...JUDGEMENT, patience: STILL };
const AS_GUESSED = { ...AS_IS, guesses: 1 };
/** A window within every record. */
const WITHIN: Window = { first: 4, steps: 4 };

/** The lower triangle of a recorded Gram matrix. */
const triangleAt = (run: RecordedRun, row: number): Float64Array => Float64Array.from(run.curves.gram![row]!);
const momentsAt = (run: RecordedRun, row: number): Float64Array => Float64Array.from(run.curves.moments![row]!);

/** The unknowns that made a window of a record in full evidence. */
const truth = (run: RecordedRun, { first, steps }: Window, offset = 0) => ({
  gram: triangleAt(run, first),
  moments: Array.from({ length: steps }, (_, step) => momentsAt(run, first + step + offset)),
});

const ids = [...new Set(testableFrom(DECLARED, { first: 0, steps: 4 }).map(({ id }) => id))];
/** What programs with them remember is zero before the first step only. */
const REMEMBERING = ['momentum', 'accumulated', 'smoothed'];
/** Whose learning rate is small enough not to diverge without clipping. */
const GENTLE: Protocol = { ...DECLARED, optimizer: { kind: 'sgd', lr: 1e-5, clip: 1 } };

describe('what increments can judge', () => {
  it.each([
    ['a full-rank agent', { agent: { kind: 'linear', N: 6, leak: 1 } }, 'increments of linear agents'],
    ['momentum', { optimizer: { ...DECLARED.optimizer, momentum: 0.5 } }, 'memory'],
    ['Adam', { optimizer: { kind: 'adam', lr: 1e-3, clip: null } }, 'memory'],
    ['clipping by value', { optimizer: { kind: 'sgd', lr: 1e-3, clip: null, clipValue: 1 } }, 'entry by entry'],
  ] as const)('is not %s', (_, change, message) => {
    expect(incrementsOf({ ...decode(good(), DECLARED), protocol: { ...DECLARED, ...change } as Protocol })).toContain(
      message,
    );
  });

  it('needs order parameters', () => {
    expect(incrementsOf(decode(without(good(), 'overlaps'), DECLARED))).toContain('add curves.overlaps');
  });

  it.each(['loss', 'gradNorm', 'overlaps', 'gram'] as const)('ends where a number of %s is out of range', (field) => {
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY, 1e200]) {
      const run = structuredClone(good());
      const curves = run.curves as unknown as {
        [name: string]: unknown;
        overlaps: { vm: number[] };
        gram: number[][];
      };
      if (field === 'overlaps') curves.overlaps.vm[9] = bad;
      else if (field === 'gram') curves.gram[9]![4] = bad;
      else (curves[field] as number[])[9] = bad;
      expect(recordedBy(run).stretches).toEqual([{ first: 0, end: 9 }]);
    }
    expect(recordedBy(good()).stretches).toEqual([{ first: 0, end: DECLARED.epochs }]);
  });
});

describe('the unknowns that made a record', () => {
  it('satisfy it with weight decay, and a learning rate that changes: not with these left out', () => {
    const { epochs } = DECLARED;
    const lr = Array.from({ length: epochs }, (_, e) => 0.01 * 0.97 ** e);
    const protocol: Protocol = { ...DECLARED, optimizer: { kind: 'sgd', lr, clip: 1, weightDecay: 0.05 } };
    const run = good(protocol);
    expect(found(judgeIncrements, without(run, 'moments')).undecided).toBeUndefined();
    for (const first of [0, 4, 16]) {
      const window = { first, steps: 4 };
      const misfit = (change: object): number => {
        const declared = { ...protocol, optimizer: { ...protocol.optimizer, ...change } } as Protocol;
        return fitWindow(recordedBy(run), asDeclared(declared), window, truth(run, window), everything, AS_IS).misfit;
      };
      expect(misfit({})).toBeLessThanOrEqual(1);
      for (const change of [{ weightDecay: 0 }, { lr: lr[first] }, { lr: [...lr.slice(1), 0] }])
        expect(misfit(change)).toBeGreaterThan(1);
    }
  });

  it.each(['as declared', ...ids])('%s satisfy every window of it', (id) => {
    const protocol = id === 'no-clip' ? GENTLE : DECLARED;
    const size = SIZES[id] ?? Number.NaN;
    const run = id === 'as declared' ? good() : recordWith(id, size, protocol);
    const implementation = id === 'as declared' ? asDeclared(protocol) : implementationOf(id, size, protocol);
    const record = recordedBy(run);
    // Rows that come after the update are those of the batch before them.
    const offset = id === 'rows' ? 1 : 0;
    for (const first of REMEMBERING.includes(id) ? [0] : [0, 4, 16]) {
      const window = { first, steps: 4 };
      const fit = fitWindow(record, implementation, window, truth(run, window, offset), everything, AS_IS);
      expect(fit.misfit).toBeLessThanOrEqual(1);
      expect(fit.unknownCount).toBe(10);
      // Gram matrices of 5 rows; losses and norms of 4.
      expect(fit.equations).toBe(5 * 10 + 4 * 2);
      fit.grams.forEach((gram, step) => {
        gram.forEach((entry, k) => {
          expect(Math.abs(entry - record.gram![first + step]![k]!)).toBeLessThan(1e-12);
        });
      });
    }
  });

  it.each(ids)('do not where %s is declared and not done', (id) => {
    const record = recordedBy(good());
    const window = { first: id === 'clip' || id === 'no-clip' ? clippedRow(good()) : 0, steps: 4 };
    const implementation = implementationOf(id, SIZES[id] ?? Number.NaN);
    const fit = fitWindow(record, implementation, window, truth(good(), window), everything);
    expect(fit.misfit).toBeGreaterThan(1);
    expect(fit.complete).toBe(true);
  });

  it.each(Object.keys(SIZES))('tell the size of %s', (id) => {
    const size = SIZES[id]!;
    const run = recordWith(id, size);
    const record = recordedBy(run);
    const free = {
      of: (value: number) => implementationOf(id, value),
      guess: id === 'decay' ? 1e-2 : 0.9,
      ...faultsOf(DECLARED).find((fault) => fault.id === id)!.parameter!,
    };
    const window = { first: id === 'clip' ? clippedRow(run) : 0, steps: 4 };
    const fit = fitWindow(record, free, window, truth(run, window), everything);
    expect(fit.misfit).toBeLessThanOrEqual(1);
    expect(fit.unknownCount).toBe(11);
    // Its error is that of residuals as large as what is allowed, and theirs are smaller.
    expect(Math.abs(fit.value! - size)).toBeLessThanOrEqual(3 * fit.error!);
    expect(fit.error! / size).toBeLessThan(1e-6);
  });

  it('are fewer where less is recorded, and so are the equations', () => {
    const run = good();
    const bare = (...fields: string[]) => {
      const record = recordedBy(without(run, ...fields));
      const window = windowsOf(record)[1]!;
      const fit = fitWindow(record, asDeclared(DECLARED), window, truth(run, window), everything, AS_GUESSED);
      return { steps: window.steps, ...fit };
    };
    // Three moments a step, each of a law.
    expect(bare('moments')).toMatchObject({ steps: 4, unknownCount: 10 + 12, equations: 50 + 8 + 12 });
    expect(bare('moments', 'gradNorm')).toMatchObject({ unknownCount: 10 + 12, equations: 50 + 4 + 12 });
    expect(bare('gram')).toMatchObject({ steps: 4, unknownCount: 10, equations: 5 * 4 + 8 });
    expect(bare('gram', 'moments')).toMatchObject({ steps: 8, unknownCount: 10 + 24, equations: 9 * 4 + 16 + 24 });
    for (const fields of [['moments'], ['gram'], ['gram', 'moments']])
      expect(bare(...fields).misfit).toBeLessThanOrEqual(1);
  });

  it('satisfy windows of several controls, hidden ranks and normal starts', () => {
    for (const change of [
      { agent: { kind: 'linear-low-rank', N: 8, rank: 2, leak: 0.5 } },
      { start: { kind: 'normal', sd: 1 } },
      { trained: ['m', 'V'] },
      { optimizer: { kind: 'sgd', lr: 1e-5, clip: null } },
      { firstUpdate: 2 },
      { loss: { state: 'text', beta: 0 } },
    ] as const) {
      const run = good({ ...DECLARED, ...change } as Protocol);
      const record = recordedBy(run);
      const window = { first: 0, steps: 4 };
      const implementation = asDeclared(record.protocol);
      const fit = fitWindow(record, implementation, window, truth(run, window), everything, AS_GUESSED);
      expect(fit.misfit).toBeLessThanOrEqual(1);
      const law = fitFromGuesses(recordedBy(without(run, 'moments')), implementation, window, everything)!;
      expect(law.misfit).toBeLessThanOrEqual(1);
    }
  });

  /** A row whose gradient is clipped, four rows before the end at least. */
  function clippedRow(run: RecordedRun): number {
    const row = run.curves.clipFactor!.findIndex((factor) => factor < 1);
    expect(row).toBeGreaterThanOrEqual(0);
    expect(row).toBeLessThan(DECLARED.epochs - 4);
    return row;
  }
});

describe('a number of a record that is off', () => {
  const numbers = [
    ['loss', (curves: Curves) => (curves.loss[6]! *= 1 + 1e-9), /^loss$/],
    ['gradient norm', (curves: Curves) => (curves.gradNorm[6]! *= 1 + 1e-9), /^gradient norm$/],
    ['order parameter', (curves: Curves) => (curves.overlaps.vm[6]! += 1e-9), /^σ/],
    ['hidden inner product', (curves: Curves) => (curves.gram[6]![3]! += 1e-9), /^Gram entry 2,0$/],
  ] as const;
  interface Curves {
    readonly loss: number[];
    readonly gradNorm: number[];
    readonly overlaps: { readonly vm: number[] };
    readonly gram: number[][];
  }

  it.each(numbers)('is named: a %s', (_, change, quantity) => {
    const run = structuredClone(good());
    change(run.curves as unknown as Curves);
    const record = recordedBy(run);
    const implementation = asDeclared(DECLARED);
    const fit = fitWindow(record, implementation, WITHIN, truth(good(), WITHIN), everything, AS_IS);
    expect(fit.misfit).toBeGreaterThan(1);
    expect(fit.worst).toMatchObject({ epoch: 6, quantity: expect.stringMatching(quantity) });
    expect(fit.worst.recorded).not.toBe(fit.worst.predicted);
    expect(Math.abs(fit.worst.recorded - fit.worst.predicted)).toBeLessThan(1e-8 * Math.max(1, fit.worst.recorded));
    // No unknowns make up for it.
    const searched = fitWindow(record, implementation, WITHIN, truth(good(), WITHIN), everything);
    expect(searched.misfit).toBeGreaterThan(1);
  });

  it('is named as the overlap that it is', () => {
    const run = structuredClone(good());
    (run.curves as unknown as Curves).overlaps.vm[5]! += 1e-6;
    const record = recordedBy(run);
    const { worst } = fitWindow(record, asDeclared(DECLARED), WITHIN, truth(good(), WITHIN), everything, AS_IS);
    const at = record.orderParameters[5]!.findIndex((value, l) => value !== recordedBy(good()).orderParameters[5]![l]);
    expect(worst.quantity).toBe(orderParameterNames(record.shape)[at]);
  });
});

describe('slopes', () => {
  it('are moved by rounding of the order parameters as far as they say', () => {
    const protocol: Protocol = { ...DECLARED, precision: 'f32' };
    const run = good(protocol);
    const record = recordedBy(run);
    const moments = momentsAt(run, 3);
    const slope = slopeOf(record, asDeclared(protocol));
    const gradientOf = (K: Float64Array): Float64Array => {
      const { E } = slopeOf({ ...record, orderParameters: [K] }, asDeclared(protocol)).basis(0);
      return E[0]!.map((_, l) => E.reduce((sum, each, k) => sum + moments[k]! * each[l]!, 0));
    };
    const noise = shadowNoise(overlapRoundings(20, protocol.horizon), unitRoundoff('f32'));
    const K = record.orderParameters[3]!;
    const centre = gradientOf(K);
    const random = new Stream(1);
    const count = 400;
    const squares = new Float64Array(K.length);
    for (let k = 0; k < count; k++) {
      const moved = gradientOf(K.map((value) => value + noise * (1 + Math.abs(value)) * random.normal()));
      moved.forEach((value, l) => {
        squares[l]! += (value - centre[l]!) ** 2 / count;
      });
    }
    // A mean square of 400 normals errs by 1/√200; five of that, and as much for what is not linear.
    slope.deviation(3, moments).forEach((deviation, l) => {
      expect(Math.abs(squares[l]! / deviation ** 2 - 1)).toBeLessThan(0.4);
    });
  });

  it('of indefinite moments, as fits come by, are bounded by their diagonal', () => {
    const run = good();
    const slope = slopeOf(recordedBy(run), asDeclared(DECLARED));
    const indefinite = slope.deviation(3, Float64Array.of(1, 3, 2));
    const bounds = slope.deviation(3, Float64Array.of(1, 0, 2));
    // Differences of slopes cancel: half of the digits are left.
    for (const [l, value] of indefinite.entries()) expect(value / bounds[l]!).toBeCloseTo(1, 6);
  });
});

describe('guesses', () => {
  const guessed = (run: RecordedRun, window: Window, before?: Float64Array) => {
    const record = recordedBy(run);
    const implementation = asDeclared(record.protocol);
    const fit = fitFromGuesses(record, implementation, window, everything, { before, effort: AS_GUESSED })!;
    return { record, basis: record.slope(implementation).basis, ...fit.unknowns };
  };
  /** The largest distance of guessed moments from the true ones, relative to them. */
  const momentError = (run: RecordedRun, window: Window, offset = 0): number =>
    Math.max(
      ...guessed(without(run, 'moments'), window).moments.flatMap((moments, step) => {
        const right = momentsAt(run, window.first + step + offset);
        return Array.from(moments, (entry, k) => Math.abs(entry - right[k]!) / right[0]!);
      }),
    );

  it.each([
    ['before-update', 0],
    ['after-update', 0],
    ['before-update', 1],
  ] as const)(
    'of moments between Gram matrices are off by the step squared: rows %s, weight decay %d',
    (rows, weightDecay) => {
      const [coarse, fine] = [1e-6, 1e-7].map((lr) => {
        const protocol: Protocol = { ...DECLARED, rows, optimizer: { kind: 'sgd', lr, clip: 1, weightDecay } };
        return momentError(good(protocol), WITHIN, rows === 'after-update' ? 1 : 0);
      });
      expect(coarse).toBeLessThan(0.5);
      // A tenth of the step: a tenth of the relative error, and terms of higher order.
      expect(coarse! / fine!).toBeGreaterThan(5);
      expect(coarse! / fine!).toBeLessThan(20);
    },
  );

  it('take recorded Gram matrices and known moments as they are', () => {
    const { gram, moments } = guessed(good(), WITHIN);
    expect([...gram]).toEqual([...triangleAt(good(), 4)]);
    for (const [step, each] of moments.entries()) expect([...each]).toEqual([...momentsAt(good(), 4 + step)]);
  });

  it('of nothing known keep what is recorded: order parameters and losses', () => {
    const window = { first: 8, steps: 8 };
    const { record, gram, moments, basis } = guessed(without(good(), 'moments', 'gram'), window);
    const { c, p, r } = record.shape;
    const d = c + p + 2 * r;
    const entry = (i: number, j: number): number => gram[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]!;
    const seen = new Set(record.orderParameters[8]);
    for (const i of outputColumns(record.shape)) {
      const found = Array.from({ length: d }, (_, j) => entry(i, j)).filter((value) => seen.has(value));
      expect(found.length).toBeGreaterThanOrEqual(c + r);
    }
    for (let i = 0; i < d; i++) {
      let others = 0;
      for (let j = 0; j < d; j++) if (j !== i) others += Math.abs(entry(i, j));
      expect(entry(i, i)).toBeGreaterThanOrEqual(others * (1 - 1e-15));
      expect(entry(i, i)).toBeGreaterThanOrEqual(1 / 3);
    }
    moments.forEach((each, step) => {
      const terms = Array.from(basis(8 + step).loss, (value, k) => value * each[k]!);
      const loss = record.loss[8 + step]!;
      const size = terms.reduce((sum, value) => sum + Math.abs(value), 0);
      expect(Math.abs(terms.reduce((sum, value) => sum + value, 0) - loss)).toBeLessThanOrEqual(gamma(16) * size);
    });
  });

  it('go on from where the window before arrived', () => {
    const before = Float64Array.from({ length: 10 }, (_, k) => k + 1);
    const { gram } = guessed(without(good(), 'moments', 'gram'), { first: 8, steps: 8 }, before);
    expect([...gram]).toEqual([...before]);
  });

  it('are further ones until one is consistent, and none without work left', () => {
    const run = without(good(), 'gram', 'moments');
    const record = recordedBy(run);
    const window = { first: 0, steps: 8 };
    const implementation = asDeclared(DECLARED);
    const fitted = (effort: typeof JUDGEMENT, meter = everything) =>
      fitFromGuesses(record, implementation, window, meter, { effort });
    expect(fitted(JUDGEMENT)!.misfit).toBeLessThanOrEqual(1);
    expect(fitted(JUDGEMENT, nothing)).toBeUndefined();
    // The best of them, however few steps each takes.
    const misfits = [1, 2, 4, 8].map((guesses) => fitted({ ...AS_GUESSED, guesses })!.misfit);
    expect(misfits).toEqual(misfits.toSorted((a, b) => b - a));
    expect(misfits[3]!).toBeLessThan(misfits[0]!);
    let left = 1;
    const once: Meter = { spend: () => left-- > 0 };
    expect(fitted(JUDGEMENT, once)).toMatchObject({ complete: false });
  });
});

describe('windows', () => {
  it('are all that fit into the rows, side by side; of recorded Gram matrices those after the first ones are spread', () => {
    forAll(fc.integer({ min: 0, max: 400 }), fc.boolean(), fc.boolean(), (rows, gram, moments) => {
      const record = {
        stretches: rows > 0 ? [{ first: 0, end: rows }] : [],
        gram: gram ? [] : undefined,
        moments: moments ? () => new Float64Array() : undefined,
      } as unknown as IncrementRecord;
      const windows = windowsOf(record);
      if (rows < 2) {
        expect(windows).toEqual([]);
        return;
      }
      const steps = Math.min(gram || moments ? 4 : 8, rows - 1);
      const fitting = Math.floor((rows - 1) / steps);
      const inOrder = Array.from({ length: fitting }, (_, k) => ({ first: k * steps, steps }));
      expect(windows.toSorted((a, b) => a.first - b.first)).toEqual(inOrder);
      expect(windows.slice(0, gram ? 5 : fitting)).toEqual(inOrder.slice(0, gram ? 5 : fitting));
      if (!gram || fitting <= 5) return;
      // The first of them is in the second half.
      expect(windows[5]!.first / steps - 5).toBeGreaterThanOrEqual(Math.floor((fitting - 5) / 2));
      // Of any number judged, no gap is longer than twice what even ones would be.
      for (let judged = 1; judged <= fitting - 5; judged++) {
        const places = windows.slice(5, 5 + judged).map(({ first }) => first / steps - 4);
        const sorted = [0, ...places].toSorted((a, b) => a - b);
        const widest = Math.max(...sorted.slice(1).map((place, k) => place - sorted[k]!));
        expect(widest).toBeLessThanOrEqual(2 * Math.ceil((2 * (fitting - 5)) / judged));
      }
    });
  });

  it('are too few to hold where they cover less than an eighth of the rows', () => {
    const run = without(good(), 'gram', 'moments');
    expect(found(judgeIncrements, run)).toMatchObject({ undecided: undefined, open: false });
    // Rows ten epochs apart, but for the first nine.
    const epochs = Array.from({ length: 400 }, (_, k) => (k < 9 ? k : 10 * k));
    const column = (value: unknown): unknown =>
      Array.isArray(value)
        ? epochs.map((_, k) => value[Math.min(k, value.length - 1)])
        : Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, column(each)]));
    const long = {
      ...run,
      protocol: { ...run.protocol, epochs: 4000 },
      curves: { ...(column(run.curves) as object), epochs },
    };
    const few = found(judgeIncrements, parseRun(JSON.stringify(long), 'few'));
    expect(few).toMatchObject({ open: true });
    expect(few.undecided).toBe('8 of 400 epochs judged, since others have no row beside them: record every epoch');
  });

  it('do not reach over a gap', () => {
    const stretches = [
      { first: 3, end: 9 },
      { first: 20, end: 21 },
      { first: 30, end: 33 },
    ];
    expect(windowsOf({ stretches, gram: [] } as unknown as IncrementRecord)).toEqual([
      { first: 3, steps: 4 },
      { first: 30, steps: 2 },
    ]);
  });
});

describe('the law of moments', () => {
  it.each([
    ['uniform', { kind: 'uniform', low: -2, high: 2 }, (random: Stream) => random.uniform(-2, 2)],
    ['normal', { kind: 'normal', sd: 1.5 }, (random: Stream) => 1.5 * random.normal()],
  ] as const)('has the means and deviations of drawn batches: %s starts', (_, start, draw) => {
    const random = new Stream(6);
    const [batch, draws, n] = [7, 4000, 3];
    const { mean, deviation } = lawOf({ ...DECLARED, start, batch }, n)!;
    const entries = Array.from({ length: (n * (n + 1)) / 2 }, () => new Float64Array(draws));
    for (let k = 0; k < draws; k++) {
      const starts = Array.from({ length: batch }, () => Array.from({ length: n }, () => draw(random)));
      let entry = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++) entries[entry++]![k] = starts.reduce((sum, x) => sum + x[i]! * x[j]!, 0) / batch;
    }
    expect(mean).toHaveLength(entries.length);
    entries.forEach((values, entry) => {
      const average = values.reduce((a, b) => a + b, 0) / draws;
      const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / draws);
      expect(Math.abs(average - mean[entry]!)).toBeLessThan(5 * (spread / Math.sqrt(draws)));
      // A deviation of 4000 draws errs by some percent where squares have heavy tails.
      expect(spread / deviation[entry]!).toBeCloseTo(1, 0.9);
    });
  });

  it('is not known of starts around another mean', () => {
    expect(lawOf({ ...DECLARED, start: { kind: 'uniform', low: -1, high: 3 } }, 2)).toBeUndefined();
  });
});

describe('further guesses', () => {
  const guesses = (run: RecordedRun, before?: Float64Array) => {
    const record = recordedBy(run);
    const implementation = asDeclared(record.protocol);
    const slope = record.slope(implementation);
    const of = (attempt: number) => guessOf(record, implementation, WITHIN, attempt, before);
    return { record, slope, list: [0, 1, 2, 3, 4, 5].map(of) };
  };

  it('differ, keep what is recorded, and can be Gram matrices', () => {
    const { record, slope, list } = guesses(without(good(), 'moments', 'gram'));
    expect(new Set(list.map(({ gram }) => gram.join())).size).toBe(list.length);
    for (const { gram, moments } of list) {
      const seen = [...record.orderParameters[4]!].filter((value) => gram.includes(value));
      expect(seen).toHaveLength(record.orderParameters[4]!.length);
      // Diagonal entries dominate their rows, and are those of vectors as protocols draw them, four times as long at most.
      const [entry, d] = [(i: number, j: number) => gram[(i * (i + 1)) / 2 + j]!, 4];
      for (let i = 0; i < d; i++) {
        let others = 0;
        for (let j = 0; j < d; j++) if (j !== i) others += Math.abs(entry(Math.max(i, j), Math.min(i, j)));
        expect(entry(i, i)).toBeGreaterThanOrEqual(others * (1 - 1e-15));
        expect(entry(i, i)).toBeGreaterThanOrEqual((i < 2 ? 1 / 3 : 1) / 4);
        expect(entry(i, i)).toBeLessThanOrEqual(Math.max(others * (1 + 1e-15), (i < 2 ? 1 / 3 : 1) * 4));
      }
      for (const [step, each] of moments.entries()) {
        const { loss } = slope.basis(4 + step);
        const predicted = loss.reduce((sum, value, k) => sum + value * each[k]!, 0);
        expect(predicted / record.loss[4 + step]!).toBeCloseTo(1, 9);
        // Of a covariance.
        expect(each[0]! * each[2]! - each[1]! ** 2).toBeGreaterThan(0);
        expect(Math.min(each[0]!, each[2]!)).toBeGreaterThan(0);
      }
    }
    // The first has the declared law's shape: equal variances, nothing beside.
    for (const each of list[0]!.moments) {
      expect(each[1]).toBe(0);
      expect(each[0]! / each[2]!).toBeCloseTo(1, 12);
    }
    for (const each of list[1]!.moments) expect(each[1]).not.toBe(0);
  });

  it('are of one start where batches are, for a plant of more states', () => {
    const { list } = guesses(without(good({ ...DECLARED, batch: 1 }), 'moments', 'gram'));
    // As many starts as states at least, so that no guess is singular.
    for (const { moments } of list.slice(1))
      for (const each of moments)
        expect(each[0]! * each[2]! - each[1]! ** 2).toBeGreaterThan(1e-9 * each[0]! * each[2]!);
  });

  it('take up where the window before arrived every other time', () => {
    const before = Float64Array.from({ length: 10 }, (_, k) => 100 + k);
    const { list } = guesses(without(good(), 'moments', 'gram'), before);
    list.forEach(({ gram }, attempt) => {
      expect(gram.every((entry, k) => entry === before[k])).toBe(attempt % 2 === 0);
    });
  });

  it('of recorded Gram matrices draw moments only', () => {
    const { list } = guesses(without(good(), 'moments'));
    for (const { gram } of list) expect([...gram]).toEqual([...triangleAt(good(), 4)]);
    expect(new Set(list.map(({ moments }) => moments[0]!.join())).size).toBe(list.length);
  });

  it('of moments fall back to the law where a record does not tell them', () => {
    // A step of no length, as by a gradient norm beyond the numbers.
    const { gradNorm } = good().curves;
    const run = { ...without(good(), 'moments') };
    const lost = { ...run, curves: { ...run.curves, gradNorm: gradNorm!.map(() => Number.POSITIVE_INFINITY) } };
    const record = { ...recordedBy(run), gradNorm: lost.curves.gradNorm };
    const implementation = asDeclared(DECLARED);
    const { moments } = guessOf(record, implementation, { first: 4, steps: 4 }, 0);
    for (const each of moments) expect(each[1]).toBe(0);
  });
});

describe('moments between Gram matrices', () => {
  it.each([
    ['clipped', { kind: 'sgd', lr: 1e-6, clip: 1 }, {}],
    ['not clipped', { kind: 'sgd', lr: 1e-9, clip: null }, {}],
    ['without gradient norms', { kind: 'sgd', lr: 1e-7, clip: 1 }, { drop: 'gradNorm' }],
    ['of normal starts', { kind: 'sgd', lr: 1e-6, clip: 1 }, { start: { kind: 'normal', sd: 1 } }],
    ['of frozen tensors', { kind: 'sgd', lr: 1e-6, clip: 1 }, { trained: ['m', 'V'] }],
  ] as const)('are those of the batches: %s', (_, optimizer, change) => {
    const { drop, ...rest } = change as { drop?: string };
    const run = good({ ...DECLARED, optimizer, ...rest } as Protocol);
    const poor = without(run, 'moments', ...(drop ? [drop] : []));
    const record = recordedBy(poor);
    const implementation = asDeclared(record.protocol);
    const { moments } = guessOf(record, implementation, { first: 4, steps: 4 }, 0);
    moments.forEach((each, step) => {
      const right = momentsAt(run, 4 + step);
      for (const [k, entry] of each.entries()) expect(Math.abs(entry - right[k]!)).toBeLessThan(0.05 * right[0]!);
    });
  });
});

describe('what rounding allows', () => {
  /** A record whose numbers were moved by so many deviations of what rounding does to them, as its analysis has it. */
  function moved(deviations: number, precision: 'f32' | 'f64'): IncrementRecord {
    const protocol: Protocol = { ...DECLARED, precision };
    const record = recordedBy(good(protocol));
    const random = new Stream(7);
    const unit = unitRoundoff(precision);
    const relative = (): number =>
      1 + deviations * unit * Math.sqrt(overlapRoundings(20, protocol.horizon)) * random.normal();
    const diagonal = (triangle: readonly number[], i: number): number => triangle[(i * (i + 3)) / 2]!;
    const gram = record.gram!.map((triangle) => {
      const copy = [...triangle];
      for (let i = 0, k = 0; k < copy.length; i++)
        for (let j = 0; j <= i; j++, k++)
          copy[k]! += (relative() - 1) * Math.max(1, Math.sqrt(diagonal(copy, i) * diagonal(copy, j)));
      return copy;
    });
    return withSlopes({
      ...record,
      gram,
      orderParameters: record.orderParameters.map((K) => K.map((value) => value + (relative() - 1))),
      loss: Array.from(record.loss, (value) => value * relative()),
      gradNorm: Array.from(record.gradNorm!, (value) => value * relative()),
    });
  }

  it.each(['f32', 'f64'] as const)('is eight deviations of %s, and not much more', (precision) => {
    const misfit = (deviations: number): number => {
      const record = moved(deviations, precision);
      const implementation = asDeclared({ ...DECLARED, precision });
      const run = good({ ...DECLARED, precision });
      return fitWindow(record, implementation, WITHIN, truth(run, WITHIN), everything, AS_IS).misfit;
    };
    expect(misfit(2)).toBeLessThan(0.5);
    expect(misfit(2)).toBeGreaterThan(0.02);
    expect(misfit(200)).toBeGreaterThan(2);
  });
});

describe('a plant of two axes', () => {
  it('is judged by the same equations', () => {
    const protocol: Protocol = {
      ...DECLARED,
      plant: { kind: 'cursor', axes: 2, dt: 0.5 },
      agent: { kind: 'linear-low-rank', N: 9, rank: 2, leak: 0.6 },
      optimizer: { kind: 'sgd', lr: 0.02, clip: 1e-2 },
      horizon: 5,
      epochs: 6,
    };
    const window = { first: 0, steps: 4 };
    for (const id of ['lr', 'per-tensor', 'frozen']) {
      const run = recordWith(id, SIZES[id] ?? Number.NaN, protocol);
      const record = recordedBy(run);
      const at = (implementation: Implementation) =>
        fitWindow(record, implementation, window, truth(run, window), everything, AS_IS);
      expect(at(implementationOf(id, SIZES[id] ?? Number.NaN, protocol)).misfit).toBeLessThanOrEqual(1);
      expect(at(asDeclared(protocol)).misfit).toBeGreaterThan(1);
      expect(at(asDeclared(protocol)).unknownCount).toBe(36);
    }
  });
});
