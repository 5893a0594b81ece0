/**
 * The bridge between text and code: formulas that are proved as texts are those that the theory computes.
 */
import fc from 'fast-check';
import nerdamer from 'nerdamer';
import { describe, expect, it } from 'vitest';
import { evaluateText } from '#proofs/kernels/formula-text.js';
import { derivations } from '#proofs/ledger.js';
import { forAllWith } from '#spec/support/for-all.js';
import { majorants, roundingBound } from '#src/linalg/majorant.js';
import { rational, rationals, toDouble } from '#src/linalg/rational.js';
import { type Ring, reals } from '#src/linalg/ring.js';
import type { Formula } from '#src/theory/statement.js';
import { STATEMENTS } from '#src/theory/topics.js';

const theory = new Map<string, readonly Formula[]>();
for (const { id, topic } of STATEMENTS)
  theory.set(id, (await import(`../../dist/src/theory/${topic}/${id}.js`)).formulas ?? []);

describe('the bridge between text and code', () => {
  const listed = [...theory].flatMap(([id, formulas]) =>
    formulas.map((formula) => [`${id}: ${formula.name}`, formula] as const),
  );

  it('spans every derived statement', () => {
    for (const { statement } of derivations) expect(theory.get(statement.id), statement.id).not.toEqual([]);
  });

  it.each(listed)('%s', (_, { variables, texts, values }) => {
    const fraction = fc.tuple(fc.integer({ min: -64, max: 64 }), fc.integer({ min: 1, max: 24 }));
    // Names of our own: nerdamer takes e for Euler's number.
    const names = variables.map((_name, k) => `x${k}`);
    const compiled = texts.map((text) => {
      const renamed = text.replace(/[A-Za-z]\w*/g, (name) => names[variables.indexOf(name)]!);
      return nerdamer(renamed).buildFunction(names);
    });
    forAllWith(
      { numRuns: 40 },
      fc.array(fraction, { minLength: variables.length, maxLength: variables.length }),
      (point) => {
        // Exactly, at random rational points.
        const exact = Object.fromEntries(
          variables.map((name, k) => [name, rational(BigInt(point[k]![0]), BigInt(point[k]![1]))]),
        );
        const byCode = values(rationals, exact);
        expect(byCode).toHaveLength(texts.length);
        texts.forEach((text, k) => {
          const byText = evaluateText(rationals, text, exact);
          expect(rationals.sign(rationals.sub(byText, byCode[k]!)), text).toBe(0);
        });
        // In double precision, against what nerdamer compiles: both round, within their own majorants.
        const numbers = Object.fromEntries(variables.map((name) => [name, toDouble(exact[name]!)]));
        const own = values(reals, numbers);
        const inOrder = variables.map((name) => numbers[name]!);
        const at = <T>(R: Ring<T>) => Object.fromEntries(variables.map((name) => [name, R.of(numbers[name]!)]));
        const codeBound = values(majorants, at(majorants));
        texts.forEach((text, k) => {
          const textBound = evaluateText(majorants, text, at(majorants));
          // nerdamer may rewrite the text before it compiles it: as many roundings again.
          const bound =
            roundingBound(codeBound[k]!) + 4 * roundingBound({ ...textBound, roundings: textBound.roundings + 4 });
          expect(Math.abs(own[k]! - compiled[k]!(...inOrder)), text).toBeLessThanOrEqual(bound);
        });
      },
    );
  });
});
