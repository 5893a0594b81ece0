/**
 * Agents: names of their order parameters, the laws that they are drawn from, Gram matrices there and back, perturbations.
 */
import { describe, expect, it } from 'vitest';
import { expectNormal, expectUniform } from '#spec/support/laws.js';
import {
  adoptProducts,
  agentOfGram,
  columnCount,
  columnsOf,
  fromLowerTriangle,
  observeColumns,
  perturbStretches,
} from '#src/agent/gram.js';
import { gruInitial } from '#src/agent/gru.js';
import { fullRankInitial, lowRankInitial, RECURRENCE, trackingInitial } from '#src/agent/initial.js';
import { linearAgent } from '#src/agent/linear.js';
import { orderParameterMatrix, orderParameterNames, orderParametersOf } from '#src/agent/order-parameters.js';
import { at, type Mat, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';

const entries = (...matrices: readonly Mat<number>[]): number[] => matrices.flatMap(({ data }) => Array.from(data));

describe('the names of order parameters', () => {
  it('are plain where each is one number, and indexed where any is not', () => {
    expect(orderParameterNames({ p: 1, c: 1, r: 1 })).toEqual(['σ_zm', 'σ_zu', 'σ_vm', 'σ_vu']);
    expect(orderParameterNames({ p: 1, c: 1, r: 0 })).toEqual(['σ_zm']);
    expect(orderParameterNames({ p: 2, c: 1, r: 1 })).toEqual([
      'σ_zm[0, 0]',
      'σ_zu[0, 0]',
      'σ_zm[1, 0]',
      'σ_zu[1, 0]',
      'σ_vm[0, 0]',
      'σ_vu[0, 0]',
    ]);
    expect(orderParameterNames({ p: 1, c: 2, r: 1 }).slice(0, 3)).toEqual(['σ_zm[0, 0]', 'σ_zm[0, 1]', 'σ_zu[0, 0]']);
    expect(orderParameterNames({ p: 1, c: 1, r: 2 })).toEqual([
      'σ_zm[0, 0]',
      'σ_zu[0, 0]',
      'σ_zu[0, 1]',
      'σ_vm[0, 0]',
      'σ_vu[0, 0]',
      'σ_vu[0, 1]',
      'σ_vm[1, 0]',
      'σ_vu[1, 0]',
      'σ_vu[1, 1]',
    ]);
  });
});

describe('initial weights', () => {
  it('of low rank are uniform within ±1/√N where they meet the world, and normal of deviation 1/√N in memory', () => {
    const { M, Z, U, V } = lowRankInitial({ N: 2000, c: 1, p: 1, r: 1 }, 1, new Stream(1));
    for (const A of [M, Z]) expectUniform(entries(A), 1 / Math.sqrt(2000));
    for (const A of [U, V]) expectNormal(entries(A), 1 / 2000);
    const scaled = lowRankInitial({ N: 2000, c: 1, p: 1, r: 1 }, 1, new Stream(1), 3);
    expect(entries(scaled.M)[5]! / entries(M)[5]!).toBeCloseTo(3, 12);
    expect(entries(scaled.V)[5]! / entries(V)[5]!).toBeCloseTo(3, 12);
  });

  it('of trackers are uniform within ±1/√N, and recur with .2/√N', () => {
    const { M, Z, W } = trackingInitial({ N: 100, c: 40, p: 40 }, 1, new Stream(2));
    for (const A of [M, Z]) expectUniform(entries(A), 0.1);
    expectNormal(entries(W!), 0.04 / 100);
  });

  it('of full rank are normal: inputs and outputs of deviation 1/N, recurrence of g/√N', () => {
    const { M, Z, W } = fullRankInitial({ N: 60, c: 40, p: 40 }, 1, new Stream(2));
    expectNormal(entries(M), 1 / 60 ** 2);
    expectNormal(entries(Z), 1 / 60 ** 2);
    expectNormal(entries(W!), RECURRENCE ** 2 / 60);
    expectNormal(entries(fullRankInitial({ N: 60, c: 1, p: 1 }, 1, new Stream(2), 0.5).W!), 0.25 / 60);
  });

  it('of gated agents have outputs of deviation 1/N', () => {
    expectNormal(entries(gruInitial({ N: 60, c: 1, p: 40 }, new Stream(3)).Z), 1 / 60 ** 2);
  });

  it('are refused where they do not fit', () => {
    const { M, Z, U, V } = lowRankInitial({ N: 4, c: 1, p: 1, r: 1 }, 1, new Stream(1));
    expect(() => linearAgent({ leak: 1, M, Z, U, V: matrix(3, 1) })).toThrow('V must be 4×1');
    expect(() => linearAgent({ leak: 1, M, Z: matrix(1, 3), U, V })).toThrow('Z must be 1×4');
  });
});

describe('the Gram matrix', () => {
  const shape = { N: 12, c: 2, p: 1, r: 2 };
  const agent = lowRankInitial(shape, 0.5, new Stream(4));
  const d = columnCount(shape);
  const Q = columnsOf(agent);
  const gram = times(transpose(Q), Q);

  it('is observed with the order parameters that it holds', () => {
    const values = Float64Array.from({ length: d * 12 }, (_, k) => at(Q, k % 12, Math.floor(k / 12)));
    const columns = Array.from({ length: d }, (_, j) => ({ values, offset: 12 * j }));
    const [overlaps, triangle] = [new Float64Array(3 * 4), new Float64Array((d * (d + 1)) / 2)];
    observeColumns(shape, columns, 12, overlaps, triangle);
    const K = orderParameterMatrix(orderParametersOf(reals, agent));
    overlaps.forEach((value, k) => {
      expect(value).toBeCloseTo(K.data[k]!, 12);
    });
    const whole = fromLowerTriangle(triangle, d);
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) expect(at(whole, i, j)).toBeCloseTo(at(gram, i, j), 12);
  });

  it('has an agent of as few units as it allows', () => {
    const smallest = agentOfGram(gram, shape, 0.5);
    expect(smallest.leak).toBe(0.5);
    const columns = columnsOf(smallest);
    expect(columns.rows).toBe(d);
    const again = times(transpose(columns), columns);
    for (let k = 0; k < d * d; k++) expect(again.data[k]).toBeCloseTo(gram.data[k]!, 12);
  });
});

describe('what a record has of the inner products', () => {
  const shape = { N: 12, c: 1, p: 1, r: 2 };
  const d = columnCount(shape);
  const sizes = [3 * 3, (d * (d + 1)) / 2] as const;
  const unknown = (size: number): Float64Array => new Float64Array(size).fill(Number.NaN);
  const columnsOfAgent = (seed: number, moved = 0) => {
    const Q = columnsOf(lowRankInitial(shape, 0.5, new Stream(seed)));
    const values = Float64Array.from({ length: d * 12 }, (_, k) => at(Q, k % 12, Math.floor(k / 12)));
    perturbStretches(values, 12, new Stream(6), moved);
    return { values, columns: Array.from({ length: d }, (_, j) => ({ values, offset: 12 * j })) };
  };
  const observed = ({ columns }: ReturnType<typeof columnsOfAgent>) => {
    const [overlaps, gram] = [new Float64Array(sizes[0]), new Float64Array(sizes[1])];
    observeColumns(shape, columns, 12, overlaps, gram);
    return { overlaps, gram };
  };
  const far = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((value, k) => Math.abs(value - b[k]!)));

  it('is arrived at whole, by a move as small as what was missing', () => {
    const target = observed(columnsOfAgent(7));
    const lost = columnsOfAgent(7, 1e-3);
    const before = lost.values.slice();
    expect(far(observed(lost).gram, target.gram)).toBeGreaterThan(1e-4);
    adoptProducts(shape, lost.columns, 12, unknown(sizes[0]), target.gram);
    expect(far(observed(lost).gram, target.gram)).toBeLessThan(1e-14);
    expect(far(lost.values, before)).toBeLessThan(3e-3);
  });

  it('is arrived at as far as it goes: what it has not is left', () => {
    const target = observed(columnsOfAgent(7));
    const lost = columnsOfAgent(7, 1e-3);
    const before = observed(lost);
    adoptProducts(shape, lost.columns, 12, target.overlaps, unknown(sizes[1]));
    const after = observed(lost);
    expect(far(after.overlaps, target.overlaps)).toBeLessThan(1e-14);
    // The square of M is no order parameter.
    expect(after.gram[0]).toBeCloseTo(before.gram[0]!, 13);
    const still = lost.values.slice();
    adoptProducts(shape, lost.columns, 12, unknown(sizes[0]), unknown(sizes[1]));
    expect(lost.values).toEqual(still);
  });

  it('may be of columns that depend on each other', () => {
    const one = columnsOfAgent(7);
    one.values.copyWithin(0, 12, 24);
    const target = observed(one);
    const [first] = target.gram;
    target.gram[0] = first! * (1 + 1e-9);
    adoptProducts(shape, one.columns, 12, unknown(sizes[0]), target.gram);
    expect(far(observed(one).gram, target.gram)).toBeLessThan(2e-9);
    expect(one.values.every(Number.isFinite)).toBe(true);
  });
});

describe('a perturbation', () => {
  it('is normal, relative to the size of each stretch, and moves nothing beyond', () => {
    const [length, relative] = [500, 0.25];
    const values = Float64Array.from({ length: 2 * length }, (_, k) => (k < length ? 3 : 0.5 * (-1) ** k));
    const before = values.slice();
    perturbStretches(values, length, new Stream(5), relative);
    expect(values).toHaveLength(2 * length);
    const moved = [...values].map((value, k) => value - before[k]!);
    expectNormal(moved.slice(0, length), (3 * relative) ** 2);
    expectNormal(moved.slice(length), (0.5 * relative) ** 2);
    const drawn = new Stream(5);
    expect(moved[0]! / (3 * relative * drawn.normal())).toBeCloseTo(1, 12);
    expect(moved[1]! / (3 * relative * drawn.normal())).toBeCloseTo(1, 12);
  });
});
