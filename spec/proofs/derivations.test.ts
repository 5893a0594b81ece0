/**
 * Derivations: each is proved, in any order and twice; mutants of each identity are refuted by all kernels; nothing is an
 * orphan; nerdamer is used only where it can be trusted.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivations } from '#proofs/ledger.js';
import { FAULTS, mutant, operations } from '#proofs/mutation.js';
import { kernels, mutate, type Proof, prove } from '#proofs/prove.js';
import { ledger } from '#spec/claims/ledger.js';

/** Spelt apart, since the test runner rewrites imports even within strings. */
const IMPORT = ['im', 'port'].join('');

/** Runs a module in a process of its own: Z3's threads do not get on with those of a test runner. Rarely they never begin: then again. */
function inProcess(source: string, tries = 3): unknown {
  const args = ['--input-type=module', '--eval', source];
  const { stdout, signal } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  return signal && tries > 1 ? inProcess(source, tries - 1) : JSON.parse(stdout);
}

/** Without times, which no two runs share. */
const timeless = (value: unknown): string => JSON.stringify(value, (key, entry) => (key === 'ms' ? 0 : entry));

let report: { readonly summary: object; readonly claims: readonly Proof[] } | undefined;
/** What `loopproof prove` says of all derivations, asked once. */
function proved(): NonNullable<typeof report> {
  const args = ['dist/src/cli/main.js', 'prove', '--json', '-'];
  report ??= JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 }));
  return report!;
}

describe('derivations', () => {
  it('are proved, and decided by Z3, each decision with a control that has an exact model', {
    timeout: 300_000,
  }, () => {
    const { summary, claims } = proved();
    expect(summary).toEqual({ holds: derivations.length, refuted: 0, undecided: 0 });
    const decisions = claims.flatMap((claim) => claim.decisions);
    expect(decisions.length).toBe(derivations.flatMap((derivation) => derivation.decisions ?? []).length);
    for (const { name, holds, model, reason } of decisions) {
      expect(holds, name).toBe(true);
      expect(Object.keys(model ?? {}), name).not.toEqual([]);
      expect(reason, name).toBeUndefined();
    }
  });

  // Side by side, since most operations of an identity and its mutants are the same.
  it('are proved the same in any order; each mutant of an identity is refuted by every kernel, or equal to it: 300 and more', {
    timeout: 600_000,
  }, async () => {
    const before = new Map(proved().claims.map(({ id, identities }) => [id, timeless(identities)]));
    const all = { minLength: derivations.length };
    const shuffled = fc.sample(fc.shuffledSubarray([...derivations], all), { seed: 3, numRuns: 1 })[0]!;
    let [total, refuted] = [0, 0];
    for (const derivation of shuffled) {
      const { id, identities } = await prove(derivation, undefined);
      for (const { kernels: by, name, status } of identities) {
        expect(status, name).toBe('holds');
        expect(by.filter(({ holds }) => holds).length, name).toBeGreaterThanOrEqual(2);
      }
      expect(timeless(identities)).toBe(before.get(id));
      const report = await mutate(derivation, undefined);
      expect(report.missed).toEqual([]);
      expect(report.refuted, id).toBeGreaterThan(0);
      total += report.mutants;
      refuted += report.refuted;
    }
    expect(refuted).toBeGreaterThanOrEqual(300);
    expect(total).toBeGreaterThan(refuted);
  });

  it('are not taken as decided without Z3', async () => {
    const withDecisions = derivations.find(({ decisions }) => decisions)!;
    const proof = await prove(withDecisions, undefined);
    expect(proof).toMatchObject({ status: 'undecided', reason: 'not decided: install z3-solver' });
  });

  it('have decisions that are refuted where they are false, and undecided where their control is not false', () => {
    const [refuted, idle] = inProcess(`
            const { closeZ3, decideZ3, openZ3 } = await ${IMPORT}('#proofs/kernels/z3.js');
      const z3 = await openZ3();
      const decide = (term) => decideZ3(z3, { name: '', variables: ['x'], negation: term, control: term });
      console.log(JSON.stringify([await decide('(> x 0)'), await decide('(< (* x x) 0)')]));
      closeZ3(z3);
    `) as object[];
    expect(refuted).toMatchObject({ holds: false, reason: expect.stringContaining('x = ') });
    expect(idle).toEqual({ reason: 'the false control came back unsat' });
  });

  it('belong to claims, and every claim that is not empirical has one', () => {
    const claimed = new Set(ledger.map(({ statement }) => statement.id));
    for (const { statement } of derivations) expect(claimed.has(statement.id), statement.id).toBe(true);
    const derived = new Set(derivations.map(({ statement }) => statement.id));
    const without = ledger.filter(({ statement }) => statement.kind !== 'empirical' && !derived.has(statement.id));
    // Definitions computed by another route; derived dynamics and derivatives, applied: nothing further to derive.
    expect(without.map(({ statement }) => statement.id)).toEqual([
      'training-is-what-protocols-say',
      'stages-are-read-as-defined',
      'campaigns-count-their-runs',
      'stabilisation-follows-gram-dynamics',
      'gram-dynamics-reproduces-recorded-runs',
      'recorded-gradients-are-derivatives',
      'recorded-windows-follow-snapshots',
      'linear-algebra-keeps-its-identities',
      'judging-errs-as-seldom-as-stated',
    ]);
    const files = readdirSync('proofs', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && readFileSync(`proofs/${file}`, 'utf8').includes('export const derivation:'),
    );
    expect(files.map((file) => basename(file, '.ts')).sort()).toEqual([...derived].sort());
  });
});

describe('mutants of identities', () => {
  it('differ from the original in one operation', () => {
    const identity = derivations[3]!.identities[0]!;
    for (const fault of FAULTS) {
      expect(operations(identity, fault)).toBeGreaterThan(0);
      const beyond = mutant(identity, fault, operations(identity, fault));
      expect(kernels[0]!.decide(beyond).holds).toBe(true);
    }
  });
});

describe('nerdamer', () => {
  it('is called for nothing that it cannot be trusted with', () => {
    const files = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter((file) =>
      /^(src|proofs)\/.*\.ts$/.test(file),
    );
    const users = files.filter((file) => /(from |import\(|require\()'nerdamer/.test(readFileSync(file, 'utf8')));
    expect(users).toEqual(['proofs/kernels/nerdamer.ts']);
    const text = readFileSync(users[0]!, 'utf8');
    const calls = [...text.matchAll(/(nerdamer\(\)[.(]|loaded(\?\.|[.(]))[^;]*/g)].map(([call]) => call);
    expect(calls).toEqual(['nerdamer()(text).expand().toString()', 'loaded?.flush()']);
    // Texts are joined by + − * only: no division or power ever reaches it.
    const joined = [...text.matchAll(/expand\(`\(\$\{a\}\)(.)\(\$\{b\}\)`\)/g)].map(([, operator]) => operator);
    expect(joined).toEqual(['+', '-', '*']);
    expect(text.match(/expand\(`/g)).toHaveLength(3);
  });
});
