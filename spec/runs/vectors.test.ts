/**
 * The conformance vectors, by a route of their own: exact rationals, or dual numbers through the loop's definition.
 */

import { describe, expect, it } from 'vitest';
import { numbersIn, withEntry } from '#spec/runs/support/nested.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { vectorFiles } from '#src/cli/vectors.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { type Majorant, majorants } from '#src/linalg/majorant.js';
import { fromRows, type Mat, map, matrix, transpose } from '#src/linalg/matrix.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { type Ring, reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { type Rollout, rollout } from '#src/loop/rollout.js';
import { type Plant, plantOver } from '#src/plant/plant.js';
import { costOf, plantOf } from '#src/problem/protocol.js';
import { type NamedLoss, type RunWeights, rateAt } from '#src/problem/schema.js';
import { parseRun } from '#src/runs/format/read.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { type ConformanceVector, conformanceVectors } from '#src/runs/vectors.js';
import { lossOf } from '#src/training/loss.js';

const vectors = conformanceVectors();
const named = (name: string): ConformanceVector => vectors.find((vector) => vector.name === name)!;

type Rows = readonly (readonly number[])[];

/** The agent of a file's weights, as the run format says, over any ring. */
function agentFrom<T>(entry: (value: number) => T, weights: RunWeights, leak: number): LinearAgent<T> {
  const lift = (rows: Rows): Mat<T> => map(fromRows(rows), entry);
  const N = weights.m?.[0]?.length ?? weights.Whh!.length;
  const none = map(matrix(N, 0), entry);
  return weights.m
    ? {
        leak: entry(leak),
        M: transpose(lift(weights.m)),
        Z: lift(weights.z!),
        U: transpose(lift(weights.U!)),
        V: transpose(lift(weights.V!)),
      }
    : { leak: entry(leak), M: lift(weights.Wih!), Z: lift(weights.Who!), W: lift(weights.Whh!), U: none, V: none };
}

/** What a vector's problem is over a ring: the loop and its loss as functions of the weights. */
function definition<T>(R: Ring<T>, { run: { protocol } }: ConformanceVector, activate?: (value: T) => T) {
  const plant = plantOf(protocol.plant);
  const cost = costOf({ ...protocol, loss: protocol.loss as NamedLoss }, 2, 1);
  if (protocol.start?.kind !== 'fixed') throw new Error('no fixed start');
  const starts = map(fromRows(protocol.start.x0), R.of);
  const lifted: Plant<T> = plantOver(R, plant);
  const loop = (agent: LinearAgent<T>): Rollout<T> => rollout(R, lifted, agent, starts, protocol.horizon, activate);
  // The mean over trials: 1/B is a power of two.
  return { loop, loss: (agent: LinearAgent<T>): T => R.mul(R.of(1 / protocol.batch), lossOf(R, cost, loop(agent))) };
}

/** Every derivative of the loss by a tensor's entries, through dual numbers whose values are in a ring. */
function derivatives<T>(
  R: Ring<T>,
  vector: ConformanceVector,
  tensor: string,
  activate?: (value: Dual<T>) => Dual<T>,
): T[] {
  const { run } = vector;
  const { leak } = run.protocol.agent as { leak: number };
  const duals = dualsOver(R);
  const { loss } = definition(duals, vector, activate);
  // The entry that varies is marked by a number that no weight has.
  const mark = 77;
  const value = (run.weights.initial as Record<string, unknown>)[tensor];
  return numbersIn(value).map((entry, k) => {
    const marked = { ...run.weights.initial, [tensor]: withEntry(value, k, () => mark) } as RunWeights;
    const lift = (x: number): Dual<T> => (x === mark ? { value: R.of(entry), tangent: R.of(1) } : duals.of(x));
    return loss(agentFrom(lift, marked, leak)).tangent;
  });
}

type Majorised = { readonly recorded: number; readonly exact: Rational; readonly majorant: Majorant };

/** Recorded numbers must be within any way of rounding them: γ of the roundings of the adjoint times the majorant. */
function expectNear({ run: { protocol } }: ConformanceVector, numbers: readonly Majorised[]): void {
  expect(numbers.length).toBeGreaterThan(0);
  const roundings = adjointRoundings({ n: 2, N: 3, c: 1, p: 1, r: 1 }, protocol.horizon, protocol.batch);
  for (const { recorded, exact, majorant } of numbers) {
    const error = Math.abs(toDouble(rationals.sub(rationals.of(recorded), exact)));
    expect(error).toBeLessThanOrEqual(gamma(roundings) * majorant.size);
  }
}

describe.each(['low-rank', 'linear'])('%s, over the rationals', (name) => {
  const vector = named(name);
  const { run, step } = vector;
  const { leak } = run.protocol.agent as { leak: number };
  const over = <T>(R: Ring<T>) => ({ ...definition(R, vector), agent: agentFrom(R.of, run.weights.initial, leak) });
  const [exact, majorant] = [over(rationals), over(majorants)];
  const zip = (recorded: readonly number[], values: readonly Rational[], sizes: readonly Majorant[]): Majorised[] => {
    expect(recorded).toHaveLength(values.length);
    return recorded.map((value, k) => ({ recorded: value, exact: values[k]!, majorant: sizes[k]! }));
  };

  it('steps', () => {
    const [loop, sizes] = [exact.loop(exact.agent), majorant.loop(majorant.agent)];
    const list = <T>(A: Mat<T>): T[] => Array.from({ length: A.data.length }, (_, k) => A.data[k]!);
    for (const [state, t] of [
      [step.before, 2],
      [step.after, 3],
    ] as const)
      for (const part of ['x', 'h', 'u'] as const)
        expectNear(vector, zip(numbersIn(state[part]), list(loop[part][t]!), list(sizes[part][t]!)));
  });

  it('loss and gradients', () => {
    expectNear(vector, zip(run.curves.loss as number[], [exact.loss(exact.agent)], [majorant.loss(majorant.agent)]));
    for (const tensor of run.protocol.trained) {
      const [values, sizes] = [derivatives(rationals, vector, tensor), derivatives(majorants, vector, tensor)];
      expectNear(vector, zip(numbersIn(run.gradients[tensor]), values, sizes));
    }
  });
});

describe('tanh, by dual numbers', () => {
  const vector = named('tanh');
  const { run } = vector;
  const activate = ({ value, tangent }: Dual): Dual => ({
    value: Math.tanh(value),
    tangent: (1 - Math.tanh(value) ** 2) * tangent,
  });

  it('loss', () => {
    const loss = definition(reals, vector, Math.tanh).loss(agentFrom((x) => x, run.weights.initial, 1));
    // |tanh′| ≤ 1: errors do not grow through it, and it rounds once.
    const { size } = definition(majorants, vector, ({ size, roundings }: Majorant) => ({
      size,
      roundings: roundings + 1,
    })).loss(agentFrom(majorants.of, run.weights.initial, 1));
    expectNear(vector, [
      { recorded: run.curves.loss[0]!, exact: rationals.of(loss), majorant: { size: 2 * size, roundings: 0 } },
    ]);
  });

  it('gradients, within the bound that check holds records to', () => {
    const gradients = Object.fromEntries(
      run.protocol.trained.map((tensor) => {
        const exact = derivatives(reals, vector, tensor, activate);
        return [
          tensor,
          [exact.reduce((value, entry, k) => withEntry(value, k, () => entry), run.gradients[tensor]![0])],
        ];
      }),
    );
    const judged = (changed: object): number => {
      const evidence = new Evidence();
      judgeGradients(parseRun(JSON.stringify({ ...run, gradients: changed }), 'tanh'), evidence);
      return ratioOf(evidence.worst()!);
    };
    expect(judged({ ...gradients, epochs: [0] })).toBeLessThan(1);
    expect(
      judged({ epochs: [0], Whh: withEntry(gradients['Whh']!, 4, (value) => value * (1 + 1e-9)) }),
    ).toBeGreaterThan(1);
  });
});

describe.each(vectors.map((vector) => [vector.name, vector] as const))('%s, from its own gradients', (_, { run }) => {
  const { curves, gradients, weights, protocol } = run;

  it('norm, clipping and update', () => {
    const all = protocol.trained.flatMap((tensor) => numbersIn(gradients[tensor]));
    const norm = Math.hypot(...all);
    const near = (a: number, b: number, roundings: number, size = Math.abs(b)): void =>
      expect(Math.abs(a - b)).toBeLessThanOrEqual(gamma(roundings) * size);
    near(curves.gradNorm[0]!, norm, 2 * all.length + 2);
    const { clip } = protocol.optimizer;
    const lr = rateAt(protocol.optimizer, 0);
    const factor = clip === null ? 1 : Math.min(1, clip / (curves.gradNorm[0]! + 1e-6));
    near(curves.clipFactor[0]!, factor, 2);
    expect(factor < 1).toBe(clip !== null);
    for (const [tensor, value] of Object.entries(weights.final)) {
      const before = numbersIn((weights.initial as Record<string, unknown>)[tensor]);
      const change = gradients[tensor] ? numbersIn(gradients[tensor]).map((g) => lr * factor * g) : before.map(() => 0);
      numbersIn(value).forEach((after, k) => {
        near(after, before[k]! - change[k]!, 4, Math.abs(before[k]!) + Math.abs(change[k]!));
      });
    }
  });
});

describe('as files', () => {
  const files = vectorFiles();

  it.each(vectors.map(({ name }) => name))('%s is a run whose gradients are judged', (name) => {
    const evidence = new Evidence();
    judgeGradients(parseRun(files[`${name}.json`]!, name), evidence);
    expect(evidence.undecided).toBeUndefined();
    expect(ratioOf(evidence.worst()!)).toBeLessThan(1);
  });
});
