/**
 * The kernels on their own: ring laws, determinants against another library, and what nerdamer alone would get wrong.
 */
import fc from 'fast-check';
import { Matrix as MlMatrix, determinant as mlDeterminant } from 'ml-matrix';
import nerdamer from 'nerdamer';
import 'nerdamer/Algebra.js';
import { describe, expect, it } from 'vitest';
import { evaluateText } from '#proofs/kernels/formula-text.js';
import { degreeBounds, grid } from '#proofs/kernels/grid.js';
import type { Identity, Values } from '#proofs/kernels/identity.js';
import { expressions, nerdamerKernel } from '#proofs/kernels/nerdamer.js';
import { polynomialRing, polynomials, polynomialText, type SparsePolynomial } from '#proofs/kernels/polynomials.js';
import { programOf } from '#proofs/kernels/program.js';
import { evaluateTerm } from '#proofs/kernels/z3.js';
import { proveIdentity } from '#proofs/prove.js';
import { forAll, forAllWith } from '#spec/support/for-all.js';
import { fromRows, map } from '#src/linalg/matrix.js';
import { characteristic } from '#src/linalg/polynomial.js';
import { rationals } from '#src/linalg/rational.js';
import { integers, power, type Ring, reals, sum } from '#src/linalg/ring.js';
import { constant, multiple, seriesOver } from '#src/linalg/series.js';
import { gamma } from '#src/linalg/tolerance.js';

const kernels = [polynomials, grid, nerdamerKernel];

describe('polynomials', () => {
  const R = polynomialRing(2);
  const names = ['x', 'y'];
  const polynomial: fc.Arbitrary<SparsePolynomial> = fc
    .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(2), fc.nat(2)), { maxLength: 4 })
    .map((terms) =>
      terms.reduce(
        (total, [c, i, j]) =>
          R.add(total, R.mul(R.of(c), R.mul(power(R, R.variable(0), i), power(R, R.variable(1), j)))),
        R.of(0),
      ),
    );

  it('are a commutative ring', () => {
    const zero = (p: SparsePolynomial): void => expect(p.size).toBe(0);
    forAll(polynomial, polynomial, polynomial, (a, b, c) => {
      zero(R.sub(R.mul(a, R.add(b, c)), R.add(R.mul(a, b), R.mul(a, c))));
      zero(R.sub(R.mul(a, R.mul(b, c)), R.mul(R.mul(a, b), c)));
      zero(R.sub(R.mul(a, b), R.mul(b, a)));
      zero(R.sub(R.sub(R.add(a, b), b), a));
    });
  });

  it('agree with nerdamer’s expansion of the same text', () => {
    forAllWith({ numRuns: 50 }, polynomial, polynomial, (a, b) => {
      const texts = [a, b].map((p) => polynomialText(p, names));
      const expanded = expressions.mul(texts[0]!, texts[1]!);
      const back = evaluateText(R, expanded, { x: R.variable(0), y: R.variable(1) });
      expect(R.sub(back, R.mul(a, b)).size).toBe(0);
    });
  });
});

describe('determinants', () => {
  it('of integers agree with ml-matrix within rounding', () => {
    const rows = fc.integer({ min: 1, max: 5 }).chain((n) => {
      const row = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: n, maxLength: n });
      return fc.array(row, { minLength: n, maxLength: n });
    });
    forAll(rows, (entries) => {
      const [n, exact] = [entries.length, characteristic(integers, map(fromRows(entries), BigInt))[0]!];
      const value = Number(exact) * (-1) ** n;
      // LU with entries up to 6: Hadamard's bound times rounding of n³ operations.
      const size = (6 * Math.sqrt(n)) ** n;
      expect(Math.abs(mlDeterminant(new MlMatrix(entries)) - value)).toBeLessThanOrEqual(
        gamma(n ** 3 + 8) * 4 ** n * size,
      );
    });
  });
});

const square: Identity = {
  name: '(a + b)² = a² + 2ab + b²',
  variables: ['a', 'b'],
  vanish: (R, { a, b }) => {
    const left = power(R, R.add(a!, b!), 2);
    return [R.sub(left, R.add(R.add(R.mul(a!, a!), R.mul(R.of(2), R.mul(a!, b!))), R.mul(b!, b!)))];
  },
};
const wrong: Identity = {
  ...square,
  name: '(a + b)² = a² + ab + b²',
  vanish: (R, { a, b }) => [
    R.sub(power(R, R.add(a!, b!), 2), R.add(R.add(R.mul(a!, a!), R.mul(a!, b!)), R.mul(b!, b!))),
  ],
};

describe('every kernel', () => {
  it.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
    '%s proves what is true and refutes what is not',
    (_, kernel) => {
      expect(kernel.decide(square)).toMatchObject({ holds: true });
      expect(kernel.decide(wrong)).toMatchObject({ holds: false });
      expect(kernel.decide({ ...square, vanish: () => [] })).toMatchObject({
        holds: false,
        reason: 'nothing to prove',
      });
    },
  );

  it('the grid computes its degrees, and goes to random points where it is too large', () => {
    expect(degreeBounds(square)).toEqual([2, 2]);
    expect(grid.decide(square).effort).toBe(9);
    const variables = Array.from({ length: 16 }, (_, k) => `x${k}`);
    const total = <T>(R: Ring<T>, x: Values<T>, names: readonly string[]): T =>
      sum(
        R,
        names.map((name) => x[name]!),
      );
    const large: Identity = {
      name: 'sums commute',
      variables,
      vanish: (R, x) => [R.sub(total(R, x, variables), total(R, x, variables.toReversed()))],
    };
    expect(grid.decide(large)).toMatchObject({ holds: true, unit: 'random points' });
    const off: Identity = {
      ...large,
      vanish: (R, x) => [R.sub(total(R, x, variables), total(R, x, variables.slice(1)))],
    };
    expect(grid.decide(off)).toMatchObject({ holds: false });
  });
});

describe('a mistake of nerdamer’s', () => {
  it('is made: a false proof through division and powers, a wrong determinant sign', () => {
    // (1/(bc))² = b²c² is false; nerdamer expands the difference to 0. Never relied on, and never written in a derivation.
    expect(nerdamer('(1/(b*c))^2-b^2*c^2').expand().toString()).toBe('0');
  });

  it('cannot become a proof: the exact kernels refute, and the disagreement names both', () => {
    // A nerdamer kernel that trusts the false proof, against the same claim cleared of denominators: 1 = (bc)⁴.
    const claim: Identity = {
      name: '1 = (bc)⁴',
      variables: ['b', 'c'],
      vanish: (R, { b, c }) => [R.sub(R.of(1), power(R, R.mul(b!, c!), 4))],
    };
    const trusting = {
      name: 'nerdamer' as const,
      decide: () => ({
        holds: nerdamer('(1/(b*c))^2-b^2*c^2').expand().toString() === '0',
        effort: 1,
        unit: 'expressions' as const,
      }),
    };
    const proof = proveIdentity(claim, [polynomials, grid, trusting]);
    expect(proof.status).toBe('refuted');
    expect(proof.reason).toMatch(/polynomials: .*grid: .*but proved by nerdamer/);
  });

  it('is out of reach of one kernel alone', () => {
    expect(proveIdentity(square, [nerdamerKernel])).toMatchObject({ status: 'undecided' });
    expect(() => expressions.of(0.5)).toThrow('integers');
  });
});

describe('a derivation that throws', () => {
  const message = 'the constant 0.5 is no integer; identities have integer constants only, clear divisions first';

  it('is refuted by every kernel where it has a constant that is no integer', () => {
    const halves: Identity = {
      name: '(a + a)/2 = a',
      variables: ['a'],
      vanish: (R, { a }) => [R.sub(R.mul(R.of(0.5), R.add(a!, a!)), a!)],
    };
    const { status, kernels: verdicts } = proveIdentity(halves);
    expect(status).toBe('refuted');
    expect(verdicts.map(({ holds, reason }) => ({ holds, reason }))).toEqual(
      kernels.map(() => ({ holds: false, reason: message })),
    );
    // Rocq is told that there is nothing to compile, and the others say why.
    expect(() => programOf(halves)).toThrow(message);
    expect(proveIdentity(halves, kernels, { holds: undefined, reason: message })).toMatchObject({ status: 'refuted' });
  });

  it('is refuted with what it says', () => {
    const broken: Identity = {
      ...square,
      vanish: () => {
        throw new Error('shapes differ');
      },
    };
    expect(proveIdentity(broken)).toMatchObject({
      status: 'refuted',
      reason: expect.stringContaining('shapes differ'),
    });
  });
});

describe('series', () => {
  it('multiply as polynomials do, up to their length', () => {
    const S = seriesOver(integers, 3);
    const e = multiple(integers, 1n, 3);
    const cube = power(S, S.add(constant(integers, 2n, 3), e), 3);
    expect(cube).toEqual([8n, 12n, 6n]);
    expect(S.sub(cube, S.of(8))).toEqual([0n, 12n, 6n]);
  });
});

describe('texts', () => {
  it('are read with the usual precedence, and refused for anything else', () => {
    expect(evaluateText(reals, '1-2*a^2-(3-a)', { a: 2 })).toBe(-8);
    expect(evaluateText(reals, '-a^2', { a: 3 })).toBe(-9);
    for (const bad of ['1/a', 'a^', '(a', 'a b', 'sin(a)', 'b', ''])
      expect(() => evaluateText(reals, bad, { a: 1 }), bad).toThrow();
  });

  it('of Z3 are evaluated exactly', () => {
    const values = { x: rationals.of(0.5), y: rationals.of(-2) };
    expect(evaluateTerm('(and (< y x) (= (* 2 x) 1) (not (>= y 0)) (=> (> x 1) (< x 0)))', values)).toBe(true);
    expect(evaluateTerm('(or (> x 1.5) (<= (- x y 1) 1))', values)).toBe(false);
    expect(() => evaluateTerm('(sin x)', values)).toThrow('unknown operator');
    expect(() => evaluateTerm('(+ x', values)).toThrow();
  });
});
