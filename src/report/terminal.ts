/**
 * Verdicts as an aligned table for people.
 */
import { total } from '../claims/counts.js';
import type { NullResult } from '../claims/prediction.js';
import { type Status, summarise } from '../claims/verdict.js';
import type { SpectralStages } from '../stages/spectral.js';
import { brief, counted } from '../words.js';
import { explanation, isAccepted, nameOf } from './finding.js';
import type { ReportedVerdict } from './json.js';
import { marginOf } from './margin.js';
import { table } from './table.js';
import { printable } from './width.js';

/** The colours that a report uses; plain text where there are none. */
export interface Palette {
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

/** The colour of a status. */
export function paintOf(status: Status, palette: Palette): (text: string) => string {
  return { holds: palette.green, refuted: palette.red, undecided: palette.yellow }[status];
}

function casesOf({ cases, undecided }: ReportedVerdict): string {
  const open = total(undecided);
  return `${counted(cases, 'case')}${open > 0 ? ` (+${open} undecided)` : ''}`;
}

/** Why verdicts do not hold; those of one file that say the same are told together. */
function explanations(
  verdicts: readonly ReportedVerdict[],
): { readonly status: Status; readonly name: string; readonly lines: readonly string[] }[] {
  const groups = new Map<
    string,
    { readonly verdict: ReportedVerdict; readonly lines: readonly string[]; readonly ids: string[] }
  >();
  for (const verdict of verdicts) {
    if (verdict.status === 'holds') continue;
    const lines = explanation(verdict);
    const key = JSON.stringify([verdict.status, verdict.run, lines]);
    const group = groups.get(key) ?? { verdict, lines, ids: [] };
    groups.set(key, group);
    group.ids.push(verdict.id);
  }
  return [...groups.values()].map(({ verdict, lines, ids }) => ({
    status: verdict.status,
    name: nameOf({ ...verdict, id: ids.join(', ') }),
    lines,
  }));
}

/** The verdicts as a table, predictions with their errors, an explanation of all that does not hold, and a line that counts. */
export function terminalReport(verdicts: readonly ReportedVerdict[], palette: Palette): string {
  const rows = verdicts.map((verdict) => [
    verdict.status,
    verdict.id,
    ...(verdict.run === undefined ? [] : [printable(verdict.run)]),
    casesOf(verdict),
    marginOf(verdict).text,
    verdict.note ?? verdict.title,
  ]);
  const paint = (cell: string, row: number, column: number): string => {
    if (column === 0) return paintOf(verdicts[row]!.status, palette)(cell);
    return column === rows[row]!.length - 1 ? palette.dim(cell) : cell;
  };
  const notes = explanations(verdicts).map(({ status, name, lines }) =>
    [
      '',
      `${paintOf(status, palette)(status)} ${palette.bold(printable(name))}`,
      ...lines.map((line) => `  ${printable(line)}`),
    ].join('\n'),
  );
  const { holds, refuted, undecided } = summarise(verdicts);
  const falseAlarm = verdicts.reduce((sum, verdict) => sum + verdict.falseAlarm, 0);
  const accepted = verdicts.filter(isAccepted).length;
  return [
    table(rows, paint),
    ...predictionReport(verdicts),
    ...notes,
    '',
    `${holds} hold, ${refuted} refuted, ${undecided} undecided${accepted > 0 ? `; ${accepted} of them accepted by the baseline` : ''}`,
    ...(falseAlarm > 0
      ? [palette.dim(`probability of any false refutation: at most ${falseAlarm.toExponential(0)}`)]
      : []),
    '',
  ].join('\n');
}

/** The null predictor that came near most often. */
function bestNull(nulls: readonly NullResult[]): string {
  const best = nulls.reduce((a, b) => (b.successes > a.successes ? b : a));
  return best.trials === 0 ? '' : `${((100 * best.successes) / best.trials).toFixed(0)} %: ${best.name}`;
}

/** Quantiles of measured − predicted. */
function predictionReport(verdicts: readonly ReportedVerdict[]): string[] {
  const rows = verdicts.flatMap(({ predictions = [] }) =>
    predictions.map(({ quantity, count, missing, errors, nulls }) => {
      const [, low, , median, , high] = errors;
      return [
        quantity,
        missing > 0 ? `${count} (+${missing} without)` : String(count),
        brief(median!, 3),
        `${brief(low!, 3)} to ${brief(high!, 3)}`,
        bestNull(nulls),
      ];
    }),
  );
  if (rows.length === 0) return [];
  return [
    '',
    table([
      ['predicted before the run, then measured', 'runs', 'median error', 'error, 5 to 95 %', 'best null predictor'],
      ...rows,
    ]),
  ];
}

/** Mutants, each with what refuted it; a mutant that nothing refutes is missed. */
export function mutantReport(
  verdicts: readonly (ReportedVerdict & { readonly mutant: string })[],
  palette: Palette,
): string {
  const lines = verdicts.flatMap(({ id, mutant, status, reason, replay }) => {
    // A mutant that holds shows a check that cannot fail.
    const word = {
      refuted: palette.green('refuted'),
      holds: palette.red('missed'),
      undecided: palette.yellow('undecided'),
    }[status];
    return [
      `${word}  ${palette.bold(id)}: ${mutant}`,
      ...(reason ? [`  ${reason}`] : []),
      ...(replay ? [palette.dim(`  again: ${replay}`)] : []),
    ];
  });
  const { refuted } = summarise(verdicts);
  return [...lines, '', `${refuted} of ${verdicts.length} mutants refuted`, ''].join('\n');
}

/** The stages as rows of a summary. */
export function stageRows({ stage1End, stage2End, stableForGood, stage3Growth }: SpectralStages): string[][] {
  const named = (epoch: number | undefined): string => (epoch === undefined ? 'not reached' : `epoch ${epoch}`);
  return [
    ['stage 1 ends', named(stage1End)],
    ['stage 2 ends', named(stage2End)],
    ['stable for good', named(stableForGood)],
    ['stage 3 growth', stage3Growth === undefined ? '–' : stage3Growth.toPrecision(3)],
  ];
}
