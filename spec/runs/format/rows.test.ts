/**
 * Rows at listed epochs: strided, late, doubled, shuffled or missing ones are put where their epochs are, and told.
 */
import { describe, expect, it } from 'vitest';
import { DECLARED, ownRun } from '#spec/runs/support/faulty.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { curvesOf } from '#src/runs/format/csv.js';
import { byEpoch, rangesOf } from '#src/runs/format/rows.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

type Curves = Record<string, unknown>;

/** A good run of 24 epochs, with rows of these epochs only, in this order. */
function withRows(epochs: readonly number[], listed: readonly number[] = epochs, name = 'epochs'): RecordedRun {
  const pick = (column: unknown): unknown =>
    Array.isArray(column)
      ? epochs.map((epoch) => column[epoch])
      : Object.fromEntries(Object.entries(column as object).map(([key, part]) => [key, pick(part)]));
  return ownRun(DECLARED, (file) => {
    file['curves'] = { ...(pick(file['curves']) as Curves), [name]: listed };
  });
}

const TABLE = {
  names: ['epoch', 'loss'],
  rows: [
    { place: 'line 2', cells: ['0', '3'] },
    { place: 'line 3', cells: ['10', '2'] },
  ],
};

const every = Array.from({ length: DECLARED.epochs }, (_, e) => e);

describe('rows of listed epochs', () => {
  it.each([
    ['all of them', every, []],
    ['every third', every.filter((e) => e % 3 === 0), [/^rows are 3 epochs apart/]],
    ['from the tenth on', every.slice(10), [/^the record begins at epoch 10$/]],
    ['without two', every.filter((e) => e !== 5 && e !== 9), [/^no rows of epoch 5, epoch 9$/]],
    ['shuffled', [...every.slice(12), ...every.slice(0, 12)], [/^rows are out of order/]],
    ['some twice', [...every.slice(0, 9), ...every.slice(6)], [/^equal rows come more than once: epochs 6 to 8$/]],
  ] as const)('%s: told, and judged where they belong', (_, epochs, remarks) => {
    const run = withRows(epochs);
    expect(run.remarks ?? []).toHaveLength(remarks.length);
    remarks.forEach((remark, k) => {
      expect(run.remarks![k]).toMatch(remark);
    });
    const whole = ownRun(DECLARED);
    for (const epoch of epochs) expect(run.curves.loss[epoch]).toBe(whole.curves.loss[epoch]);
    const { verdicts } = judgeRun(run, 'run');
    expect(verdicts.length).toBeGreaterThan(0);
    // A replay ends where starts are not recorded: it may be open, and refutes nothing.
    for (const { status, reason } of verdicts)
      if (status !== 'holds')
        expect([status, reason]).toEqual(['undecided', expect.stringContaining('then without moments')]);
  });

  it('are judged as whole records are: a wrong row is refuted at its epoch', () => {
    const run = withRows(every.filter((e) => e % 3 === 0));
    const loss = run.curves.loss.map((value, e) => (e === 9 ? 1.5 * value : value));
    const { verdicts } = judgeRun({ ...run, curves: { ...run.curves, loss } }, 'run');
    expect(
      verdicts
        .filter(({ status }) => status === 'refuted')
        .map(({ reason }) => reason)
        .join(),
    ).toContain('epoch 9');
  });

  it('that come twice with other numbers count as a resume: the last is kept', () => {
    const run = withRows([...every.slice(0, 9), ...every.slice(6)]);
    const twice = structuredClone(withRows(every)) as { curves: { epochs?: number[]; loss: number[] } };
    const listed = [...every.slice(0, 9), ...every.slice(6)];
    twice.curves = {
      ...twice.curves,
      ...(JSON.parse(
        JSON.stringify(twice.curves, (_, value) =>
          Array.isArray(value) && value.length === 24 ? listed.map((e) => value[e]) : value,
        ),
      ) as object),
      epochs: listed,
    } as never;
    twice.curves.loss[7] = 1;
    const read = byEpoch(twice as never, 'f');
    expect(read.remarks).toEqual([
      'equal rows come more than once: epoch 6, epoch 8',
      'rows come more than once, with other numbers: epoch 7. The last of each is judged, as after a resume',
    ]);
    expect(read.curves.loss).toEqual(run.curves.loss);
  });

  it('may be numbered from 1, which the last of them tells', () => {
    const run = withRows(
      every,
      every.map((e) => e + 1),
    );
    expect(run.remarks).toEqual(['rows are numbered from 1: row 1 is that of epoch 0']);
    expect(run.curves.loss).toEqual(ownRun(DECLARED).curves.loss);
  });

  it('may be called as a table calls them', () => {
    expect(withRows([0, 2, 4], [0, 2, 4], 'epoch').curves.epochs).toEqual([0, 2, 4]);
    expect(curvesOf(TABLE, 'f')).toEqual({ epochs: [0, 10], loss: [3, 2] });
  });

  it('leave nothing in the rows between, of whatever form', () => {
    const { curves } = withRows([0, 2]);
    expect(curves.epochs).toEqual([0, 2]);
    expect([curves.loss[1], curves.overlaps!.zm[1], curves.gram![1]!.every(Number.isNaN)]).toEqual([
      Number.NaN,
      Number.NaN,
      true,
    ]);
  });

  it.each([
    ['too few', [0, 1], [0], /received 1 entries, expected 2/],
    ['beyond the run', [0, 1], [0, 99], /received epoch 99, expected epochs 0 to 23/],
    ['no whole numbers', [0, 1], [0, 0.5], /a whole number from 0 on/],
    ['negative', [0, 1], [-1, 0], /a whole number from 0 on/],
  ])('of %s are refused', (_, epochs, listed, message) => {
    const text = (error: unknown): string => {
      const { received, expected } = (error as { details?: { received: string; expected: string } }).details ?? {
        received: '',
        expected: '',
      };
      return `${String(error)} received ${received}, expected ${expected}`;
    };
    try {
      withRows(epochs, listed);
      expect.fail('read');
    } catch (error) {
      expect(text(error)).toMatch(message);
    }
  });
});

describe('fields of curves', () => {
  it.each([
    ['grad_norm', 'gradNorm'],
    ['losses', 'loss'],
    ['epoche', 'epoch'],
    ['moment', 'moments'],
  ])('%s is refused, with the nearest name', (name, nearest) => {
    const read = (): unknown =>
      ownRun(DECLARED, (file) => {
        (file['curves'] as Curves)[name] = [1];
      });
    expect(read).toThrow(`the unknown field "${name}"`);
    expect(read).toThrow(`did you mean "${nearest}`);
  });

  it('of no name that is near are passed over, and told', () => {
    const run = ownRun(DECLARED, (file) => {
      (file['curves'] as Curves)['xyzzy'] = [1];
    });
    expect(run.curves).not.toHaveProperty('xyzzy');
    expect(run.remarks).toEqual(['no curves, and not read: xyzzy']);
  });
});

describe('ranges', () => {
  it.each([
    [[3], 'epoch 3'],
    [[3, 4, 5, 9], 'epochs 3 to 5, epoch 9'],
    [[1, 3, 5, 7, 8], 'epoch 1, epoch 3 and 2 stretches more'],
  ])('%j', (epochs, text) => {
    expect(rangesOf(epochs)).toBe(text);
  });
});
