/**
 * What theorems speak of, twice: as the TypeScript code computes it, and as proofs/rocq/ defines it. Rocq compares the two, at
 * some sizes, so that a theorem about P is one about the P that the product computes.
 */
import { canonicalAgentOver } from '#src/agent/canonical.js';
import { inputColumns, outputColumns } from '#src/agent/gram.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { at, build, identity, type Mat, multiply, sumOfSquares, transpose } from '#src/linalg/matrix.js';
import { evaluate } from '#src/linalg/polynomial.js';
import type { Ring } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import type { Plant } from '#src/plant/plant.js';
import { stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { entries, flat, symbol } from '../support/symbols.js';
import type { Identity, Values } from './identity.js';
import { operationsText, outputsText, programOf } from './program.js';

/** One thing that is defined twice: in code, by its entries row by row (which are no identity, and need not vanish), … */
export interface Definition extends Identity {
  /** … and as a matrix of proofs/rocq/. */
  readonly term: string;
}

/** Variables in order: a scalar by its name, a matrix by letter, rows and columns. */
type Shape = string | readonly [letter: string, rows: number, cols: number];

/** The names of all variables, and each scalar or matrix in Rocq. */
function laidOut(shapes: readonly Shape[]): { readonly variables: string[]; readonly terms: readonly string[] } {
  const variables: string[] = [];
  const terms = shapes.map((shape) => {
    const first = variables.length + 1;
    if (typeof shape === 'string') {
      variables.push(shape);
      return `(var ${first})`;
    }
    variables.push(...entries(...shape));
    return `(given l ${first} ${shape[1]} ${shape[2]})`;
  });
  return { variables, terms };
}

interface Sizes {
  /** Plant states. */
  readonly n: number;
  readonly p?: number;
  readonly c?: number;
  readonly r: number;
  readonly N: number;
}

/** P and P_eff of a plant whose entries are all variables, or of a chain of integrators; of V the transpose is Rocq's. */
function loops(sizes: Sizes, plant: 'plant' | 'chain'): Definition[] {
  const { n, p = 1, c = 1, r, N } = sizes;
  const weights: readonly Shape[] = [
    ['m', N, c],
    ['z', p, N],
    ['u', N, r],
    ['v', r, N],
  ];
  const free: readonly Shape[] = [
    ['a', n, n],
    ['b', n, p],
    ['c', c, n],
  ];
  const { variables, terms } = laidOut([...(plant === 'chain' ? ['dt'] : free), 'eta', ...weights]);
  const [dt] = terms;
  const ABC =
    plant === 'chain' ? `(chainA ${dt} ${n}) (chainB ${dt} ${n}) (chainC R ${n})` : terms.slice(0, 3).join(' ');
  const loopOf = <T>(R: Ring<T>, x: Values<T>): { plant: Plant<T>; agent: LinearAgent<T> } => ({
    plant:
      plant === 'chain'
        ? integratorChainOver(R, n, x['dt']!)
        : { A: symbol(x, 'a', n, n), B: symbol(x, 'b', n, p), C: symbol(x, 'c', c, n) },
    agent: {
      leak: x['eta']!,
      M: symbol(x, 'm', N, c),
      Z: symbol(x, 'z', p, N),
      U: symbol(x, 'u', N, r),
      V: transpose(symbol(x, 'v', r, N)),
    },
  });
  const of = (name: string, value: <T>(R: Ring<T>, plant: Plant<T>, agent: LinearAgent<T>) => Mat<T>): Definition => ({
    name: `${name} of a ${plant} of ${n} states, ${p} controls, ${c} observations, with rank ${r} and ${N} units`,
    variables,
    vanish(R, x) {
      const { plant, agent } = loopOf(R, x);
      return flat(value(R, plant, agent));
    },
    term: `${name} ${ABC} ${terms.slice(-5).join(' ')}`,
  });
  return [
    of('coupled', coupledMatrix),
    of('effective', (R, plant, agent) => effectiveMatrix(R, plant, agent.leak, orderParametersOf(R, agent))),
  ];
}

/** χ at a point. */
function chi(k: number): Definition {
  const { variables, terms } = laidOut(['dt', 'zm', 'vu', 'q', 'l']);
  const [dt, ...others] = terms;
  return {
    name: `chi of ${k} integrators`,
    variables,
    vanish: (R, { dt, zm, vu, q, l }) => [
      evaluate(R, characteristicPolynomial(R, k, dt!, { zm: zm!, vu: vu!, q: q! }), l!),
    ],
    term: `(chi ${dt} ${k} ${others.join(' ')})%:M : 'M_1`,
  };
}

/** L without memory, of two starts of variance 1: all states after the first. */
function loss(horizon: number): Definition {
  const { variables, terms } = laidOut(['zm', 'dt']);
  return {
    name: `loss of ${horizon} steps without memory`,
    variables,
    vanish(R, { zm, dt }) {
      const zero = R.of(0);
      const agent = canonicalAgentOver(R, scalarOrderParameters(zm!, zero, zero, zero));
      const { x } = rollout(R, integratorChainOver(R, 2, dt!), agent, identity(R, 2), horizon);
      return [sumOfSquares(R, ...x.slice(1))];
    },
    term: `(total 0 +%R (expected 0 1 +%R *%R ${terms.join(' ')}) ${horizon - 1})%:M : 'M_1`,
  };
}

/** One step of gradient descent: the columns [J H] after it. Trained is all, or all but M. */
function learning(r: number, N: number, fixed: boolean): Definition {
  const shape = { c: 1, p: 1, r };
  const k = 1 + r;
  const { variables, terms } = laidOut([['e', k, k], 's', ['h', N, k], ['j', N, k]]);
  const [E, s, H, J] = terms;
  const weights = fixed ? '(\\matrix_(i, j) ((i == j) && (0 < i)%N)%:R)' : '1%:M';
  return {
    name: `step of ${N} units of rank ${r}${fixed ? ', M fixed' : ''}`,
    variables,
    vanish(R, x) {
      const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
      const [H, J] = [symbol(x, 'h', N, k), symbol(x, 'j', N, k)];
      const Q = build(N, 2 * k, (i, j) =>
        inputs.includes(j) ? at(J, i, inputs.indexOf(j)) : at(H, i, outputs.indexOf(j)),
      );
      const step = stepMatrix(R, shape, symbol(x, 'e', k, k), x['s']!, [
        ...(fixed ? [] : (['M'] as const)),
        'Z',
        'U',
        'V',
      ]);
      const moved = multiply(R, Q, step);
      return flat(build(N, 2 * k, (i, j) => at(moved, i, [...inputs, ...outputs][j]!)));
    },
    term: `columns (stepH ${E} ${s} 1%:M ${H} ${J}) (stepJ ${E} ${s} ${weights} ${H} ${J})`,
  };
}

/** P, P_eff, χ, L and a step of learning. */
export const DEFINITIONS: readonly Definition[] = [
  ...loops({ n: 1, r: 1, N: 2 }, 'plant'),
  ...loops({ n: 2, r: 1, N: 3 }, 'plant'),
  ...loops({ n: 2, p: 2, c: 1, r: 2, N: 2 }, 'plant'),
  ...loops({ n: 2, r: 1, N: 2 }, 'chain'),
  ...loops({ n: 2, r: 2, N: 3 }, 'chain'),
  ...loops({ n: 3, r: 1, N: 2 }, 'chain'),
  ...[1, 2, 3, 4].map(chi),
  ...[2, 3, 4, 5].map(loss),
  learning(1, 2, false),
  learning(1, 3, true),
  learning(2, 2, false),
];

/** How the names of proofs/rocq/ are read: unfolded, and computed where a horizon is a number. */
const UNFOLDED = [
  ...Object.entries({
    coupled: ['coupled', 8],
    effective: ['effective, basis', 8],
    chainA: ['chainA', 2],
    chainB: ['chainB', 2],
    chainC: ['chainC', 2],
    columns: ['columns', 2],
    stepH: ['stepH, gradH', 5],
    stepJ: ['stepJ, gradJ', 5],
  }).map(
    ([name, [names, count]]) =>
      `Local Hint Extern 0 (table (${name}${' _'.repeat(count as number)})) => unfold ${names} : typeclass_instances.`,
  ),
  'Local Hint Extern 0 (element (chi _ _ _ _ _ _)) => unfold chi : typeclass_instances.',
  'Local Hint Extern 0 (element (total _ _ _ _)) => cbn : typeclass_instances.',
].join('\n');

/** The programs of definitions, in lists that MathComp writes otherwise: before it is there. */
const programsText = (definitions: readonly Definition[]): string => `(* What the TypeScript code computes. *)
Require Import ZArith List. Import ListNotations.
From Loop Require Import program.
${definitions
  .map((definition, k) => {
    const program = programOf(definition);
    return `Definition program_${k + 1} := ${operationsText(program)}.\nDefinition outputs_${k + 1} := ${outputsText(program)}.\n`;
  })
  .join('')}`;

/** What is asked of a definition and its program: by default a theorem. */
type Asked = (term: string, program: string, k: number) => string;

const theorem: Asked = (term, program, k) => `Theorem definition_${k} : listed (${term}) = computed l ${program}.
Proof. apply: agreeP; vm_cast_no_check (erefl true). Qed.`;

/**
 * The file that compares definitions with what is computed.
 * @param around the comparison: as it is, or with other definitions before it
 */
export function definitionsText(
  definitions = DEFINITIONS,
  asked = theorem,
  around = (comparison: string): string => comparison,
): string {
  const all = definitions.map(
    ({ name, term }, k) => `(* ${name} *)\n${asked(term, `program_${k + 1} outputs_${k + 1}`, k + 1)}\n`,
  );
  const comparison = `${UNFOLDED}
Section Definitions.
Variables (R : comRingType) (l : list R).
Local Notation var k := (variable (0 : R) l k%positive).
${all.join('')}End Definitions.
`;
  return `${programsText(definitions)}
(* It is what is defined here. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Loop Require Import compare loop learning stage_one_loss_is_exact.
Local Open Scope ring_scope.
${around(comparison)}`;
}
