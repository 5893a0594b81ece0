/**
 * Sentences with plain formulas in them as HTML: indices are lowered, exponents raised, `code` is code.
 */
import { html, type Markup } from '../chart/markup.js';

/** An index or exponent: a group, a number with its sign, a word in small letters, a capital, any other letter. */
const SCRIPT = /([_^])(?:\{([^{}]*)\}|(\([^()]*\)|[-−]?\d+|[a-z]+|\p{L}))(?=[^\w]|\p{L}|$)/u;
const CODE = /`([^`]+)`/;
const PART = new RegExp(`(?:${CODE.source})|(?:${SCRIPT.source})`, 'gu');

/** A title or a sentence with a capital where it begins with a word. */
export function capitalised(text: string): string {
  return text.replace(/^[a-z][a-z-]*(?=[ ,])/, (word) => word[0]!.toUpperCase() + word.slice(1));
}

/** A remark, which may hold names of files and printed cases: only indices of Greek letters are lowered. */
export function remark(text: string): Markup {
  const parts = text.split(/(?<=[α-ω])_([a-z]{1,2})(?![\w])/u);
  return html`${parts.map((part, k) => (k % 2 === 0 ? part : html`<sub>${part}</sub>`))}`;
}

/** A sentence of a statement or a derivation. */
export function notation(text: string): Markup {
  const parts: Markup[] = [];
  let from = 0;
  for (const match of text.matchAll(PART)) {
    const [whole, code, kind, group, plain = ''] = match;
    const script = group ?? plain.replace(/^\((.*)\)$/, '$1').replace(/^-/, '−');
    parts.push(
      html`${text.slice(from, match.index)}`,
      code !== undefined
        ? html`<code>${code}</code>`
        : kind === '_'
          ? html`<sub>${script}</sub>`
          : html`<sup>${script}</sup>`,
    );
    from = match.index + whole.length;
  }
  return html`${parts}${text.slice(from)}`;
}
