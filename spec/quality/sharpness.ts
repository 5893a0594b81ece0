/**
 * How sharp claims are: the smallest relative fault of each part of a claim's subject that is refuted, and how well null predictors do.
 * Prints a Markdown table; `npm run sharpness -- [claims…]`, all by default.
 *
 * A fault multiplies what a part returns by 1 + ε: numbers, rationals, and the numbers of arrays, matrices, curves. Counts that stand
 * in an object stay as they are. Parts that return neither (engines, yes or no) have no such fault.
 */
import { ledger } from '#spec/claims/ledger.js';
import { type AnyClaim, mutated } from '#src/claims/claim.js';
import { judge } from '#src/claims/judge.js';
import { percent } from '#src/claims/proportion.js';
import { type Rational, rationals } from '#src/linalg/rational.js';

const SEED = 1;
const FAULTS = [1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3] as const;

const isRational = (value: object): value is Rational =>
  'numerator' in value && typeof value.numerator === 'bigint' && 'denominator' in value;

/** A value with its numbers times 1 + ε. @param found told of every number @param inside whether it stands in an object */
function scaled(value: unknown, epsilon: number, found: () => void, inside = false): unknown {
  if (typeof value === 'number') {
    if (inside && Number.isInteger(value)) return value;
    found();
    return value * (1 + epsilon);
  }
  if (ArrayBuffer.isView(value) && value instanceof Float64Array) {
    found();
    return value.map((entry) => entry * (1 + epsilon));
  }
  if (Array.isArray(value)) return value.map((entry) => scaled(entry, epsilon, found, inside));
  if (typeof value !== 'object' || value === null) return value;
  if (isRational(value)) {
    found();
    return rationals.mul(value, rationals.of(1 + epsilon));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, scaled(entry, epsilon, found, true)]);
  return Object.fromEntries(entries);
}

type Part = (...args: readonly unknown[]) => unknown;

/** The parts of a subject that are functions. */
function partsOf({ subject }: AnyClaim): [name: string, part: Part, withPart: (part: Part) => unknown][] {
  if (typeof subject === 'function') return [['it', subject as Part, (part) => part]];
  if (typeof subject !== 'object' || subject === null) return [];
  return Object.entries(subject).flatMap(([name, part]) =>
    typeof part === 'function' ? [[name, part as Part, (other: Part) => ({ ...subject, [name]: other })]] : [],
  );
}

/** The smallest fault of a part that is refuted; `none` where the largest is not, `undefined` where it returns no numbers. */
function smallestRefuted(claim: AnyClaim, part: Part, withPart: (part: Part) => unknown): number | 'none' | undefined {
  let numbers = false;
  const refuted = (epsilon: number): boolean => {
    const faulty: Part = (...args) =>
      scaled(part(...args), epsilon, () => {
        numbers = true;
      });
    const mutant = { name: `times 1 + ${epsilon}`, subject: withPart(faulty) };
    return judge(mutated(claim, mutant), { seed: SEED, shrink: false }).status === 'refuted';
  };
  let [low, high] = [-1, FAULTS.length - 1];
  if (!refuted(FAULTS[high]!)) return numbers ? 'none' : undefined;
  if (!numbers) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (refuted(FAULTS[middle]!)) high = middle;
    else low = middle;
  }
  return FAULTS[high];
}

/** How well the best null predictor of a claim does, and what the claim asks of its own. */
function bestNull(claim: AnyClaim): string {
  const { predictions = [] } = judge(claim, { seed: SEED });
  const rows = predictions.flatMap(({ nulls }) => nulls);
  const rate = ({ successes, trials }: (typeof rows)[number]): number => successes / trials;
  const [best] = rows.sort((a, b) => rate(b) - rate(a));
  return best ? `${best.name}: ${percent(rate(best))}` : '–';
}

const written = (epsilon: number | 'none'): string => (epsilon === 'none' ? '> 0.3' : String(epsilon));

const asked = process.argv.slice(2);
const unknown = asked.filter((id) => !ledger.some(({ statement }) => statement.id === id));
if (unknown.length > 0) {
  console.error(`no claims: ${unknown.join(', ')}`);
  process.exitCode = 2;
} else {
  console.log('| claim | smallest fault refuted | of the other parts | best null predictor |');
  console.log('|---|---|---|---|');
  for (const claim of ledger.filter(({ statement }) => asked.length === 0 || asked.includes(statement.id))) {
    const parts = partsOf(claim).flatMap(([name, part, withPart]) => {
      const fault = smallestRefuted(claim, part, withPart);
      return fault === undefined ? [] : [{ name, fault }];
    });
    const size = ({ fault }: (typeof parts)[number]): number => (fault === 'none' ? Number.POSITIVE_INFINITY : fault);
    const [first, ...rest] = parts
      .sort((a, b) => size(a) - size(b))
      .map(({ name, fault }) => `${written(fault)} (${name})`);
    console.log(`| \`${claim.statement.id}\` | ${first ?? '–'} | ${rest.join(', ') || '–'} | ${bestNull(claim)} |`);
  }
}
