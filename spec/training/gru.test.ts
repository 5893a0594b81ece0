/**
 * Gradients of GRUs, in closed loop and in open loop, by dual numbers through their definition.
 */
import { describe, expect, it } from 'vitest';
import {
  agentOver,
  applied,
  drawnAgent,
  dualErrors,
  duals,
  errorFunctions,
  type Functions,
  loopStepOver,
  realFunctions,
  routesApart,
  stepOver,
} from '#spec/support/cells.js';
import { tensorIn, tensorsOf, withWeights } from '#src/agent/agent.js';
import type { Gru } from '#src/agent/gru.js';
import { gruKernel } from '#src/kernel/gru.js';
import { GATED_TENSORS } from '#src/kernel/kernel.js';
import type { Dual } from '#src/linalg/dual.js';
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type Plant, plant as plantFrom, plantOver } from '#src/plant/plant.js';
import { closedLoopRnn, openLoopRnn } from '#src/training/rnn.js';

const random = new Stream(21);
const numbers = (rows: number, cols: number, scale: number) => matrix(rows, cols, () => scale * random.normal());
const gru = (N: number, c: number, p: number): Gru => drawnAgent('gru', { N, c, p }, 1, random) as Gru;

/** An agent moving along another, over duals of either kind. */
function moving<T>(of: (value: number) => T, agent: Gru, direction: Gru) {
  return agentOver<Dual<T>>(agent, (value, tensor, k) => ({
    value: of(value),
    tangent: of(direction[tensor].data[k]!),
  }));
}

/** The derivative along one tensor of a direction. */
function along(gradient: Gru, direction: Gru): number {
  let total = 0;
  for (const tensor of tensorsOf(gradient)) {
    const [g, d] = [tensorIn(gradient, tensor).data, tensorIn(direction, tensor).data];
    for (let k = 0; k < g.length; k++) total += g[k]! * d[k]!;
  }
  return total;
}

/** A direction that moves one tensor only. */
function only(direction: Gru, kept: (typeof GATED_TENSORS)[number]): Gru {
  const data = (tensor: (typeof GATED_TENSORS)[number]) => {
    const { length } = direction[tensor].data;
    return Array.from({ length }, (_, k) => (tensor === kept ? direction[tensor].data[k]! : 0));
  };
  return withWeights(direction, { M: data('M'), W: data('W'), Z: data('Z'), bih: data('bih'), bhh: data('bhh') });
}

const wide: Plant = plantFrom(numbers(3, 3, 0.5), numbers(3, 2, 0.7), numbers(2, 3, 0.7));
const square = <T>(F: Functions<T>, weight: number, value: T): T => F.mul(F.of(weight), F.mul(value, value));
const column = (A: Mat<number>, b: number, from = 0, to = A.rows): number[] =>
  Array.from({ length: to - from }, (_, i) => at(A, from + i, b));

/** A definition's value and derivative, and how far another route may be from either. */
function evaluated(definition: <T>(F: Functions<Dual<T>>, of: (value: number) => T) => Dual<T>) {
  const { value, tangent } = definition(dualErrors, errorFunctions.of);
  return {
    exact: definition(duals, realFunctions.of),
    bounds: { value: routesApart(value), tangent: routesApart(tangent) },
  };
}

describe('gradients of GRUs', () => {
  it.each([
    ['a double integrator', integratorChain(2, 1)],
    ['a plant of three states, two controls, two observations', wide],
  ])('in closed loop with %s, tensor by tensor', (_, plant) => {
    const [p, c, n] = [plant.B.cols, plant.C.rows, plant.A.rows];
    const [agent, whole] = [gru(3, c, p), gru(3, c, p)];
    const [horizon, batch] = [5, 2];
    const cost = { state: Float64Array.from({ length: n }, (_v, i) => 1 + i), control: 0.7 };
    const starts = numbers(n, batch, 1);
    const engine = closedLoopRnn({ plant, cost, horizon, batch }, agent, GATED_TENSORS);
    const { loss, gradNorm } = engine.evaluate(starts);
    for (const tensor of GATED_TENSORS) {
      const direction = only(whole, tensor);
      const { exact, bounds } = evaluated(<T>(F: Functions<Dual<T>>, of: (value: number) => T) => {
        const moved = moving(of, agent, direction);
        const lifted = plantOver(F, plant);
        let total = F.of(0);
        for (let b = 0; b < batch; b++) {
          let x = column(starts, b).map(F.of);
          let h = Array.from({ length: 3 }, () => F.of(0));
          for (let t = 0; t < horizon; t++) {
            if (t > 0) ({ x, h } = loopStepOver(F, lifted, moved, x, h));
            x.forEach((value, i) => {
              total = F.add(total, square(F, cost.state[i]!, value));
            });
            for (const u of applied(F, moved.tensors.Z, h)) total = F.add(total, square(F, cost.control, u));
          }
        }
        return total;
      });
      expect(Math.abs(batch * loss - exact.value)).toBeLessThanOrEqual(bounds.value);
      expect(Math.abs(batch * along(engine.gradient(), direction) - exact.tangent)).toBeLessThanOrEqual(bounds.tangent);
      // The bound tells a wrong term from rounding.
      expect(bounds.tangent).toBeLessThan(2 ** -10 * Math.abs(exact.tangent));
    }
    const size = Math.sqrt(along(engine.gradient(), engine.gradient()));
    // Two sums of as many squares, in orders of their own, and their roots.
    const entries = GATED_TENSORS.reduce((sum, tensor) => sum + tensorIn(agent, tensor).data.length, 0);
    expect(Math.abs(gradNorm / size - 1)).toBeLessThanOrEqual(gamma(entries + 4));
  });

  it('in open loop, tensor by tensor', () => {
    const [c, p, steps, batch, weight] = [2, 2, 4, 2, 0.5];
    const [student, teacher, whole] = [gru(3, c, p), gru(4, c, p), gru(3, c, p)];
    const inputs = numbers(steps * c, batch, 1);
    const engine = openLoopRnn({ steps, batch, weight }, student, teacher, GATED_TENSORS);
    const { loss } = engine.evaluate(inputs);
    const scale = batch / weight;
    for (const tensor of GATED_TENSORS) {
      const direction = only(whole, tensor);
      const { exact, bounds } = evaluated(<T>(F: Functions<Dual<T>>, of: (value: number) => T) => {
        const moved = moving(of, student, direction);
        const model = agentOver(teacher, F.of);
        let total = F.of(0);
        for (let b = 0; b < batch; b++) {
          let h = Array.from({ length: 3 }, () => F.of(0));
          let g = Array.from({ length: 4 }, () => F.of(0));
          for (let t = 0; t < steps; t++) {
            const y = column(inputs, b, t * c, (t + 1) * c).map(F.of);
            [h, g] = [stepOver(F, moved, h, y), stepOver(F, model, g, y)];
            const wanted = applied(F, model.tensors.Z, g);
            applied(F, moved.tensors.Z, h).forEach((u, k) => {
              total = F.add(total, square(F, 1, F.sub(u, wanted[k]!)));
            });
          }
        }
        return total;
      });
      expect(Math.abs(scale * loss - exact.value)).toBeLessThanOrEqual(bounds.value);
      expect(Math.abs(scale * along(engine.gradient(), direction) - exact.tangent)).toBeLessThanOrEqual(bounds.tangent);
      expect(bounds.tangent).toBeLessThan(2 ** -10 * Math.abs(exact.tangent));
    }
  });
});

describe('the gated kernel', () => {
  const sizes = { units: 4, inputs: 2, outputs: 3, batch: 2, steps: 5 };

  it('goes forward alone as it does with a way back, and takes over weights', () => {
    const [learning, running] = [GATED_TENSORS, []].map((trained) => gruKernel({ ...sizes, trained }));
    const agent = gru(4, 2, 3);
    learning!.load({ M: agent.M.data, W: agent.W.data, Z: agent.Z.data, bih: agent.bih.data, bhh: agent.bhh.data });
    running!.follow(learning!);
    expect(running!.weights()).toEqual(learning!.weights());
    for (const tensor of GATED_TENSORS)
      expect([...learning!.weights()[tensor]]).toEqual(Array.from(agent[tensor].data as Float64Array));
    for (const kernel of [learning!, running!]) {
      kernel.inputs.forEach((_, k) => {
        kernel.inputs[k] = Math.sin(k);
      });
      for (let t = 0; t < sizes.steps; t++) kernel.forward(t);
    }
    expect(running!.outputs).toEqual(learning!.outputs);
    expect(running!.outputs.every((value) => value !== 0)).toBe(true);
  });

  it('trains what it is told to only', () => {
    const kernel = gruKernel({ ...sizes, trained: ['W', 'bhh'] });
    const agent = gru(4, 2, 3);
    kernel.load({ M: agent.M.data, W: agent.W.data, Z: agent.Z.data, bih: agent.bih.data, bhh: agent.bhh.data });
    kernel.inputs.fill(0.5);
    kernel.outputAdjoints.fill(1);
    for (let t = 0; t < sizes.steps; t++) kernel.forward(t);
    kernel.rewind();
    for (let t = sizes.steps - 1; t >= 0; t--) kernel.backward(t);
    kernel.finish();
    const before = kernel.weights();
    kernel.descend(0.1);
    const after = kernel.weights();
    for (const tensor of GATED_TENSORS)
      if (tensor === 'W' || tensor === 'bhh') expect(after[tensor]).not.toEqual(before[tensor]);
      else expect(after[tensor]).toEqual(before[tensor]);
  });
});
