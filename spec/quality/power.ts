/**
 * The power of the gate: every flaw of the trainer, by evidence and precision: how many records are refuted, how many
 * diagnosed; and how many of good records are. Prints Markdown tables; `npm run power -- [runs per flaw] [good runs] [evidence…]`.
 */

import { EVIDENCE } from '#spec/runs/support/evidence.js';
import { canTrain, FLAWS, goodJob, type Job, SETTINGS, trained } from '#spec/runs/support/trainer.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { diagnose, type Judge, notTestable } from '#src/runs/diagnosis/diagnosis.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeIncrements } from '#src/runs/judges/increments.js';
import { judgeLosses } from '#src/runs/judges/losses.js';
import { judgeReplay } from '#src/runs/judges/replay.js';

const JUDGES = { replay: judgeReplay, increments: judgeIncrements, losses: judgeLosses } as const;

/** The largest measurement of each judge in units of its bound; none where it decides nothing. */
function ratios(run: RecordedRun): Partial<Record<keyof typeof JUDGES, number>> {
  return Object.fromEntries(
    Object.entries(JUDGES).flatMap(([name, judge]) => {
      const evidence = new Evidence();
      judge(run, evidence);
      const worst = evidence.worst();
      return evidence.undecided === undefined && worst ? [[name, ratioOf(worst)]] : [];
    }),
  );
}

type Level = keyof typeof EVIDENCE;

function flawTable(perFlaw: number, levels: readonly Level[]): void {
  for (const precision of ['f64', 'f32'] as const)
    for (const evidence of levels) {
      console.log(
        `\n| ${precision}, ${evidence}: flaw | refuted | diagnosed | among equals | nearest or other | passed, and not said to be untestable |`,
      );
      console.log('|---|---|---|---|---|---|');
      const sums = { runs: 0, refuted: 0, right: 0, among: 0, silent: 0 };
      for (const { flaw, value, options, fault = flaw } of FLAWS) {
        if ((flaw === 'f32' && precision === 'f32') || (flaw === 'bits' && precision === 'f64')) continue;
        const jobs = Array.from({ length: perFlaw }, (_, k): Job => {
          const setting = SETTINGS[k % SETTINGS.length];
          return {
            ...setting,
            ...options,
            seed: 1000 + k,
            epochs: 60,
            precision,
            flaw,
            ...(value !== undefined && { value }),
          };
        });
        const row = { refuted: 0, right: 0, among: 0, silent: 0 };
        const others: string[] = [];
        for (const run of trained(jobs).map(EVIDENCE[evidence])) {
          const decided = ratios(run);
          if (!Object.values(decided).some((ratio) => ratio > 1)) {
            if (!notTestable(run, new Set(Object.keys(decided) as Judge[])).some((id) => id === fault)) row.silent++;
            continue;
          }
          row.refuted++;
          const diagnosis = diagnose(run, (decided.increments ?? 0) > 1);
          const found = diagnosis?.likeliest;
          if (found?.id === fault && diagnosis!.alsoFit.every(({ id }) => id === fault)) row.right++;
          else if ([found, ...(diagnosis?.alsoFit ?? [])].some((finding) => finding?.id === fault)) row.among++;
          else others.push(found?.id ?? 'none');
        }
        sums.runs += jobs.length;
        for (const name of ['refuted', 'right', 'among', 'silent'] as const) sums[name] += row[name];
        console.log(
          `| ${flaw} ${value ?? ''} | ${row.refuted} of ${jobs.length} | ${row.right} | ${row.among} | ${others.join(', ')} | ${row.silent} |`,
        );
      }
      console.log(`| **all** | ${sums.refuted} of ${sums.runs} | ${sums.right} | ${sums.among} | | ${sums.silent} |`);
    }
}

function goodTable(count: number, levels: readonly Level[]): void {
  console.log(
    '\n| good runs | judged | largest ratio | quantiles .5, .9, .99, .999 | beyond 1 |\n|---|---|---|---|---|',
  );
  const seen = new Map<string, number[]>();
  const BATCH = 20;
  for (let first = 0; first < count; first += BATCH) {
    const jobs = Array.from({ length: Math.min(BATCH, count - first) }, (_, k) => goodJob(first + k));
    for (const [k, run] of trained(jobs).entries())
      for (const evidence of levels)
        for (const [judge, ratio] of Object.entries(ratios(EVIDENCE[evidence](run)))) {
          const key = `${jobs[k]!['precision']}, ${evidence}: ${judge}`;
          seen.set(key, [...(seen.get(key) ?? []), ratio]);
        }
  }
  for (const [key, list] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...list].sort((a, b) => a - b);
    const quantile = (q: number): string =>
      sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toPrecision(3);
    console.log(
      `| ${key} | ${list.length} | ${quantile(1)} | ${[0.5, 0.9, 0.99, 0.999].map(quantile).join(', ')} | ${list.filter((ratio) => ratio > 1).length} |`,
    );
  }
}

if (!canTrain()) {
  console.error('numpy is missing: apt-get install python3-numpy');
  process.exitCode = 2;
} else {
  const [perFlaw = '4', good = '200', ...chosen] = process.argv.slice(2);
  const all = Object.keys(EVIDENCE) as Level[];
  const levels = chosen.length === 0 ? all : all.filter((level) => chosen.includes(level));
  if (Number(perFlaw) > 0) flawTable(Number(perFlaw), levels);
  if (Number(good) > 0) goodTable(Number(good), levels);
}
