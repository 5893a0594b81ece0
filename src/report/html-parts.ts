/**
 * What the pages of the HTML report share.
 */

import { type Content, html, type Markup } from '../chart/markup.js';
import type { Status } from '../claims/verdict.js';

const SIGNS: Record<Status, string> = { holds: '✓', refuted: '✕', undecided: '?' };

/** A status by sign, word and colour. */
export function badge(status: Status): Markup {
  return html`<span class="badge ${status}"><span class="sign" aria-hidden="true">${SIGNS[status]}</span><span class="word">${status}</span></span>`;
}

/** Where a claim's page begins. */
export function claimAnchor(id: string): string {
  return `claim-${id}`;
}

/** Where a run's page begins. @param index of the run in the report: its name may be anything */
export function runAnchor(index: number): string {
  return `run-${index + 1}`;
}

/** Names with what they mean; pairs without content are left out. */
export function facts(pairs: readonly (readonly [name: string, content: Content])[]): Markup {
  const shown = pairs.filter(([, content]) => content !== undefined && content !== false && content !== '');
  return html`<dl class="facts">${shown.map(([name, content]) => html`<div><dt>${name}</dt><dd>${content}</dd></div>`)}</dl>`;
}

/** A command to be repeated. */
export function commandLine(command: string): Markup {
  return html`<div class="command"><code>${command}</code><button type="button" class="copy" data-copy="${command}" hidden>Copy</button></div>`;
}

/** Text longer than this is folded. */
const LONG = 240;

/** A case as it was printed; folded where it is long. */
export function printed(text: string): Markup {
  if (text.length <= LONG) return html`<code class="case">${text}</code>`;
  return html`<details><summary>${text.length} characters: <code>${text.slice(0, 60)}…</code></summary><pre class="case">${text}</pre></details>`;
}

/** A page as others link to it. */
export interface PageLink {
  readonly anchor: string;
  readonly heading: Content;
}

/** What a page is made of. */
export interface Page extends PageLink {
  /** What stands above its heading. */
  readonly above: Content;
  readonly content: Content;
}

/**
 * A page: what is shown while its fragment is the address's.
 * @param previous the page before it @param next the one after it
 */
export function page({ anchor, heading, above, content }: Page, previous?: PageLink, next?: PageLink): Markup {
  const link = ({ anchor: to, heading: name }: PageLink, way: string): Markup =>
    html`<a href="#${to}" class="${way}"><span class="aside">${way}</span><br>${name}</a>`;
  return html`<article class="page" id="${anchor}" aria-labelledby="${anchor}-title">
<nav class="trail" aria-label="Back"><a href="#overview">← All claims</a></nav>
<header>${above}<h1 id="${anchor}-title" tabindex="-1">${heading}</h1></header>
${content}<nav class="neighbours" aria-label="Neighbours">${previous && link(previous, 'previous')}${next && link(next, 'next')}</nav>
</article>
`;
}

/** A part of a page. */
export function part(title: string, content: Content): Markup {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

/** Whole numbers with thin spaces between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202F');
}

/** A duration for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A number to a few digits; far from 1 with a power of ten. */
export function brief(value: number, digits = 3): Markup {
  const size = Math.abs(value);
  const signed = (text: string): string => text.replace('-', '−');
  if (!Number.isFinite(value)) return html`${signed(String(value))}`;
  if (value === 0 || (size >= 1e-3 && size < 1e6)) return html`${signed(String(Number(value.toPrecision(digits))))}`;
  const [mantissa, exponent] = value
    .toExponential(digits - 1)
    .split('e')
    .map(Number) as [number, number];
  const factor = mantissa === 1 ? '' : `${signed(String(mantissa))}\u00A0·\u00A0`;
  return html`${factor}10<sup>${signed(String(exponent))}</sup>`;
}
