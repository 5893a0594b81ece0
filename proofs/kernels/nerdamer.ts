/**
 * Kernel: nerdamer, a computer-algebra system. Only its `expand` of sums, differences and products of division-free
 * polynomials is used, which is the part of it that can be trusted; a proof is the literal result `0`.
 *
 * Every operation is expanded at once, so that expressions stay polynomials in normal form.
 */
import { createRequire } from 'node:module';
import type { Ring } from '#src/linalg/ring.js';
import type { Identity, Kernel, KernelVerdict } from './identity.js';

/** Expressions as nerdamer prints them. */
export type Text = string;

const require = createRequire(import.meta.url);
let loaded: typeof import('nerdamer') | undefined;

/** nerdamer. It takes a fifth of a second to load, and most commands prove nothing. */
function nerdamer(): typeof import('nerdamer') {
  if (!loaded) {
    loaded = require('nerdamer') as typeof import('nerdamer');
    require('nerdamer/Algebra.js');
  }
  return loaded;
}

/** Normal forms by text: an identity repeats its operations, and its mutants nearly all of them. */
const known = new Map<Text, Text>();
/** All are forgotten when they come to more characters than this. */
const MOST_KNOWN = 2 ** 25;
let characters = 0;

function expand(text: Text): Text {
  const before = known.get(text);
  if (before !== undefined) return before;
  const expanded = nerdamer()(text).expand().toString();
  characters += text.length + expanded.length;
  if (characters > MOST_KNOWN) {
    known.clear();
    characters = 0;
  }
  known.set(text, expanded);
  return expanded;
}

/** The ring of nerdamer's expressions in normal form. Constants must be integers. */
export const expressions: Ring<Text> = {
  of: (value) => {
    if (!Number.isInteger(value)) throw new RangeError(`the nerdamer kernel takes integers, received ${value}`);
    return String(value);
  },
  add: (a, b) => (a === '0' ? b : b === '0' ? a : expand(`(${a})+(${b})`)),
  sub: (a, b) => (b === '0' ? a : expand(`(${a})-(${b})`)),
  mul: (a, b) => (a === '0' || b === '0' ? '0' : a === '1' ? b : b === '1' ? a : expand(`(${a})*(${b})`)),
};

/** Identities that take more operations than this are out of reach: expansion is slow. */
const MOST_OPERATIONS = 4000;
/** Nor are products of expressions of more characters than this expanded. */
const LONGEST = 1_000_000;

class OutOfReach extends Error {}

function decide({ variables, vanish }: Identity): KernelVerdict {
  let effort = 0;
  const counted =
    (operation: (a: Text, b: Text) => Text) =>
    (a: Text, b: Text): Text => {
      if (++effort > MOST_OPERATIONS) throw new OutOfReach(`more than ${MOST_OPERATIONS} operations`);
      if (a.length * b.length > LONGEST) throw new OutOfReach('products of long expressions');
      return operation(a, b);
    };
  const { of, add, sub, mul } = expressions;
  const R: Ring<Text> = { of, add: counted(add), sub: counted(sub), mul: counted(mul) };
  try {
    // Names of our own: nerdamer knows e, i and others as constants.
    const results = vanish(R, Object.fromEntries(variables.map((name, k) => [name, `x${k}`])));
    const left = results.find((text) => text !== '0');
    const base = { effort, unit: 'expressions' } as const;
    if (results.length === 0) return { holds: false, ...base, reason: 'nothing to prove' };
    return left === undefined ? { holds: true, ...base } : { holds: false, ...base, reason: `left over: ${left}` };
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error;
    return { holds: undefined, effort, unit: 'expressions', reason: error.message };
  } finally {
    loaded?.flush();
  }
}

export const nerdamerKernel: Kernel = { name: 'nerdamer', decide };
