/**
 * A claim's page of the HTML report.
 */

import { type Content, html, type Markup } from '../chart/markup.js';
import { type Counts, total } from '../claims/counts.js';
import { ratioOf } from '../claims/evidence.js';
import type { PredictionSummary } from '../claims/prediction.js';
import { type ProportionResult, percent } from '../claims/proportion.js';
import type { Worst } from '../claims/verdict.js';
import { proportionChart, scatterChart, spreadChart } from './chart.js';
import { type Exposition, fullSource } from './exposition.js';
import { standing } from './finding.js';
import { formulaMarkup } from './formula.js';
import {
  badge,
  brief,
  claimAnchor,
  commandLine,
  duration,
  facts,
  grouped,
  type Page,
  part,
  printed,
  runAnchor,
} from './html-parts.js';
import type { ReportedVerdict } from './json.js';
import { capitalised, notation, remark } from './notation.js';
import type { ClaimProof } from './proofs.js';

/** What a claim's page is made of. */
export interface ClaimPage {
  readonly id: string;
  readonly title: string;
  /** One, or one for each run. */
  readonly verdicts: readonly ReportedVerdict[];
  readonly exposition: Exposition | undefined;
  /** Proofs are part of the report; `undefined` in it where the claim has none. */
  readonly proof: ClaimProof | undefined;
  /** Index of a run in the report, by name. */
  readonly runs: ReadonlyMap<string, number>;
}

const sorted = (counts: Counts): [string, number][] => Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));

function worstCase({ quantity, residual, bound, case: instance, replay, ...rest }: Worst): Markup {
  const ratio = ratioOf({ quantity, residual, bound, ...rest });
  return html`<h3>Worst case</h3>${facts([
    ['quantity', notation(quantity)],
    ['residual', residual === 0 ? '0' : brief(residual)],
    ['bound', bound === 0 ? '0: exact' : brief(bound)],
    ['residual / bound', ratio > 1 ? 'beyond the bound' : brief(ratio)],
    ['case', printed(instance)],
  ])}${replay !== undefined && commandLine(replay)}`;
}

function proportionRow(result: ProportionResult): Markup {
  const { name, successes, trials, atLeast, refutedBelow, status, decidedAfter, rate } = result;
  const share =
    trials === 0
      ? 'not tried'
      : `${grouped(successes)} of ${grouped(trials)}, ${percent(successes / trials)} (95 %: ${rate.map(percent).join(' to ')})`;
  const decided = decidedAfter === undefined ? '' : `, decided after ${grouped(decidedAfter)}`;
  return html`<li><p>${badge(status)} ${notation(name)}</p>${proportionChart(result)}<p class="aside">${share}${decided}; claimed: at least ${percent(atLeast)}; refuted at ${percent(refutedBelow)}</p></li>`;
}

function predictionFigure({ quantity, count, missing, errors, pairs, nulls }: PredictionSummary): Markup {
  const [, low, , median, , high] = errors;
  const runs = `${grouped(count)} ${count === 1 ? 'run' : 'runs'}${missing > 0 ? `, and ${missing} that diverged or did not come so far` : ''}`;
  const error = count > 0 && html`; error ${brief(median!)} in the median, ${brief(low!)} to ${brief(high!)} in 90 %`;
  return html`<figure>${pairs.length > 0 && scatterChart(quantity, pairs)}<figcaption><strong>${notation(quantity)}</strong><br>${runs}${error}<br>${nulls.map(({ name, successes, trials }) => `${name}: right in ${grouped(successes)} of ${grouped(trials)}`).join('; ')}</figcaption></figure>`;
}

/** The verdict, on one run where there are several. */
function verdictPart(verdict: ReportedVerdict, runs: ClaimPage['runs']): Markup {
  const { status, run, cases, discarded, undecided, classes, falseAlarm, ms, reason, note, replay } = verdict;
  const { worst, spread, proportions = [], predictions = [] } = verdict;
  const [own, controls] = [false, true].map((role) =>
    proportions.filter(({ control = false }) => control === role),
  ) as [ProportionResult[], ProportionResult[]];
  const index = run === undefined ? undefined : runs.get(run);
  const name = html`<bdi>${run}</bdi>`;
  const open = sorted(undecided).map(([why, count]) => html`<li>${grouped(count)}: ${notation(why)}</li>`);
  const content = html`<p class="outcome">${badge(status)} ${
    run !== undefined && html`on ${index === undefined ? name : html`<a href="#${runAnchor(index)}">${name}</a>`} `
  }${standing(verdict)}</p>
${reason !== undefined && html`<p class="reason">${remark(reason)}</p>`}${replay !== undefined && commandLine(replay)}${
  note !== undefined && html`<p class="aside">${remark(note)}</p>`
}${facts([
  ['cases decided', grouped(cases)],
  ['draws discarded', discarded > 0 && `${grouped(discarded)}, before they were run: nothing is claimed of them`],
  ['undecided', open.length > 0 && html`${grouped(total(undecided))}<ul class="plain">${open}</ul>`],
  ['refuted by chance', falseAlarm === 0 ? 'never' : html`probability at most ${brief(falseAlarm, 1)}`],
  ['took', duration(ms)],
])}${
  Object.keys(classes).length > 0 &&
  html`<h3>Kinds of cases</h3><ul class="chips">${sorted(classes).map(
    ([kind, count]) => html`<li>${notation(kind)} <span>${grouped(count)}</span></li>`,
  )}</ul>`
}${
  spread &&
  html`<h3>Residual over bound</h3><figure class="wide">${spreadChart(spread)}<figcaption>For each case, the measurement nearest to its bound.</figcaption></figure>`
}${worst && worstCase(worst)}${
  own.length > 0 && html`<h3>Proportions</h3><ul class="proportions">${own.map(proportionRow)}</ul>`
}${
  controls.length > 0 &&
  html`<h3>Controls</h3><p class="aside">Tried where the statement is not claimed, to show that it stops there.</p><ul class="proportions">${controls.map(proportionRow)}</ul>`
}${
  predictions.length > 0 &&
  html`<h3>Predicted before each run, then measured</h3><div class="figures">${predictions.map(predictionFigure)}</div>`
}`;
  return part('Verdict', content);
}

function verdictOf(holds: boolean | undefined): Content {
  if (holds === undefined) return html`<span class="aside">out of reach</span>`;
  return badge(holds ? 'holds' : 'refuted');
}

/** What kernels prove, with what they found where the report has it. */
function proofPart({ derivation, statement }: Exposition, proof: ClaimProof | undefined): Markup | false {
  if (!derivation) return false;
  const { identities, decisions, theorems, scope } = derivation;
  const covered = html`${
    theorems.length > 0 &&
    html`<h3>Proved for all sizes (Rocq)</h3><ul class="names">${theorems.map((says) => html`<li>${notation(says)}</li>`)}</ul>`
  }<p>Kernels prove it for ${notation(scope)}.</p>`;
  if (!proof) {
    const names = [...identities.map((name) => ['identity', name]), ...decisions.map((name) => ['decision', name])];
    return part(
      'Proof',
      html`<p>Not proved in this report. Three kernels check each identity: exact polynomials, a grid with degree bounds, nerdamer. Z3 decides statements over the reals.</p>${covered}${commandLine(`loopproof prove ${statement.id}`)}<ul class="names">${names.map(
        ([kind, name]) => html`<li><span class="aside">${kind}</span> ${notation(name!)}</li>`,
      )}</ul>`,
    );
  }
  const kernels = [...new Set(proof.identities.flatMap((identity) => identity.kernels.map(({ kernel }) => kernel)))];
  const rows = proof.identities.map(
    ({ name, kernels: found }) =>
      html`<tr><th scope="row">${notation(name)}</th>${kernels.map((kernel) => {
        const verdict = found.find((one) => one.kernel === kernel);
        return html`<td>${verdict && html`${verdictOf(verdict.holds)}<br><span class="aside">${verdict.holds === undefined ? verdict.reason : `${grouped(verdict.effort)} ${verdict.unit}`}</span>`}</td>`;
      })}</tr>`,
  );
  return part(
    'Proof',
    html`<p class="outcome">${badge(proof.status)} ${proof.reason}</p>${covered}${commandLine(`loopproof prove ${statement.id}`)}${
      rows.length > 0 &&
      html`<div class="scroll" tabindex="0" role="group" aria-label="Identities and kernels"><table class="proofs"><thead><tr><th scope="col">Identity</th>${kernels.map((kernel) => html`<th scope="col">${kernel}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`
    }${
      proof.decisions.length > 0 &&
      html`<h3>Decided over the reals by Z3</h3><ul class="names">${proof.decisions.map(
        ({ name, status, reason }) =>
          html`<li>${badge(status)} ${notation(name)} <span class="aside">${reason}</span></li>`,
      )}</ul>`
    }`,
  );
}

/** A claim with its statement, its verdicts, where it comes from and what would refute it. */
export function claimPage({ id, title, verdicts, exposition, proof, runs }: ClaimPage): Page {
  const { statement, derivation, regime = [], mutants = [] } = exposition ?? {};
  const above = html`<p class="kicker">${statement && html`<span class="kind">${statement.kind}</span> · `}<code>${id}</code></p>`;
  const stated =
    statement &&
    html`<section class="statement"><h2>Statement</h2><p>${notation(statement.statement)}</p><div class="formula">${statement.latex === undefined ? notation(statement.formula) : formulaMarkup(statement.latex)}</div>${facts(
      [
        ['assumes', notation(statement.assumptions)],
        ['regime', regime.length > 0 && notation(regime.join('; '))],
        ['valid', notation(statement.validity)],
        ['tolerance', notation(statement.tolerance)],
        ['shown', exposition!.standing.join(', ')],
        ['source', fullSource(statement.source)],
      ],
    )}</section>`;
  return {
    anchor: claimAnchor(id),
    heading: notation(capitalised(title)),
    above,
    content: html`${stated}
${verdicts.map((verdict) => verdictPart(verdict, runs))}
${derivation && part('Derivation', html`<ol class="steps">${derivation.steps.map((step) => html`<li>${notation(step)}</li>`)}</ol>`)}
${exposition && !derivation && part('Derivation', html`<p>None: this statement is tested, not proved.</p>`)}
${exposition && proofPart(exposition, proof)}
${mutants.length > 0 && part('What would refute it', html`<p>Faulty implementations that this check refutes, with the same bounds:</p><ul class="names">${mutants.map((name) => html`<li>${notation(name)}</li>`)}</ul>${commandLine(`loopproof verify ${id} --mutants`)}`)}
`,
  };
}
