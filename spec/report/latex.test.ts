/**
 * Plain formulas in LaTeX: what KaTeX takes, and what a reader expects.
 */
import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { ledger } from '#spec/claims/ledger.js';
import { equationsOf, latex } from '#src/report/latex.js';

describe('latex', () => {
  it('sets every formula of the ledger, strictly', () => {
    const equations = ledger.flatMap(({ statement }) => equationsOf(statement.formula));
    expect(equations.length).toBeGreaterThan(ledger.length);
    for (const equation of equations) {
      const set = latex(equation);
      expect(() => katex.renderToString(set, { strict: 'error' }), equation).not.toThrow();
      // Nothing of the plain style is left for KaTeX to guess at.
      expect(set, equation).not.toMatch(/[^\x20-\x7e]/);
    }
  });

  it.each([
    ['λ₃ = σ_vu + q/D⁵', '\\lambda_3 = \\sigma_{vu} + q/D^5'],
    [
      'P_eff = [[A, B σ_zm], [0, 1−η]]',
      'P_{\\mathrm{eff}} = \\begin{bmatrix}A & B \\sigma_{zm} \\\\ 0 & 1-\\eta\\end{bmatrix}',
    ],
    ['√σ_zm + √(p_f² + 1)', '\\sqrt{\\sigma_{zm}} + \\sqrt{p_f^2 + 1}'],
    ['|σ_zm(0) − σ*|/(lr c ‖M‖)', '{\\lvert\\sigma_{zm}(0) - \\sigma^*\\rvert}/(\\mathit{lr}\\,c {\\lVert M\\rVert})'],
    ['(λ − 1)^max(0, c−N)', '(\\lambda - 1)^{\\max(0, c-N)}'],
    ['Σ_{k<m} Σ₀σx', '\\sum_{k<m} \\Sigma_0\\sigma x'],
    ['K′₂ = S_tᵀK_t', "K'_2 = S_t^\\top K_t"],
    ['max_{e′<e} L_e / L_e′', "\\max_{e'<e} L_e / L_{e'}"],
    ['s± = lr min(1, M̂)', 's_\\pm = \\mathit{lr}\\,\\min(1, \\hat{M})'],
    ['q = 0 ⇒ some root of λ', 'q = 0 \\Rightarrow\\text{ some root of }\\lambda'],
    ['a ± b', 'a \\pm b'],
  ])('%s', (plain, expected) => {
    expect(latex(plain)).toBe(expected);
  });

  it('takes a formula apart where it says so', () => {
    expect(equationsOf('L(a; b) = 0;  w = 1,  v = (1, 2)')).toEqual(['L(a; b) = 0', 'w = 1', 'v = (1, 2)']);
  });
});
