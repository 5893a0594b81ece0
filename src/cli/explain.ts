/**
 * `loopproof explain`: a statement with its derivation, validity, tolerance and what would refute it.
 */
import { percent } from '../claims/proportion.js';
import { FALSE_ALARM_PER_PROPORTION } from '../linalg/tolerance.js';
import { derivationOf } from './derivations.js';
import { claimOf } from './suite.js';

/** Greek letters, roots and operators of a plain formula as LaTeX commands. */
const LATEX: readonly (readonly [RegExp, string])[] = [
  [/σ_([a-z]+)/g, '\\sigma_{$1}'],
  [/σ/g, '\\sigma'],
  [/λ₁/g, '\\lambda_1'],
  [/λ₂/g, '\\lambda_2'],
  [/λ₃/g, '\\lambda_3'],
  [/λ/g, '\\lambda'],
  [/α/g, '\\alpha'],
  [/μ/g, '\\mu'],
  [/ω/g, '\\omega'],
  [/ṙ/g, '\\dot r'],
  [/η/g, '\\eta'],
  [/χ/g, '\\chi'],
  [/κ/g, '\\kappa'],
  [/θ/g, '\\theta'],
  [/φ/g, '\\varphi'],
  [/ε/g, '\\varepsilon'],
  [/ρ/g, '\\rho'],
  [/Δ/g, '\\Delta '],
  [/∂/g, '\\partial '],
  [/∇/g, '\\nabla '],
  [/Σ₀/g, '\\Sigma_0'],
  [/Σ/g, '\\sum '],
  [/√(\w+|\\\w+(?:_\{\w+\})?)/g, '\\sqrt{$1}'],
  [/ᵀ/g, '^{\\top}'],
  [/²/g, '^2'],
  [/³/g, '^3'],
  [/⁵/g, '^5'],
  [/₀/g, '_0'],
  [/₁/g, '_1'],
  [/₂/g, '_2'],
  [/₃/g, '_3'],
  [/⇔/g, '\\Leftrightarrow '],
  [/⇒/g, '\\Rightarrow '],
  [/∧/g, '\\wedge '],
  [/≤/g, '\\le '],
  [/≥/g, '\\ge '],
  [/±/g, '\\pm '],
  [/·/g, '\\cdot '],
  [/−/g, '-'],
  [/′/g, "'"],
  [/‖/g, '\\Vert '],
  [/⟨/g, '\\langle '],
  [/⟩/g, '\\rangle '],
];

/** A plain formula in LaTeX. */
export function latex(formula: string): string {
  return LATEX.reduce((text, [pattern, command]) => text.replace(pattern, command), formula);
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > 96) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}

/**
 * A claim in words: statement, limits, derivation, and what would refute it.
 * @param inLatex whether the formula is in LaTeX
 * @throws LoopproofError for an unknown identifier
 */
export function explanationOf(id: string, inLatex = false): string {
  const claim = claimOf(id);
  const { statement, mutants, proportions = [] } = claim;
  const derivation = derivationOf(id);
  const section = (title: string, text: string): string => `${title.padEnd(12)}${wrapped(text, ' '.repeat(12))}\n`;
  const lines = [
    `${statement.id} (${statement.kind})\n`,
    section('says', statement.statement),
    section('formula', inLatex ? latex(statement.formula) : statement.formula),
    section('assumes', statement.assumptions),
    section('valid', statement.validity),
    section('tolerance', statement.tolerance),
    section('source', statement.source),
  ];
  if (derivation) {
    lines.push('\nderivation\n');
    derivation.steps.forEach((step, k) => {
      lines.push(`  ${k + 1}. ${wrapped(step, '     ')}\n`);
    });
    lines.push('\nproved by independent kernels (loopproof prove)\n');
    for (const { name } of derivation.identities) lines.push(`  identity  ${name}\n`);
    for (const { name } of derivation.decisions ?? []) lines.push(`  decision  ${name}\n`);
  } else lines.push('\nderivation: none; stated and tried, not proved\n');
  if (proportions.length > 0) {
    lines.push('\nclaimed of random configurations, decided one after the other\n');
    for (const { name, atLeast, refutedBelow, share } of proportions) {
      const part = share === undefined ? '' : `; of a part of them, ${percent(share)} at least`;
      lines.push(`  at least ${percent(atLeast)}  ${name} (refuted at ${percent(refutedBelow)} or less${part})\n`);
    }
    lines.push(`  each wrongly refuted with a probability of ${FALSE_ALARM_PER_PROPORTION.toExponential(0)} at most\n`);
  }
  lines.push('\nwould be refuted by, for example\n');
  for (const { name } of mutants) lines.push(`  ${name}\n`);
  return lines.join('');
}

export function explain(id: string, { latex: inLatex }: { readonly latex?: boolean }): void {
  process.stdout.write(explanationOf(id, inLatex));
}
