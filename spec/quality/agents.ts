/**
 * `npm run agents -- [honest runs] [runs per fault]`: how the gate judges runs of any agent that PyTorch trained. Honest runs must not be
 * refuted, whatever is recorded of them; with starts and snapshots they hold. Faults must be refuted, and named. Prints Markdown tables.
 */
import { canTrain, type Job, type TorchRun, torchRuns } from '#spec/runs/support/torch-trainer.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { Stream } from '#src/linalg/random.js';
import type { RecordedRun } from '#src/runs/format/schema.js';

/** What is recorded of a run. */
const EVIDENCE: Readonly<Record<string, (run: RecordedRun) => RecordedRun>> = {
  'starts and snapshots': (run) => run,
  'starts, snapshots without memory': (run) => {
    const { optimizer: _, ...snapshots } = run.snapshots!;
    return { ...run, snapshots };
  },
  'starts and initial weights': ({ snapshots: _, ...run }) => run,
  snapshots: ({ starts: _, ...run }) => run,
  'losses alone': ({ starts: _, snapshots: _s, weights: _w, ...run }) => run,
};

/** A number between two, on a logarithmic scale. */
const between = (random: Stream, low: number, high: number): number => low * (high / low) ** random.uniform(0, 1);
const one = <T>(random: Stream, list: readonly T[]): T => list[Math.floor(random.uniform(0, list.length))]!;

/** A cosine with a warm-up. */
const schedule = (lr: number, epochs: number): number[] =>
  Array.from(
    { length: epochs },
    (_, e) => (lr * Math.min(1, (e + 1) / 5) * (1 + Math.cos((Math.PI * e) / epochs))) / 2,
  );

const EPOCHS = 40;
/** The largest sizes that are drawn: units, steps, trials. */
const LARGEST = [100, 50, 100] as const;
/** The same where starts are missing: every window is simulated hundreds of times then. */
const SIMULATED = [40, 30, 40] as const;

/** What is drawn. */
interface Drawn extends Job {
  readonly agent: string;
  readonly mode: string;
  readonly leak: number;
  readonly beta: number;
  readonly precision: string;
  readonly optimizer: Readonly<Record<string, unknown>>;
}

/** A random protocol of what people train; faults of every kind apply to some. */
function jobOf(seed: number, [units, steps, trials]: readonly [number, number, number] = LARGEST): Drawn {
  const random = new Stream(seed);
  const agent = one(random, ['tanh', 'tanh', 'relu', 'linear', 'gru', 'lstm']);
  const gated = agent === 'gru' || agent === 'lstm';
  const mode =
    agent === 'linear'
      ? one(random, ['closed-loop', 'tracking'])
      : one(random, ['closed-loop', 'closed-loop', 'open-loop']);
  const biased = gated || (mode !== 'tracking' && random.uniform(0, 1) < 0.4);
  const lr = between(random, 0.002, 0.01);
  const kind = one(random, ['sgd', 'momentum', 'nesterov', 'adam', 'adam', 'adamw']);
  const clipping =
    mode === 'tracking'
      ? { clip: null }
      : one(random, [{ clip: 1 }, { clip: 1 }, { clip: 0.3 }, { clip: null, clipValue: 0.05 }]);
  const optimizer = {
    lr: random.uniform(0, 1) < 0.25 ? schedule(lr, EPOCHS) : lr,
    ...clipping,
    ...(kind === 'sgd' && { kind }),
    ...(kind === 'momentum' && { kind: 'sgd', momentum: 0.9, ...(random.uniform(0, 1) < 0.5 && { dampening: 0.2 }) }),
    ...(kind === 'nesterov' && { kind: 'sgd', momentum: 0.8, nesterov: true, weightDecay: 0.01 }),
    ...(kind === 'adam' && { kind, ...(random.uniform(0, 1) < 0.3 && { weightDecay: 0.01 }) }),
    ...(kind === 'adamw' && { kind, weightDecay: 0.05 }),
  };
  const tensors = mode === 'tracking' ? ['Whh', 'Who'] : ['Wih', 'Whh', 'Who'];
  return {
    seed,
    agent,
    mode,
    N: Math.round(between(random, 20, units)),
    T: mode === 'tracking' ? steps : Math.round(between(random, 20, steps)),
    B: Math.round(between(random, 20, trials)),
    leak: mode === 'tracking' ? 0.1 : gated ? 1 : one(random, [1, 1, 0.5]),
    dt: mode === 'tracking' ? 0.1 : one(random, [1, 0.5]),
    epochs: EPOCHS,
    every: one(random, [5, 10, 20]),
    beta: mode === 'closed-loop' && random.uniform(0, 1) < 0.5 ? 0.01 : 0,
    control: 'sum-time',
    precision: one(random, ['f32', 'f32', 'f64']),
    rows: one(random, ['before-update', 'before-update', 'after-update']),
    firstUpdate: one(random, [0, 0, 1]),
    trained: [...tensors, ...(biased ? ['bih', 'bhh'] : []), ...(biased && !gated ? ['bho'] : [])],
    optimizer,
  };
}

/** A fault of a plausible size, the names under which it may be found, and the runs that can have it. */
interface Planted {
  readonly flaw: string;
  readonly value?: unknown;
  readonly ids: readonly string[];
  readonly of: (job: Drawn) => boolean;
}

const any = (): boolean => true;
const inLoop = ({ mode }: Drawn): boolean => mode === 'closed-loop';
const plain = ({ optimizer }: Drawn): boolean => optimizer['kind'] === 'sgd';
const byNorm = ({ optimizer }: Drawn): boolean => optimizer['clip'] !== null;
const byAdam = ({ optimizer }: Drawn): boolean => optimizer['kind'] !== 'sgd';
const scheduled = ({ optimizer }: Drawn): boolean => Array.isArray(optimizer['lr']);

const FAULTS: readonly Planted[] = [
  { flaw: 'lr', value: 1.01, ids: ['lr', 'clip'], of: any },
  { flaw: 'lr', value: 0.97, ids: ['lr', 'clip'], of: any },
  { flaw: 'exponential', value: 0.99, ids: ['schedule'], of: (job) => !scheduled(job) },
  { flaw: 'clip', value: 1.1, ids: ['clip', 'lr'], of: byNorm },
  { flaw: 'no-clip', ids: ['no-clip', 'clip', 'lr'], of: byNorm },
  { flaw: 'per-tensor', ids: ['per-tensor'], of: byNorm },
  {
    flaw: 'value',
    value: 1.1,
    ids: ['clip-value', 'clip'],
    of: ({ optimizer }) => optimizer['clipValue'] !== undefined,
  },
  // In open loop inputs are recorded step by step: a row of another length is refused.
  { flaw: 'horizon', value: 1, ids: ['horizon'], of: ({ mode }) => mode !== 'open-loop' },
  { flaw: 'horizon', value: -1, ids: ['horizon'], of: ({ mode }) => mode !== 'open-loop' },
  {
    flaw: 'beta',
    value: 1.05,
    ids: ['control', 'penalty', 'control-kind', 'beta'],
    of: (job) => inLoop(job) && job.beta > 0,
  },
  { flaw: 'state', value: 'text', ids: ['state'], of: inLoop },
  { flaw: 'dt', value: 1.02, ids: ['dt'], of: ({ mode }) => mode !== 'open-loop' },
  { flaw: 'late', ids: ['late'], of: inLoop },
  { flaw: 'u0', ids: ['u0'], of: inLoop },
  { flaw: 'scored', ids: ['scored'], of: inLoop },
  { flaw: 'detached', ids: ['detached'], of: inLoop },
  { flaw: 'truncated', value: 5, ids: ['truncated'], of: inLoop },
  {
    flaw: 'leak',
    value: 1.02,
    ids: ['leak'],
    of: ({ agent, leak }) => leak < 1 && agent !== 'gru' && agent !== 'lstm',
  },
  {
    flaw: 'momentum',
    value: 0.1,
    ids: ['momentum'],
    of: ({ optimizer }) => optimizer['kind'] === 'sgd' && !optimizer['momentum'],
  },
  {
    flaw: 'dampening',
    value: 0.1,
    ids: ['dampening'],
    of: ({ optimizer }) => !!optimizer['momentum'] && !optimizer['nesterov'] && !optimizer['dampening'],
  },
  { flaw: 'nesterov', ids: ['nesterov'], of: ({ optimizer }) => !!optimizer['momentum'] && !optimizer['dampening'] },
  {
    flaw: 'decay',
    value: 1e-3,
    ids: ['decay'],
    of: (job) => job.optimizer['kind'] !== 'adamw' && !job.optimizer['weightDecay'],
  },
  { flaw: 'beta1', value: 0.8, ids: ['beta1'], of: byAdam },
  { flaw: 'beta2', value: 0.99, ids: ['beta2'], of: byAdam },
  { flaw: 'eps', value: 1e-5, ids: ['eps'], of: byAdam },
  { flaw: 'early', ids: ['schedule'], of: scheduled },
  { flaw: 'unscheduled', ids: ['schedule'], of: scheduled },
  { flaw: 'frozen', value: 'Who', ids: ['frozen'], of: any },
  { flaw: 'accumulated', ids: ['accumulated'], of: any },
  { flaw: 'forgets', ids: ['memory'], of: (job) => byAdam(job) || !!job.optimizer['momentum'] },
  // Rows after the update have a norm of their own.
  { flaw: 'clipped-norm', ids: ['clipped-norm'], of: (job) => byNorm(job) && job['rows'] === 'before-update' },
  { flaw: 'noise', value: 0.01, ids: ['noise'], of: inLoop },
  { flaw: 'swapped', ids: [], of: ({ agent }) => agent === 'gru' || agent === 'lstm' },
  { flaw: 'f32', ids: ['precision'], of: ({ precision }) => precision === 'f64' },
  { flaw: 'lr', value: 1.03, ids: ['lr', 'clip'], of: plain },
  { flaw: 'beta', value: 0, ids: ['control', 'penalty'], of: (job) => inLoop(job) && job.beta > 0 },
  { flaw: 'control-kind', value: 'mean', ids: ['control-kind', 'penalty'], of: (job) => inLoop(job) && job.beta > 0 },
  { flaw: 'state', value: 'position', ids: ['state', 'velocity'], of: inLoop },
  { flaw: 'adamw', value: 0.1, ids: ['adamw', 'decay'], of: ({ optimizer }) => optimizer['kind'] === 'adam' },
  { flaw: 'clip-value', ids: ['clip-value'], of: byNorm },
  { flaw: 'by-norm', ids: ['clip-value'], of: ({ optimizer }) => optimizer['clipValue'] !== undefined },
  { flaw: 'late-rates', ids: ['schedule'], of: scheduled },
];

/** How many records have each status, by what is recorded. */
function honestTable(count: number): void {
  const outcomes = new Map(Object.keys(EVIDENCE).map((level) => [level, { holds: 0, refuted: 0, undecided: 0 }]));
  for (let first = 0; first < count; first += 10) {
    const seeds = Array.from({ length: Math.min(10, count - first) }, (_, k) => first + k);
    const [whole, small] = [LARGEST, SIMULATED].map((sizes) => torchRuns(seeds.map((seed) => jobOf(seed, sizes))));
    for (const [level, of] of Object.entries(EVIDENCE))
      for (const { job, run } of level === 'snapshots' ? small! : whole!) {
        const { verdicts } = judgeRun(of(run), level);
        const refuted = verdicts.find(({ status }) => status === 'refuted');
        const status = refuted
          ? 'refuted'
          : verdicts.every((one) => one.status === 'undecided')
            ? 'undecided'
            : 'holds';
        outcomes.get(level)![status]++;
        const expected = level === 'starts and snapshots' ? ['holds'] : ['holds', 'undecided'];
        if (!expected.includes(status))
          console.log(`${level}: ${status}: ${JSON.stringify(job)}: ${verdicts.map((v) => v.reason).join('; ')}`);
      }
    console.error(`${first + seeds.length} honest runs`);
  }
  console.log('\n| recorded | hold | refuted | undecided |\n|---|---|---|---|');
  for (const [level, { holds, refuted, undecided }] of outcomes)
    console.log(`| ${level} | ${holds} | ${refuted} | ${undecided} |`);
}

/** Whether two runs have the same numbers. */
const alike = (a: RecordedRun, b: RecordedRun): boolean =>
  JSON.stringify([a.curves, a.snapshots]) === JSON.stringify([b.curves, b.snapshots]);

function faultTable(perFault: number): void {
  console.log('\n| fault | changes a number | refuted | named | named otherwise |\n|---|---|---|---|---|');
  const sums = { there: 0, refuted: 0, named: 0 };
  for (const [index, { flaw, value, ids, of }] of FAULTS.entries()) {
    const jobs: Drawn[] = [];
    // Each fault has records of its own.
    for (let seed = 10_000 + 100 * index; jobs.length < perFault; seed++) {
      const job = jobOf(seed);
      if (of(job)) jobs.push(job);
    }
    const faulty = (job: Job): Job => ({
      ...job,
      flaw,
      ...(value !== undefined && { value }),
      ...(flaw === 'forgets' && { since: 20 }),
    });
    const runs: readonly TorchRun[] = torchRuns(jobs.flatMap((job) => [job, faulty(job)]));
    const row = { there: 0, refuted: 0, named: 0 };
    const others: string[] = [];
    for (let k = 0; k < runs.length; k += 2) {
      const [honest, { job, run }] = [runs[k]!.run, runs[k + 1]!];
      if (alike(honest, run)) continue;
      row.there++;
      const { verdicts } = judgeRun(run, flaw);
      const refuted = verdicts.find((verdict) => verdict.status === 'refuted');
      if (!refuted) {
        console.log(`passed: ${JSON.stringify(job)}`);
        continue;
      }
      row.refuted++;
      const likeliest = verdicts.find((verdict) => verdict.diagnosis)?.diagnosis?.likeliest;
      if (likeliest && ids.includes(likeliest.id)) row.named++;
      else {
        others.push(likeliest?.id ?? 'none');
        console.log(`named otherwise: ${JSON.stringify(job)}`);
      }
    }
    for (const name of ['there', 'refuted', 'named'] as const) sums[name] += row[name];
    console.log(
      `| ${flaw} ${value ?? ''} | ${row.there} of ${perFault} | ${row.refuted} | ${row.named} | ${others.join(', ')} |`,
    );
    console.error(flaw);
  }
  console.log(`| **all** | ${sums.there} | ${sums.refuted} | ${sums.named} | |`);
}

if (!canTrain()) {
  console.error('torch is missing: apt-get install python3-torch');
  process.exitCode = 2;
} else {
  const [honest = '300', perFault = '5'] = process.argv.slice(2);
  if (Number(honest) > 0) honestTable(Number(honest));
  if (Number(perFault) > 0) faultTable(Number(perFault));
}
