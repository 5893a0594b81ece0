/**
 * A campaign's summary as Markdown and as JSON.
 */
import type { BlockSummary, CampaignSummary, GroupSummary, MeasureSummary } from '../campaigns/summary.js';
import { brief, numbersAsJson } from '../words.js';

/** The measures in the tables, with their headings. The JSON has all measures. */
const COLUMNS: readonly (readonly [string, string])[] = [
  ['closed.deployed', 'closed loss'],
  ['open.deployed', 'open loss'],
  ['open.peakEpoch', 'peak epoch'],
  ['open.peakHeight', 'peak / initial'],
  ['closed.crossing', 'ρ < 1 from'],
  ['closed.radius', 'final ρ'],
];

function interval({ median, medianInterval: [low, high] }: MeasureSummary): string {
  return low === high ? brief(median) : `${brief(median)} [${brief(low)}, ${brief(high)}]`;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows;
  return [head!, head!.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function conditions(block: BlockSummary): string {
  const verdicts = Object.keys(block.proportions);
  const columns = COLUMNS.filter(([measure]) => measure in block.measures);
  const row = ({ name, runs, missing, diverged, proportions, measures }: GroupSummary): string[] => [
    name,
    missing === 0 ? String(runs) : `${runs - missing} of ${runs}`,
    String(diverged.length),
    ...verdicts.map((verdict) => proportions[verdict]?.join('/') ?? '–'),
    ...columns.map(([measure]) => (measures[measure] ? interval(measures[measure]) : '–')),
  ];
  const rows = block.conditions.map(row);
  if (rows.length > 1) rows.push(row({ ...block, name: '**all**' }));
  return markdownTable([
    ['condition', 'runs', 'diverged', ...verdicts, ...columns.map(([, heading]) => heading)],
    ...rows,
  ]);
}

function comparisons(block: BlockSummary): string {
  const groups = [...block.conditions, { ...block, name: '**all**' }];
  const rows = groups.flatMap(({ name, comparisons: found }) =>
    found.map(({ quantity, published, ours, agrees }) => [
      name,
      quantity,
      published,
      ours,
      agrees === undefined ? 'too few runs' : agrees ? 'agree' : '**differ**',
    ]),
  );
  if (rows.length === 0) return '';
  const notes = groups.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note.trim()}`]));
  return ['', markdownTable([['condition', 'quantity', 'published', 'here', ''], ...rows]), ...notes].join('\n\n');
}

function failures({ diverged }: BlockSummary): string {
  if (diverged.length === 0) return '';
  const shown = diverged.slice(0, 10).map(({ id, phase, epoch }) => `${id} (${phase} loop, epoch ${epoch})`);
  const more = diverged.length > shown.length ? `, and ${diverged.length - shown.length} more` : '';
  return `\n\nDiverged: ${shown.join(', ')}${more}.`;
}

function times({ time }: CampaignSummary): string[] {
  if (!time) return [];
  const { hours, longest } = time;
  return [`The runs took ${brief(hours)} core-hours; the longest, ${longest.id}, ${brief(longest.seconds)} s.`];
}

/** Tables for people: proportions of all runs, medians of the finished ones with 95 % bootstrap intervals. */
export function campaignMarkdown(summary: CampaignSummary): string {
  const { campaign, title, runs, finished, diverged, missing, blocks } = summary;
  const counts = `${runs} runs: ${finished} finished, ${diverged} diverged, ${missing} missing.`;
  const sections = blocks.map(
    (block) => `## ${block.name}\n\n${conditions(block)}${comparisons(block)}${failures(block)}`,
  );
  return `${[`# ${title ?? campaign}`, counts, ...sections, ...times(summary)].join('\n\n')}\n`;
}

/** The summary as JSON; infinite numbers as text. */
export function campaignJson(summary: CampaignSummary, version: string): string {
  return `${JSON.stringify({ tool: 'loopproof', version, ...summary }, numbersAsJson, 2)}\n`;
}
