/**
 * Campaigns for tests: small, and written as users write them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { begin, type Command, MAIN } from '#spec/cli/spawned.js';
import { expand, type Plan, plansOf } from '#src/campaigns/grid.js';
import { parseCampaign } from '#src/campaigns/schema.js';

/** Sizes at which a paired run takes some ten milliseconds. */
export const SMALL = { protocol: 'text', agent: { N: 10 }, horizon: 8, batch: 5, epochs: 12 };

/** The text of a campaign of blocks. */
export function campaignText(blocks: readonly object[], rest: object = {}): string {
  return JSON.stringify({ format: 'loop-campaign/1', name: 'trial', blocks, ...rest });
}

/** The runs of a campaign of blocks. */
export function plansFor(blocks: readonly object[], rest: object = {}): Plan[] {
  return plansOf(expand(parseCampaign(campaignText(blocks, rest), 'trial'), 'trial'));
}

/** `loopproof campaign` under way. */
export const beginCampaign = (...args: readonly string[]): Command =>
  begin(process.execPath, [MAIN, 'campaign', ...args]);

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The whole lines of a results file, none where it does not exist yet. */
export const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

/** Times aside, in the order of identifiers. */
export const timeless = (file: string): string[] =>
  linesOf(file)
    .map((line) => line.replace(/"ms":\d+/, '"ms":0'))
    .sort();
