/**
 * The power of `check` on runs of any agent, by what was recorded: how many of the runs with a flaw PyTorch's trainer has put in are
 * refuted. Prints a Markdown table; `node dist/spec/quality/evidence.js [runs per flaw] [epochs]`.
 */
import { torchRuns } from '#spec/runs/support/torch-trainer.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { judgeChance } from '#src/runs/judges/chance.js';
import { judgeSnapshots } from '#src/runs/judges/snapshots.js';

/** Epochs between snapshots. */
const APART = 10;

const without = ({ starts: _, ...run }: RecordedRun): RecordedRun => run;
const withoutNorms = ({ curves: { gradNorm: _, ...curves }, ...run }: RecordedRun): RecordedRun => ({ ...run, curves });
/** Every so many of the snapshots. */
function thinned({ snapshots, ...run }: RecordedRun): RecordedRun {
  const { epochs, optimizer, ...tensors } = snapshots!;
  const thin = <T>(lists: Readonly<Record<string, readonly T[] | undefined>>) =>
    Object.fromEntries(
      Object.entries(lists).map(([name, list]) => [name, list?.filter((_, k) => epochs[k]! % APART === 0)]),
    );
  return {
    ...run,
    snapshots: {
      epochs: epochs.filter((epoch) => epoch % APART === 0),
      ...thin(tensors as Record<string, unknown[]>),
      ...(optimizer && {
        optimizer: Object.fromEntries(
          Object.entries(optimizer).map(([field, lists]) => [field, thin(lists as Record<string, unknown[]>)]),
        ),
      }),
    } as NonNullable<RecordedRun['snapshots']>,
  };
}

/** What is left of a run with starts and snapshots of every epoch. */
const LEVELS: Readonly<Record<string, (run: RecordedRun) => RecordedRun>> = {
  [`snapshots every ${APART} epochs`]: (run) => thinned(withoutNorms(without(run))),
  '+ norms': (run) => thinned(without(run)),
  'snapshots every epoch, norms': without,
  [`starts + snapshots every ${APART}`]: thinned,
};

const GATED = ['Wih', 'Whh', 'Who', 'bih', 'bhh'];
const MOMENTUM = { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.9 };
const AGENTS = {
  tanh: { agent: 'tanh' },
  linear: { agent: 'linear' },
  gru: { agent: 'gru', trained: GATED },
} as const;

const UNIFORM = (width: number) => ({ start: { kind: 'uniform', low: -width, high: width } });
const FLAWS: Readonly<Record<string, object>> = {
  none: {},
  'lr 3 % higher': { flaw: 'lr', value: 1.03 },
  'clip 10 % higher': { flaw: 'clip', value: 1.1 },
  'horizon + 1': { flaw: 'horizon', value: 1 },
  'horizon − 1': { flaw: 'horizon', value: -1 },
  'β₁ 5 % lower': { flaw: 'beta1', value: 0.855, optimizer: { kind: 'adam', lr: 0.003, clip: 1 } },
  'momentum .1': { flaw: 'momentum', value: 0.1 },
  'momentum .8 for .9': { flaw: 'momentum', value: 0.8, optimizer: MOMENTUM },
  'decay 1e−3': { flaw: 'decay', value: 1e-3 },
  'dt 2 % larger': { flaw: 'dt', value: 1.02 },
  'starts 10 % wider': UNIFORM(1.1),
};

/** Whether each run is refuted; a run that nothing decides is not. */
function refuted(run: RecordedRun): boolean {
  return [judgeChance, judgeSnapshots].some((judge) => {
    const evidence = new Evidence();
    judge(run, evidence);
    const worst = evidence.worst();
    return worst !== undefined && ratioOf(worst) > 1;
  });
}

const [runs = '4', epochs = '120'] = process.argv.slice(2);
console.log(`| agent | flaw | ${Object.keys(LEVELS).join(' | ')} |`);
console.log(
  `|---|---|${Object.keys(LEVELS)
    .map(() => '---|')
    .join('')}`,
);
for (const [agent, options] of Object.entries(AGENTS))
  for (const [name, flaw] of Object.entries(FLAWS)) {
    const jobs = Array.from({ length: Number(runs) }, (_, seed) => ({
      ...{ N: 20, T: 20, B: 20, epochs: Number(epochs), every: 1, ...options, ...flaw },
      seed: 100 + seed,
    }));
    const { start } = UNIFORM(1) as { start: RecordedRun['protocol']['start'] };
    const found = torchRuns(jobs).map(
      ({ run }): RecordedRun => ({ ...run, protocol: { ...run.protocol, ...(start && { start }) } }),
    );
    const cells = Object.values(LEVELS).map((level) => `${found.map(level).filter(refuted).length} of ${found.length}`);
    console.log(`| \`${agent}\` | ${name} | ${cells.join(' | ')} |`);
  }
