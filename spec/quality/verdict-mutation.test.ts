/**
 * Every fault of verdict mutation still applies to what is built; that each is caught takes minutes (`npm run verdict-mutation`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './faults.js';
import { CONTROLS } from './gate.js';
import { faulty } from './verdict-mutation.js';

/** What verdicts come from: not campaigns, charts and figures, which judge nothing. */
const PARTS = [
  ...readdirSync('src', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['campaigns', 'chart', 'figures'].includes(entry.name))
    .map(({ name }) => `src/${name}`),
  'proofs',
];

describe('faults', () => {
  it('are 40 and more, of different names', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
  });

  it.each(PARTS)('are in %s, too', (part) => {
    expect(FAULTS.some(({ file }) => file.startsWith(`${part}/`))).toBe(true);
  });

  it.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s applies to what is built', (_, fault) => {
    const text = readFileSync(`dist/${fault.file}`, 'utf8');
    expect(faulty(text, fault)).not.toBe(text);
  });

  it('that no longer apply are errors', () => {
    const fault = { id: 'gone', does: '', file: 'x.js', found: 'a', put: 'b' };
    expect(faulty('cat', fault)).toBe('cbt');
    expect(() => faulty('cut', fault)).toThrow('gone no longer applies: its text is 0 times in dist/x.js');
    expect(() => faulty('data', fault)).toThrow('2 times');
  });
});

it('the gate has parts of different names, some of which refute', () => {
  expect(new Set(CONTROLS.map(({ name }) => name)).size).toBe(CONTROLS.length);
  expect(CONTROLS.some(({ due }) => due.includes('exit 1'))).toBe(true);
});
