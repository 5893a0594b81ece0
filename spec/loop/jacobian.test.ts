/**
 * Local Jacobians by dual numbers through one step, against the coupled matrix where the agent is linear; fixed points.
 */
import { Matrix as MlMatrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { absolutePlant, absoluteRnn } from '#spec/support/absolute.js';
import {
  agentOver,
  drawnAgent,
  dualErrors,
  duals,
  errorFunctions,
  type Functions,
  loopStepOver,
  realFunctions,
  routesApart,
} from '#spec/support/cells.js';
import type { Gru } from '#src/agent/gru.js';
import { gruInitial } from '#src/agent/gru.js';
import { linearised, type Rnn } from '#src/agent/rnn.js';
import type { Dual } from '#src/linalg/dual.js';
import { spectralRadius } from '#src/linalg/eigen.js';
import { absolute, at, frobenius, type Mat, matrix, multiply, times, toRows } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { gamma } from '#src/linalg/tolerance.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { coupledStep, fixedPoint, localJacobian, originOf } from '#src/loop/jacobian.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type Plant, plant as plantFrom, plantOver } from '#src/plant/plant.js';
import { localSpectrum } from '#src/stages/observation.js';

const random = new Stream(33);
const numbers = (rows: number, cols: number, scale: number) => matrix(rows, cols, () => scale * random.normal());
const wide = plantFrom(numbers(3, 3, 0.5), numbers(3, 2, 0.7), numbers(2, 3, 0.7));
const chain = integratorChain(2, 1);
const KINDS = [
  'linear',
  'tanh',
  'relu',
  'gru',
  'gru, reset before',
  'tanh, biases',
  'gru, biases',
  'lstm',
  'lstm, biases',
] as const;

describe.each(KINDS)('the local Jacobian of %s agents', (kind) => {
  it.each([
    ['a double integrator', chain, 1],
    ['a plant of three states, two controls, two observations', wide, 0.4],
  ] as const)('with %s is the derivative of one step, at any state', (_, plant, leak) => {
    const [n, N] = [plant.A.rows, 4];
    const agent = drawnAgent(kind, { N, c: plant.C.rows, p: plant.B.cols }, leak, random);
    for (const size of [0, 0.5, 2]) {
      const state = originOf(plant, agent).map(() => size * random.normal());
      expect(state.length).toBe(n + (kind.startsWith('lstm') ? 2 : 1) * N);
      const { next, jacobian } = coupledStep(plant, agent, state);
      for (let k = 0; k < state.length; k++) {
        const step = <T>(F: Functions<Dual<T>>, of: (value: number) => T): Dual<T>[] => {
          const point = Array.from(state, (value, i) => ({ value: of(value), tangent: of(i === k ? 1 : 0) }));
          const { x, h } = loopStepOver(
            F,
            plantOver(F, plant),
            agentOver(agent, F.of),
            point.slice(0, n),
            point.slice(n),
          );
          return [...x, ...h];
        };
        const exact = step<number>(duals, realFunctions.of);
        step(dualErrors, errorFunctions.of).forEach(({ value, tangent }, i) => {
          expect(Math.abs(next[i]! - exact[i]!.value)).toBeLessThanOrEqual(routesApart(value));
          expect(Math.abs(at(jacobian, i, k) - exact[i]!.tangent)).toBeLessThanOrEqual(routesApart(tangent));
          expect(routesApart(tangent)).toBeLessThan(2 ** -30);
        });
      }
    }
  });
});

/**
 * Whether two routes to a coupled matrix agree within rounding, entry by entry: either errs by γ of the roundings on a path, here
 * through products with A, B, C, the gates' factors and the sums, times the same expression of absolute values.
 */
function sameWithinRounding(J: Mat<number>, P: Mat<number>, { A, B, C }: Plant, { leak, M, W, Z }: Rnn): void {
  const sizes = { activation: 'linear', leak, M: absolute(M), W: absolute(W), Z: absolute(Z) } as const;
  const majorant = coupledMatrix(reals, plantFrom(absolute(A), absolute(B), absolute(C)), linearised(sizes));
  const rounding = 2 * gamma(A.rows + B.cols + C.rows + 8);
  for (let k = 0; k < majorant.data.length; k++)
    expect(Math.abs(J.data[k]! - P.data[k]!)).toBeLessThanOrEqual(rounding * majorant.data[k]!);
}

describe('local Jacobians', () => {
  it('of linear agents are the coupled matrix at every state', () => {
    const agent = drawnAgent('linear', { N: 5, c: 2, p: 2 }, 0.3, random) as Rnn;
    const P = coupledMatrix(reals, wide, linearised(agent));
    const state = Float64Array.from({ length: 8 }, () => random.normal());
    for (const J of [localJacobian(wide, agent), localJacobian(wide, agent, state)])
      sameWithinRounding(J, P, wide, agent);
  });

  it('of tanh agents at the origin are those of the linear agent of the same weights', () => {
    const agent = drawnAgent('tanh', { N: 5, c: 2, p: 2 }, 0.3, random) as Rnn;
    expect(localJacobian(wide, agent)).toEqual(localJacobian(wide, { ...agent, activation: 'linear' }));
  });

  it('of a GRU without biases at the origin are those of a linear agent of leak ½ and half the recurrence of n', () => {
    const drawn = drawnAgent('gru', { N: 5, c: 2, p: 2 }, 1, random) as Gru;
    const none = matrix(15, 1);
    const gate = ({ cols, data }: Gru['M']) => matrix(5, cols, (i, j) => data[(10 + i) * cols + j]!);
    const { M, W, Z } = drawn;
    const half = matrix(5, 5, (i, j) => at(gate(W), i, j) / 2);
    const linear: Rnn = { activation: 'linear', leak: 0.5, M: gate(M), W: half, Z };
    const J = localJacobian(wide, { ...drawn, bih: none, bhh: none });
    sameWithinRounding(J, localJacobian(wide, linear), wide, linear);
  });

  it('of relu agents exist along an orbit, the same along its rays, and make the orbit: F(s) = J·s', () => {
    const agent = drawnAgent('relu', { N: 5, c: 2, p: 2 }, 0.3, random) as Rnn;
    const unit = (): Mat<number> => matrix(8, 8, (i, k) => (i === k ? 1 : 0));
    // No cone's derivative is larger than that of absolute weights with all units at work.
    const most = localJacobian(absolutePlant(wide), { ...absoluteRnn(agent), activation: 'linear' });
    const through = (J: Mat<number>, s: Float64Array): number[] =>
      Array.from({ length: 8 }, (_, i) => s.reduce((sum, value, k) => sum + at(J, i, k) * value, 0));
    const start = Float64Array.from({ length: 8 }, () => random.normal());
    const cones = new Set<string>();
    let state: Float64Array = start;
    let [product, majorant] = [unit(), unit()];
    for (let t = 1; t <= 8; t++) {
      const J = localJacobian(wide, agent, state);
      expect(
        localJacobian(
          wide,
          agent,
          state.map((value) => 4 * value),
        ),
      ).toEqual(J);
      cones.add(J.data.join());
      [product, majorant] = [multiply(reals, J, product), multiply(reals, most, majorant)];
      state = coupledStep(wide, agent, state).next;
      // Two routes, each with at most 40 roundings a step: products with A, B·Z, C, M and W, and with J.
      const bounds = through(majorant, start.map(Math.abs)).map((size) => 2 * gamma(40 * t) * size);
      through(product, start).forEach((value, i) => {
        expect(Math.abs(value - state[i]!)).toBeLessThanOrEqual(bounds[i]!);
      });
    }
    // The cones differ: one derivative does not stand for the loop.
    expect(cones.size).toBeGreaterThan(1);
  });

  it('of relu agents are refused where there are none, as at rest', () => {
    const agent = drawnAgent('relu', { N: 5, c: 2, p: 2 }, 0.3, random);
    expect(() => localJacobian(wide, agent)).toThrow('no derivative');
    expect(localSpectrum(wide, agent, new Stream(1))).toBeUndefined();
  });

  it('refuse what does not fit', () => {
    const agent = drawnAgent('tanh', { N: 5, c: 2, p: 2 }, 1, random);
    expect(() => localJacobian(chain, agent)).toThrow('do not fit');
    expect(() => localJacobian(wide, agent, new Float64Array(3))).toThrow('do not fit');
    for (const sizes of [
      { N: 5, c: 1, p: 2 },
      { N: 5, c: 2, p: 1 },
    ])
      expect(() => localJacobian(wide, drawnAgent('tanh', sizes, 1, random))).toThrow('do not fit');
  });
});

/** Whether the first whole step of Newton's method from a state makes ‖F(s) − s‖ larger. */
function wholeStepLeadsAway(agent: Gru, from: Float64Array): boolean {
  const away = (state: Float64Array) => coupledStep(wide, agent, state).next.map((value, i) => value - state[i]!);
  const { jacobian } = coupledStep(wide, agent, from);
  const left = new MlMatrix(toRows(jacobian)).sub(MlMatrix.eye(from.length));
  const step = solve(left, MlMatrix.columnVector(Array.from(away(from), (value) => -value))).to1DArray();
  return !(Math.hypot(...away(from.map((value, i) => value + step[i]!))) < Math.hypot(...away(from)));
}

describe('fixed points', () => {
  it('are the origin where there are no biases, at once', () => {
    for (const kind of ['linear', 'tanh', 'relu'] as const) {
      const agent = drawnAgent(kind, { N: 5, c: 2, p: 2 }, 1, random);
      const point = fixedPoint(wide, agent)!;
      expect(point.residual).toBe(0);
      expect(point.state).toEqual(originOf(wide, agent));
      const { jacobian, smooth } = coupledStep(wide, agent, originOf(wide, agent));
      expect(point.jacobian).toEqual(jacobian);
      expect(smooth).toBe(kind !== 'relu');
    }
  });

  it('are the origin too where the agent does not act, though every position of the plant is one', () => {
    const agent = { ...(drawnAgent('tanh', { N: 5, c: 1, p: 1 }, 1, random) as Rnn), Z: matrix(1, 5) };
    const point = fixedPoint(chain, agent);
    expect(point).toMatchObject({ residual: 0, state: originOf(chain, agent) });
  });

  it('of GRUs with biases are found from the origin, and attract what begins near them where the loop is stable', () => {
    let stable = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const stream = new Stream(seed);
      const agent = gruInitial({ N: 12, c: 2, p: 2 }, stream);
      const point = fixedPoint(wide, { ...agent, Z: matrix(2, 12, () => stream.normal() / 4) });
      expect(point).toBeDefined();
      const { state, jacobian, residual } = point!;
      // An evaluation of the step near a fixed point is rounding, of sums of at most 2·12 + 8 terms of size about 1.
      expect(residual).toBeLessThanOrEqual(Math.sqrt(state.length) * gamma(64) * 4);
      expect(Math.hypot(...state)).toBeGreaterThan(0.1);
      expect(jacobian.rows).toBe(15);
    }
    for (let seed = 1; seed <= 20; seed++) {
      const stream = new Stream(seed);
      const agent = { ...gruInitial({ N: 12, c: 2, p: 2 }, stream), Z: matrix(2, 12, () => stream.normal() / 8) };
      const { state, jacobian } = fixedPoint(wide, agent)!;
      if (spectralRadius(jacobian) > 0.9) continue;
      stable++;
      const [steps, apart] = [500, 1e-4];
      const pushed = state.map((value) => value + apart * stream.normal());
      let reached: Float64Array = pushed;
      for (let t = 0; t < steps; t++) reached = coupledStep(wide, agent, reached).next;
      // Near the fixed point e ← J·e + δ, δ the rounding of a step and of the point: what is left of the push, and Σ‖Jᵏ‖ times δ.
      let [power, sum]: [Mat<number>, number] = [jacobian, 1];
      for (let t = 1; t < steps; t++) {
        sum += frobenius(power);
        power = times(power, jacobian);
      }
      const rounding = 2 * Math.sqrt(state.length) * gamma(64) * 4;
      const left = frobenius(power) * Math.hypot(...pushed.map((value, i) => value - state[i]!));
      expect(left).toBeLessThan(rounding);
      expect(Math.hypot(...reached.map((value, i) => value - state[i]!))).toBeLessThanOrEqual(left + sum * rounding);
      expect(sum * rounding).toBeLessThan(2 ** -20 * apart);
    }
    expect(stable).toBeGreaterThan(5);
  });

  it('of GRUs with large biases are found where Newton’s whole step leads further off', () => {
    let shortened = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const stream = new Stream(seed);
      const numbers = (rows: number, cols: number) => matrix(rows, cols, () => stream.normal());
      const agent: Gru = {
        M: numbers(18, 2),
        W: numbers(18, 6),
        Z: matrix(2, 6, () => stream.normal() / 4),
        bih: numbers(18, 1),
        bhh: numbers(18, 1),
      };
      const point = fixedPoint(wide, agent);
      if (!point) continue;
      expect(point.residual).toBeLessThanOrEqual(64 * Math.sqrt(9) * gamma(64) * (1 + Math.hypot(...point.state)));
      const { next } = coupledStep(wide, agent, point.state);
      expect(Math.hypot(...next.map((value, i) => value - point.state[i]!))).toBe(point.residual);
      if (wholeStepLeadsAway(agent, originOf(wide, agent))) shortened++;
    }
    expect(shortened).toBeGreaterThan(5);
  });

  it('are not claimed where there are none: a GRU that pushes whatever it sees', () => {
    const zero = matrix(3, 1);
    const pushing: Gru = { M: zero, W: zero, Z: matrix(1, 1, () => 1), bih: matrix(3, 1, () => 1), bhh: zero };
    expect(fixedPoint(chain, pushing)).toBeUndefined();
  });
});
