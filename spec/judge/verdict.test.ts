/**
 * What a verdict says beside its status: the worst of all cases, notes, what is left out, what decides between proportions, and
 * how much work finding a small counterexample may take.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Check, claimOf, judged, listedOf } from '#spec/judge/made-up.js';
import { blocksOf, judgeBlock, smallestFailure } from '#src/claims/block.js';
import { type AnyClaim, type Claim, defineClaim, mutated } from '#src/claims/claim.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { decidedAfter, judge } from '#src/claims/judge.js';
import { quantile, summarisePredictions, withinFactor } from '#src/claims/prediction.js';
import { SpreadTally } from '#src/claims/spread.js';

const PROPORTIONS = [
  { name: 'a', atLeast: 0.9, refutedBelow: 0.5 },
  { name: 'b', atLeast: 0.9, refutedBelow: 0.5 },
] as const;

describe('a verdict', () => {
  it('shows the worst of all cases, whichever block it is in, and of equal ones the first', () => {
    for (const seed of [1, 2, 3, 4]) {
      const seen: number[] = [];
      const check: Check = (n, evidence) => {
        seen.push(n);
        evidence.within('size', Math.min(n, 900), 2000);
      };
      const { worst } = judge(claimOf(check), { seed });
      const most = Math.max(...seen.map((n) => Math.min(n, 900)));
      expect(worst!.residual).toBe(most);
      expect(worst!.case).toBe(String(seen.find((n) => Math.min(n, 900) === most)));
    }
  });

  it('counts what is discarded, over all blocks', () => {
    let dropped = 0;
    const verdict = judged((n, evidence) => {
      if (n % 4 === 1) dropped++;
      fc.pre(n % 4 !== 1);
      evidence.holds('x', true);
    });
    expect(dropped).toBeGreaterThan(5);
    expect(verdict).toMatchObject({ status: 'holds', cases: 100, discarded: dropped });
  });

  it('has a note of a single case, and no empty parts', () => {
    const noting: Check = (n, evidence) => {
      evidence.note(`saw ${n}`);
      evidence.note('and that is all');
      evidence.within('size', n, 10);
    };
    expect(judge(listedOf([7], noting), { seed: 1 }).note).toBe('saw 7; and that is all');
    expect('note' in judge(listedOf([7, 8], noting), { seed: 1 })).toBe(false);
    const silent = judge(
      listedOf([7], (n, evidence) => evidence.within('size', n, 10)),
      { seed: 1 },
    );
    for (const part of ['note', 'proportions', 'predictions']) expect(part in silent, part).toBe(false);
    expect(
      'note' in
        judgeBlock(
          listedOf([7], (_, evidence) => evidence.holds('x', true)),
          { kind: 'listed', entry: 0 },
        ),
    ).toBe(false);
    expect(silent.ms).toBeGreaterThanOrEqual(0);
    expect(silent.ms).toBeLessThan(60_000);
  });

  it('is undecided where more cases decide nothing than something, unless they are recorded ones', () => {
    const deciding =
      (share: number): Check =>
      (n, evidence) => {
        evidence.holds('x', true);
        if (n % 10 >= share) evidence.decidesNothing('too long');
      };
    const { status, reason, cases, undecided } = judged(deciding(2));
    expect(status).toBe('undecided');
    expect(reason).toBe(`${undecided['too long']} of 100 cases decided nothing: too long`);
    expect(cases + undecided['too long']!).toBe(100);
    expect(judged(deciding(8)).status).toBe('holds');
    expect(judge(listedOf([0, 9, 9, 9], deciding(2)), { seed: 1 }).status).toBe('holds');
    expect(judge(listedOf([9], deciding(2)), { seed: 1 })).toMatchObject({ status: 'undecided', reason: 'too long' });
    expect(judged(deciding(0))).toMatchObject({ status: 'undecided', reason: 'too long' });
    expect(judge(listedOf([], deciding(2)), { seed: 1 })).toMatchObject({ status: 'undecided', reason: 'no cases' });
  });

  it('of two proportions is refuted by either, and held by both only', () => {
    const trying =
      (a: number, b: number): Check =>
      (n, evidence) => {
        evidence.trial('a', n % 10 < a);
        evidence.trial('b', n % 10 < b);
      };
    const judged = (a: number, b: number, runs = 400) =>
      judge(claimOf(trying(a, b), { runs, block: 20, arbitrary: fc.noBias(fc.nat(999)) }, PROPORTIONS), { seed: 1 });
    expect(judged(10, 10).status).toBe('holds');
    for (const [a, b, name] of [
      [2, 10, 'a'],
      [10, 2, 'b'],
    ] as const) {
      const verdict = judged(a, b);
      expect(verdict).toMatchObject({
        status: 'refuted',
        reason: expect.stringMatching(new RegExp(`^${name}: \\d+ of`)),
      });
      // As soon as one is.
      expect(verdict.cases).toBeLessThan(200);
      const [, shown] = /for example, case (\d+)/.exec(verdict.reason!)!;
      expect(Number(shown) % 10).toBeGreaterThanOrEqual(2);
    }
    expect(judged(8, 10, 20)).toMatchObject({ status: 'undecided', reason: expect.stringContaining('a: ') });
    const undeclared: Check = (n, evidence) => evidence.trial(n % 3 === 1 ? 'c' : 'a', true);
    expect(judge({ ...claimOf(undeclared, {}, PROPORTIONS.slice(0, 1)) }, { seed: 1, runs: 1000 })).toMatchObject({
      status: 'refuted',
      reason: expect.stringContaining('tried "c"'),
    });
  });

  it('needs the blocks in their order', () => {
    const claim = claimOf((n, evidence) => evidence.within('size', n, 990));
    const blocks = blocksOf(claim, 1);
    const results = blocks.map((block) => judgeBlock(claim, block));
    const refuting = results.findIndex(({ counterexample }) => counterexample);
    expect(refuting).toBeGreaterThanOrEqual(0);
    expect(decidedAfter(claim, results)).toBe(refuting + 1);
    expect(decidedAfter(claim, [undefined, ...results.slice(1)])).toBeUndefined();
  });

  it('leaves past counterexamples out of mutants', () => {
    const claim = claimOf((n, evidence) => evidence.within('size', n, n === 5000 ? 1 : 2000), { regressions: [5000] });
    expect(judge(claim, { seed: 1 })).toMatchObject({ status: 'refuted', replay: expect.stringContaining('listed-0') });
    const mutant = mutated(claim, { name: 'none', subject: undefined });
    expect(judge(mutant, { seed: 1 })).toMatchObject({ status: 'holds', cases: 100 });
    const listed = listedOf([1], (n, evidence) => evidence.within('size', n, 2));
    expect(mutated(listed, { name: 'none', subject: undefined }).cases).toEqual(listed.cases);
  });
});

describe('the search for a small counterexample', () => {
  /** Every case fails that is drawn late, so that shrinking never ends by itself. */
  function counted(): { readonly claim: AnyClaim; readonly calls: () => number } {
    let calls = 0;
    const slow = fc
      .integer({ min: 0, max: 2 ** 30 })
      .chain((n) => fc.array(fc.integer(), { minLength: n % 50, maxLength: 60 }));
    const claim = defineClaim<number[], undefined>({
      ...claimOf(() => {}, {}, [PROPORTIONS[0]]),
      subject: undefined,
      cases: { kind: 'drawn', arbitrary: slow, runs: 100, block: 30 },
      check: (_, list, evidence) => {
        calls++;
        evidence.trial('a', false);
        evidence.holds('short', list.length < 10);
      },
    } as Claim<number[], undefined>);
    return { claim, calls: () => calls };
  }

  it('takes two hundred attempts at most, and none where it is not wanted', () => {
    const { claim, calls } = counted();
    const [block] = blocksOf(claim, 1);
    const short = judgeBlock(claim, block!, false);
    const without = calls();
    expect(short.counterexample).toBeDefined();
    expect(without).toBeLessThanOrEqual(30);
    judgeBlock(claim, block!);
    expect(calls() - 2 * without).toBeLessThanOrEqual(200);
    expect(calls() - 2 * without).toBeGreaterThan(0);
  });

  it('counts cases until the first that fails only', () => {
    const seen: number[] = [];
    const claim = claimOf((n, evidence) => {
      seen.push(n);
      evidence.classify('seen');
      evidence.within('size', n, 800);
    });
    const verdict = judge(claim, { seed: 1 });
    const first = seen.findIndex((n) => n > 800);
    expect(verdict).toMatchObject({ status: 'refuted', cases: first + 1, classes: { seen: first } });
    // The verdict is known: later blocks are not drawn.
    expect(seen.length).toBeLessThan(first + 1 + 200);
  });

  it('is not done for a proportion either where nobody asks for it', () => {
    const seen: number[] = [];
    const check: Check = (n, evidence) => {
      seen.push(n);
      evidence.trial('a', n < 300);
      evidence.trial('b', true);
    };
    const claim = claimOf(check, { arbitrary: fc.noBias(fc.nat(999)), runs: 1000, block: 100 }, PROPORTIONS);
    const { status, reason, proportions } = judge(claim, { seed: 1, shrink: false });
    expect(status).toBe('refuted');
    // The example is the first that failed, judged once more.
    expect(seen.length).toBe(proportions![0]!.trials + 1);
    expect(seen.at(-1)).toBe(seen.find((n) => n >= 300));
    expect(reason).toContain(`for example, case ${seen.at(-1)}`);
  });

  it('of a failed trial keeps to that trial, and gives up on what does not fail', () => {
    const claim = claimOf(
      (n, evidence) => {
        evidence.trial('a', n < 300);
        evidence.trial('b', n < 100);
      },
      { arbitrary: fc.noBias(fc.nat(999)) },
      PROPORTIONS,
    );
    const { seed } = blocksOf(claim, 1)[0] as { readonly seed: number };
    const failing = fc.sample(fc.noBias(fc.nat(999)), { seed, numRuns: 30 }).findIndex((n) => n >= 300);
    expect(smallestFailure(claim, { name: 'a', seed, index: failing })!.case).toBe('300');
    expect(smallestFailure(claim, { name: 'b', seed, index: failing })!.case).toBe('100');
    const passing = fc.sample(fc.noBias(fc.nat(999)), { seed, numRuns: 30 }).findIndex((n) => n < 100);
    if (passing >= 0) expect(smallestFailure(claim, { name: 'a', seed, index: passing })).toBeUndefined();
    expect(
      smallestFailure(
        listedOf([1], () => {}),
        { name: 'a', seed: 1, index: 0 },
      ),
    ).toBeUndefined();
    const crashing = claimOf(() => {
      throw new Error('boom');
    });
    expect(smallestFailure(crashing, { name: 'a', seed: 1, index: 0 })).toBeUndefined();
  });
});

describe('quantiles', () => {
  it('are interpolated', () => {
    expect([0, 0.05, 0.25, 0.5, 0.75, 1].map((q) => quantile([10, 20, 30, 50], q))).toEqual([
      10, 11.5, 17.5, 25, 35, 50,
    ]);
    expect(quantile([3], 0.7)).toBe(3);
  });

  it('of errors are measured − predicted, of finite pairs; without any they are no numbers', () => {
    const prediction = { quantity: 'x', near: withinFactor(1.5) };
    const summary = summarisePredictions(
      prediction,
      [
        [1, 4, 1],
        [2, 1, 1],
        [Number.NaN, 7, 1],
        [3, Number.POSITIVE_INFINITY, 1],
      ],
      0.01,
    );
    expect(summary).toMatchObject({ quantity: 'x', count: 2, missing: 2 });
    expect(summary.errors).toEqual([-1, -0.8, 0, 1, 2, 2.8, 3].map((value) => expect.closeTo(value, 12)));
    expect(summarisePredictions(prediction, [], 0.01).errors.every(Number.isNaN)).toBe(true);
  });
});

describe('a spread', () => {
  it('is none where nothing was counted, and holds each ratio once', () => {
    const tally = new SpreadTally();
    expect(tally.spread).toBeUndefined();
    tally.count(1e-30);
    expect(tally.spread).toEqual({ exact: 0, within: [1, ...Array(15).fill(0)] });
    tally.count(1);
    tally.count(0.9);
    expect(tally.spread!.within[15]).toBe(2);
    const zero = new SpreadTally();
    zero.count(0);
    expect(zero.spread).toEqual({ exact: 1, within: Array(16).fill(0) });
    zero.add(tally.spread!);
    expect(zero.spread).toEqual({ exact: 1, within: tally.spread!.within });
  });
});

describe('ratios and classes', () => {
  it('are zero only where nothing is left, and nothing below zero is allowed', () => {
    expect(ratioOf({ quantity: '', residual: 0, bound: -1 })).not.toBe(0);
    expect(ratioOf({ quantity: '', residual: 0, bound: 1 })).toBe(0);
    expect(ratioOf({ quantity: '', residual: 0.5, bound: 1 })).toBe(0.5);
    expect(ratioOf({ quantity: '', residual: 0, bound: Number.NaN })).toBe(Number.POSITIVE_INFINITY);
    const evidence = new Evidence();
    evidence.classify('in', true);
    evidence.classify('out', false);
    expect([...evidence.classes]).toEqual(['in']);
    evidence.within('first', 1, 2);
    evidence.within('second', 2, 4);
    expect(evidence.worst()!.quantity).toBe('first');
  });
});
