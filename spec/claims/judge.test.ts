/**
 * The judge: what refutes, what decides nothing, and that verdicts repeat.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyClaim, defineClaim } from '#src/claims/claim.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { blocksOf, judge, judgeBlock, mergeBlocks } from '#src/claims/judge.js';
import { exitCode, summarise } from '#src/claims/verdict.js';
import type { Statement } from '#src/theory/_statement.js';

const statement: Statement = {
  id: 'test-claim',
  kind: 'identity',
  title: 'a claim',
  statement: '',
  formula: '',
  assumptions: '',
  validity: '',
  tolerance: '',
  source: '',
};

function claimWith(check: (instance: number, evidence: Evidence) => void): AnyClaim {
  return defineClaim<number, undefined>({
    statement,
    cases: { kind: 'drawn', arbitrary: fc.nat(1000), runs: 100, block: 30 },
    subject: undefined,
    check: (_, instance, evidence) => check(instance, evidence),
    floors: {},
    mutants: [],
  });
}

describe('a drawn claim', () => {
  it('holds with its worst case and its classes counted', () => {
    const verdict = judge(
      claimWith((n, evidence) => {
        evidence.within('size', n, 2000);
        evidence.classify('even', n % 2 === 0);
      }),
      { seed: 1 },
    );
    expect(verdict).toMatchObject({ status: 'holds', cases: 100, undecided: {} });
    expect(verdict.worst!.residual).toBe(Number(verdict.worst!.case));
    expect(verdict.classes['even']).toBeGreaterThan(20);
  });

  it('is refuted with the smallest case that shrinking finds, and a path that leads to it', () => {
    const claim = claimWith((n, evidence) => evidence.within('size', n, 100));
    const verdict = judge(claim, { seed: 1 });
    expect(verdict).toMatchObject({
      status: 'refuted',
      worst: { quantity: 'size', residual: 101, bound: 100, case: '101' },
    });
    const [, seed, path] = /--seed (-?\d+) --path (\S+)/.exec(verdict.replay!)!;
    expect(fc.sample(fc.nat(1000), { seed: Number(seed), path: path!, numRuns: 1 })).toEqual([101]);
  });

  it('is refuted by a crash, by NaN, and by a check that measures nothing', () => {
    const crash = judge(
      claimWith(() => {
        throw new Error('boom');
      }),
      { seed: 1 },
    );
    expect(crash).toMatchObject({ status: 'refuted', reason: expect.stringContaining('boom') });
    expect(
      judge(
        claimWith((_, evidence) => evidence.within('x', Number.NaN, 1)),
        { seed: 1 },
      ).status,
    ).toBe('refuted');
    expect(
      judge(
        claimWith(() => undefined),
        { seed: 1 },
      ).reason,
    ).toContain('measured nothing');
  });

  it('is undecided where no case decides anything', () => {
    const verdict = judge(
      claimWith((_, evidence) => evidence.decidesNothing('dark')),
      { seed: 1 },
    );
    expect(verdict).toMatchObject({ status: 'undecided', cases: 0, undecided: { dark: 100 } });
    expect(verdict.reason).toContain('dark');
  });

  it('is refuted, not held, where the generator discards nearly everything', () => {
    const verdict = judge(
      claimWith((n, evidence) => {
        fc.pre(n > 10_000);
        evidence.holds('x', true);
      }),
      { seed: 1 },
    );
    expect(verdict).toMatchObject({ status: 'refuted', reason: expect.stringContaining('discards') });
  });

  it('is judged in blocks whose seeds depend on the seed and the claim alone', () => {
    const claim = claimWith((n, evidence) => evidence.within('size', n, 2000));
    const blocks = blocksOf(claim, 7);
    expect(blocks.map((block) => (block.kind === 'drawn' ? block.runs : 0))).toEqual([30, 30, 30, 10]);
    expect(blocksOf(claim, 7)).toEqual(blocks);
    expect(blocksOf(claim, 8)).not.toEqual(blocks);
    const results = blocks.map((block) => judgeBlock(claim, block));
    const merged = mergeBlocks(claim, results);
    expect({ ...merged, ms: 0 }).toEqual({ ...judge(claim, { seed: 7 }), ms: 0 });
    expect(mergeBlocks(claim, results.slice(0, 2), 2)).toMatchObject({
      status: 'undecided',
      reason: expect.stringContaining('budget spent: 2 blocks'),
    });
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
        claimWith(() => undefined),
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

describe('exit codes', () => {
  const verdicts = (...statuses: ('holds' | 'refuted' | 'undecided')[]) => statuses.map((status) => ({ status }));

  it('put refutation above indecision, and an empty gate is undecided', () => {
    expect(exitCode(verdicts('holds', 'holds'))).toBe(0);
    expect(exitCode(verdicts('undecided', 'refuted'))).toBe(1);
    expect(exitCode(verdicts('holds', 'undecided'))).toBe(3);
    expect(exitCode([])).toBe(3);
    expect(summarise(verdicts('holds', 'refuted', 'holds'))).toEqual({ holds: 2, refuted: 1, undecided: 0 });
  });
});
