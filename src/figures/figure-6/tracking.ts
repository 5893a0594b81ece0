/**
 * What the figures of tracking have in common: the shipped summary of the long run, and how frequencies are named.
 */
import { readFileSync } from 'node:fs';
import { sequential } from '../../chart/theme.js';
import type { TrackingSummary } from './tracking-summary.js';

/** The summary that the package brings. */
export function shippedSummary(): TrackingSummary {
  const file = new URL('../../../../spec/campaigns/tracking-summary.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as TrackingSummary;
}

/** The seed of that run. */
export const shippedSeed = (): number => shippedSummary().seed;

/** A frequency by its place, from 0 on: ω₁, ω₂, … */
export function frequencyName(place: number): string {
  return `ω${String.fromCodePoint('₁'.codePointAt(0)! + place)}`;
}

/** Colours of frequencies, low to high. */
export function frequencyColours({ frequencies }: { readonly frequencies: { readonly length: number } }): string[] {
  return sequential(frequencies.length);
}

/** When the frequencies were acquired, for people. */
export function acquiredText({ frequencies }: TrackingSummary): string {
  return frequencies
    .map(({ acquired }, place) => `${frequencyName(place)} ${acquired ? `at epoch ${acquired.epoch}` : 'not acquired'}`)
    .join(', ');
}
