/**
 * Counts of cases by what they are, and what they say is missing.
 */
import { percent } from './proportion.js';

export type Counts = Readonly<Record<string, number>>;

/** The sum of counts. */
export const total = (counts: Counts): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** Adds counts to others. */
export function addCounts(into: Record<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count;
}

/** A share of cases or draws that a claim needs and does not reach. */
export interface Shortfall {
  readonly who: 'generator misses' | 'cases miss';
  readonly what: string;
  readonly count: number;
  readonly of: number;
  /** Which are counted: "draws are inside it". */
  readonly does: string;
  readonly share: number;
}

/** What a claim misses. @param lacking of its blocks: what discarded draws lack, shown most often first */
export function shortfallText({ who, what, count, of, does, share }: Shortfall, lacking: readonly Counts[]): string {
  const lacks: Record<string, number> = {};
  for (const counts of lacking) addCounts(lacks, counts);
  const needs = Object.entries(lacks)
    .sort(([, a], [, b]) => b - a)
    .map(([need, times]) => `${need} (${times})`);
  const others = needs.length === 0 ? '' : `; others lack: ${needs.join(', ')}`;
  return `the claim’s ${who} ${what}: ${count} of ${of} ${does}, ${percent(share)} must${others}`;
}
