/**
 * Gradients of agents of every kind, in closed loop and in open loop, tensor by tensor, by dual numbers through their definition.
 */

import { describe, expect, it } from 'vitest';
import {
  agentOver,
  controlOver,
  drawnAgent,
  dualErrors,
  duals,
  errorFunctions,
  type Functions,
  isGated,
  loopStepOver,
  realFunctions,
  routesApart,
  statesOf,
  stepOver,
} from '#spec/support/cells.js';
import { drawnWeights, weighing } from '#spec/support/cost.js';
import { type Agent, tensorIn, tensorsOf, withWeights } from '#src/agent/agent.js';
import type { KernelMaker } from '#src/kernel/kernel.js';
import { plainKernel } from '#src/kernel/plain.js';
import type { KernelTensor } from '#src/kernel/units.js';
import { wasmKernel } from '#src/kernel/wasm.js';
import type { Dual } from '#src/linalg/dual.js';
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type Plant, plant as plantFrom, plantOver } from '#src/plant/plant.js';
import { updateRule } from '#src/training/descent.js';
import { closedLoopRnn, openLoopRnn, type RnnEngine } from '#src/training/rnn.js';

const random = new Stream(22);
const numbers = (rows: number, cols: number, scale: number, from = random) =>
  matrix(rows, cols, () => scale * from.normal());

/** An agent moving along one tensor of another, over duals of either kind. */
function moving<T>(of: (value: number) => T, agent: Agent, direction: Agent, moved: KernelTensor) {
  return agentOver<Dual<T>>(agent, (value, tensor, k) => ({
    value: of(value),
    tangent: of(tensor === moved ? entriesOf(direction, tensor)[k]! : 0),
  }));
}

const entriesOf = (agent: Agent, tensor: KernelTensor): number[] => Array.from(tensorIn(agent, tensor).data);

/** The derivative along one tensor of a direction. */
const along = (gradient: Agent, direction: Agent, tensor: KernelTensor): number =>
  entriesOf(gradient, tensor).reduce((sum, g, k) => sum + g * entriesOf(direction, tensor)[k]!, 0);

const wide: Plant = plantFrom(numbers(3, 3, 0.5), numbers(3, 2, 0.7), numbers(2, 3, 0.7));
const square = <T>(F: Functions<T>, weight: number, value: T): T => F.mul(F.of(weight), F.mul(value, value));
const column = (A: Mat<number>, b: number, from = 0, to = A.rows): number[] =>
  Array.from({ length: to - from }, (_, i) => at(A, from + i, b));

/**
 * The gradient g that a first step of AdamW goes along. With β₁ = β₂ = 0 and ε = 1 it is θ ← θ·(1 − lr·λ) − lr·g/(|g| + 1); `rounding`
 * is of the product of g with a direction.
 */
function steppedAlong(engine: RnnEngine<Agent>, agent: Agent) {
  const [lr, weightDecay] = [0.5, 0.5];
  updateRule(engine, { kind: 'adamw', lr, beta1: 0, beta2: 0, eps: 1, weightDecay, clip: null })(1, 0);
  const entries = (tensor: KernelTensor) => {
    const moved = entriesOf(engine.rnn(), tensor);
    return entriesOf(agent, tensor).map((before, k) => {
      const step = ((1 - lr * weightDecay) * before - moved[k]!) / lr;
      const slope = 1 / (1 - Math.abs(step));
      return { g: step * slope, error: gamma(16) * (1 + Math.abs(before)) * slope ** 2 };
    });
  };
  const weights = Object.fromEntries(tensorsOf(agent).map((tensor) => [tensor, entries(tensor).map(({ g }) => g)]));
  return {
    stepped: withWeights(agent, weights as unknown as Parameters<typeof withWeights>[1]),
    rounding: (direction: Agent, tensor: KernelTensor): number =>
      entries(tensor).reduce((sum, { error }, k) => sum + error * Math.abs(entriesOf(direction, tensor)[k]!), 0),
  };
}

/** A definition's value and derivative, and how far another route may be from either. */
function evaluated(definition: <T>(F: Functions<Dual<T>>, of: (value: number) => T) => Dual<T>) {
  const { value, tangent } = definition(dualErrors, errorFunctions.of);
  return {
    exact: definition(duals, realFunctions.of),
    bounds: { value: routesApart(value), tangent: routesApart(tangent) },
  };
}

const KERNELS: readonly (readonly [string, KernelMaker])[] = [
  ['plain', plainKernel],
  ['SIMD', wasmKernel('f64')],
];
const KINDS = [
  ...(['tanh', 'relu', 'linear'] as const).flatMap((kind) => [[kind, 1] as const, [kind, 0.3] as const]),
  ['gru', 1] as const,
  ['gru, reset before', 1] as const,
  ...(['tanh, biases', 'relu, biases', 'linear, biases'] as const).flatMap((kind) => [
    [kind, 1] as const,
    [kind, 0.3] as const,
  ]),
  ['gru, biases', 1] as const,
  ['lstm', 1] as const,
  ['lstm, biases', 1] as const,
];

describe.each(KINDS.flatMap(([kind, leak]) => KERNELS.map(([name, make]) => [kind, leak, name, make] as const)))(
  'gradients of %s agents, leak %d, %s kernel',
  (kind, leak, _name, make) => {
    // Bounds of gated units grow faster, those of more tensors faster still.
    const [N, horizon, batch] = isGated(kind)
      ? kind === 'gru' || kind === 'gru, reset before'
        ? [3, 5, 2]
        : [2, 4, 2]
      : [5, 6, 3];
    const drawn = (c: number, p: number, from = random): Agent => drawnAgent(kind, { N, c, p }, leak, from);

    it.each([
      ['a double integrator', integratorChain(2, 1), 'named'],
      ['a plant of three states, two controls, two observations', wide, 'named'],
      ['a plant of three states, two controls, two observations, and a loss by its matrices', wide, 'matrices'],
      ['that plant and noise', wide, 'noisy'],
    ])('in closed loop with %s, tensor by tensor', (_, plant, form) => {
      const [p, c, n] = [plant.B.cols, plant.C.rows, plant.A.rows];
      // A stream of its own: others draw what they draw.
      const from = form === 'noisy' ? new Stream(22) : random;
      const [agent, direction] = [drawn(c, p, from), drawn(c, p, from)];
      const cost =
        form === 'matrices'
          ? { Q: drawnWeights(n, from), R: drawnWeights(p, from), discount: 0.75 }
          : weighing([1, 2, 3].slice(0, n), 0.7, p);
      /** What a pair of entries weighs in a step. */
      const weightOf = (of: 'Q' | 'R', t: number, i: number, j: number): number =>
        cost.discount ** t * at(cost[of], i, j);
      const perStep = form === 'noisy' ? n + c : 0;
      const starts = numbers(n + (horizon - 1) * perStep, batch, 1, from);
      const engine = closedLoopRnn({ plant, cost, horizon, batch }, agent, tensorsOf(agent), make);
      const { loss, gradNorm } = engine.evaluate(starts);
      const gradient = engine.gradient();
      const { stepped, rounding } = steppedAlong(engine, agent);
      for (const tensor of tensorsOf(agent)) {
        const { exact, bounds } = evaluated(<T>(F: Functions<Dual<T>>, of: (value: number) => T) => {
          const moved = moving(of, agent, direction, tensor);
          const lifted = plantOver(F, plant);
          let total = F.of(0);
          for (let b = 0; b < batch; b++) {
            let x = column(starts, b, 0, n).map(F.of);
            let h = Array.from({ length: statesOf(moved) * N }, () => F.of(0));
            let u = Array.from({ length: p }, () => F.of(0));
            for (let t = 0; t < horizon; t++) {
              if (t > 0) {
                const noise = column(starts, b, n + (t - 1) * perStep, n + t * perStep).map(F.of);
                const [push, error] = [noise.slice(0, n), noise.slice(n)];
                ({ x, h } = loopStepOver(F, lifted, moved, x, h, u, { push, error }));
                u = controlOver(F, moved, h);
              }
              const score = (of: 'Q' | 'R', v: readonly Dual<T>[]): void => {
                for (const [i, a] of v.entries())
                  for (const [j, b] of v.entries()) {
                    const weight = weightOf(of, t, i, j);
                    if (weight !== 0) total = F.add(total, F.mul(F.of(weight), F.mul(a, b)));
                  }
              };
              score('Q', x);
              score('R', u);
            }
          }
          return total;
        });
        expect(Math.abs(batch * loss - exact.value)).toBeLessThanOrEqual(bounds.value);
        expect(Math.abs(batch * along(gradient, direction, tensor) - exact.tangent)).toBeLessThanOrEqual(
          bounds.tangent,
        );
        // What AdamW steps along is this derivative too.
        const most = bounds.tangent + batch * rounding(direction, tensor);
        expect(Math.abs(batch * along(stepped, direction, tensor) - exact.tangent)).toBeLessThanOrEqual(most);
        // The bound tells a wrong term from rounding.
        expect(most).toBeLessThan(2 ** -10 * Math.abs(exact.tangent));
      }
      const size = Math.sqrt(tensorsOf(agent).reduce((sum, tensor) => sum + along(gradient, gradient, tensor), 0));
      // Two sums of as many squares, in orders of their own, and their roots.
      const entries = tensorsOf(agent).reduce((sum, tensor) => sum + tensorIn(agent, tensor).data.length, 0);
      expect(Math.abs(gradNorm / size - 1)).toBeLessThanOrEqual(gamma(entries + 4));
    });

    it('in open loop, tensor by tensor', () => {
      const [c, p, steps, weight] = [2, 2, horizon - 1, 0.5];
      const [student, direction] = [drawn(c, p), drawn(c, p)];
      // Of another size and activation.
      const teacher = drawnAgent(
        isGated(kind) ? kind : kind.endsWith('biases') ? 'tanh, biases' : 'tanh',
        { N: N + 1, c, p },
        1,
        random,
      );
      const inputs = numbers(steps * c, batch, 1);
      const engine = openLoopRnn({ steps, batch, weight }, student, teacher, tensorsOf(student), make);
      const { loss } = engine.evaluate(inputs);
      const gradient = engine.gradient();
      const scale = batch / weight;
      for (const tensor of tensorsOf(student)) {
        const { exact, bounds } = evaluated(<T>(F: Functions<Dual<T>>, of: (value: number) => T) => {
          const moved = moving(of, student, direction, tensor);
          const model = agentOver(teacher, F.of);
          let total = F.of(0);
          for (let b = 0; b < batch; b++) {
            let h = Array.from({ length: statesOf(moved) * N }, () => F.of(0));
            let g = Array.from({ length: statesOf(model) * (N + 1) }, () => F.of(0));
            for (let t = 0; t < steps; t++) {
              const y = column(inputs, b, t * c, (t + 1) * c).map(F.of);
              [h, g] = [stepOver(F, moved, h, y), stepOver(F, model, g, y)];
              const wanted = controlOver(F, model, g);
              controlOver(F, moved, h).forEach((u, k) => {
                total = F.add(total, square(F, 1, F.sub(u, wanted[k]!)));
              });
            }
          }
          return total;
        });
        expect(Math.abs(scale * loss - exact.value)).toBeLessThanOrEqual(bounds.value);
        expect(Math.abs(scale * along(gradient, direction, tensor) - exact.tangent)).toBeLessThanOrEqual(
          bounds.tangent,
        );
        expect(bounds.tangent).toBeLessThan(2 ** -10 * Math.abs(exact.tangent));
      }
    });
  },
);
