/**
 * Formulas in LaTeX: KaTeX takes each, and each has the letters and digits of the formula as text.
 */
import katex from 'katex';
import { expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { equationsOf } from '#src/report/exposition.js';

/** Commands that stand for a character, and functions that are written out; all others are layout. */
const COMMANDS: Readonly<Record<string, string>> = {
  ...{
    alpha: 'α',
    beta: 'β',
    chi: 'χ',
    gamma: 'γ',
    Delta: 'Δ',
    varepsilon: 'ε',
    eta: 'η',
    kappa: 'κ',
    lambda: 'λ',
    mu: 'μ',
  },
  ...{ omega: 'ω', partial: '∂', varphi: 'φ', pi: 'π', rho: 'ρ', sigma: 'σ', Sigma: 'Σ', sum: 'Σ', theta: 'θ' },
  ...{ ell: 'l', nabla: '∇', top: 'T' },
  ...Object.fromEntries(['cos', 'det', 'ln', 'max', 'min', 'sin', 'tanh'].map((name) => [name, name])),
};

/** The letters and digits of a formula, sorted; raised and lowered ones are like the others. */
const symbolsOf = (text: string): string =>
  [...text.normalize('NFKD')]
    .filter((c) => /[\p{L}\p{N}∂∇]/u.test(c))
    .sort()
    .join('');
const written = (latex: string): string =>
  latex.replace(/\\(?:begin|end)\{bmatrix\}/g, '').replace(/\\([A-Za-z]+)/g, (_, name: string) => COMMANDS[name] ?? '');

it.each(ledger.map(({ statement }) => [statement.id, statement] as const))('%s', (_, { formula, latex }) => {
  for (const equation of equationsOf(latex!)) {
    expect(() => katex.renderToString(equation, { strict: 'error', throwOnError: true }), equation).not.toThrow();
    expect(equation).toMatch(/^[\x20-\x7e]+$/);
  }
  expect(symbolsOf(written(latex!))).toBe(symbolsOf(formula));
});
