/**
 * Whether the gate is ever red by chance, `npm run false-alarms -- [--seeds N] [--runs N] [--records N] [--out FILE]`: all claims on
 * random seeds as `verify --explore` draws them, and good records of an independent trainer, at every level of evidence, as
 * `check` judges them. Any refutation is a false alarm, and so is a p-value that is small more often than it says.
 *
 * FILE keeps a line for every seed and every batch of records; a run that was cut short goes on from it.
 */
import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EVIDENCE } from '#spec/runs/support/evidence.js';
import { canTrain, goodJob, trained } from '#spec/runs/support/trainer.js';
import type { Status } from '#src/claims/verdict.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { openLedger } from '#src/cli/ledger.js';
import { verifyClaims } from '#src/cli/verify.js';

/** One seed's verdicts, or those of one batch of records. */
interface Line {
  readonly kind: 'seed' | 'records';
  readonly from: number;
  readonly counts: Readonly<Partial<Record<Status, number>>>;
  /** Cases of claims, or records at one level of evidence each. */
  readonly cases: number;
  /** The false-alarm rates of the verdicts, added up. */
  readonly falseAlarm: number;
  /** Of proportions. */
  readonly p: readonly number[];
  /** What was refuted, and the command that repeats it. */
  readonly refuted: readonly string[];
}

interface Judged {
  readonly id: string;
  readonly status: Status;
  readonly falseAlarm: number;
  readonly reason?: string;
  readonly replay?: string;
  readonly proportions?: readonly { readonly p: number }[];
}

function lineOf(kind: Line['kind'], from: number, cases: number, verdicts: readonly Judged[]): Line {
  const counts: Partial<Record<Status, number>> = {};
  for (const { status } of verdicts) counts[status] = (counts[status] ?? 0) + 1;
  return {
    kind,
    from,
    counts,
    cases,
    falseAlarm: verdicts.reduce((sum, { falseAlarm }) => sum + falseAlarm, 0),
    p: verdicts.flatMap(({ proportions = [] }) => proportions.map(({ p }) => p)),
    refuted: verdicts
      .filter(({ status }) => status === 'refuted')
      .map(({ id, reason, replay }) => `${id}: ${reason} (${replay ?? `from ${from}`})`),
  };
}

/** Good records of a batch, at every level of evidence. */
const BATCH = 20;

function recordsFrom(first: number, count: number): Line {
  const jobs = Array.from({ length: count }, (_, k) => goodJob(first + k));
  const verdicts = trained(jobs).flatMap((run, k) =>
    Object.entries(EVIDENCE).flatMap(([level, reduce]) => {
      const name = `record ${first + k}, ${level}`;
      const { verdicts: decided, notJudged } = judgeRun(reduce(run), name);
      // A record that is not judged at all is undecided; judged by one claim, it is not undecided by the others.
      return (decided.length > 0 ? decided : notJudged.slice(0, 1)).map((verdict) => ({ ...verdict, replay: name }));
    }),
  );
  return lineOf('records', first, count * Object.keys(EVIDENCE).length, verdicts);
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    runs: { type: 'string' },
    records: { type: 'string', default: '2000' },
    out: { type: 'string' },
  },
});
const [seeds, records] = [Number(values.seeds), Number(values.records)];
const runs = values.runs === undefined ? undefined : Number(values.runs);
const numbers = [seeds, records, runs ?? 1];
if (numbers.some((n) => !Number.isSafeInteger(n) || n < 0)) {
  console.error('npm run false-alarms -- [--seeds N] [--runs N] [--records N] [--out FILE]: whole numbers');
  process.exit(2);
}
if (records > 0 && !canTrain()) {
  console.error('numpy is missing: apt-get install python3-numpy, or --records 0');
  process.exit(2);
}

const { out } = values;
const lines: Line[] = [];
if (out !== undefined && existsSync(out)) {
  const written = readFileSync(out, 'utf8').split('\n');
  // What follows the last end of a line was being written when the run was cut short.
  if (written.pop() !== '') writeFileSync(out, written.map((text) => `${text}\n`).join(''));
  lines.push(...written.map((text) => JSON.parse(text)));
}
const keep = (line: Line): void => {
  lines.push(line);
  if (out !== undefined) appendFileSync(out, `${JSON.stringify(line)}\n`);
  for (const text of line.refuted) console.error(`false alarm: ${text}`);
};
const of = (kind: Line['kind']): Line[] => lines.filter((line) => line.kind === kind);

const ledger = await openLedger();
while (of('seed').length < seeds) {
  const seed = randomInt(2 ** 31);
  const verdicts = await verifyClaims(ledger, [], { seed, ...(runs !== undefined && { runs }) });
  const cases = verdicts.reduce((sum, verdict) => sum + verdict.cases, 0);
  keep(lineOf('seed', seed, cases, verdicts));
  process.stderr.write(`${of('seed').length} of ${seeds} seeds\n`);
}
for (let first = 0; first < records; first += BATCH) {
  if (of('records').some(({ from }) => from === first)) continue;
  keep(recordsFrom(first, Math.min(BATCH, records - first)));
  process.stderr.write(`${Math.min(records, first + BATCH)} of ${records} records\n`);
}

console.log(
  '| | lines | cases | hold | refuted | undecided | refuted by chance, at most |\n|---|---|---|---|---|---|---|',
);
for (const [kind, what] of [
  ['seed', 'claims on random seeds'],
  ['records', 'good records'],
] as const) {
  const sum = (value: (line: Line) => number): number => of(kind).reduce((total, line) => total + value(line), 0);
  const [hold, refuted, undecided] = (['holds', 'refuted', 'undecided'] as const).map((status) =>
    sum(({ counts }) => counts[status] ?? 0),
  );
  console.log(
    `| ${what} | ${of(kind).length} | ${sum(({ cases }) => cases)} | ${hold} | ${refuted} | ${undecided} | ${sum(({ falseAlarm }) => falseAlarm).toExponential(1)} |`,
  );
}

const p = of('seed').flatMap((line) => line.p);
let honest = true;
console.log('\n| p-values of proportions at most | share | of |\n|---|---|---|');
for (const alpha of [0.5, 0.2, 0.1, 0.05, 0.01]) {
  const share = p.filter((each) => each <= alpha).length / Math.max(1, p.length);
  console.log(`| ${alpha} | ${share.toFixed(4)} | ${p.length} |`);
  // Five standard errors above α itself.
  honest &&= share <= alpha + 5 * Math.sqrt((alpha * (1 - alpha)) / Math.max(1, p.length));
}
process.exitCode = honest && lines.every(({ refuted }) => refuted.length === 0) ? 0 : 1;
