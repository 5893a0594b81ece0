/**
 * Kernel: Z3 decides statements over all real numbers (quantifier-free, polynomial). It is optional at run time: absent, a
 * statement is not decided, never taken as proved.
 *
 * A statement is proved when its negation has no model. Every decision comes with a control, a statement made false on
 * purpose, whose negation must have a model; the model is checked in exact arithmetic.
 */
import { type Rational, rational, rationals } from '#src/linalg/rational.js';

/** A statement over all reals, in SMT-LIB terms over its variables. */
export interface Decision {
  readonly name: string;
  readonly variables: readonly string[];
  /** The negation of what is claimed; it must be unsatisfiable. */
  readonly negation: string;
  /** The negation of a claim that is false; it must be satisfiable. */
  readonly control: string;
  /** What proves it in Rocq, and the files of proofs/rocq/ that this needs; by default `settle` of settle.v. */
  readonly rocq?: { readonly from?: string; readonly tactics: string };
}

/** What came of a decision. */
export interface DecisionVerdict {
  readonly holds: boolean | undefined;
  readonly reason?: string;
  /** The control's counterexample, exact. */
  readonly model?: Readonly<Record<string, string>>;
}

/**
 * The work that Z3 may do on a question, in units of its own (`rlimit`): ten times what the hardest decision needs. A limit in
 * seconds would make a verdict depend on how busy the machine is.
 */
const EFFORT = 30_000_000;

type Z3 = Awaited<ReturnType<typeof load>>;

async function load() {
  const { init } = await import('z3-solver');
  const { Context, em } = await init();
  return { context: Context('loopproof'), threads: em.PThread };
}

/** Z3, or `undefined` where it is not installed. */
export async function openZ3(): Promise<Z3 | undefined> {
  try {
    return await load();
  } catch {
    return undefined;
  }
}

/** Ends Z3's threads; without it a program would not end. */
export function closeZ3({ threads }: Z3): void {
  threads.terminateAllThreads();
}

/** Values of an SMT-LIB s-expression over rationals or booleans. */
type Value = Rational | boolean;

/** An s-expression. */
export type Expression = string | readonly Expression[];

/** Reads an SMT-LIB term. */
export function parseTerm(text: string): Expression {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let position = 0;
  const read = (): Expression => {
    const token = tokens[position++];
    if (token === undefined) throw new SyntaxError('unexpected end of term');
    if (token !== '(') return token;
    const list: Expression[] = [];
    while (tokens[position] !== ')') list.push(read());
    position++;
    return list;
  };
  return read();
}

function number(text: string): Rational {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new SyntaxError(`not a number: ${text}`);
  const [, minus, whole, digits = ''] = match;
  return rational(BigInt(`${minus}${whole}${digits}`), 10n ** BigInt(digits.length));
}

/** The value of a term at exact values of its variables: an evaluation of our own, independent of Z3's. */
export function evaluateTerm(text: string, values: Readonly<Record<string, Rational>>): Value {
  const order = (relation: (sign: number) => boolean) => (a: Value, b: Value) =>
    relation(rationals.sign(rationals.sub(a as Rational, b as Rational))!);
  const go = (expression: Expression): Value => {
    if (typeof expression === 'string') return values[expression] ?? number(expression);
    const [head, ...rest] = expression;
    const args = rest.map(go);
    const fold = (operation: (a: Rational, b: Rational) => Rational): Rational =>
      (args as Rational[]).reduce((a, b) => operation(a, b));
    switch (head) {
      case '+':
        return fold(rationals.add);
      case '*':
        return fold(rationals.mul);
      case '-':
        return args.length === 1 ? rationals.sub(rationals.of(0), args[0] as Rational) : fold(rationals.sub);
      case '<':
        return order((s) => s < 0)(args[0]!, args[1]!);
      case '<=':
        return order((s) => s <= 0)(args[0]!, args[1]!);
      case '>':
        return order((s) => s > 0)(args[0]!, args[1]!);
      case '>=':
        return order((s) => s >= 0)(args[0]!, args[1]!);
      case '=':
        return typeof args[0] === 'boolean' ? args[0] === args[1] : order((s) => s === 0)(args[0]!, args[1]!);
      case 'not':
        return !args[0];
      case 'and':
        return args.every(Boolean);
      case 'or':
        return args.some(Boolean);
      case '=>':
        return !args[0] || Boolean(args[1]);
      default:
        throw new SyntaxError(`unknown operator ${String(head)}`);
    }
  };
  return go(parseTerm(text));
}

interface Answer {
  readonly result: string;
  readonly model: Record<string, string>;
}

async function ask({ context }: Z3, variables: readonly string[], assertion: string): Promise<Answer> {
  const solver = new context.Solver('QF_NRA');
  solver.set('rlimit', EFFORT);
  const declarations = variables.map((name) => `(declare-const ${name} Real)`).join('');
  solver.fromString(`${declarations}(assert ${assertion})`);
  const result = await solver.check();
  const model: Record<string, string> = {};
  if (result === 'sat') {
    const found = solver.model();
    // Z3 may list functions of its own (division by zero) beside the constants asked for.
    for (const declaration of found.decls().filter((one) => one.arity() === 0))
      model[String(declaration.name())] = found.eval(declaration.call() as never).toString();
  }
  return { result, model };
}

/** A number as Z3 prints it: 3, 3.0, (- 3.0), (/ 1.0 3.0); `undefined` for algebraic numbers. */
function modelValue(text: string): Rational | undefined {
  try {
    const go = (expression: Expression): Rational => {
      if (typeof expression === 'string') {
        const [top, bottom] = expression.split('/');
        const value = number(top!);
        return bottom === undefined ? value : rational(value.numerator, value.denominator * BigInt(bottom));
      }
      const [head, a, b] = expression;
      if (head === '-') return rationals.sub(rationals.of(0), go(a!));
      const [x, y] = [go(a!), go(b!)];
      return rational(x.numerator * y.denominator, x.denominator * y.numerator);
    };
    return go(parseTerm(text));
  } catch {
    return undefined;
  }
}

/** Decides a statement, and its control. */
export async function decideZ3(z3: Z3, decision: Decision): Promise<DecisionVerdict> {
  const { variables, negation, control } = decision;
  const { result, model: counterexample } = await ask(z3, variables, negation);
  if (result === 'sat') {
    const where = Object.entries(counterexample).map(([name, value]) => `${name} = ${value}`);
    return { holds: false, reason: `counterexample: ${where.join(', ')}` };
  }
  if (result !== 'unsat') return { holds: undefined, reason: `Z3 answered ${result}` };
  const { result: controlled, model } = await ask(z3, variables, control);
  if (controlled !== 'sat') return { holds: undefined, reason: `the false control came back ${controlled}` };
  const values: Record<string, Rational> = {};
  for (const name of variables) {
    const value = modelValue(model[name] ?? '0');
    if (value === undefined) return { holds: true, model, reason: 'the control’s model is algebraic' };
    values[name] = value;
  }
  if (evaluateTerm(control, values) !== true)
    return { holds: undefined, reason: 'the control’s model does not satisfy it in exact arithmetic' };
  return { holds: true, model };
}
