/**
 * Every claim holds, refutes its mutants, and covers its classes; nothing in the folders is an orphan.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { type AnyClaim, mutated } from '#src/claims/claim.js';
import { judge } from '#src/claims/judge.js';
import { FALSE_ALARM_PER_CASE, FALSE_ALARM_PER_FILE, FALSE_ALARM_PER_VERIFY, SHADOWS } from '#src/linalg/tolerance.js';
import { STATEMENTS } from '#src/theory/topics.js';

const SEED = 1;
/** Cases enough for every class floor, few enough for a test; a proportion needs its whole budget. */
const runsOf = ({ cases, proportions }: AnyClaim): number =>
  cases.kind === 'drawn' ? Math.min(cases.runs, proportions ? cases.runs : 300) : 0;

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

describe.each(ledger.map((claim) => [claim.statement.id, claim] as const))('%s', (_, claim) => {
  const refutedProportions = new Set<string>();

  it('holds, with every class of cases above its floor', () => {
    // Mutation testing asks whether a claim fails, not how simply.
    const shrink = process.env['MUTATION_TESTS'] === undefined;
    const verdict = judge(claim, { seed: SEED, runs: runsOf(claim), shrink });
    expect(verdict).toMatchObject({ status: 'holds' });
    const runs = claim.cases.kind === 'drawn' ? claim.cases.runs / runsOf(claim) : 1;
    falseAlarms.set(claim.statement.id, verdict.falseAlarm * runs);
    const total = verdict.cases + Object.values(verdict.undecided).reduce((sum, count) => sum + count, 0);
    const draws = total + verdict.discarded;
    const shares = Object.fromEntries(
      Object.keys(claim.floors).map((name) => [name, (verdict.classes[name] ?? 0) / total]),
    );
    for (const [name, floor] of Object.entries(claim.floors))
      expect.soft(shares[name], `class "${name}"`).toBeGreaterThanOrEqual(floor);
    // A case that decides nothing is no evidence: they must stay few.
    expect(verdict.cases / total).toBeGreaterThan(0.9);
    expect(verdict.cases / draws).toBeGreaterThan(0.5);
  });

  it('has two mutants or more', () => {
    expect(claim.mutants.length).toBeGreaterThanOrEqual(2);
    expect(new Set(claim.mutants.map(({ name }) => name)).size).toBe(claim.mutants.length);
  });

  it.each(claim.mutants.map((mutant) => [mutant.name, mutant] as const))('refutes: %s', (_name, mutant) => {
    const verdict = judge(mutated(claim, mutant), { seed: SEED, runs: runsOf(claim), shrink: false });
    expect(verdict.status).toBe('refuted');
    // Refuted by a measurement or a proportion, not by a crash of the mutant.
    expect(verdict.reason).toMatch(/exceeds bound/);
    for (const { name, status } of verdict.proportions ?? []) if (status === 'refuted') refutedProportions.add(name);
  });

  it.runIf(claim.proportions)('claims no proportion that all mutants share', () => {
    expect([...refutedProportions].sort()).toEqual(claim.proportions!.map(({ name }) => name).sort());
  });
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
