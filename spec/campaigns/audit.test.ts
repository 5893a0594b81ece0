/**
 * The committed summary of the audit's grid (`loopproof campaign audit`, hours on two cores) still answers the campaign file that
 * the package ships: the same runs, the same published findings, and verdicts that follow from the counts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expand } from '#src/campaigns/grid.js';
import { readCampaign } from '#src/campaigns/schema.js';
import { fisherExact } from '#src/campaigns/statistics.js';
import type { CampaignSummary } from '#src/campaigns/summary.js';

const FILE = 'spec/campaigns/audit.yaml';
const blocks = expand(readCampaign(FILE), FILE);
const summary: CampaignSummary = JSON.parse(readFileSync('spec/campaigns/audit-summary.json', 'utf8'));

/** Every group of runs, planned and summarised, by its name: blocks and their conditions. */
const planned = blocks.flatMap((block) => [
  [block.name, block, block.conditions.flatMap(({ plans }) => plans).length] as const,
  ...block.conditions.map(
    (condition) => [`${block.name}/${condition.name}`, condition, condition.plans.length] as const,
  ),
]);
const found = new Map(
  summary.blocks.flatMap((block) => [
    [block.name, block] as const,
    ...block.conditions.map((condition) => [`${block.name}/${condition.name}`, condition] as const),
  ]),
);

describe('the summary of the audit’s grid', () => {
  it('has the runs that the campaign file plans', () => {
    expect([...found.keys()]).toEqual(planned.map(([name]) => name));
    for (const [name, , runs] of planned) expect(found.get(name)?.runs, name).toBe(runs);
    expect(summary.runs).toBe(summary.finished + summary.diverged);
  });

  it('compares every published proportion, and decides as Fisher’s exact test does', () => {
    let compared = 0;
    for (const [name, { expected }] of planned)
      for (const [quantity, [successes, trials]] of Object.entries(expected?.proportions ?? {})) {
        const comparison = found.get(name)!.comparisons.find((one) => one.quantity === quantity);
        const [ours, of] = found.get(name)!.proportions[quantity]!;
        expect(comparison, `${name}: ${quantity}`).toMatchObject({
          published: `${successes}/${trials}`,
          ours: `${ours}/${of}`,
          agrees: fisherExact(ours, of, successes, trials) >= 0.01,
        });
        compared++;
      }
    expect(compared).toBeGreaterThan(60);
  });

  it('explains every disagreement in a note', () => {
    const disagreeing = [...found].filter(([, { comparisons }]) => comparisons.some(({ agrees }) => agrees === false));
    expect(disagreeing.length).toBeGreaterThan(0);
    for (const [name, { note }] of disagreeing) expect(note, name).toBeDefined();
  });
});
