/**
 * What is judged of which agent is what the page on runs says: every agent, mode and optimiser of its table is tried on recorded runs,
 * with each agent's and optimiser's name in place of the recorded one. Such runs may be refuted; what counts is that they are decided.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runClaims } from '#spec/claims/ledger.js';
import { judge } from '#src/claims/judge.js';
import { parseRun } from '#src/runs/format/read.js';
import { pageOf, rowsUnder } from './pages.js';

/** A run file as the fixtures are. */
interface RunFile {
  readonly starts?: object;
  readonly protocol: {
    readonly mode: string;
    readonly agent: object;
    readonly horizon: number;
    readonly batch: number;
    readonly trained?: string[];
  };
  readonly curves: object;
  readonly weights?: Readonly<Record<'initial' | 'final', Readonly<Record<string, unknown>>>>;
}

const PAGE = 'src/runs/README.md';
const CHECKS = ['losses', 'increments', 'replay', 'gradients', 'windows', 'chance'] as const;

const OPTIMIZERS: Readonly<Record<string, object>> = {
  '`sgd`': { kind: 'sgd', lr: 0.01, clip: 1 },
  '`sgd` with momentum': { kind: 'sgd', lr: 0.01, clip: 1, momentum: 0.5 },
  '`sgd` with weight decay': { kind: 'sgd', lr: 0.01, clip: 1, weightDecay: 0.1 },
  '`sgd` with `clipValue`': { kind: 'sgd', lr: 0.01, clip: null, clipValue: 0.1 },
  '`adam`': { kind: 'adam', lr: 0.01, clip: 1 },
  '`adamw`': { kind: 'adamw', lr: 0.01, clip: 1 },
};

/** A recorded run of an agent with the same tensors. */
const FIXTURES: Readonly<Record<string, string>> = {
  'linear-low-rank': 'parity-lowrank',
  effective: 'parity-effective',
  gru: 'parity-gru',
  lstm: 'pytorch-lstm',
};

/** The first epochs of curves. */
const first = (curves: object): object =>
  Object.fromEntries(
    Object.entries(curves).map(([name, list]) => [name, Array.isArray(list) ? list.slice(0, 12) : first(list)]),
  );

/** A run with all the evidence that there is, but short. */
function runOf(kind: string, mode: string, optimizer: object): RunFile {
  const { starts: _starts, ...run }: RunFile = JSON.parse(
    readFileSync(`fixtures/${FIXTURES[kind] ?? 'parity-tanh'}.json`, 'utf8'),
  );
  const { agent, horizon, batch, trained = [] } = run.protocol;
  const { initial, final } = run.weights!;
  // Order parameters have no gradients in a record.
  const tensors = trained.filter((name) => name in initial);
  const y = Array.from({ length: horizon }, () => new Array(batch).fill(1));
  // Gradients are judged on a batch that is known.
  const fixed = kind === 'lstm' && { start: { kind: 'fixed', x0: [0, 1].map(() => new Array(batch).fill(1)) } };
  const open = mode === 'open-loop' && { inputs: { kind: 'fixed', y }, teacher: final };
  // Gradients that are wrong are judged as well.
  const gradients = { epochs: [0], ...Object.fromEntries(tensors.map((name) => [name, [initial[name]]])) };
  // Snapshots of a few epochs, of an agent that has weights.
  const snapshots = kind !== 'effective' && {
    snapshots: { epochs: [0], ...Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, [value]])) },
  };
  return {
    ...run,
    ...snapshots,
    protocol: { ...run.protocol, mode, agent: { ...agent, kind }, optimizer, ...fixed, ...open },
    gradients,
    curves: first(run.curves),
  } as RunFile;
}

/** The run with starts that were drawn, and recorded. */
function withDrawnStarts(run: RunFile): RunFile {
  const { horizon, batch, mode } = run.protocol;
  const drawn = (count: number): number[][] =>
    Array.from({ length: batch }, (_, b) => Array.from({ length: count }, (__, k) => Math.sin(7 * b + 3 * k + 1)));
  const epochs = Array.from({ length: 12 });
  return mode === 'open-loop'
    ? {
        ...run,
        protocol: { ...run.protocol, inputs: { kind: 'white-observation', calledAtZero: true } } as RunFile['protocol'],
        starts: { y: epochs.map(() => drawn(horizon)) },
      }
    : {
        ...run,
        protocol: { ...run.protocol, start: { kind: 'normal', sd: 1 } } as RunFile['protocol'],
        starts: { x0: epochs.map(() => drawn(2)) },
      };
}

/** The checks that decide something of a run; increments are left to replay where that decides. */
function decided(run: RunFile): string[] {
  const checks = new Map(rowsUnder(pageOf(PAGE), 'What is judged').map(([check, claim]) => [claim, check!]));
  const { weights: _, ...bare } = run;
  const found = [run, bare, withDrawnStarts(run)].flatMap((one) => {
    const read = () => parseRun(JSON.stringify(one), 'a run');
    return runClaims
      .filter(
        (claim) => judge({ ...claim, cases: { kind: 'listed', list: [{ read }] } }, { seed: 0 }).status !== 'undecided',
      )
      .map(({ statement: { id } }) => checks.get(`\`${id}\``)!);
  });
  return CHECKS.filter((check) => found.includes(check));
}

/** The table of the page, an agent and an optimiser at a time. */
const cases = rowsUnder(pageOf(PAGE), 'What is judged')
  .filter((cells) => cells.length === 3 + CHECKS.length)
  .flatMap(([agents, mode, optimizers, ...cells]) =>
    agents!.split(', ').flatMap((agent) =>
      optimizers!.split(', ').map((optimizer) => ({
        agent: agent.replaceAll('`', ''),
        mode: mode!.replaceAll('`', ''),
        optimizer,
        checks: CHECKS.filter((_, k) => cells[k] === 'yes'),
      })),
    ),
  )
  .filter(({ mode }) => mode !== 'mode');

it.each(cases)('$agent, $mode, $optimizer: $checks', ({ agent, mode, optimizer, checks }) => {
  expect(decided(runOf(agent, mode, OPTIMIZERS[optimizer]!))).toEqual(checks);
});

it('every agent and mode is in the table, with every optimiser', () => {
  const [full, single] = [['linear', 'tanh', 'relu', 'gru', 'lstm', 'linear-low-rank'], ['effective']];
  const expected = Object.keys(OPTIMIZERS).flatMap((optimizer) => [
    ...[...full, ...single].map((agent) => `${agent}, closed-loop, ${optimizer}`),
    // The order parameters of an agent in open loop have no run format.
    ...full.map((agent) => `${agent}, open-loop, ${optimizer}`),
  ]);
  const listed = cases.map(({ agent, mode, optimizer }) => `${agent}, ${mode}, ${optimizer}`);
  expect(listed.toSorted()).toEqual(expected.toSorted());
});

it('the table of the front page is this one in short', () => {
  const long: Readonly<Record<string, string>> = {
    'SGD, clipped or not, with weight decay or not': '`sgd`',
    'momentum, clipping by value, Adam, AdamW': '`adamw`',
    any: '`sgd`',
  };
  const front = rowsUnder(pageOf('README.md'), 'What is judged').flatMap(([agents, optimizer, ...cells]) =>
    [...agents!.matchAll(/`([\w-]+)`/g)].map(([, agent]) => ({
      agent: agent!,
      mode: 'closed-loop',
      optimizer: long[optimizer!],
      checks: CHECKS.filter((_, k) => cells[k] !== ''),
    })),
  );
  expect(front).toHaveLength(7);
  expect(cases).toEqual(expect.arrayContaining(front));
});
