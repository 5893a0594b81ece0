/**
 * Faults: what each changes, which a protocol may suffer, and the loops that they close, rolled out plainly.
 */

import { describe, expect, it } from 'vitest';
import { DECLARED } from '#spec/runs/support/faulty.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { at, type Mat, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import { type NamedLoss, rateAt } from '#src/problem/schema.js';
import { type Fault, faultsOf, lossFaults, noticeably, updateFaults, WIDER_STARTS } from '#src/runs/faults.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '#src/runs/implementation.js';
import { clipFactor, noMemory } from '#src/training/descent.js';
import { PROBLEMS } from '#src/training/problems.js';

const BETA = 0.3;
const CONTROLLED: Protocol = { ...DECLARED, loss: { state: 'mean', beta: BETA } };
/** The same by matrices, with a discount. */
const DISCOUNTED: Protocol = {
  ...DECLARED,
  loss: {
    Q: [
      [0.5, 0],
      [0, 0.5],
    ],
    R: [[BETA * DECLARED.horizon]],
    discount: 0.9,
    reduction: 'mean',
  },
};
const discountOf = ({ loss }: Protocol): number => ('discount' in loss ? loss.discount! : 1);
const named = (id: string, protocol = CONTROLLED): Fault => faultsOf(protocol).find((fault) => fault.id === id)!;
const ids = (faults: readonly Fault[]): string[] => faults.map(({ id }) => id);
const count = (list: readonly string[], id: string): number => list.filter((other) => other === id).length;

/** An agent as drawn, larger, so that its hidden state matters. */
function drawn(protocol = CONTROLLED): LinearAgent {
  const initial = PROBLEMS.moments.draw(protocol, new Stream(3)) as { agent: LinearAgent };
  return initial.agent;
}

/**
 * The loss of a loop rolled out as a program would write it, one start at a time.
 * @param late the agent sees the observation of the step before
 * @param early it is called at t = 0 already
 * @param after states and controls are scored after the step, not before it
 * @param led states are scored with the controls that led to them
 */
function plainLoss(
  protocol: Protocol,
  agent: LinearAgent,
  starts: readonly (readonly number[])[],
  { late = false, early = false, after = false, led = false, state = [1, 1] as readonly number[] } = {},
): number {
  const plant = plantOf(protocol.plant);
  const column = (values: ArrayLike<number>): Mat<number> => matrix(values.length, 1, (i) => values[i]!);
  const { leak, M, Z, U, V } = agent;
  let loss = 0;
  for (const start of starts) {
    let x = column(start);
    let h = column(new Float64Array(M.rows));
    const seen: Mat<number>[] = [];
    const see = (y: Mat<number>): void => {
      seen.push(y);
      const input = late ? seen.at(-2)! : y;
      const recurrent = times(U, transpose(V), h);
      const driven = times(M, input);
      h = column(
        h.data.length === 0
          ? []
          : Array.from(
              { length: M.rows },
              (_, i) => (1 - leak) * at(h, i, 0) + leak * (at(recurrent, i, 0) + at(driven, i, 0)),
            ),
      );
    };
    if (early) see(times(plant.C, x));
    else seen.push(times(plant.C, x));
    const control = (): number => at(times(Z, h), 0, 0);
    const score = (t: number, u: number): void => {
      const share = discountOf(protocol) ** t / starts.length;
      loss += share * state.reduce((sum, weight, i) => sum + (weight * at(x, i, 0) ** 2) / (2 * protocol.horizon), 0);
      // Summed over time, weighted by β.
      loss += share * BETA * u ** 2;
    };
    for (let t = 0; t < protocol.horizon; t++) {
      const u = control();
      if (!after) score(t, u);
      const [next, driven] = [
        times(plant.A, x),
        times(
          plant.B,
          matrix(1, 1, () => u),
        ),
      ];
      x = matrix(2, 1, (i) => at(next, i, 0) + at(driven, i, 0));
      see(times(plant.C, x));
      if (after) score(t, led ? u : control());
    }
  }
  return loss;
}

const STARTS = [
  [1, -0.5],
  [-2, 0.3],
  [0.4, 1.7],
];

/** The loss of a implementation's engine at these starts. */
function lossOf(implementation: Implementation, agent: LinearAgent): number {
  const { embedding } = loopOf(implementation);
  const root = Math.sqrt(STARTS.length);
  const starts = matrix(2, STARTS.length, (i, b) => STARTS[b]![i]! / root);
  return engineOf(implementation, { agent }).evaluate(times(embedding, starts)).loss;
}

describe('loops', () => {
  it.each([
    ['declared', {}],
    ['late', { late: true }],
    ['from zero', { early: true }],
    ['scored after', { after: true }],
    ['states scored after', { after: true, led: true }],
  ] as const)('have the loss of their definition: %s', (wiring, change) => {
    for (const protocol of [CONTROLLED, DISCOUNTED]) {
      const plain = plainLoss(protocol, drawn(), STARTS, change);
      // Roundings of some hundred sums of positive terms, none of which grows over ten steps by more than a thousand.
      expect(Math.abs(lossOf({ ...asDeclared(protocol), wiring }, drawn()) / plain - 1)).toBeLessThan(gamma(1e6));
    }
  });

  it.each([
    ['late', 0, { late: true }],
    ['u0', 0, { early: true }],
    ['scored', 0, { after: true }],
    ['scored', 1, { after: true, led: true }],
    ['velocity', 0, { state: [1, 0] }],
  ] as const)('are closed by the faults that say so: %s %i', (id, k, change) => {
    const { of } = faultsOf(CONTROLLED).filter((fault) => fault.id === id)[k]!;
    const implementation = of(asDeclared(CONTROLLED), Number.NaN);
    const plain = plainLoss(CONTROLLED, drawn(), STARTS, change);
    // Roundings of some hundred sums of positive terms, none of which grows over ten steps by more than a thousand.
    expect(Math.abs(lossOf(implementation, drawn()) / plain - 1)).toBeLessThan(gamma(1e6));
  });

  it('are told apart by their losses', () => {
    const plain = lossOf(asDeclared(CONTROLLED), drawn());
    for (const id of ['scored', 'late', 'u0', 'velocity', 'batch-sum', 'horizon', 'dt', 'control', 'state'])
      expect(Math.abs(lossOf(noticeably(asDeclared(CONTROLLED), named(id)), drawn()) / plain - 1)).toBeGreaterThan(
        1e-3,
      );
  });

  it('scale with the batch, and with the starts squared', () => {
    const plain = lossOf(asDeclared(CONTROLLED), drawn());
    const summed = named('batch-sum').of(asDeclared(CONTROLLED), Number.NaN);
    expect(lossOf(summed, drawn()) / plain).toBeCloseTo(30, 9);
    for (const id of ['scored', 'late', 'u0']) {
      const implementation = named(id).of(asDeclared(CONTROLLED), Number.NaN);
      expect(lossOf(WIDER_STARTS.of(implementation, 3), drawn()) / lossOf(implementation, drawn())).toBeCloseTo(9, 9);
      expect(lossOf({ ...implementation, lossScale: 5 }, drawn()) / lossOf(implementation, drawn())).toBeCloseTo(5, 9);
      // Components beside the position count for nothing here either.
      const first = { ...implementation, scored: 'first' } as const;
      const change = { late: id === 'late', early: id === 'u0', after: id === 'scored', state: [1, 0] };
      expect(lossOf(first, drawn()) / plainLoss(CONTROLLED, drawn(), STARTS, change)).toBeCloseTo(1, 9);
    }
    expect(lossOf(WIDER_STARTS.of(asDeclared(CONTROLLED), 3), drawn()) / plain).toBeCloseTo(9, 9);
  });
});

describe('updates', () => {
  /** The steps that an implementation takes in its first update, with the gradients and weights before it; by tensor. */
  function steps(implementation: Implementation) {
    const starts = matrix(2, 3, (i, b) => STARTS[b]![i]!);
    const engine = engineOf(implementation, { agent: drawn() });
    const { gradNorm } = engine.evaluate(starts);
    const before = engine.parameters!.map(({ values, gradient }) => ({ w: values.slice(), g: gradient.slice() }));
    engine.updater!(noMemory(engine))(clipFactor(gradNorm, 1), 0);
    return {
      norm: gradNorm,
      pairs: before.map(({ w, g }, k) => ({
        w,
        g,
        step: engine.parameters![k]!.values.map((value, i) => w[i]! - value),
      })),
    };
  }
  const size = (v: Float64Array): number => Math.hypot(...v);
  const lr = rateAt(CONTROLLED.optimizer, 0);

  it('clip each tensor by its own norm, not together', () => {
    const { norm, pairs } = steps(named('per-tensor').of(asDeclared(CONTROLLED), Number.NaN));
    expect(norm).toBeGreaterThan(1);
    for (const { g, step } of pairs)
      step.forEach((value, k) => {
        expect(value).toBeCloseTo(lr * Math.min(1, 1 / (size(g) + 1e-6)) * g[k]!, 12);
      });
  });

  it('add decay to what was clipped', () => {
    const { norm, pairs } = steps(named('decay').of(asDeclared(CONTROLLED), 0.2));
    for (const { w, g, step } of pairs)
      step.forEach((value, k) => {
        expect(value).toBeCloseTo(lr * (g[k]! / (norm + 1e-6) + 0.2 * w[k]!), 12);
      });
  });
});

describe('the faults of a protocol', () => {
  it('change nothing at their neutral size, and something at a noticeable one', () => {
    const implementation = asDeclared({ ...CONTROLLED, optimizer: { kind: 'sgd', lr: 0.02, clip: 1, momentum: 0.4 } });
    for (const fault of [...faultsOf(implementation.protocol), WIDER_STARTS]) {
      const { parameter, of, does } = fault;
      expect(noticeably(implementation, fault)).not.toEqual(implementation);
      expect(does(0.5)).toMatch(/^[a-z]+ \S/);
      if (!parameter) continue;
      const sameLoop = ({ practice: _, ...rest }: Implementation) => rest;
      if (implementation.protocol === of(implementation, parameter.neutral).protocol)
        expect(sameLoop(of(implementation, parameter.neutral))).toEqual(sameLoop(implementation));
      expect(parameter.neutral).toBeGreaterThanOrEqual(parameter.above);
      for (const guess of parameter.guesses) {
        expect(guess).toBeGreaterThan(parameter.above);
        expect(guess).toBeLessThan(parameter.below);
      }
      expect(Math.abs(parameter.noticeable - parameter.neutral)).toBeGreaterThan(0);
    }
  });

  it('do not offer what is declared', () => {
    for (const state of ['mean', 'text', 'sum-mean', 'position'] as const)
      for (const control of [undefined, 'sum-time', 'sum-all', 'mean', 'sum-batch'] as const) {
        const protocol = { ...CONTROLLED, loss: { state, beta: 0.3, ...(control && { control }) } } as Protocol;
        const costs = lossFaults(protocol)
          .filter(({ id }) => id === 'state' || id === 'control-kind' || id === 'control')
          .map(({ of }) => of(asDeclared(protocol), Number.NaN).protocol.loss);
        expect(costs).toHaveLength(3 + 1 + 3);
        for (const cost of costs) {
          const kind = (loss: Protocol['loss']) => {
            const { state, beta, control = 'sum-time' } = loss as NamedLoss;
            return [state, beta, control];
          };
          expect(kind(cost)).not.toEqual(kind(protocol.loss));
        }
        expect(count(ids(lossFaults(protocol)), 'velocity')).toBe(state === 'position' ? 0 : 1);
      }
  });

  it('are those that it leaves room for', () => {
    expect(count(ids(lossFaults(CONTROLLED)), 'horizon')).toBe(2);
    expect(
      lossFaults(CONTROLLED)
        .filter(({ id }) => id === 'horizon')
        .map(({ of }) => of(asDeclared(CONTROLLED), 0).protocol.horizon),
    ).toEqual([9, 11]);
    expect(count(ids(lossFaults({ ...CONTROLLED, horizon: 1 })), 'horizon')).toBe(1);
    const free = ids(lossFaults({ ...CONTROLLED, loss: { state: 'mean', beta: 0 } }));
    for (const id of ['control', 'control-kind']) expect(free).not.toContain(id);
    expect(ids(lossFaults({ ...CONTROLLED, batch: 1 }))).not.toContain('batch-sum');
    const A = [
      [1, 1],
      [0, 1],
    ];
    const linear = { kind: 'linear', A, B: [[0], [1]], C: [[1, 0]] } as const;
    expect(ids(lossFaults({ ...CONTROLLED, plant: linear }))).not.toContain('dt');
    expect(ids(updateFaults({ ...CONTROLLED, optimizer: { kind: 'sgd', lr: 1, clip: null } }))).toEqual([
      'lr',
      'momentum',
      'decay',
      'frozen',
      'frozen',
      'frozen',
      ...new Array(4).fill('accumulated'),
      ...new Array(4).fill('schedule'),
      'extra',
      'first-update',
    ]);
    expect(ids(updateFaults({ ...CONTROLLED, optimizer: { kind: 'adam', lr: 1, clip: 1 } }))).not.toContain('momentum');
    expect(ids(updateFaults({ ...CONTROLLED, trained: ['z'] }))).not.toContain('frozen');
    const full = { ...CONTROLLED, agent: { kind: 'linear', N: 5, leak: 1 }, trained: ['Who'] } as Protocol;
    const extra = updateFaults(full).filter(({ id }) => id === 'extra');
    expect(extra.map(({ of }) => of(asDeclared(full), 0).protocol.trained)).toEqual([
      ['Wih', 'Who'],
      ['Whh', 'Who'],
    ]);
    const effective = {
      ...CONTROLLED,
      agent: { kind: 'effective', rank: 1, leak: 1 },
      trained: [],
    } as unknown as Protocol;
    for (const id of ['frozen', 'extra']) expect(ids(updateFaults(effective))).not.toContain(id);
  });

  it('freeze one tensor each, and start to update where that is not declared', () => {
    const frozen = faultsOf(CONTROLLED).filter(({ id }) => id === 'frozen');
    expect(frozen.map(({ of }) => of(asDeclared(CONTROLLED), 0).practice.frozen)).toEqual([['Z'], ['U'], ['V']]);
    for (const firstUpdate of [undefined, 0, 1, 3]) {
      const protocol = { ...CONTROLLED, ...(firstUpdate !== undefined && { firstUpdate }) } as Protocol;
      expect(named('first-update', protocol).of(asDeclared(protocol), 0).protocol.firstUpdate).toBe(
        firstUpdate ? 0 : 1,
      );
    }
    expect(named('first-update').does(0)).toBe('does not update in epoch 0');
    expect(named('first-update', { ...CONTROLLED, firstUpdate: 2 }).does(0)).toBe('updates from epoch 0 on');
    for (const rows of [undefined, 'before-update', 'after-update'] as const) {
      const protocol = { ...CONTROLLED, ...(rows && { rows }) } as Protocol;
      const practised = named('rows', protocol).of(asDeclared(protocol), 0).protocol.rows;
      expect(practised).toBe(rows === 'after-update' ? 'before-update' : 'after-update');
    }
  });

  it('scale learning rates, clipping and dt, and say to what', () => {
    const declared: Protocol = {
      ...CONTROLLED,
      plant: { kind: 'integrator', order: 2, dt: 0.5 },
      optimizer: { kind: 'sgd', lr: 0.02, clip: 4 },
    };
    const practised = (id: string): Implementation => named(id, declared).of(asDeclared(declared), 2.5);
    expect(practised('lr').practice.optimizer).toEqual({ kind: 'sgd', lr: 0.05, clip: 4 });
    expect(practised('clip').practice.optimizer!.clip).toBe(10);
    expect(practised('no-clip').practice.optimizer!.clip).toBeNull();
    expect(practised('momentum').practice.optimizer).toMatchObject({ momentum: 2.5 });
    expect(practised('dt').protocol.plant).toMatchObject({ dt: 1.25 });
    expect(named('lr').does(2.5)).toContain('2.5 times the declared learning rate, 0.05 instead of 0.02');
    expect(named('clip', declared).does(2.5)).toContain('2.5 times the declared norm, 10 instead of 4');
    expect(named('dt').does(1.23456)).toContain('1.235 times');
    expect(named('momentum').does(0.12345)).toContain('momentum 0.123 instead of 0');
    expect(named('batch-sum').of(asDeclared(CONTROLLED), 0).lossScale).toBe(30);
    const declaredCost = costOf(CONTROLLED, 2, 1);
    expect(loopOf(asDeclared(CONTROLLED)).cost).toEqual(declaredCost);
  });
});
