/**
 * One paired run: that it is the training that its protocol prescribes, measured as it says.
 */

import { describe, expect, it } from 'vitest';
import { plansFor, SMALL } from '#spec/campaigns/campaign.js';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { linearised, type Rnn } from '#src/agent/rnn.js';
import type { Plan } from '#src/campaigns/grid.js';
import { unknownMeasure, unknownVerdict } from '#src/campaigns/names.js';
import { outcomeLine, parseOutcome } from '#src/campaigns/outcome.js';
import { pairOf } from '#src/campaigns/pair.js';
import { runPlan } from '#src/campaigns/run.js';
import { CAMPAIGN_AGENTS } from '#src/campaigns/schema.js';
import { crossingOf, type PhaseTrace, tradeOffOf } from '#src/campaigns/trace.js';
import { eigenvalues, modulus } from '#src/linalg/eigen.js';
import { type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { rollout } from '#src/loop/rollout.js';
import { drawPhases } from '#src/plant/reference.js';
import { trainedTensors } from '#src/problem/agents.js';
import { openLoopOf, type Protocol, plantOf, type RnnProtocol, type TrackingProtocol } from '#src/problem/protocol.js';
import { batchFactor, drawBatch, momentSource } from '#src/problem/start.js';
import { localSpectrum } from '#src/stages/observation.js';
import { fullLearner } from '#src/training/learner.js';
import { openLoopEngine } from '#src/training/open-loop-full.js';
import { PROBLEMS, taskOf } from '#src/training/problems.js';
import type { RnnEngine } from '#src/training/rnn.js';
import { deployedTracking, trackingStudent } from '#src/training/tracking-open-loop.js';
import { train } from '#src/training/train.js';

const only = (block: object): Plan => plansFor([{ name: 'a', ...SMALL, seeds: 1, ...block }])[0]!;

/** Two losses that are sums of some hundred squares in different orders. */
const CLOSE = 10;

describe('a paired run', () => {
  const plan = only({ measure: { horizons: [4, 20], every: 3, spectrumEvery: 5 }, precision: 'f64' });
  const protocol = plan.problem.protocol as RnnProtocol;
  const pair = pairOf(plan);
  const random = new Stream(plan.seed);
  const initial = PROBLEMS.batches.draw(protocol, random.child('weights')) as Rnn;
  const trials = drawBatch(protocol.start!, 2, 10, new Stream(plan.trialsSeed))!;

  /** The loss of a rollout that shares nothing with the kernels. */
  function deployed(agent: Rnn, horizon: number): number {
    const { x } = rollout(reals, plantOf(protocol.plant), linearised(agent), trials, horizon, Math.tanh);
    const squares = x.flatMap(({ data }) => Array.from(data, (value) => value * value));
    return squares.reduce((sum, square) => sum + square, 0) / (trials.cols * horizon);
  }

  /** The protocol as it stands, each row evaluated anew after its update; the agents of its rows. */
  function rowsOf(followed: RnnProtocol, child: string, teacher?: Rnn): Rnn[] {
    const engine = PROBLEMS.batches.learner(followed, initial, teacher);
    const agents: Rnn[] = [];
    train(engine, followed, PROBLEMS.batches.source(followed, random.child(child)), {
      observe: () => void agents.push(engine.rnn()),
    });
    return agents;
  }

  const closed = rowsOf(protocol, 'starts');
  const open = rowsOf(openLoopOf(protocol), 'inputs', closed.at(-1)!);

  it.each([
    ['closed', closed],
    ['open', open],
  ] as const)('measures the %s loop’s agents, row by row', (phase, agents) => {
    const { deployed: columns, own } = pair[phase]!;
    expect(plan.measure.horizons).toEqual([4, 8, 20]);
    expect(own).toBe(columns[1]);
    for (const [k, horizon] of plan.measure.horizons.entries())
      for (const [epoch, agent] of agents.entries()) {
        const measured = columns[k]![epoch]!;
        if (epoch % 3 === 0 || epoch === SMALL.epochs - 1)
          expect(measured).toBeCloseTo(deployed(agent, horizon), CLOSE);
        else expect(measured).toBeNaN();
      }
  });

  it('is the same again', () => {
    const [a, b] = [runPlan(plan).outcome, runPlan(plan).outcome];
    expect({ ...a, ms: 0 }).toEqual({ ...b, ms: 0 });
    expect(a.measures['open.deployed']).toBe(pair.open!.own.at(-1));
    expect(a.measures['gap']).toBe(pair.open!.own.at(-1)! / pair.closed.own.at(-1)! - 1);
  });

  it('draws other weights under another scale, and other observations under noise', () => {
    const loss = (change: object): number => pairOf({ ...plan, ...only(change), seed: plan.seed }).closed.loss[1]!;
    expect(
      new Set([loss({}), loss({ weightScale: 1 }), loss({ noise: { observation: 0.5 } }), loss({ feedback: 2 })]).size,
    ).toBe(4);
  });

  it('ends where the agent diverges: no student, no verdicts', () => {
    const { outcome } = runPlan(only({ optimizer: { lr: 1e6, clip: null }, agent: { N: 10, kind: 'linear' } }));
    expect(outcome).toMatchObject({ status: 'diverged', diverged: { phase: 'closed' }, verdicts: {} });
    expect(outcome.diverged!.epoch).toBeGreaterThan(0);
    expect(Object.keys(outcome.measures).filter((name) => name.startsWith('open'))).toEqual([]);
  });

  it('reads the gains off the last agent’s states and controls, the first state left out', () => {
    const { x, u } = rollout(
      reals,
      plantOf(protocol.plant),
      linearised(closed.at(-1)!),
      trials,
      SMALL.horizon,
      Math.tanh,
    );
    // Normal equations of u = k₁x₁ + k₂x₂ over all trials and steps but the first.
    const sums = { aa: 0, ab: 0, bb: 0, au: 0, bu: 0 };
    for (let t = 1; t < SMALL.horizon; t++)
      for (let b = 0; b < trials.cols; b++) {
        const [x1, x2, control] = [x[t]!.data[b]!, x[t]!.data[trials.cols + b]!, u[t]!.data[b]!];
        sums.aa += x1 * x1;
        sums.ab += x1 * x2;
        sums.bb += x2 * x2;
        sums.au += x1 * control;
        sums.bu += x2 * control;
      }
    const determinant = sums.aa * sums.bb - sums.ab ** 2;
    const { readings } = pair.closed;
    expect(readings!['k1']).toBeCloseTo((sums.bb * sums.au - sums.ab * sums.bu) / determinant, CLOSE);
    expect(readings!['k2']).toBeCloseTo((sums.aa * sums.bu - sums.ab * sums.au) / determinant, CLOSE);
  });
});

describe('a paired run of a low-rank agent', () => {
  const plan = only({ agent: { kind: 'linear-low-rank', N: 6 }, epochs: 25 });
  const protocol = plan.problem.protocol as Protocol;
  const { horizon, batch } = protocol;

  it('is that of its N units, taught by the agent that the closed loop ended with', () => {
    const random = new Stream(plan.seed);
    const initial = lowRankInitial({ N: 6, c: 1, p: 1, r: 1 }, 1, random.child('weights'));
    const plant = plantOf(protocol.plant);
    const starts = drawBatch(protocol.start, 2, 10, new Stream(plan.trialsSeed))!;
    const deployed = (agent: LinearAgent): number => {
      const { x } = rollout(reals, plant, agent, starts, horizon);
      return x.flatMap(({ data }) => Array.from(data)).reduce((sum, value) => sum + value ** 2, 0) / (10 * horizon);
    };
    const teacher = fullLearner(protocol, initial);
    const moments = momentSource(protocol.start, 2, batch, random.child('starts'));
    train(teacher, protocol, moments);
    const student = openLoopEngine(
      { steps: horizon, weight: 1 / horizon },
      initial,
      teacher.agent(),
      trainedTensors(protocol),
    );
    const inputs = random.child('inputs');
    const drawn = (epoch: number): Mat<number> => {
      const stream = inputs.child(`batch ${epoch}`);
      return batchFactor(matrix(horizon, batch, () => stream.normal()));
    };
    const { evaluate, descend, parameters } = student;
    train({ evaluate, descend, ...(parameters && { parameters }) }, protocol, drawn);
    const { closed, open } = pairOf(plan);
    expect(closed.own.at(-1)).toBeCloseTo(deployed(teacher.agent()), CLOSE);
    expect(open!.own.at(-1)).toBeCloseTo(deployed(student.agent()), CLOSE);
    expect(closed.stages).toHaveLength(25);
  });
});

describe('a paired run of the tracking task', () => {
  const plan = plansFor([
    {
      name: 'a',
      protocol: 'tracking',
      agent: { N: 6 },
      horizon: 25,
      batch: 4,
      epochs: 15,
      seeds: 1,
      measure: { every: 4, spectrumEvery: 7 },
    },
  ])[0]!;

  it('is the training that its protocol prescribes, of teacher and student', () => {
    const protocol = plan.problem.protocol as TrackingProtocol;
    const random = new Stream(plan.seed);
    const initial = PROBLEMS.tracking.draw(protocol, random.child('weights'));
    const phases = drawPhases(4, 10, new Stream(plan.trialsSeed));
    const { closed, open } = pairOf(plan);
    const agents = (engine: RnnEngine, child: string): Rnn[] => {
      const rows: Rnn[] = [];
      train(engine, protocol, PROBLEMS.tracking.source(protocol, random.child(child)), {
        observe: () => void rows.push(engine.rnn()),
      });
      return rows;
    };
    const task = taskOf(protocol);
    const teachers = agents(PROBLEMS.tracking.learner(protocol, initial), 'starts');
    const students = agents(trackingStudent(task, 4, initial, teachers.at(-1)!, ['M', 'W', 'Z']), 'inputs');
    for (const [trace, rows] of [
      [closed, teachers],
      [open!, students],
    ] as const)
      for (const [epoch, agent] of rows.entries()) {
        if (epoch % 4 === 0 || epoch === 14)
          expect(trace.own[epoch]).toBe(deployedTracking(task, phases, agent)(agent));
        else expect(trace.own[epoch]).toBeNaN();
        expect(Number.isNaN(trace.radius[epoch])).toBe(epoch % 7 !== 0);
      }
    expect(students.at(-1)!.M.data).not.toEqual(initial.M.data);
  });

  it('has the spectrum of its loop, references aside', () => {
    const protocol = plan.problem.protocol as TrackingProtocol;
    const tracker = PROBLEMS.tracking.draw(protocol, new Stream(1));
    const { plant } = taskOf(protocol);
    const { M } = tracker;
    const seeing = matrix(M.rows, 2, (i, j) => M.data[i * M.cols + j]!);
    const whole = eigenvalues(coupledMatrix(reals, plant, linearised({ ...tracker, M: seeing })));
    expect(localSpectrum(plant, tracker, new Stream(1))!.radius).toBeCloseTo(modulus(whole[0]!), 6);
  });
});

describe('extreme settings', () => {
  const settings: readonly object[] = [
    { optimizer: { lr: 1e6, clip: null } },
    { optimizer: { lr: 1e20 } },
    { weightScale: 1e10 },
    { weightScale: 1e25 },
    { start: { kind: 'normal', sd: 1e20 } },
    { start: { kind: 'uniform', low: 0, high: 1e-30 } },
    { plant: { kind: 'integrator', order: 5, dt: 3 } },
    { feedback: 0 },
    { horizon: 3, batch: 1, measure: { trials: 1 } },
    { measure: { horizons: [2, 3000], every: 5, spectrumEvery: 5 } },
    { agent: { N: 1 }, epochs: 2 },
  ];
  it.each(CAMPAIGN_AGENTS)('of %s agents come to outcomes that can be kept', (kind) => {
    for (const change of settings)
      for (const plan of (kind === 'gru' || kind === 'lstm') && 'weightScale' in change
        ? []
        : plansFor([{ name: 'a', ...SMALL, ...change, agents: [kind], seeds: 2 }])) {
        const { outcome } = runPlan(plan);
        expect(unknownMeasure(Object.keys(outcome.measures))).toBeUndefined();
        expect(unknownVerdict(Object.keys(outcome.verdicts))).toBeUndefined();
        const line = outcomeLine(outcome);
        expect(line).not.toMatch(/NaN|null/);
        expect(outcomeLine(parseOutcome(line)!)).toBe(line);
      }
  });
});

describe('what is read off a trace', () => {
  const column = (...values: number[]): Float64Array => Float64Array.from(values);
  const { NaN: none } = Number;

  it('is the first of five measurements below one', () => {
    expect(crossingOf(column(2, none, 0.9, 1, none, 0.9, 0.9, none, 0.9, 0.9, 0.9))).toBe(5);
    expect(crossingOf(column(2, 0.9, 0.9, 0.9, 0.9))).toBeUndefined();
  });

  it('is the conflict of horizons, over falls of the short one’s loss', () => {
    const trace = {
      // Falls, falls by too little, rises, falls, falls, falls.
      deployed: [column(10, 9, 8.99, 9.5, 8, 7, 6), column(1, 2, 9, 9, 8, 9, 9.2)],
      radius: column(1, 1.1, 1.2, 1.3, 1.4, 1.3, 1.35),
    } as unknown as PhaseTrace;
    expect(tradeOffOf(trace)).toEqual({ intervals: 4, radiusRises: 3, longWorsens: 3, lossAlone: 1 });
  });
});
