/**
 * A sample of what `npm run fuzz` tries.
 */
import { expect, it } from 'vitest';
import { fuzz } from '#spec/quality/fuzz.js';

it('nearly valid run files come to a verdict or are refused', () => {
  const { outcomes, failure } = fuzz({ runs: 300, seed: 7, spawned: 2 });
  expect(failure).toBeUndefined();
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(300);
  // The files are near enough to valid ones to be judged, and far enough to be refused in many ways.
  for (const outcome of ['0', '1', '3', '2 malformed', '2 invalid-run', '2 not-json', '2 pickle'])
    expect(outcomes[outcome], outcome).toBeGreaterThan(0);
});
