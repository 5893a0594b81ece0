/**
 * Statistics of campaigns, and the summary: diverged runs count and are never averaged in, the order of outcomes is nothing.
 */
import { describe, expect, it } from 'vitest';
import { campaignText, SMALL } from '#spec/campaigns/campaign.js';
import { expand, plansOf } from '#src/campaigns/grid.js';
import type { RunOutcome } from '#src/campaigns/outcome.js';
import { parseCampaign } from '#src/campaigns/schema.js';
import { bootstrapInterval, fisherExact, mean, rankTest } from '#src/campaigns/statistics.js';
import { summarise } from '#src/campaigns/summary.js';
import { median } from '#src/linalg/median.js';
import { Stream } from '#src/linalg/random.js';
import { campaignJson, campaignMarkdown } from '#src/report/campaign.js';
import { version } from '#src/version.js';

describe('statistics', () => {
  it('take medians of even and odd numbers of values, infinite ones too', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(median([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });

  it('give Fisher’s exact probabilities', () => {
    // Fisher's tea: 3 of 4 against 1 of 4 has the probability 34/70.
    expect(fisherExact(3, 4, 1, 4)).toBeCloseTo(34 / 70, 12);
    expect(fisherExact(4, 4, 0, 4)).toBeCloseTo(2 / 70, 12);
    expect(fisherExact(50, 50, 50, 50)).toBe(1);
    // C(30, 15) splits, of which two are as extreme.
    expect(fisherExact(0, 15, 15, 15)).toBeCloseTo(2 / 155_117_520, 15);
  });

  it('give the ranks of a number among others their probabilities', () => {
    const others = [1, 2, 3, 4];
    const chances = [0.5, 1.5, 2.5, 3.5, 4.5].map((value) => rankTest(value, others));
    // Each of five places has a fifth, from both ends.
    expect(chances).toEqual([2 / 5, 4 / 5, 1, 4 / 5, 2 / 5]);
    expect(rankTest(1, [1, 1, 1, 1])).toBe(1);
    expect(rankTest(Number.POSITIVE_INFINITY, others)).toBe(2 / 5);
  });

  it('cover a mean as often as their level says', () => {
    const rounds = 200;
    let covered = 0;
    for (let round = 0; round < rounds; round++) {
      const random = new Stream(round);
      const values = Array.from({ length: 40 }, () => random.normal());
      const [low, high] = bootstrapInterval(values, mean, 0.9, random.child('bootstrap'));
      if (low <= 0 && high >= 0) covered++;
    }
    // A percentile interval of 40 values covers about 88 %; six standard errors of 200 rounds are 14 %.
    expect(covered / rounds).toBeGreaterThan(0.74);
    expect(covered / rounds).toBeLessThan(0.99);
  });
});

describe('a summary', () => {
  const text = campaignText([
    {
      name: 'a',
      ...SMALL,
      seeds: 6,
      perturbations: [
        {
          name: 'x',
          expected: {
            proportions: { peak: [15, 15], gap: [0, 15] },
            medians: { 'closed.crossing': 20, 'closed.radius': 7 },
            note: 'Why they differ.',
          },
        },
        { name: 'y' },
      ],
      expected: { proportions: { peak: [50, 50] } },
    },
  ]);
  const campaign = parseCampaign(text, 'trial');
  const blocks = expand(campaign, 'trial');
  const outcomes = plansOf(blocks).flatMap(({ id, digest }, k): RunOutcome[] => {
    if (id === 'a/y/5') return [];
    if (id === 'a/y/1')
      return [
        {
          id,
          digest,
          version: version(),
          status: 'diverged',
          diverged: { phase: 'closed', epoch: 7 },
          measures: { 'closed.crossing': 1e9 },
          verdicts: {},
          ms: 1,
        },
      ];
    const height = k === 0 ? Number.POSITIVE_INFINITY : k;
    const measures = { 'closed.crossing': 20 + (k % 3), 'closed.radius': 1 + k / 100, 'open.peakHeight': height };
    return [
      {
        id,
        digest,
        version: version(),
        status: 'finished',
        measures,
        verdicts: { peak: true, gap: id.startsWith('a/x') },
        ms: 100 + k,
      },
    ];
  });
  const summaryOf = (list: readonly RunOutcome[]) =>
    summarise(campaign, blocks, new Map(list.map((entry) => [entry.id, entry])));
  const summary = summaryOf(outcomes);
  const diverged = ({ id, digest }: RunOutcome): RunOutcome => ({
    id,
    digest,
    version: version(),
    status: 'diverged',
    diverged: { phase: 'closed', epoch: 1 },
    measures: {},
    verdicts: {},
    ms: 1,
  });

  it('counts diverged runs against every proportion, with their epochs, and averages finished ones', () => {
    expect(summary).toMatchObject({ runs: 12, finished: 10, diverged: 1, missing: 1 });
    const [x, y] = summary.blocks[0]!.conditions;
    expect(y).toMatchObject({ runs: 6, finished: 4, missing: 1, proportions: { peak: [4, 5], gap: [0, 5] } });
    expect(y!.diverged).toEqual([{ id: 'a/y/1', phase: 'closed', epoch: 7 }]);
    expect(y!.measures['closed.crossing']!.mean).toBeLessThan(23);
    expect(x!.measures['open.peakHeight']).toMatchObject({ n: 6, median: 3.5 });
    expect(x!.measures['open.peakHeight']).not.toHaveProperty('mean');
    expect(summary.blocks[0]!.proportions['peak']).toEqual([10, 11]);
  });

  it('sets published findings beside ours', () => {
    const agreed = Object.fromEntries(
      summary.blocks[0]!.conditions[0]!.comparisons.map(({ quantity, agrees }) => [quantity, agrees]),
    );
    expect(agreed).toEqual({ peak: true, gap: false, 'median closed.crossing': true, 'median closed.radius': false });
    const { proportions: ours } = summaryOf(outcomes.map(diverged)).blocks[0]!.conditions[0]!;
    expect(ours).toEqual({ peak: [0, 6], gap: [0, 6] });
    expect(summary.blocks[0]!.comparisons).toEqual([
      { quantity: 'peak', published: '50/50', ours: '10/11', agrees: true },
    ]);
    const markdown = campaignMarkdown(summary);
    expect(markdown).toContain('| x | gap | 0/15 | 6/6 | **differ** |');
    expect(markdown).toContain('\n\nx: Why they differ.\n');
    expect(markdown).toContain('Diverged: a/y/1 (closed loop, epoch 7).');
    expect(
      JSON.parse(campaignJson(summary, '1')).blocks[0].conditions[0].measures['open.peakHeight'].medianInterval[1],
    ).toBe('Infinity');
  });

  it('says what the runs took in all, and the longest', () => {
    const all = outcomes.reduce((sum, { ms }) => sum + ms, 0);
    expect(summary.time).toEqual({ hours: all / 3.6e6, longest: { id: 'a/y/4', seconds: 0.11 } });
    expect(campaignMarkdown(summary)).toContain(' core-hours; the longest, a/y/4, 0.11 s.\n');
    expect(summaryOf([])).not.toHaveProperty('time');
  });

  it('is the same whatever order outcomes came in', () => {
    expect(summaryOf([...outcomes].reverse())).toEqual(summary);
  });
});

describe('a single published run', () => {
  /** Comparisons of one run's numbers with those of `runs` runs: 0, 1, 2 …, and the same of every other quantity. */
  function compared(runs: number, run: Record<string, number>) {
    const blocks = [{ name: 'a', ...SMALL, seeds: runs, expected: { run } }];
    const campaign = parseCampaign(campaignText(blocks), 'trial');
    const planned = expand(campaign, 'trial');
    const outcomes = plansOf(planned).map(({ id, digest }, k): [string, RunOutcome] => [
      id,
      {
        id,
        digest,
        version: version(),
        status: 'finished',
        measures: Object.fromEntries(Object.keys(run).map((quantity) => [quantity, k])),
        verdicts: {},
        ms: 1,
      },
    ]);
    return summarise(campaign, planned, new Map(outcomes)).blocks[0]!.comparisons.map(({ agrees }) => agrees);
  }

  it('differs where its rank is as rare as a fifth, shared among its numbers', () => {
    expect(compared(19, { gap: 1.5 })).toEqual([true]);
    expect(compared(19, { gap: 0.5 })).toEqual([false]);
    expect(compared(19, { gap: 9.5, 'open.k2': 25 })).toEqual([true, false]);
  });

  it('is left open where so few runs could not differ from anything', () => {
    expect(compared(8, { gap: -1 })).toEqual([undefined]);
    expect(compared(9, { gap: -1 })).toEqual([false]);
    expect(compared(9, { gap: -1, 'open.k2': 3 })).toEqual([undefined, undefined]);
  });
});
