/**
 * A recorded run's page of the HTML report.
 */

import { html, type Markup } from '../chart/markup.js';
import { isMatrixLoss } from '../problem/schema.js';
import type { Diagnosis } from '../runs/diagnosis/diagnosis.js';
import type { FaultId } from '../runs/faults.js';
import type { RecordedRun } from '../runs/format/schema.js';
import type { RunStages } from '../runs/stages.js';
import { type CurveOptions, curveChart, lookOf, type Series, sparkline } from './chart.js';
import { courseLine, stagesReached } from './course.js';
import { breakLine, unseenLine, verdictLines } from './diagnosis.js';
import { standing } from './finding.js';
import { badge, claimAnchor, commandLine, facts, grouped, type Page, part, runAnchor } from './html-parts.js';
import type { ReportedVerdict } from './json.js';
import { capitalised, notation, remark } from './notation.js';

/** A run that a report is about. */
export interface RunAccount {
  readonly name: string;
  readonly record: RecordedRun;
  /** Claims that judged it together with other runs, by identifier, where it has no verdicts of its own. */
  readonly judgedBy?: readonly string[];
  /** Claims that its evidence does not reach. */
  readonly notJudged?: readonly { readonly id: string; readonly reason: string }[];
  /** Known faults that its evidence cannot reveal. */
  readonly notTestable?: readonly FaultId[];
  /** What is odd about its rows, and how finely they were recorded. */
  readonly remarks?: readonly string[];
  /** Its course as the theory sees it. */
  readonly course?: RunStages | undefined;
  /** The loss that repeating it predicted, a row each. */
  readonly predicted?: readonly number[] | undefined;
}

function plantOf({ plant }: RecordedRun['protocol']): string {
  if (plant.kind === 'integrator') return `${plant.order} integrators in a row, dt = ${plant.dt}`;
  if (plant.kind === 'cursor') return `cursor, ${plant.axes} axes, dt = ${plant.dt}`;
  return `linear, ${plant.A.length} states`;
}

function agentOf({ agent }: RecordedRun['protocol']): string {
  const size = 'N' in agent ? [`${agent.N} units`] : [];
  const rank = 'rank' in agent ? [`rank ${agent.rank}`] : [];
  const leak = 'leak' in agent && agent.leak !== 1 ? [`leak ${agent.leak}`] : [];
  return [agent.kind, ...size, ...rank, ...leak].join(', ');
}

function lossOf({ loss }: RecordedRun['protocol']): string {
  if (!isMatrixLoss(loss)) return `${loss.state}${loss.beta === 0 ? '' : `, β = ${loss.beta}`}`;
  return `xᵀQx + uᵀRu, ${loss.reduction} over time${loss.discount === undefined ? '' : `, discount ${loss.discount}`}`;
}

function optimizerOf({ optimizer, trained }: RecordedRun['protocol']): string {
  const { kind, lr, clip, clipValue, ...others } = optimizer;
  const parts = [
    kind,
    typeof lr === 'number' ? `lr ${lr}` : `lr by a schedule, ${lr[0]} at first and ${lr.at(-1)} at last`,
    ...Object.entries(others).map(([name, value]) => `${name} ${value}`),
    clipValue !== undefined ? `entries clipped at ${clipValue}` : clip === null ? 'no clipping' : `clipped at ${clip}`,
  ];
  const tensors = trained.length === 0 ? '' : `; trains ${trained.join(', ')}`;
  return `${parts.join(', ')}${tensors}`;
}

function startOf({ start }: RecordedRun['protocol']): string | undefined {
  if (!start) return undefined;
  if (start.kind === 'uniform') return `uniform, ${start.low} to ${start.high}`;
  if (start.kind === 'normal') return `normal, sd ${start.sd}`;
  return start.kind === 'population' ? `population of variance ${start.variance}` : 'a fixed batch';
}

const SYMBOLS = { zm: 'σ_zm', zu: 'σ_zu', vm: 'σ_vm', vu: 'σ_vu' } as const;

/** Order parameters that are one number each. */
function orderParameterSeries({ curves: { overlaps } }: RecordedRun): Series[] {
  if (!overlaps) return [];
  return Object.entries(SYMBOLS).flatMap(([key, name]) => {
    const values = overlaps[key as keyof typeof SYMBOLS];
    return values.every((value) => typeof value === 'number') ? [{ name, values: values as number[] }] : [];
  });
}

function legend(series: readonly Series[]): Markup | false {
  if (series.length < 2) return false;
  return html`<ul class="legend">${series.map((one, k) => html`<li><svg class="chart" width="22" height="10" aria-hidden="true"><path class="${lookOf(one, k)}" d="M1 5h20"/></svg><span>${notation(one.name)}</span></li>`)}</ul>`;
}

/** A chart with what it shows. */
function figure(chart: Markup | undefined, caption: string, series: readonly Series[] = []): Markup | false {
  return (
    chart !== undefined &&
    html`<figure class="wide">${chart}<figcaption>${notation(caption)}${legend(series)}</figcaption></figure>`
  );
}

/** What a gain multiplies, for one control: position, velocity. */
const GAINS = ['k₁, of the position', 'k₂, of the velocity'];

/** Spectrum and gains along a run. */
function courseFigures({ epochs, radii, gains = [] }: RunStages, options: CurveOptions): Markup {
  const radius = { name: 'spectral radius', values: radii.map((value) => value ?? Number.NaN), epochs };
  const components = gains.find((one) => one.length > 0)?.length === 2 ? GAINS : [];
  const along = components.map(
    (name, k): Series => ({ name, values: gains.map((one) => one[k] ?? Number.NaN), epochs }),
  );
  return html`${figure(curveChart([radius], { ...options, log: false, threshold: 1 }), 'Spectral radius of the loop near rest. Below 1 it is stable.')}${
    along.length > 0 &&
    figure(
      curveChart(along, { ...options, log: false, threshold: 0 }),
      'Effective gains, u ≈ k₁·position + k₂·velocity.',
      along,
    )
  }`;
}

function curvesPart({ record, course, predicted }: RunAccount, mark: number | undefined): Markup {
  const { loss, deployedLoss } = record.curves;
  const losses: Series[] = [
    { name: 'loss', values: loss },
    ...(deployedLoss ? [{ name: 'deployed loss', values: deployedLoss }] : []),
    ...(predicted ? [{ name: 'predicted', values: predicted, predicted: true }] : []),
  ];
  const options = {
    mark,
    stages: course ? stagesReached(course) : [],
    last: Math.max(loss.length - 1, course?.epochs.at(-1) ?? 0),
  };
  const lost = curveChart(losses, { ...options, log: true }) ?? html`<p>No loss can be drawn.</p>`;
  const overlaps = orderParameterSeries(record);
  const line = course && courseLine(course);
  return part(
    'Curves',
    html`${line !== undefined && html`<p>${notation(capitalised(line))}.</p>`}${figure(lost, 'Loss, logarithmic.', losses)}${
      overlaps.length > 0 && figure(curveChart(overlaps, { ...options, log: false }), 'Order parameters.', overlaps)
    }${course && courseFigures(course, { ...options, log: false })}`,
  );
}

function diagnosisPart(diagnosis: Diagnosis): Markup {
  const { evidence, notTestable } = diagnosis;
  const { epoch, quantity, around } = diagnosis.break;
  const rows = around.map(
    (at) =>
      html`<tr${at.epoch === epoch && html` class="broken"`}><th scope="row">${at.epoch}</th><td>${at.recorded.toPrecision(9)}</td><td>${at.predicted.toPrecision(9)}</td><td>${(at.recorded - at.predicted).toExponential(1)}</td></tr>`,
  );
  const explained = verdictLines(diagnosis).map((line) => html`<p>${remark(line)}</p>`);
  return part(
    'Diagnosis',
    html`${explained}<p>${notation(capitalised(breakLine(diagnosis.break)))}. Judged by ${evidence}.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Numbers around the break"><table class="numbers"><thead><tr><th scope="col">epoch</th><th scope="col">recorded ${notation(quantity)}</th><th scope="col">predicted</th><th scope="col">difference</th></tr></thead><tbody>${rows}</tbody></table></div>${
      notTestable.length > 0 && html`<p class="aside">${capitalised(unseenLine(notTestable))}.</p>`
    }`,
  );
}

function judgements(
  { judgedBy = [], notJudged = [], notTestable = [], remarks = [] }: RunAccount,
  verdicts: readonly ReportedVerdict[],
  claims: ReadonlySet<string>,
): Markup {
  const linkTo = (id: string): Markup =>
    claims.has(id) ? html`<a href="#${claimAnchor(id)}"><code>${id}</code></a>` : html`<code>${id}</code>`;
  return part(
    'Judged',
    html`${verdicts.map(
      (verdict) =>
        html`<p class="outcome">${badge(verdict.status)} ${linkTo(verdict.id)} ${standing(verdict)}</p>${
          verdict.reason !== undefined && html`<p class="reason">${remark(verdict.reason)}</p>`
        }${verdict.replay !== undefined && commandLine(verdict.replay)}${
          verdict.note !== undefined && html`<p class="aside">${remark(verdict.note)}</p>`
        }`,
    )}${remarks.map((text) => html`<p class="aside">Note: ${remark(text)}.</p>`)}${judgedBy.length > 0 && html`<p>Judged together with other records by</p><ul class="names">${judgedBy.map((id) => html`<li>${linkTo(id)}</li>`)}</ul>`}${
      notJudged.length > 0 &&
      html`<h3>Not judged</h3><ul class="names">${notJudged.map(({ id, reason }) => html`<li>${linkTo(id)}: ${remark(reason)}</li>`)}</ul>`
    }${notTestable.length > 0 && html`<h3>Not excluded</h3><p>${capitalised(unseenLine(notTestable))}.</p>`}`,
  );
}

/**
 * A run with its protocol, its curves, and what is wrong with it.
 * @param verdicts on this run @param claims that have a page, by identifier
 */
export function runPage(
  run: RunAccount,
  index: number,
  verdicts: readonly ReportedVerdict[],
  claims: ReadonlySet<string>,
): Page {
  const { name, record } = run;
  const { protocol, provenance = {} } = record;
  const diagnosis = verdicts.find((verdict) => verdict.diagnosis)?.diagnosis;
  return {
    anchor: runAnchor(index),
    heading: html`<bdi>${name}</bdi>`,
    above: html`<p class="kicker">recorded run</p>`,
    content: html`${judgements(run, verdicts, claims)}
${diagnosis && diagnosisPart(diagnosis)}
${curvesPart(run, diagnosis?.break.epoch)}
${part(
  'Protocol',
  facts([
    ['mode', protocol.mode],
    ['plant', plantOf(protocol)],
    ['agent', agentOf(protocol)],
    ['horizon', grouped(protocol.horizon)],
    ['start', startOf(protocol)],
    ['batch', grouped(protocol.batch)],
    ['loss', lossOf(protocol)],
    ['optimiser', optimizerOf(protocol)],
    ['epochs', grouped(record.curves.loss.length)],
    ['precision', protocol.precision],
  ]),
)}
${
  Object.keys(provenance).length > 0 &&
  part(
    'Provenance of the record',
    facts(
      Object.entries(provenance).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  )
}
`,
  };
}

/** The run among others: name, status, course of its loss. */
export function runCard({ name, record }: RunAccount, index: number, verdicts: readonly ReportedVerdict[]): Markup {
  const worst = (['refuted', 'undecided', 'holds'] as const).find((status) =>
    verdicts.some((verdict) => verdict.status === status),
  );
  return html`<li><a href="#${runAnchor(index)}"><bdi>${name}</bdi></a>${worst && badge(worst)}${sparkline({ name: 'loss', values: record.curves.loss })}</li>`;
}
