/**
 * Verdicts as one HTML file: the ledger as a table, a page for every claim and every recorded run. Nothing is loaded from
 * elsewhere, and only this package's script runs.
 */
import { createHash } from 'node:crypto';
import { html, type Markup, trusted } from '../chart/markup.js';
import { STATUSES, summarise } from '../claims/verdict.js';
import { verdictLines } from './diagnosis.js';
import type { Exposition } from './exposition.js';
import { isAccepted, type Refusal } from './finding.js';
import { formulaStyle } from './formula.js';
import { claimPage } from './html-claim.js';
import { badge, brief, claimAnchor, facts, grouped, type Page, page, runAnchor } from './html-parts.js';
import { type RunAccount, runCard, runPage } from './html-run.js';
import { SCRIPT } from './html-script.js';
import { STYLE } from './html-style.js';
import type { ReportedVerdict } from './json.js';
import { marginOf } from './margin.js';
import { capitalised, notation, remark } from './notation.js';
import type { Proofs } from './proofs.js';

/** Where a report comes from. */
export interface ReportProvenance {
  readonly version: string;
  /** Of the checkout, if it is one. */
  readonly commit?: string | undefined;
  /** Absent where nothing was drawn at random. */
  readonly seed?: number | undefined;
  readonly platform: string;
  readonly node: string;
  /** ISO 8601. */
  readonly time: string;
}

/** What the report shows. */
export interface HtmlReport {
  readonly command: 'verify' | 'check';
  readonly provenance: ReportProvenance;
  readonly verdicts: readonly ReportedVerdict[];
  /** Of the claims that there are verdicts on. */
  readonly expositions: readonly Exposition[];
  readonly runs: readonly RunAccount[];
  readonly refusals?: readonly Refusal[];
  readonly proofs?: Proofs | undefined;
}

const SEVERITY = { refuted: 0, undecided: 1, holds: 2 } as const;

/** The outcome in one sentence. */
function headline(verdicts: readonly ReportedVerdict[], refusals: readonly Refusal[]): string {
  const { holds, refuted, undecided } = summarise(verdicts);
  const unread = refusals.length > 0 ? [`${refusals.length} not read`] : [];
  if (verdicts.length === 0) return unread[0] ?? 'Nothing was judged';
  if (refuted === 0 && undecided === 0 && unread.length === 0)
    return holds === 1 ? 'The claim holds' : `All ${holds} hold`;
  const parts = [
    ...(refuted > 0 ? [`${refuted} refuted`] : []),
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...unread,
    `${holds} hold`,
  ];
  return parts.join(', ');
}

function tallies(verdicts: readonly ReportedVerdict[]): Markup {
  const { holds, refuted, undecided } = summarise(verdicts);
  const accepted = verdicts.filter(isAccepted).length;
  const cases = verdicts.reduce((sum, verdict) => sum + verdict.cases, 0);
  const falseAlarm = verdicts.reduce((sum, verdict) => sum + verdict.falseAlarm, 0);
  return facts([
    ['hold', grouped(holds)],
    ['refuted', grouped(refuted)],
    ['undecided', grouped(undecided)],
    ['accepted by the baseline', accepted > 0 && grouped(accepted)],
    ['cases tried', grouped(cases)],
    ['probability of any false refutation', falseAlarm === 0 ? '0' : html`≤ ${brief(falseAlarm, 1)}`],
  ]);
}

function failures(verdicts: readonly ReportedVerdict[], runs: ReadonlyMap<string, number>): Markup | false {
  const failed = verdicts
    .filter(({ status }) => status !== 'holds')
    .sort((a, b) => SEVERITY[a.status] - SEVERITY[b.status]);
  if (failed.length === 0) return false;
  const rows = failed.map((verdict) => {
    const { id, run, status, reason, diagnosis } = verdict;
    const index = run === undefined ? undefined : runs.get(run);
    const on =
      run !== undefined &&
      html` on ${index === undefined ? html`<bdi>${run}</bdi>` : html`<a href="#${runAnchor(index)}"><bdi>${run}</bdi></a>`}`;
    return html`<li>${badge(status)} <a href="#${claimAnchor(id)}"><code>${id}</code></a>${on}${[
      ...(diagnosis ? verdictLines(diagnosis) : []),
      ...(reason === undefined ? [] : [reason]),
    ].map((line) => html`<p class="reason">${remark(line)}</p>`)}</li>`;
  });
  return html`<section class="failures"><h2>What does not hold</h2><ul class="plain">${rows}</ul></section>`;
}

function controls(verdicts: readonly ReportedVerdict[]): Markup {
  const counts = summarise(verdicts);
  const kinds = [...new Set(verdicts.map(({ kind }) => kind))].sort();
  return html`<form class="controls" role="search" aria-label="Filter the claims" hidden>
<label class="find"><span>Find</span><input type="search" id="find" autocomplete="off" spellcheck="false"></label>
<fieldset><legend>Status</legend>${STATUSES.map(
    (status) =>
      html`<label><input type="checkbox" name="status" value="${status}" checked><span>${status} <b>${counts[status]}</b></span></label>`,
  )}</fieldset>
<label><span>Kind</span><select id="kind"><option value="">all</option>${kinds.map((kind) => html`<option>${kind}</option>`)}</select></label>
<output id="shown" aria-live="polite"></output>
</form>`;
}

function row(verdict: ReportedVerdict, index: number, hasRuns: boolean): Markup {
  const { id, run, status, kind, title, cases } = verdict;
  const { text, used } = marginOf(verdict);
  const share = used === undefined ? undefined : Math.round(100 * Math.min(1, used));
  return html`<tr data-status="${status}" data-kind="${kind}" data-order="${index}">
<td data-key="${SEVERITY[status]}">${badge(status)}${isAccepted(verdict) && html`<br><span class="aside">accepted</span>`}</td>
<th scope="row" data-key="${id}"><a href="#${claimAnchor(id)}">${notation(capitalised(title))}</a><code class="id">${id}</code><span class="narrow">${kind} · ${grouped(cases)} ${cases === 1 ? 'case' : 'cases'}</span></th>
${hasRuns && html`<td data-key="${run ?? ''}"><bdi>${run}</bdi></td>`}
<td class="wide-only" data-key="${kind}">${kind}</td>
<td class="wide-only number" data-key="${cases}">${grouped(cases)}</td>
<td class="number" data-key="${used === undefined ? '' : used}">${text}${
    share !== undefined &&
    html`<svg class="gauge" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><path class="track" d="M0 2H100"/><path class="used" d="M0 2H${share}"/></svg>`
  }</td>
</tr>
`;
}

function table(verdicts: readonly ReportedVerdict[]): Markup {
  const hasRuns = verdicts.some(({ run }) => run !== undefined);
  const arrow = html`<span class="arrow" aria-hidden="true"></span>`;
  const column = (name: string, type: 'number' | 'text', classes = ''): Markup => {
    const right = classes.includes('number');
    return html`<th scope="col" class="${classes}" data-type="${type}"><button type="button" disabled>${right && arrow}${name}${!right && arrow}</button></th>`;
  };
  return html`<table class="ledger"><caption class="unseen">Verdicts; the buttons of the head sort them</caption><thead><tr>${[
    column('Status', 'number'),
    column('Claim', 'text'),
    hasRuns && column('Run', 'text'),
    column('Kind', 'text', 'wide-only'),
    column('Cases', 'number', 'wide-only number'),
    column('Margin', 'number', 'number'),
  ]}</tr></thead><tbody>
${verdicts.map((verdict, index) => row(verdict, index, hasRuns))}</tbody></table>
<p id="none" hidden>No claim matches.</p>`;
}

function overview(report: HtmlReport, runs: ReadonlyMap<string, number>): Markup {
  const { command, provenance, verdicts, refusals = [], proofs } = report;
  const { version, commit, seed, platform, node, time } = provenance;
  return html`<article id="overview" aria-labelledby="overview-title">
<header><p class="kicker">loopproof ${command}</p><h1 id="overview-title" tabindex="-1">${headline(verdicts, refusals)}</h1></header>
<div class="tallies">${tallies(verdicts)}</div>
${
  refusals.length > 0 &&
  html`<section class="failures"><h2>Not read</h2><ul class="plain">${refusals.map(({ run, reason }) => html`<li><code><bdi>${run}</bdi></code><p class="reason">${reason}</p></li>`)}</ul></section>`
}
${failures(verdicts, runs)}
<section><h2 id="ledger">${command === 'check' ? 'Verdicts' : 'The ledger'}</h2>
${controls(verdicts)}
${table(verdicts)}</section>
${
  report.runs.length > 0 &&
  html`<section><h2 id="runs">Recorded runs</h2><ul class="cards">${report.runs.map((run, index) =>
    runCard(run, index, ofRun(verdicts, run)),
  )}</ul></section>`
}
<section class="provenance"><h2>Provenance</h2>${facts([
    ['loopproof', version],
    ['commit', commit !== undefined && html`<code>${commit}</code>`],
    ['seed', seed],
    ['platform', platform],
    ['Node', node],
    ['time', html`<time datetime="${time}">${time}</time>`],
    ['proofs', proofs && `by loopproof ${proofs.version}`],
  ])}</section>
</article>
`;
}

const ofRun = (verdicts: readonly ReportedVerdict[], { name }: RunAccount): ReportedVerdict[] =>
  verdicts.filter(({ run }) => run === name);

/** Pages for every claim that there is a verdict on, in their order. */
function claimPages({ verdicts, expositions, proofs }: HtmlReport, runs: ReadonlyMap<string, number>): Page[] {
  const known = new Map(expositions.map((exposition) => [exposition.statement.id, exposition]));
  const proved = new Map(proofs?.claims.map((proof) => [proof.id, proof]));
  return [...new Map(verdicts.map(({ id, title }) => [id, title]))].map(([id, title]) =>
    claimPage({
      id,
      title,
      verdicts: verdicts.filter((verdict) => verdict.id === id),
      exposition: known.get(id),
      proof: proved.get(id),
      runs,
    }),
  );
}

/**
 * The report's text: the same bytes for the same report. Names, reasons and cases are shown as text, since templates escape them
 * (`html`). A policy in the head runs only this package's script and loads nothing.
 */
export function htmlReport(report: HtmlReport): string {
  const { command, verdicts, refusals = [] } = report;
  const runs = new Map(report.runs.map(({ name }, index) => [name, index]));
  const claims = new Set(verdicts.map(({ id }) => id));
  const pages = [
    ...claimPages(report, runs),
    ...report.runs.map((run, index) => runPage(run, index, ofRun(verdicts, run), claims)),
  ];
  const title = `${headline(verdicts, refusals)} · loopproof ${command}`;
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(formulaStyle())}${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#ledger">Skip to the table</a>
<header class="bar"><a class="brand" href="#overview">loopproof</a><button type="button" id="theme" hidden></button></header>
<main>
${overview(report, runs)}${pages.map((one, k) => page(one, pages[k - 1], pages[k + 1]))}</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return document.text;
}
