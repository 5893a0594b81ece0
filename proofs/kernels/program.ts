/**
 * An identity as a straight-line program: the same interpretation over a ring as every kernel's, recorded step by step. A
 * value that is used twice is computed once, so that programs stay short where expression trees do not.
 */
import type { Ring } from '#src/linalg/ring.js';
import { type Identity, withIntegersOnly } from './identity.js';

/** One step. Variables have numbers, from 1 on; operands are the numbers of earlier steps, from 0 on. */
export type Operation =
  | readonly ['Var', number]
  | readonly ['Const', number]
  | readonly ['Add' | 'Sub' | 'Mul', number, number];

/** Steps in order, and those whose values must be 0. */
export interface Program {
  readonly operations: readonly Operation[];
  readonly outputs: readonly number[];
}

/** The program of an identity. @throws RangeError for a constant that is no integer */
export function programOf(identity: Pick<Identity, 'variables' | 'vanish'>): Program {
  const { variables, vanish } = withIntegersOnly(identity);
  const recorded: Operation[] = [];
  const known = new Map<string, number>();
  const record = (...operation: Operation): number => {
    const key = operation.join(' ');
    let at = known.get(key);
    if (at === undefined) {
      at = recorded.push(operation) - 1;
      known.set(key, at);
    }
    return at;
  };
  const R: Ring<number> = {
    of: (value) => record('Const', value),
    add: (a, b) => record('Add', a, b),
    sub: (a, b) => record('Sub', a, b),
    mul: (a, b) => record('Mul', a, b),
  };
  const values = Object.fromEntries(variables.map((name, k) => [name, record('Var', k + 1)]));
  const outputs = vanish(R, values);
  return withoutUnused(recorded, outputs);
}

function withoutUnused(recorded: readonly Operation[], outputs: readonly number[]): Program {
  const used = new Set(outputs);
  // Operands come before their uses, so that one pass from the end finds all.
  for (let at = recorded.length - 1; at >= 0; at--) {
    const [kind, ...operands] = recorded[at]!;
    if (used.has(at) && kind !== 'Var' && kind !== 'Const') for (const operand of operands) used.add(operand);
  }
  const place = new Map<number, number>();
  const operations: Operation[] = [];
  recorded.forEach((operation, at) => {
    if (!used.has(at)) return;
    const [kind, a, b] = operation;
    place.set(at, operations.length);
    operations.push(kind === 'Var' || kind === 'Const' ? operation : [kind, place.get(a)!, place.get(b!)!]);
  });
  return { operations, outputs: outputs.map((at) => place.get(at)!) };
}

/** The program as a list of proofs/rocq/program.v; operands count from the newest value backwards. */
export function operationsText({ operations }: Program): string {
  const steps = operations.map(([kind, a, b], at) => {
    if (kind === 'Var') return `Var ${a}`;
    if (kind === 'Const') return `Const ${a < 0 ? `(${a})` : a}`;
    return `${kind} ${at - 1 - a} ${at - 1 - b!}`;
  });
  return `[${steps.join('; ')}]%N`;
}

/** Where a program's outputs are, counted from the newest value backwards. */
export function outputsText({ operations, outputs }: Program): string {
  return `[${outputs.map((at) => operations.length - 1 - at).join('; ')}]%N`;
}
