/**
 * The fourth kernel. All that is exported is accepted by Rocq, in a folder of its own and by its second checker; theorems assume
 * what they declare; faults planted before programs are written are judged as the exact polynomials judge them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '#proofs/kernels/identity.js';
import { polynomials } from '#proofs/kernels/polynomials.js';
import { operationsText, outputsText, programOf } from '#proofs/kernels/program.js';
import { propOf } from '#proofs/kernels/prop.js';
import { checkWithRocq, closeRocq, FLAGS, missingRocq, openRocq, writeRocqFolder } from '#proofs/kernels/rocq.js';
import {
  AXIOMS_OF_THE_REALS,
  assumptionsOf,
  generatedFor,
  stemOf,
  theoremVerdict,
} from '#proofs/kernels/rocq-files.js';
import { derivations } from '#proofs/ledger.js';
import { FAULTS, mutant, operations } from '#proofs/mutation.js';
import { prove } from '#proofs/prove.js';
import { integers, type Ring } from '#src/linalg/ring.js';

const missing = await missingRocq();
if (missing !== undefined) console.warn(`proofs by Rocq are not tested: ${missing}`);

const identities = derivations.flatMap((derivation) => derivation.identities);
const decisions = derivations.flatMap((derivation) => derivation.decisions ?? []);
const theorems = derivations.flatMap(({ statement, theorems: own = [] }) =>
  own.map((theorem) => ({ ...theorem, file: theorem.file ?? stemOf(statement.id) })),
);
const sources = new Map(
  readdirSync('proofs/rocq').map((file) => [file.slice(0, -2), readFileSync(`proofs/rocq/${file}`, 'utf8')]),
);

const folder = mkdtempSync(join(tmpdir(), 'loopproof-rocq-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const coqc = (stem: string): string =>
  execFileSync('coqc', [...FLAGS, `${stem}.v`], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });

const square: Identity = {
  name: '(a + b)² = a² + 2ab + b²',
  variables: ['a', 'b'],
  vanish(R, { a, b }) {
    const s = R.add(a!, b!);
    const mixed = R.mul(a!, b!);
    const expanded = R.add(R.add(R.mul(a!, a!), R.add(mixed, mixed)), R.mul(b!, b!));
    return [R.sub(R.mul(s, s), expanded)];
  },
};
const wrong: Identity = { ...square, name: 'a = b', vanish: (R, { a, b }) => [R.sub(a!, b!)] };
const third: Identity = { ...square, name: 'a/3', vanish: (R, { a }) => [R.mul(R.of(1 / 3), R.sub(a!, a!))] };
const sample = { ...derivations[0]!, identities: [square, wrong, third, square], decisions: [], theorems: [] };

describe('programs', () => {
  it('compute what the identity computes, each value once and none in vain', () => {
    for (const identity of identities) {
      const { operations: steps, outputs } = programOf(identity);
      const values = identity.variables.map((_, k) => BigInt(3 * k * k - 5 * k + 2));
      const results: bigint[] = [];
      for (const [kind, a, b] of steps) {
        if (kind === 'Var') results.push(values[a - 1]!);
        else if (kind === 'Const') results.push(BigInt(a));
        else results.push({ Add: integers.add, Sub: integers.sub, Mul: integers.mul }[kind](results[a]!, results[b!]!));
      }
      expect(new Set(steps.map(String)).size, identity.name).toBe(steps.length);
      const faulty = mutant(identity, 'constant', operations(identity, 'constant'));
      const x = Object.fromEntries(identity.variables.map((name, k) => [name, values[k]!]));
      expect(
        outputs.map((at) => results[at]),
        identity.name,
      ).toEqual(faulty.vanish(integers as Ring<bigint>, x));
    }
  });

  it('are written with operands counted from the newest value', () => {
    const program = programOf(wrong);
    expect(operationsText(program)).toBe('[Var 1; Var 2; Sub 1 0]%N');
    expect(outputsText(program)).toBe('[0]%N');
    expect(() => programOf(third)).toThrow('no integer');
  });
});

describe('propositions', () => {
  it('say what the negation denies', () => {
    const of = (negation: string) => propOf({ variables: ['x', 'y'], negation });
    expect(of('(not (= (< x 1.5) (> y (- 2))))')).toBe('forall x y : R, ((x < (15 / 10)) <-> (y > (- 2)))');
    expect(of('(and (<= x 0) (or (= x y) (=> (> x 1) (>= y 1))))')).toBe(
      'forall x y : R, ~ ((x <= 0) /\\ ((x = y) \\/ ((x > 1) -> (y >= 1))))',
    );
  });
});

describe('theorems', () => {
  it('are at least 18, stand in files that print what they assume, and nothing is admitted', () => {
    expect(theorems.length).toBeGreaterThanOrEqual(18);
    const printed = [...sources].flatMap(([file, text]) =>
      [...text.matchAll(/^Print Assumptions (\w+)\./gm)].map(([, name]) => `${file}.${name}`),
    );
    expect(theorems.map(({ file, name }) => `${file}.${name}`).toSorted()).toEqual(printed.toSorted());
    for (const [file, text] of sources) {
      expect(text, file).not.toMatch(/\b(Admitted|admit|Axiom|Parameter|Conjecture|Abort|bypass_check)\b/);
      expect(text, file).not.toMatch(/Unset (Guard|Positivity|Universe) Checking/);
    }
  });

  it('are refused where they assume more than they declare, or are not there', () => {
    const source = 'Print Assumptions a.\nPrint Assumptions b.\n';
    const known = assumptionsOf(
      source,
      'Closed under the global context\nAxioms:\nClassicalDedekindReals.sig_not_dec\n  : forall P, {~ ~ P} + {~ P}\ncheat : False\n',
    );
    expect([...known]).toEqual([
      ['a', []],
      ['b', ['ClassicalDedekindReals.sig_not_dec', 'cheat']],
    ]);
    const verdict = (name: string, over: 'rings' | 'reals') => theoremVerdict({ name, says: '', over }, known);
    expect(verdict('a', 'rings')).toEqual({ holds: true, axioms: [] });
    expect(verdict('b', 'reals')).toMatchObject({ reason: 'b assumes cheat' });
    expect(verdict('b', 'rings').reason).toContain('sig_not_dec');
    expect(verdict('c', 'rings').reason).toContain('does not print');
  });
});

describe.skipIf(missing !== undefined)('Rocq', { timeout: 600_000 }, () => {
  let printed = '';
  beforeAll(() => {
    writeRocqFolder(folder, derivations);
    printed = execFileSync('make', ['--output-sync', '-j2'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
  }, 600_000);

  it('accepts every identity, decision and theorem in the exported folder', () => {
    const compiled = new Set(readdirSync(folder).filter((file) => file.endsWith('.vo')));
    const files = readdirSync(folder).filter((file) => file.endsWith('.v'));
    for (const file of files) expect(compiled, file).toContain(`${file}o`);
    const stated = (kind: string): number =>
      files
        .filter((file) => file.startsWith(`${kind === 'identity' ? 'identities' : 'decisions'}_`))
        .flatMap((file) => readFileSync(join(folder, file), 'utf8').match(new RegExp(`^Theorem ${kind}_`, 'gm')) ?? [])
        .length;
    expect(stated('identity')).toBe(identities.length);
    expect(stated('decision')).toBe(decisions.length);
    expect(decisions.length).toBeGreaterThanOrEqual(14);
  });

  it('finds theorems to assume nothing over rings, and the axioms of the reals over the reals', () => {
    // make prints each command before what it prints.
    const parts = new Map(
      printed
        .split(/^coqc .* (?=\w+\.v$)/m)
        .map((part) => [part.split('.v\n')[0]!, part.slice(part.indexOf('\n') + 1)]),
    );
    for (const theorem of theorems) {
      const known = assumptionsOf(sources.get(theorem.file)!, parts.get(theorem.file) ?? '');
      expect(theoremVerdict(theorem, known), theorem.name).toMatchObject({ holds: true });
      if (theorem.over === 'rings') expect(known.get(theorem.name)).toEqual([]);
      else for (const axiom of known.get(theorem.name)!) expect(AXIOMS_OF_THE_REALS).toContain(axiom);
    }
  });

  it('has a second checker that accepts all of it', () => {
    const { status, stderr, stdout } = spawnSync('make', ['check'], { cwd: folder, encoding: 'utf8' });
    expect(stdout + stderr).not.toMatch(/Error|Fatal/);
    expect(status).toBe(0);
  });

  it('judges single faults as the exact polynomials do: 600 and more', () => {
    const faulty = identities.flatMap((identity) =>
      FAULTS.flatMap((fault) => {
        const total = operations(identity, fault);
        return [0.2, 0.7].flatMap((place) => (total > 0 ? [mutant(identity, fault, Math.floor(place * total))] : []));
      }),
    );
    expect(faulty.length).toBeGreaterThanOrEqual(600);
    const asked = faulty.map((identity, k) => {
      const program = programOf(identity);
      return `Eval vm_compute in (${k}%N, reduces ${operationsText(program)} ${outputsText(program)}).`;
    });
    const head = 'Require Import ZArith List. Import ListNotations.\nFrom Loop Require Import program.\n';
    writeFileSync(join(folder, 'faults.v'), `${head}${asked.join('\n')}\n`);
    const answers = [...coqc('faults').matchAll(/\((\d+)%N, (true|false)\)/g)].map(([, k, answer]) => [
      Number(k),
      answer,
    ]);
    expect(answers.length).toBe(faulty.length);
    let refuted = 0;
    for (const [k, answer] of answers) {
      const identity = faulty[Number(k)]!;
      const { holds } = polynomials.decide(identity);
      expect(answer, identity.name).toBe(String(holds));
      if (!holds) refuted++;
    }
    expect(refuted).toBeGreaterThanOrEqual(300);
  });

  it('refutes the false identity among true ones, and leaves open what it cannot read', async () => {
    const rocq = await openRocq();
    try {
      const { identities: verdicts } = await checkWithRocq(rocq, sample);
      expect(verdicts.map(({ holds }) => holds)).toEqual([true, false, undefined, true]);
      expect(verdicts[2]!.reason).toContain('no integer');
      const proof = await prove({ ...sample, identities: [wrong] }, { rocq });
      expect(proof.status).toBe('refuted');
      expect(proof.reason).toContain('rocq');
    } finally {
      closeRocq(rocq);
    }
  });

  it('is undecided where a file takes too long, and where a proof is missing', async () => {
    const hurried = await openRocq([], 1);
    const found = await checkWithRocq(hurried, sample);
    closeRocq(hurried);
    expect(found.identities[0]).toEqual({
      holds: undefined,
      reason: expect.stringContaining('took longer than 0.001 s'),
    });
    const decision = { name: 'x² > 0', variables: ['x'], negation: '(<= (* x x) 0)', control: '(> x 0)' };
    const [rocq, unproved] = [await openRocq(), { ...sample, identities: [], decisions: [decision] }];
    const proof = await prove(unproved, { rocq });
    closeRocq(rocq);
    expect(proof).toMatchObject({ status: 'undecided', decisions: [{ rocq: {} }] });
    expect(proof.reason).toMatch(/^Rocq: /);
  });
});

describe('without Rocq', () => {
  const proveWith = (path: string) => {
    const args = ['dist/src/cli/main.js', 'prove', 'hidden-state-stays-in-span', '--rocq', '--json', '-'];
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    });
    return { status, claim: JSON.parse(stdout).claims[0] };
  };

  it('what was asked of it is undecided, and the verdict says how to install it', () => {
    const { status, claim } = proveWith(folder);
    expect(status).toBe(3);
    expect(claim).toMatchObject({ status: 'undecided', kernels: { polynomials: 6, rocq: 0 } });
    expect(claim.reason).toContain('no coqc; install Rocq');
  });

  it.each(['8.12.0', '9.0.0'])('release %s is refused by name', (release) => {
    const place = mkdtempSync(join(tmpdir(), 'loopproof-coqc-'));
    writeFileSync(join(place, 'coqc'), `#!/bin/sh\necho ${release} 4.14.1\n`, { mode: 0o755 });
    const { status, claim } = proveWith(`${place}:/bin:/usr/bin`);
    rmSync(place, { recursive: true });
    expect(status).toBe(3);
    expect(claim.reason).toContain(`coqc ${release} was found`);
  });

  it('a library that is missing is named, and nothing counts as proved', () => {
    const place = mkdtempSync(join(tmpdir(), 'loopproof-coqc-'));
    const script =
      'case "$1" in --print-version) echo 8.16.1 4.13.1;; *) echo "File \\"./loop.v\\", line 2, characters 0-9:\nError: Cannot find a physical path bound to logical path all_ssreflect with prefix mathcomp." >&2; exit 1;; esac';
    writeFileSync(join(place, 'coqc'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { status, claim } = proveWith(`${place}:/bin:/usr/bin`);
    rmSync(place, { recursive: true });
    expect(status).toBe(3);
    expect(claim.theorems[0].reason).toContain('MathComp is missing or of another release');
  });

  it('every derivation has its files, which need no program to write', () => {
    for (const derivation of derivations) {
      const [programs, propositions] = generatedFor(derivation);
      expect(programs.items.every(({ impossible }) => impossible === undefined)).toBe(true);
      expect(propositions.items.length).toBe(derivation.decisions?.length ?? 0);
    }
  });
});
