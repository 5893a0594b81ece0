/**
 * A sample of what `npm run fuzz` tries.
 */
import { expect, it } from 'vitest';
import { fuzz } from '#spec/quality/fuzz.js';

// The files are near enough to valid ones to be judged, and far enough to be refused in many ways.
it.each([
  ['nearlyValid', 300, ['0', '1', '3', '2 malformed', '2 invalid-run', '2 not-json', '2 pickle']],
  ['writtenTable', 150, ['0', '2 malformed', '2 not-json']],
  ['writtenArchive', 150, ['0', '2 malformed']],
] as const)('files of the kind %s come to a verdict or are refused', (files, runs, met) => {
  const { outcomes, failure } = fuzz({ runs, seed: 8, spawned: 1, files });
  expect(failure).toBeUndefined();
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(runs);
  for (const outcome of met) expect(outcomes[outcome], outcome).toBeGreaterThan(0);
});
