/**
 * Formulas, set by KaTeX on this side: a page needs its style and fonts, no script.
 */
import { readFileSync } from 'node:fs';
import katex from 'katex';
import { html, type Markup, trusted } from '../chart/markup.js';
import { equationsOf } from './exposition.js';

/** Fonts that occur in formulas of the plain style: no calligraphic letters, no bold ones. */
const FONTS = ['Main-Regular', 'Math-Italic', 'Size1-Regular', 'Size2-Regular', 'Size3-Regular', 'Size4-Regular'];

const folder = (): URL => new URL('.', import.meta.resolve('katex'));

/** KaTeX's style sheet with the fonts of formulas in it, as data. */
export function formulaStyle(): string {
  const css = readFileSync(new URL('katex.min.css', folder()), 'utf8').replace(/@font-face\{[^}]*\}/g, '');
  const faces = FONTS.map((font) => {
    const data = readFileSync(new URL(`fonts/KaTeX_${font}.woff2`, folder())).toString('base64');
    const [family, cut] = font.split('-');
    const style = cut === 'Italic' ? 'italic' : 'normal';
    return `@font-face{font-family:KaTeX_${family};font-style:${style};font-weight:400;font-display:block;src:url(data:font/woff2;base64,${data}) format("woff2")}`;
  });
  return [...faces, css].join('');
}

/** A statement's LaTeX, equations one below the other, with MathML for readers that do not see them. */
export function formulaMarkup(latex: string): Markup {
  return html`${equationsOf(latex).map((equation) => {
    // In line, since only there KaTeX lets a line break after a relation.
    const set = katex.renderToString(`\\displaystyle ${equation}`, { output: 'htmlAndMathml', strict: 'error' });
    return html`<div class="equation">${trusted(set)}</div>`;
  })}`;
}
