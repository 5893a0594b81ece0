/**
 * Formulas as text: sums, differences, products and non-negative integer powers, read into any ring. The text is the one
 * that nerdamer compiles; reading it here as well keeps the two from sharing a mistake.
 */
import { negate, power, type Ring } from '#src/linalg/ring.js';
import type { Formula } from '#src/theory/statement.js';
import type { Identity, Values } from './identity.js';

/** The value of a formula's text. @throws SyntaxError for anything but + − * ^ ( ) names and integers */
export function evaluateText<T>(R: Ring<T>, text: string, values: Values<T>): T {
  const tokens = text.match(/\d+|[A-Za-z]\w*|[-+*^()]/g) ?? [];
  if (tokens.join('') !== text.replace(/\s+/g, '')) throw new SyntaxError(`unexpected characters in ${text}`);
  let position = 0;
  const take = (token: string): boolean => {
    if (tokens[position] !== token) return false;
    position++;
    return true;
  };
  const atom = (): T => {
    const token = tokens[position++];
    if (token === undefined) throw new SyntaxError(`${text} ends too early`);
    if (token === '(') {
      const inner = sum();
      if (!take(')')) throw new SyntaxError(`a parenthesis is not closed in ${text}`);
      return inner;
    }
    if (/^\d/.test(token)) return R.of(Number(token));
    const value = values[token];
    if (value === undefined) throw new SyntaxError(`unknown name ${token} in ${text}`);
    return value;
  };
  const factor = (): T => {
    if (take('-')) return negate(R, factor());
    const base = atom();
    return take('^') ? power(R, base, Number(tokens[position++])) : base;
  };
  const term = (): T => {
    let value = factor();
    while (take('*')) value = R.mul(value, factor());
    return value;
  };
  const sum = (): T => {
    let value = term();
    for (;;) {
      if (take('+')) value = R.add(value, term());
      else if (take('-')) value = R.sub(value, term());
      else return value;
    }
  };
  const value = sum();
  if (position !== tokens.length) throw new SyntaxError(`unexpected ${tokens[position]} in ${text}`);
  return value;
}

/** That a formula's code computes what its text says, as an identity. */
export function isItsText({ name, variables, texts, values }: Formula): Identity {
  return {
    name: `${name} = ${texts.join(', ')}`,
    variables,
    vanish: (R, x) => values(R, x).map((value, k) => R.sub(value, evaluateText(R, texts[k]!, x))),
  };
}

/** That two formulas are the same polynomial, as an identity's expressions: `equal('(a+b)^2', 'a^2+2*a*b+b^2')`. */
export function equal(left: string, right: string): Identity['vanish'] {
  return (R, x) => [R.sub(evaluateText(R, left, x), evaluateText(R, right, x))];
}
