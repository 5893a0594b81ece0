/**
 * Increments: windows of records against the unknowns that made them, departures and single numbers that are off, and what is
 * guessed where unknowns are not known.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECLARED, departed, SIZES } from '#spec/runs/departed.js';
import { without } from '#spec/runs/evidence.js';
import { outputColumns } from '#src/agent/gram.js';
import { overlapNames } from '#src/agent/overlaps.js';
import type { Meter, Patience } from '#src/linalg/least-squares.js';
import { Stream } from '#src/linalg/random.js';
import { gamma, shadowNoise, unitRoundoff } from '#src/linalg/tolerance.js';
import { asDeclared, departuresFrom, type Practice } from '#src/runs/departures.js';
import {
  fitFromGuesses,
  fitWindow,
  JUDGEMENT,
  type Record,
  recordOf,
  type Slope,
  slopeOf,
  type Window,
  windowsOf,
} from '#src/runs/increments.js';
import { supportOf } from '#src/runs/problem.js';
import type { RecordedRun } from '#src/runs/schema.js';
import type { Protocol } from '#src/training/protocol.js';

const protocolOf = (run: RecordedRun): Protocol => (supportOf(run.protocol) as { protocol: Protocol }).protocol;
const recordedBy = (run: RecordedRun): Record => recordOf(run, protocolOf(run)) as Record;
const good = (protocol = DECLARED): RecordedRun => departed('lr', 1, protocol);
const everything: Meter = { spend: () => true };
const nothing: Meter = { spend: () => false };
/** No search: guesses are held against a record as they are. */
const STILL: Patience = { iterations: 0, gain: 0 };
const AS_GUESSED = { ...JUDGEMENT, guesses: 1, patience: STILL };

const slopesOf = (record: Record): ((practice: Practice) => Slope) => {
  const known = new Map<Practice, Slope>();
  return (practice) => {
    const slope = known.get(practice) ?? slopeOf(record, practice);
    known.set(practice, slope);
    return slope;
  };
};

/** The lower triangle of a recorded Gram matrix. */
const triangleAt = (run: RecordedRun, row: number): Float64Array => Float64Array.from(run.curves.gram![row]!);
const momentsAt = (run: RecordedRun, row: number): Float64Array => Float64Array.from(run.curves.moments![row]!);

/** The unknowns that made a window of a record in full evidence. */
const truth = (run: RecordedRun, { first, steps }: Window, offset = 0) => ({
  gram: triangleAt(run, first),
  moments: Array.from({ length: steps }, (_, step) => momentsAt(run, first + step + offset)),
});

const ids = [...new Set(departuresFrom(DECLARED).map(({ id }) => id))];
const practiceOf = (id: string, size: number, protocol = DECLARED): Practice =>
  departuresFrom(protocol)
    .find((departure) => departure.id === id)!
    .of(asDeclared(protocol), size);
/** Whose learning rate is small enough not to diverge without clipping. */
const GENTLE: Protocol = { ...DECLARED, optimizer: { kind: 'sgd', lr: 1e-5, clip: 1 } };

describe('what increments can judge', () => {
  it.each([
    ['a full-rank agent', { agent: { kind: 'linear', N: 6, leak: 1 } }, 'agents of kind linear'],
    ['momentum', { optimizer: { ...DECLARED.optimizer, momentum: 0.5 } }, 'memory'],
    ['Adam', { optimizer: { kind: 'adam', lr: 1e-3, clip: null } }, 'memory'],
  ] as const)('is not %s', (_, change, message) => {
    expect(recordOf(good(), { ...DECLARED, ...change } as Protocol)).toContain(message);
  });

  it('needs order parameters', () => {
    expect(recordOf(without(good(), 'overlaps'), DECLARED)).toContain('record curves.overlaps');
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
      expect(recordedBy(run).rows).toBe(9);
    }
    expect(recordedBy(good()).rows).toBe(DECLARED.epochs);
  });
});

describe('the unknowns that made a record', () => {
  it.each(['as declared', ...ids])('%s satisfy every window of it', (id) => {
    const protocol = id === 'no-clip' ? GENTLE : DECLARED;
    const size = SIZES[id] ?? Number.NaN;
    const run = id === 'as declared' ? good() : departed(id, size, protocol);
    const practice = id === 'as declared' ? asDeclared(protocol) : practiceOf(id, size, protocol);
    const record = recordedBy(run);
    const slopes = slopesOf(record);
    // Rows that come after the update are those of the batch before them.
    const offset = id === 'rows' ? 1 : 0;
    // The velocity is zero before the first step only.
    for (const first of id === 'momentum' ? [0] : [0, 4, 16]) {
      const window = { first, steps: 4 };
      const fit = fitWindow(record, practice, window, truth(run, window, offset), slopes, everything, undefined, {
        ...JUDGEMENT,
        patience: STILL,
      });
      expect(fit.misfit).toBeLessThanOrEqual(1);
      expect(fit.unknownCount).toBe(10);
      // Gram matrices of 5 rows; losses and norms of 4.
      expect(fit.equations).toBe(5 * 10 + 4 * 2);
      fit.grams.forEach((gram, step) => {
        gram.forEach((entry, k) => {
          expect(Math.abs(entry - record.gram![first + step]!.data[rowColumn(k)]!)).toBeLessThan(1e-12);
        });
      });
    }
  });

  it.each(ids)('do not where %s is declared and not done', (id) => {
    const record = recordedBy(good());
    const window = { first: id === 'clip' || id === 'no-clip' ? clippedRow(good()) : 0, steps: 4 };
    const practice = practiceOf(id, SIZES[id] ?? Number.NaN);
    const fit = fitWindow(record, practice, window, truth(good(), window), slopesOf(record), everything);
    expect(fit.misfit).toBeGreaterThan(1);
    expect(fit.complete).toBe(true);
  });

  it.each(Object.keys(SIZES))('tell the size of %s', (id) => {
    const size = SIZES[id]!;
    const run = departed(id, size);
    const record = recordedBy(run);
    const free = {
      practice: (value: number) => practiceOf(id, value),
      guess: id === 'decay' ? 1e-2 : 0.9,
      above: id === 'momentum' || id === 'decay' ? -1 : 0,
      scale: 0.1,
    };
    const window = { first: id === 'clip' ? clippedRow(run) : 0, steps: 4 };
    const slopes = slopesOf(record);
    const fit = fitWindow(record, asDeclared(DECLARED), window, truth(run, window), slopes, everything, free);
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
      const practice = asDeclared(DECLARED);
      return {
        steps: window.steps,
        ...fitWindow(record, practice, window, truth(run, window), slopesOf(record), everything, undefined, AS_GUESSED),
      };
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
      const practice = asDeclared(protocolOf(run));
      const fit = fitWindow(
        record,
        practice,
        window,
        truth(run, window),
        slopesOf(record),
        everything,
        undefined,
        AS_GUESSED,
      );
      expect(fit.misfit).toBeLessThanOrEqual(1);
      const law = fitFromGuesses(recordedBy(without(run, 'moments')), practice, window, slopesOf(record), everything)!;
      expect(law.misfit).toBeLessThanOrEqual(1);
    }
  });

  /** Entry k of a lower triangle as an index of the matrix of 4 × 4. */
  function rowColumn(k: number): number {
    let [i, first] = [0, 0];
    while (first + i + 1 <= k) first += ++i;
    return i * 4 + (k - first);
  }

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
    const window = { first: 4, steps: 4 };
    const slopes = slopesOf(record);
    const practice = asDeclared(DECLARED);
    const still = { ...JUDGEMENT, patience: STILL };
    const fit = fitWindow(record, practice, window, truth(good(), window), slopes, everything, undefined, still);
    expect(fit.misfit).toBeGreaterThan(1);
    expect(fit.worst).toMatchObject({ row: 6, quantity: expect.stringMatching(quantity) });
    expect(fit.worst.recorded).not.toBe(fit.worst.predicted);
    expect(Math.abs(fit.worst.recorded - fit.worst.predicted)).toBeLessThan(1e-8 * Math.max(1, fit.worst.recorded));
    // No unknowns make up for it.
    const searched = fitWindow(record, practice, window, truth(good(), window), slopes, everything);
    expect(searched.misfit).toBeGreaterThan(1);
  });

  it('is named as the overlap that it is', () => {
    const run = structuredClone(good());
    (run.curves as unknown as Curves).overlaps.vm[5]! += 1e-6;
    const record = recordedBy(run);
    const still = { ...JUDGEMENT, patience: STILL };
    const window = { first: 4, steps: 4 };
    const { worst } = fitWindow(
      record,
      asDeclared(DECLARED),
      window,
      truth(good(), window),
      slopesOf(record),
      everything,
      undefined,
      still,
    );
    const at = record.couplings[5]!.findIndex((value, l) => value !== recordedBy(good()).couplings[5]![l]);
    expect(worst.quantity).toBe(overlapNames(record.shape)[at]);
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
      const { E } = slopeOf({ ...record, couplings: [K] }, asDeclared(protocol)).basis(0);
      return E[0]!.map((_, l) => E.reduce((sum, each, k) => sum + moments[k]! * each[l]!, 0));
    };
    const noise = shadowNoise(20 + 2 * protocol.horizon + 16, unitRoundoff('f32'));
    const K = record.couplings[3]!;
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
    const slopes = slopesOf(record);
    const practice = asDeclared(protocolOf(run));
    const fit = fitFromGuesses(record, practice, window, slopes, everything, before, undefined, AS_GUESSED)!;
    return { record, basis: slopes(practice).basis, ...fit.unknowns };
  };
  /** The largest distance of guessed moments from the true ones, relative to them. */
  const momentError = (run: RecordedRun, window: Window, offset = 0): number =>
    Math.max(
      ...guessed(without(run, 'moments'), window).moments.flatMap((moments, step) => {
        const right = momentsAt(run, window.first + step + offset);
        return Array.from(moments, (entry, k) => Math.abs(entry - right[k]!) / right[0]!);
      }),
    );

  it.each(['before-update', 'after-update'] as const)(
    'of moments between Gram matrices are off by the step squared: rows %s',
    (rows) => {
      const window = { first: 4, steps: 4 };
      const [coarse, fine] = [1e-6, 1e-7].map((lr) => {
        const protocol: Protocol = { ...DECLARED, rows, optimizer: { kind: 'sgd', lr, clip: 1 } };
        return momentError(good(protocol), window, rows === 'after-update' ? 1 : 0);
      });
      expect(coarse).toBeLessThan(0.5);
      // A tenth of the step: a tenth of the relative error, and terms of higher order.
      expect(coarse! / fine!).toBeGreaterThan(5);
      expect(coarse! / fine!).toBeLessThan(20);
    },
  );

  it('take recorded Gram matrices and known moments as they are', () => {
    const window = { first: 4, steps: 4 };
    const { gram, moments } = guessed(good(), window);
    expect([...gram]).toEqual([...triangleAt(good(), 4)]);
    for (const [step, each] of moments.entries()) expect([...each]).toEqual([...momentsAt(good(), 4 + step)]);
  });

  it('of nothing known keep what is recorded: order parameters and losses', () => {
    const window = { first: 8, steps: 8 };
    const { record, gram, moments, basis } = guessed(without(good(), 'moments', 'gram'), window);
    const { c, p, r } = record.shape;
    const d = c + p + 2 * r;
    const entry = (i: number, j: number): number => gram[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]!;
    const seen = new Set(record.couplings[8]);
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
    const practice = asDeclared(DECLARED);
    const fitted = (effort: typeof JUDGEMENT, meter = everything) =>
      fitFromGuesses(record, practice, window, slopesOf(record), meter, undefined, undefined, effort);
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
  it('lie within the rows: the first ones side by side, and with known unknowns others up to the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.boolean(), fc.boolean(), (rows, gram, moments) => {
        const record = {
          rows,
          gram: gram ? [] : undefined,
          moments: moments ? () => new Float64Array() : undefined,
        } as unknown as Record;
        const windows = windowsOf(record);
        const known = gram || moments;
        const usual = known ? 4 : 8;
        if (rows < 2) {
          expect(windows).toEqual([]);
          return;
        }
        const steps = Math.min(usual, rows - 1);
        const fitting = Math.floor((rows - 1) / steps);
        expect(windows).toHaveLength(Math.min(fitting, known ? 9 : 5));
        for (const [k, window] of windows.entries()) {
          expect(window.steps).toBe(steps);
          expect(window.first % steps).toBe(0);
          if (k < 5) expect(window.first).toBe(k * steps);
          else expect(window.first).toBeGreaterThan(windows[k - 1]!.first);
        }
        if (known) expect(windows.at(-1)!.first).toBe((fitting - 1) * steps);
      }),
    );
  });
});
