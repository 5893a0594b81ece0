/**
 * What Z3 decides, as a proposition of Rocq about real numbers.
 */
import { type Decision, type Expression, parseTerm } from './z3.js';

const ORDER = new Set(['<', '<=', '>', '>=']);
const LOGIC: Readonly<Record<string, string>> = { and: '/\\', or: '\\/', '=>': '->' };

/** A decimal as a fraction, which `lra` and `nra` read. */
function number(text: string): string {
  const [whole, digits = ''] = text.split('.');
  return digits === '' ? whole! : `(${BigInt(whole! + digits)} / ${10n ** BigInt(digits.length)})`;
}

/** Whether an expression is true or false, and not a number. */
const isProp = (expression: Expression): boolean =>
  typeof expression !== 'string' &&
  (expression[0] === 'not' || String(expression[0]) in LOGIC || isRelation(expression));
const isRelation = ([head]: readonly Expression[]): boolean => head === '=' || ORDER.has(String(head));

function written(expression: Expression): string {
  if (typeof expression === 'string') return /^\d/.test(expression) ? number(expression) : expression;
  const [head, ...rest] = expression;
  const parts = rest.map(written);
  const joined = (operator: string): string => `(${parts.join(` ${operator} `)})`;
  if (head === 'not') return `(~ ${parts[0]})`;
  if (head === '=') return joined(isProp(rest[0]!) ? '<->' : '=');
  if (head === '-' && parts.length === 1) return `(- ${parts[0]})`;
  return joined(LOGIC[String(head)] ?? String(head));
}

/** The claim of a decision: what `negation` denies, for all values. A denied denial is the statement itself. */
export function propOf({ variables, negation }: Pick<Decision, 'variables' | 'negation'>): string {
  const term = parseTerm(negation);
  const claim = typeof term !== 'string' && term[0] === 'not' ? written(term[1]!) : `~ ${written(term)}`;
  return `forall ${variables.join(' ')} : R, ${claim}`;
}
