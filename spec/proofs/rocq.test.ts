/**
 * The fourth kernel. All that is exported is accepted by Rocq, in a folder of its own and by its second checker; theorems assume
 * what they declare; faults planted before programs are written are judged as the exact polynomials judge them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFINITIONS, definitionsText } from '#proofs/kernels/definitions.js';
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
import { FAULTS, mutant, mutantsOf, operations } from '#proofs/mutation.js';
import { prove } from '#proofs/prove.js';
import { integers, type Ring } from '#src/linalg/ring.js';

const hasMathComp = (): boolean =>
  existsSync(join(execFileSync('coqc', ['-where'], { encoding: 'utf8' }).trim(), 'user-contrib/mathcomp/algebra'));
const missing = (await missingRocq()) ?? (hasMathComp() ? undefined : 'MathComp’s algebra is not installed');
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
    const stated = (file: string): number =>
      readFileSync(join(folder, `${file}.v`), 'utf8').match(/^Theorem (identity|decision|definition)_/gm)!.length;
    expect(stated('identities')).toBe(identities.length);
    expect(stated('decisions')).toBe(decisions.length);
    expect(stated('definitions')).toBe(DEFINITIONS.length);
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

  /** Whether what is computed is what is defined, in order. */
  const agreeing = (...file: Parameters<typeof definitionsText>): boolean[] => {
    const [definitions, , around] = file;
    const asked = (term: string, program: string) => `Eval vm_compute in agree (${term}) ${program}.`;
    writeFileSync(join(folder, 'compared.v'), definitionsText(definitions, asked, around));
    return [...coqc('compared').matchAll(/^ {5}= (true|false)$/gm)].map(([, answer]) => answer === 'true');
  };

  it('compares what the code computes with what is defined: faults in the code are judged as the polynomials do', () => {
    const faulty = DEFINITIONS.flatMap((definition) =>
      mutantsOf(definition, 2).map((fault) => ({ definition, fault: { ...definition, ...fault } })),
    );
    expect(faulty.length).toBeGreaterThanOrEqual(100);
    const answers = agreeing(faulty.map(({ fault }) => fault));
    expect(answers.length).toBe(faulty.length);
    faulty.forEach(({ definition, fault }, k) => {
      const vanish: Identity['vanish'] = (R, x) => {
        const right = definition.vanish(R, x);
        return fault.vanish(R, x).map((value, at) => R.sub(value, right[at]!));
      };
      expect(answers[k], fault.name).toBe(polynomials.decide({ ...fault, vanish }).holds);
    });
    expect(answers.filter((same) => !same).length).toBeGreaterThanOrEqual(80);
  });

  it('finds every fault planted in what is defined', () => {
    const [P, Peff, chain, chi, loss, step] = [
      /^coupled of a plant of 2 states, 1 /,
      /^effective of a plant of 2 states, 1 /,
      /^coupled of a chain of 2 states, .* rank 1/,
      /^chi of 2/,
      /^loss of 3/,
      /^step of 2 units of rank 1$/,
    ].map((name) => DEFINITIONS.find((definition) => name.test(definition.name))!);
    const compared = [P!, Peff!, chain!, chi!, loss!, step!];
    const planted: readonly (readonly [file: string, from: string, to: string, ...seen: unknown[]])[] = [
      ['loop', '', ''],
      ['learning', '', ''],
      ['stage_one_loss_is_exact', '', ''],
      ['loop', '(M *m C *m A)', '(M *m C)', P, chain],
      ['loop', '(1 - eta)%:M + eta *: (U *m V)', '1%:M + eta *: (U *m V)', P, chain],
      // C B = 0 in a chain of two.
      ['loop', ' + eta *: (M *m C *m B *m Z)', '', P],
      ['loop', 'A (B *m Z) (eta', 'A (- (B *m Z)) (eta', P, chain],
      ['loop', 'col_mx (eta *: (C *m A)) 0', 'col_mx (C *m A) 0', Peff],
      ['loop', 'eta *: (V *m basis)', 'V *m basis', Peff],
      ['loop', 'row_mx M U', 'row_mx M (- U)', Peff],
      ['loop', 'j == i.+1', 'i == j.+1', chain],
      ['loop', 'i.+1 == k', 'i == 0%N', chain],
      ['loop', 'j == 0%N', 'j.+1 == k', chain],
      ['loop', '(lambda - vu)', '(lambda + vu)', chi],
      ['loop', 'dt ^+ k * q', 'dt * q', chi],
      ['stage_one_loss_is_exact', 'v + dt * (sigma * x)', 'v + sigma * x', loss],
      ['stage_one_loss_is_exact', '(a + dt * b, b)', '(a, b)', loss],
      ['stage_one_loss_is_exact', 'fst s * fst s + snd s * snd s', 'fst s * fst s', loss],
      ['stage_one_loss_is_exact', 'total f T + f T', 'total f T + f (S T)', loss],
      ['learning', 'H - s *:', 'H + s *:', step],
      ['learning', ':= J *m E^T', ':= - (J *m E^T)', step],
      ['learning', ':= H *m E', ':= - (H *m E)', step],
    ];
    // Definitions without what is proved of them.
    const defined = (file: string): string =>
      sources
        .get(file)!
        .replaceAll(/^(Theorem|Lemma|Corollary) [\s\S]*?Qed\.$/gm, '')
        .replaceAll(/^(From|Require|Print|Add Ring) .*$/gm, '');
    const answers = agreeing(compared, undefined, (comparison) =>
      planted
        .map(([file, from, to], k) => {
          const text = defined(file);
          expect(text, from).toContain(from);
          return `Module planted_${k}.\n${text.replace(from, () => to)}\n${comparison}End planted_${k}.\n`;
        })
        .join(''),
    );
    expect(answers.length).toBe(planted.length * compared.length);
    planted.forEach(([file, from, to, ...seen], k) => {
      const differing = compared.filter((_, at) => !answers[compared.length * k + at]);
      expect(differing, `${file}: ${to} for ${from}`).toEqual(seen);
    });
  });

  it('proves no theorem while what it speaks of is not what the code computes', async () => {
    const rocq = await openRocq();
    for (const stem of ['program', 'compare', 'loop', 'learning']) {
      copyFileSync(join(folder, `${stem}.vo`), join(rocq.folder, `${stem}.vo`));
      rocq.compiled.set(stem, Promise.resolve({ output: '' }));
    }
    const file = join(rocq.folder, 'definitions.v');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('program_2 outputs_2', 'program_4 outputs_4'));
    const derivation = derivations.find(({ statement }) => statement.id === 'stage-one-loss-is-exact')!;
    const proof = await prove({ ...derivation, identities: [] }, { rocq });
    closeRocq(rocq);
    expect(proof.status).toBe('undecided');
    expect(proof.reason).toMatch(/^effective of a plant of 1 states.*what the code computes is not what is defined/);
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

  it('names what takes too long, and checks the rest of its file', async () => {
    const endless: Identity = {
      ...square,
      vanish(R, { a, b }) {
        let power = R.add(R.add(a!, b!), R.of(1));
        for (let k = 0; k < 9; k++) power = R.mul(power, power);
        return [R.sub(power, power)];
      },
    };
    const rocq = await openRocq([], 25_000);
    const { identities: verdicts } = await checkWithRocq(rocq, { ...sample, identities: [square, endless, square] });
    closeRocq(rocq);
    expect(verdicts).toEqual([{ holds: true }, { holds: undefined, reason: 'took longer than 5 s' }, { holds: true }]);
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
    const args = ['dist/src/cli/main.js', 'prove', 'small-signals-learn-linearly', '--rocq', '--json', '-'];
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    });
    return { status, claim: JSON.parse(stdout).claims[0] };
  };
  /** With a script in the place of `coqc`. */
  const proveBy = (script: string) => {
    const place = mkdtempSync(join(tmpdir(), 'loopproof-coqc-'));
    writeFileSync(join(place, 'coqc'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const proved = proveWith(`${place}:/bin:/usr/bin`);
    rmSync(place, { recursive: true });
    return proved;
  };

  it('what was asked of it is undecided, and the verdict says how to install it', () => {
    const { status, claim } = proveWith(folder);
    expect(status).toBe(3);
    expect(claim).toMatchObject({ status: 'undecided', kernels: { polynomials: 1, rocq: 0 } });
    expect(claim.reason).toContain('no coqc; install Rocq');
  });

  it.each(['8.12.0', '9.0.0'])('release %s is refused by name', (release) => {
    const { status, claim } = proveBy(`echo ${release} 4.14.1`);
    expect(status).toBe(3);
    expect(claim.reason).toContain(`coqc ${release} was found`);
  });

  it('one that does not start is named, with what it says', () => {
    const { status, claim } = proveBy('echo "Error: no initial state" >&2\nexit 1');
    expect(status).toBe(3);
    expect(claim.reason).toContain('coqc --print-version failed: no initial state');
  });

  it('one that does nothing proves nothing', () => {
    const { status, claim } = proveBy('echo 8.16.1 4.14.1');
    expect(status).toBe(3);
    expect(claim).toMatchObject({ status: 'undecided', kernels: { rocq: 0 } });
    expect(claim.reason).toContain('wrote no');
  });

  it('a library that is missing is named, and nothing counts as proved', () => {
    const script =
      'case "$1" in --print-version) echo 8.16.1 4.13.1;; *) echo "File \\"./loop.v\\", line 2, characters 0-9:\nError: Cannot find a physical path bound to logical path all_ssreflect with prefix mathcomp." >&2; exit 1;; esac';
    const { status, claim } = proveBy(script);
    expect(status).toBe(3);
    expect(claim.theorems[0].reason).toContain('MathComp is missing or of another release');
  });

  it('every derivation has its files, which need no program to write', () => {
    for (const derivation of derivations) {
      const [programs, propositions] = generatedFor([derivation]);
      expect(programs.items.every(({ impossible }) => impossible === undefined)).toBe(true);
      expect(propositions.items.length).toBe(derivation.decisions?.length ?? 0);
    }
  });
});
