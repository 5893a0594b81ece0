/**
 * Sentences with plain formulas in them as HTML: indices are lowered, exponents raised, `code` is code.
 */
import { html, type Markup } from './markup.js';

/** An index or exponent: a group, a number with its sign, a word in small letters, a capital, any other letter. */
const SCRIPT = /([_^])(?:\{([^{}]*)\}|(\([^()]*\)|[-−]?\d+|[a-z]+|\p{L}))(?=[^\w]|\p{L}|$)/u;
const CODE = /`([^`]+)`/;
const PART = new RegExp(`(?:${CODE.source})|(?:${SCRIPT.source})`, 'gu');

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
