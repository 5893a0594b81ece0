/**
 * The judge: what refutes, what decides nothing, and that verdicts repeat.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimOf, judged, listedOf, statement } from '#spec/judge/made-up.js';
import { blocksOf, judgeBlock } from '#src/claims/block.js';
import { type AnyClaim, defineClaim, mutated } from '#src/claims/claim.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { judge, mergeBlocks } from '#src/claims/judge.js';
import { type Prediction, withinFactor } from '#src/claims/prediction.js';
import { exitCode, mutantExitCode, summarise } from '#src/claims/verdict.js';
import { FALSE_ALARM_PER_GENERATOR, FALSE_ALARM_PER_PROPORTION } from '#src/linalg/tolerance.js';
import type { Proportion } from '#src/theory/odds.js';

describe('a drawn claim', () => {
  it('holds with its worst case and its classes counted', () => {
    const verdict = judged((n, evidence) => {
      evidence.within('size', n, 2000);
      evidence.classify('even', n % 2 === 0);
    });
    expect(verdict).toMatchObject({ status: 'holds', cases: 100, undecided: {} });
    expect(verdict.worst!.residual).toBe(Number(verdict.worst!.case));
    expect(verdict.classes['even']).toBeGreaterThan(20);
  });

  it('says which line leads to its worst case again, discarded draws and bias towards edges included', () => {
    const claim = claimOf((n, evidence) => {
      fc.pre(n % 3 !== 0);
      evidence.within('size', n, 2000);
    });
    for (const seed of [1, 2, 3]) {
      const { worst } = judge(claim, { seed });
      const [, blockSeed, path] = /--seed (-?\d+) --path (\S+)$/.exec(worst!.replay!)!;
      expect(fc.sample(fc.nat(999), { seed: Number(blockSeed), path: path!, numRuns: 1 })).toEqual([worst!.residual]);
    }
  });

  it('counts how near to their bounds its cases came', () => {
    const residuals: number[] = [];
    const verdict = judged((n, evidence) => {
      // Two measurements a case: the larger ratio counts.
      evidence.within('size', n, 1000);
      evidence.within('small', n / 2, 1000);
      residuals.push(n / 1000);
    });
    const { exact, within } = verdict.spread!;
    expect(exact).toBe(residuals.filter((ratio) => ratio === 0).length);
    const from = (k: number): number => (k === 0 ? 0 : 10 ** ((k - 16) / 2));
    for (const [k, count] of within.entries()) {
      const inside = (ratio: number): boolean => ratio > from(k) && ratio <= 10 ** ((k - 15) / 2);
      expect(count).toBe(residuals.filter(inside).length);
    }
    expect(within).toHaveLength(16);
    expect(within[15]).toBeGreaterThan(20);
  });

  it('is refuted with the smallest case that shrinking finds, and a path that leads to it', () => {
    const claim = claimOf((n, evidence) => evidence.within('size', n, 100));
    const verdict = judge(claim, { seed: 1 });
    expect(verdict).toMatchObject({
      status: 'refuted',
      worst: { quantity: 'size', residual: 101, bound: 100, case: '101' },
    });
    expect(verdict.worst!.replay).toBe(verdict.replay);
    const [, seed, path] = /--seed (-?\d+) --path (\S+)/.exec(verdict.replay!)!;
    expect(fc.sample(fc.nat(999), { seed: Number(seed), path: path!, numRuns: 1 })).toEqual([101]);
  });

  it('is refuted by a crash, by NaN, and by a check that measures nothing', () => {
    const crash = judged(() => {
      throw new Error('boom');
    });
    expect(crash).toMatchObject({ status: 'refuted', reason: expect.stringContaining('boom') });
    expect(judged((_, evidence) => evidence.within('x', Number.NaN, 1)).status).toBe('refuted');
    expect(judged(() => undefined).reason).toContain('measured nothing');
  });

  it('is undecided where no case decides anything', () => {
    const verdict = judged((_, evidence) => evidence.decidesNothing('dark'));
    expect(verdict).toMatchObject({ status: 'undecided', cases: 0, undecided: { dark: 100 } });
    expect(verdict.reason).toContain('dark');
  });

  it('is refuted after some draws, not held, where the generator is starved; what is lacking is named', () => {
    let draws = 0;
    const verdict = judged((n, evidence) => {
      draws++;
      evidence.requires('an even number', n % 2 === 0);
      evidence.requires('a number above a thousand', n > 1000);
      evidence.holds('x', true);
    });
    const { status, reason } = verdict;
    expect(status).toBe('refuted');
    const counts = reason!.match(
      /^the claim’s generator misses its regime: 0 of (\d+) draws are inside it, 50 % must; others lack: (an even number|a number above a thousand) \((\d+)\), (?:an even number|a number above a thousand) \((\d+)\); case none$/,
    );
    const [, total, , first, second] = counts!;
    // 29 or fewer of n draws of probability ½: below 2^-30 from some n between 100 and 200 on, by Chernoff's bound.
    expect(draws).toBeGreaterThan(100);
    expect(draws).toBeLessThan(200);
    expect([Number(total), Number(first) + Number(second)]).toEqual([draws, draws]);
    expect(Number(first)).toBeGreaterThanOrEqual(Number(second));
  });

  it('is judged in blocks whose seeds depend on the seed and the claim alone', () => {
    const claim = claimOf((n, evidence) => evidence.within('size', n, 2000));
    const blocks = blocksOf(claim, 7);
    expect(blocks.map((block) => (block.kind === 'drawn' ? block.runs : 0))).toEqual([30, 30, 30, 10]);
    expect(blocksOf(claim, 7)).toEqual(blocks);
    expect(blocksOf(claim, 8)).not.toEqual(blocks);
    const results = blocks.map((block) => judgeBlock(claim, block));
    const merged = mergeBlocks(claim, 7, results);
    expect({ ...merged, ms: 0 }).toEqual({ ...judge(claim, { seed: 7 }), ms: 0 });
    expect(mergeBlocks(claim, 7, results.slice(0, 2))).toMatchObject({
      status: 'undecided',
      reason: expect.stringContaining('budget spent: 2 blocks'),
    });
  });
});

describe('a claimed proportion', () => {
  const limited = (limit: number, block = 25) =>
    defineClaim<number, number>({
      statement,
      cases: { kind: 'drawn', arbitrary: fc.nat(999), runs: 400, block, least: 60 },
      subject: limit,
      check: (subject, n, evidence) => {
        evidence.trial('is small', n < subject);
        evidence.predicts('n', n, n);
      },
      proportions: [{ name: 'is small', atLeast: 0.9, refutedBelow: 0.7 }],
      predictions: [{ quantity: 'n', near: withinFactor(1.1) }],
      floors: {},
      mutants: [{ name: 'a smaller limit', subject: 400 }],
    });

  it('holds early, after the least number of cases, with its predictions summarised', () => {
    const verdict = judge(limited(990), { seed: 3 });
    expect(verdict.status).toBe('holds');
    expect(verdict.cases).toBeGreaterThanOrEqual(60);
    expect(verdict.cases).toBeLessThan(400);
    expect(verdict.proportions![0]!.trials).toBe(verdict.cases);
    const { errors, pairs, count } = verdict.predictions![0]!;
    expect(count).toBe(verdict.cases);
    expect(errors).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(pairs.every(([predicted, measured]) => predicted === measured)).toBe(true);
  });

  it('is refuted with a smallest failing case that its replay line leads to', () => {
    const claim = limited(990);
    const verdict = judge(mutated(claim, claim.mutants[0]!), { seed: 3 });
    expect(verdict).toMatchObject({ status: 'refuted', reason: expect.stringContaining('case 400') });
    const [, seed, path] = /--seed (-?\d+) --path (\S+) --mutant "a smaller limit"/.exec(verdict.replay!)!;
    expect(fc.sample(fc.noBias(fc.nat(999)), { seed: Number(seed), path: path!, numRuns: 1 })).toEqual([400]);
  });

  it('is undecided where the budget does not decide, and never holds then', () => {
    const verdict = judge(limited(814), { seed: 3, runs: 100 });
    expect(verdict).toMatchObject({ status: 'undecided', reason: expect.stringContaining('does not decide between') });
    expect(judge(limited(990), { seed: 3, runs: 20 }).status).toBe('undecided');
  });

  it('does not depend on blocks beyond those that decide', () => {
    const claim = limited(990);
    const results = blocksOf(claim, 3).map((block) => judgeBlock(claim, block));
    const all = mergeBlocks(claim, 3, results);
    expect({ ...all, ms: 0 }).toEqual({ ...judge(claim, { seed: 3 }), ms: 0 });
  });

  it('must be declared', () => {
    const claim = { ...limited(990), proportions: [] };
    expect(judge(claim, { seed: 3 })).toMatchObject({
      status: 'refuted',
      reason: expect.stringContaining('does not declare'),
    });
  });

  it('is tried once by a case: trials of one case depend on each other', () => {
    const evidence = new Evidence();
    evidence.trial('a', true);
    evidence.trial('b', true);
    expect(() => evidence.trial('a', true)).toThrow('twice');
  });

  it('takes neither trials nor predictions from cases that were chosen', () => {
    const claim = limited(990);
    const cases = { ...claim.cases, regressions: [3, 5] } as AnyClaim['cases'];
    const { predictions, proportions, cases: count } = judge({ ...claim, cases }, { seed: 3 });
    expect(proportions![0]!.trials).toBe(count - 2);
    expect(predictions![0]!.count).toBe(count - 2);
  });
});

describe('a generator that misses the regime', () => {
  const oneIn = (k: number) =>
    claimOf((n, evidence) => {
      fc.pre(n % k === 0);
      evidence.holds('x', true);
    });
  const trying = (share?: number) =>
    defineClaim<number, number>({
      statement,
      cases: { kind: 'drawn', arbitrary: fc.nat(999), runs: 400, block: 50 },
      subject: 1000,
      check: (subject, n, evidence) => {
        evidence.trial('always', n < subject);
        if (n % 5 === 0) evidence.trial('sometimes', n < subject);
      },
      proportions: [
        { name: 'always', atLeast: 0.9, refutedBelow: 0.5 },
        { name: 'sometimes', atLeast: 0.9, refutedBelow: 0.5, ...(share !== undefined && { share }) },
      ],
      floors: {},
      mutants: [],
    });

  it('more often than not is a defect, not a success, and where few draws leave it open, undecided', () => {
    const reason = expect.stringMatching(/generator misses its regime: \d+ of \d+ draws are inside it, 50 % must/);
    expect(judge(oneIn(10), { seed: 1 })).toMatchObject({ status: 'refuted', reason });
    expect(judge(oneIn(10), { seed: 1, runs: 5 })).toMatchObject({ status: 'undecided', reason });
    expect(judge(oneIn(1), { seed: 1, runs: 5 })).toMatchObject({ status: 'holds' });
  });

  it('of a proportion is one too, unless the proportion declares that it speaks of a part', () => {
    const reason = expect.stringMatching(/\d+ of \d+ draws try "sometimes", 50 % must/);
    expect(judge(trying(), { seed: 2 })).toMatchObject({ status: 'refuted', reason });
    expect(judge(trying(0.1), { seed: 2 })).toMatchObject({ status: 'holds' });
    expect(judge(trying(0.4), { seed: 2 }).status).toBe('refuted');
  });
});

describe('the false-alarm rate of a verdict', () => {
  it('adds up cases, proportions and generator, whatever was tried', () => {
    const risky = (proportions: boolean): AnyClaim =>
      claimOf(
        (n, evidence) => {
          evidence.risks(n === 5000 ? 1e-3 : 2e-9);
          evidence.risks(1e-9);
          evidence.within('size', n, 5000);
          if (proportions) evidence.trial('small', n < 5000);
        },
        { block: 10, regressions: [5000] },
        proportions ? [{ name: 'small', atLeast: 0.9, refutedBelow: 0.1 }] : undefined,
      );
    const blocks = 11;
    const generator = blocks * FALSE_ALARM_PER_GENERATOR;
    const plain = judge(risky(false), { seed: 1 });
    const stopped = judge(risky(true), { seed: 1 });
    // A block may be starved, and the regime missed after it.
    expect(plain.falseAlarm).toBeCloseTo(1e-3 + 1e-9 + 100 * 3e-9 + 2 * generator, 12);
    expect(stopped.cases).toBeLessThan(plain.cases);
    expect(stopped.falseAlarm - plain.falseAlarm).toBeCloseTo(FALSE_ALARM_PER_PROPORTION + generator, 12);
  });

  it('counts the case that refutes, too', () => {
    const refuted = listedOf([1], (n, evidence) => {
      evidence.risks(1e-3);
      evidence.within('size', n, 0.5);
    });
    expect(judge(refuted, { seed: 1 })).toMatchObject({ status: 'refuted', falseAlarm: 1e-3 });
  });
});

describe('a listed claim', () => {
  const listed = defineClaim<number, undefined>({
    statement,
    cases: { kind: 'listed', list: [1, 2, 3] },
    subject: undefined,
    check: (_, n, evidence) => evidence.within('size', n, 2),
    describe: (n) => `number ${n}`,
    floors: {},
    mutants: [],
  });

  it('tries the whole list and names entries', () => {
    expect(judge(listed, { seed: 1 })).toMatchObject({
      status: 'refuted',
      cases: 3,
      worst: { case: 'number 3' },
      replay: 'loopproof replay test-claim --seed 0 --path listed-2',
    });
  });

  it('takes no drawn blocks, nor a drawn claim listed ones', () => {
    expect(() => judgeBlock(listed, { kind: 'drawn', seed: 1, runs: 1 })).toThrow('listed');
    expect(() =>
      judgeBlock(
        claimOf(() => undefined),
        { kind: 'listed', entry: 0 },
      ),
    ).toThrow('no listed case 0');
  });
});

describe('evidence', () => {
  it('finds the measurement furthest beyond its bound', () => {
    const evidence = new Evidence();
    evidence.within('a', 1, 2);
    evidence.within('b', 3, 2);
    evidence.within('c', 0, 0);
    expect(evidence.worst()!.quantity).toBe('b');
    expect(ratioOf({ quantity: '', residual: 0, bound: 0 })).toBe(0);
    expect(ratioOf({ quantity: '', residual: 1, bound: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(ratioOf({ quantity: '', residual: 1, bound: Number.NaN })).toBe(Number.POSITIVE_INFINITY);
    expect(ratioOf({ quantity: '', residual: Number.POSITIVE_INFINITY, bound: Number.POSITIVE_INFINITY })).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

it('a run that diverges is classified and counted, and never averaged in', () => {
  const claim = {
    ...claimOf((n, evidence) => {
      const measured = n % 2 === 0 ? n : Number.NaN;
      if (Number.isNaN(measured)) evidence.diverges('the run', n);
      evidence.predicts('level', n, measured);
      evidence.predicts('never', 0, Number.POSITIVE_INFINITY);
      evidence.holds('x', true);
    }),
    predictions: ['level', 'never'].map((quantity) => ({ quantity, near: withinFactor(1.1) })),
  };
  const { status, classes, predictions } = judge(claim, { seed: 1 });
  const [level, never] = predictions!;
  expect(status).toBe('holds');
  expect(level!.missing).toBeGreaterThan(20);
  expect(level!.missing).toBe(classes['diverges']);
  expect(level!.count + level!.missing).toBe(100);
  expect(level!.errors.every(Number.isFinite)).toBe(true);
  expect(never).toMatchObject({ count: 0, missing: 100, pairs: [] });
  const evidence = new Evidence();
  evidence.diverges('the student', 7);
  expect(evidence.notes).toEqual(['the student diverged at epoch 7']);
});

describe('exit codes', () => {
  const verdicts = (...statuses: ('holds' | 'refuted' | 'undecided')[]) => statuses.map((status) => ({ status }));

  it('put refutation above indecision, and an empty gate is undecided', () => {
    expect(exitCode(verdicts('holds', 'holds'))).toBe(0);
    expect(exitCode(verdicts('undecided', 'refuted'))).toBe(1);
    expect(exitCode(verdicts('holds', 'undecided'))).toBe(3);
    expect(exitCode([])).toBe(3);
    expect(summarise(verdicts('holds', 'refuted', 'holds'))).toEqual({ holds: 2, refuted: 1, undecided: 0 });
  });

  it('of mutants put one that holds above indecision, and none judged is undecided', () => {
    expect(mutantExitCode(verdicts('refuted', 'refuted'))).toBe(0);
    expect(mutantExitCode(verdicts('undecided', 'holds'))).toBe(1);
    expect(mutantExitCode(verdicts('refuted', 'undecided'))).toBe(3);
    expect(mutantExitCode([])).toBe(3);
  });
});

describe('null predictors', () => {
  const predicting = (
    near: Prediction['near'],
    of: (n: number) => readonly [number, number, number?],
    proportion?: Proportion,
  ) => {
    const check = (n: number, evidence: Evidence): void => {
      evidence.predicts('n', ...of(n));
      evidence.holds('tried', true);
    };
    const claim = claimOf(check, { runs: 400 }, proportion && [proportion]);
    return judge({ ...claim, predictions: [{ quantity: 'n', near, ...(proportion && { proportion }) }] }, { seed: 4 });
  };
  const odds = { name: 'is right', atLeast: 0.9, refutedBelow: 0.8 };

  it('fail where the prediction follows the cases', () => {
    const { status, predictions, proportions } = predicting(withinFactor(1.1), (n) => [n + 1, n + 1], odds);
    expect(status).toBe('holds');
    expect(predictions![0]!.nulls.map((one) => one.status)).toEqual(['refuted', 'refuted', 'refuted']);
    expect(proportions![0]!.successes).toBe(proportions![0]!.trials);
  });

  it.each([
    [
      'a tolerance of 30 % lets a rate pass that is off by as much',
      withinFactor(1.35),
      (n: number) => [n + 1, n + 1],
      '1.3 times',
    ],
    ['a constant does as well', withinFactor(1.1), (n: number) => [100, 100 + (n % 5)], 'the constant 10'],
    [
      'a unit of accuracy is as wide as the range',
      (predicted: number, measured: number, unit: number) => Math.abs(predicted - measured) <= unit,
      (n: number) => [n, n, 600],
      'the constant',
    ],
  ] as const)('refute a claim where %s', (_, near, of, reason) => {
    const verdict = predicting(near, of as unknown as (n: number) => readonly [number, number, number?], odds);
    expect(verdict.status).toBe('refuted');
    expect(verdict.reason).toContain(reason);
  });

  it('leave a claim undecided where they do almost as well', () => {
    const { status, reason } = predicting(
      (predicted, measured) => predicted === measured || measured < 850,
      (n) => [n, n],
      odds,
    );
    expect(status).toBe('undecided');
    expect(reason).toMatch(/is not told apart from the prediction: 3\d\d of 400, n$/);
  });

  it('are of declared predictions only', () => {
    expect(judged((n, evidence) => evidence.predicts('n', n, n))).toMatchObject({
      status: 'refuted',
      reason: expect.stringContaining('the check predicted "n", which the claim does not declare'),
    });
  });
});
