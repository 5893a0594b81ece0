/**
 * Campaigns for tests: small, and written as users write them.
 */
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
