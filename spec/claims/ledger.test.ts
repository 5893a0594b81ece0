/**
 * Every claim holds, refutes its mutants, and covers its classes; nothing in the folders is an orphan.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ledger, runClaims } from '#spec/claims/ledger.js';
import { total } from '#src/claims/counts.js';
import { FALSE_ALARM_PER_CASE, FALSE_ALARM_PER_FILE, FALSE_ALARM_PER_VERIFY, SHADOWS } from '#src/linalg/tolerance.js';
import { STATEMENTS, TOPICS } from '#src/theory/topics.js';
import { describeClaims } from '#src/vitest.js';

/** Calls that compare where chance has a part, and the least that one adds. */
const CHANCES: readonly (readonly [call: RegExp, least: number])[] = [
  [/\bnormalQuadraticTail\(/, FALSE_ALARM_PER_CASE],
  [
    /\b(shadowTolerances|sameCurve|judgeReplay|judgeLosses)\(/,
    Math.min(SHADOWS.cases.falseAlarm, FALSE_ALARM_PER_FILE),
  ],
];

/** The false-alarm rate of each claim at its default number of cases, as its verdict adds it up. */
const falseAlarms = new Map<string, number>();

// Cases enough for every class floor, few enough for a test. Mutation testing asks whether a claim fails, not how simply.
describeClaims(ledger, {
  runs: 300,
  shrink: process.env['MUTATION_TESTS'] === undefined,
  judged({ statement, cases, proportions, floors }, { falseAlarm, classes, undecided, discarded, cases: decided }) {
    const judged = decided + total(undecided);
    for (const [name, floor] of Object.entries(floors))
      expect.soft((classes[name] ?? 0) / judged, `class "${name}"`).toBeGreaterThanOrEqual(floor);
    // A case that decides nothing is no evidence: they must stay few.
    expect.soft(decided / judged, 'decided cases').toBeGreaterThan(0.9);
    expect.soft(decided / (judged + discarded), 'decided draws').toBeGreaterThan(0.5);
    const share = cases.kind === 'drawn' && !proportions ? cases.runs / Math.min(cases.runs, 300) : 1;
    falseAlarms.set(statement.id, falseAlarm * share);
  },
});

describe('the ledger', () => {
  /** Files in the folders of a folder, as topic/stem. */
  const stems = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^[a-z-]+\/[a-z0-9-]+\.ts$/.test(file))
      .map((file) => file.replace(/\.ts$/, ''));
  const listed = STATEMENTS.map(({ id, topic }) => `${topic}/${id}`);

  it('has one claim and one theory file for every statement, and the other way round', () => {
    expect(ledger.map(({ statement }) => statement.id)).toEqual(STATEMENTS.map(({ id }) => id));
    expect(stems('src/theory').sort()).toEqual(listed.toSorted());
    expect(stems('spec/claims').sort()).toEqual(listed.toSorted());
  });

  it('has its claims about files in the topic that `check` loads', () => {
    expect(runClaims.map(({ statement }) => statement.id)).toEqual(TOPICS.records);
  });

  it('is refuted by chance with at most the stated probability', () => {
    expect([...falseAlarms.keys()]).toEqual(ledger.map(({ statement }) => statement.id));
    const bound = [...falseAlarms.values()].reduce((sum, each) => sum + each, 0);
    expect(bound).toBeLessThanOrEqual(FALSE_ALARM_PER_VERIFY);
  });

  it('adds up every comparison that chance can fail', () => {
    // Whoever compares under shadow runs or a tail bound says so to the evidence.
    for (const { id, topic } of STATEMENTS) {
      const text = readFileSync(`spec/claims/${topic}/${id}.ts`, 'utf8');
      for (const [call, least] of CHANCES) if (call.test(text)) expect(falseAlarms.get(id), id).toBeGreaterThan(least);
    }
  });

  it('says of every claim what a reader needs', () => {
    for (const { statement } of ledger)
      for (const [field, text] of Object.entries(statement)) expect(text, `${statement.id}: ${field}`).not.toBe('');
  });
});
