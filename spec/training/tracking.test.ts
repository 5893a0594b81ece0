/**
 * The tracking task: the engine by dual numbers over its definition, limits included; phases; the open-loop student.
 */

import { describe, expect, it } from 'vitest';
import { absoluteRnn, trackingMajorant, trackingRounding } from '#spec/support/absolute.js';
import { linearised, type Rnn } from '#src/agent/rnn.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { at, build, type Mat, map, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { gamma, semidefiniteFactorError } from '#src/linalg/tolerance.js';
import { track } from '#src/loop/rollout.js';
import { cursor } from '#src/plant/cursor.js';
import { plantOver } from '#src/plant/plant.js';
import { balancedPhases, coefficientsOf, drawPhases } from '#src/plant/reference.js';
import { PROTOCOLS, type TrackingProtocol } from '#src/problem/protocol.js';
import { momentsOf } from '#src/problem/start.js';
import { PROBLEMS, taskOf } from '#src/training/problems.js';
import { openLoopRnn } from '#src/training/rnn.js';
import { directTracking, referencesOf, staysWithin, trackingEngine } from '#src/training/tracking.js';
import { deployedTracking, trackingStudent } from '#src/training/tracking-open-loop.js';
import { train } from '#src/training/train.js';

const TENSORS = ['M', 'W', 'Z'] as const;
const duals = dualsOver(reals);

const small: TrackingProtocol = {
  ...PROTOCOLS.tracking,
  agent: { kind: 'linear', N: 5, leak: 0.25 },
  plant: { ...PROTOCOLS.tracking.plant, dt: 0.25 },
  horizon: 16,
  batch: 11,
  epochs: 30,
};
const task = taskOf(small);
const random = new Stream(8);
const rnn: Rnn = {
  activation: 'linear',
  leak: 0.25,
  M: matrix(5, 4, () => random.normal()),
  W: matrix(5, 5, () => random.normal() / 2),
  Z: matrix(2, 5, () => random.normal()),
};
const phases = drawPhases(4, 11, random);

/** Error of two ways to a reference, relative to its harmonics' amplitudes: angles of up to 32, three roundings each. */
const REFERENCE = 2 * gamma(3 * 32 + 8);

/** Every harmonic by its formula. */
function reference(t: number, axis: number, b: number): number {
  let total = 0;
  small.tracking.harmonics.forEach((harmonic, f) => {
    if (harmonic.axis === axis) total += Math.cos(2 * Math.PI * harmonic.frequency * t + at(phases, f, b));
  });
  return 2.31 * Math.min(1, t) * total;
}

/** The derivative of the loss along a direction, by dual numbers over the definition. */
function alongBy(limit: number, direction: Rnn): { readonly loss: Dual; readonly clamped: number } {
  const moving = (A: Mat<number>, to: Mat<number>): Mat<Dual> =>
    build(A.rows, A.cols, (i, j) => ({ value: at(A, i, j), tangent: at(to, i, j) }));
  const references = Array.from({ length: 16 }, (_, i) =>
    build(2, 11, (axis, b) => duals.of(reference(0.25 * i, axis, b))),
  );
  let clamped = 0;
  const clamp = (x: Dual): Dual => {
    if (Math.abs(x.value) <= limit) return x;
    clamped++;
    return duals.of(limit * Math.sign(x.value));
  };
  const agent = {
    ...linearised(rnn),
    leak: duals.of(0.25),
    U: build(5, 0, () => duals.of(0)),
    V: build(5, 0, () => duals.of(0)),
    M: moving(rnn.M, direction.M),
    W: moving(rnn.W, direction.W),
    Z: moving(rnn.Z, direction.Z),
  };
  let loss = duals.of(0);
  for (const errors of track(duals, plantOver(duals, cursor(0.25)), agent, references, clamp).errors)
    for (let k = 0; k < 22; k++) loss = duals.add(loss, duals.mul(errors.data[k]!, errors.data[k]!));
  return { loss: duals.mul(duals.of(0.1 / (16 * 11)), loss), clamped };
}

describe('every trial rolled out', () => {
  const direction: Rnn = { ...rnn, ...Object.fromEntries(TENSORS.map((t) => [t, map(rnn[t], () => random.normal())])) };

  it.each([
    ['without limits', Number.POSITIVE_INFINITY, false],
    ['with limits that act', 2, true],
  ] as const)('has loss and gradients of the definition %s', (_, limit, acts) => {
    const engine = directTracking({ ...task, limit }, 11, rnn, TENSORS);
    const { loss } = engine.evaluate(phases);
    const { loss: theirs, clamped } = alongBy(limit, direction);
    expect(clamped > 0).toBe(acts);
    const gradient = engine.gradient();
    const majorant = trackingMajorant(task, rnn, 11);
    let [along, size] = [0, 0];
    for (const tensor of TENSORS)
      for (let k = 0; k < rnn[tensor].data.length; k++) {
        const term = gradient[tensor].data[k]! * direction[tensor].data[k]!;
        along += term;
        size += Math.abs(majorant.gradient[tensor].data[k]! * direction[tensor].data[k]!);
      }
    // Two routes; references are not computed alike, see below.
    const rounding = 2 * trackingRounding(task, rnn, 11) + 2 * REFERENCE;
    expect(Math.abs(loss - theirs.value)).toBeLessThanOrEqual(rounding * majorant.loss);
    expect(Math.abs(along - theirs.tangent)).toBeLessThanOrEqual(rounding * size);
    expect(rounding * size).toBeLessThan(1e-6 * Math.abs(theirs.tangent));
  });

  it('refuses what does not fit', () => {
    expect(() => directTracking(task, 11, { ...rnn, M: matrix(5, 3) }, TENSORS)).toThrow('do not fit');
    expect(() => directTracking(task, 11, { ...rnn, Z: matrix(3, 5) }, TENSORS)).toThrow('do not fit');
    const three = { ...task, reference: { ...task.reference, axes: 3 } };
    expect(() => directTracking(three, 11, { ...rnn, M: matrix(5, 6) }, TENSORS)).toThrow('do not fit');
    expect(() => directTracking(task, 11, rnn, TENSORS).evaluate(matrix(3, 11))).toThrow('4×11 phases, received 3×11');
    for (const wrong of [{ steps: 0 }, { limit: 0 }])
      expect(() => directTracking({ ...task, ...wrong }, 11, rnn, TENSORS)).toThrow('positive');
    const beyond = { ...task.reference, harmonics: [...task.reference.harmonics, { frequency: 1, axis: -1 }] };
    expect(() => directTracking({ ...task, reference: beyond }, 11, rnn, TENSORS)).toThrow('beyond 2 axes');
    expect(() => directTracking(task, 10, rnn, TENSORS).evaluate(phases)).toThrow('4×10 phases, received 4×11');
    expect(() => trackingEngine(task, 10, rnn, TENSORS).evaluate(phases)).toThrow('4×10 phases, received 4×11');
    const astray = { ...task.reference, harmonics: [{ frequency: 1, axis: 2 }] };
    expect(() => directTracking({ ...task, reference: astray }, 11, rnn, TENSORS)).toThrow('beyond 2 axes');
    expect(() => directTracking({ ...task, weight: 0 }, 11, rnn, TENSORS)).toThrow('positive');
    expect(() => cursor(0)).toThrow('dt must be positive');
    expect(() => cursor(1, 0)).toThrow('axes must be');
  });
});

describe('evaluations', () => {
  it('remember nothing of those before', () => {
    const other = drawPhases(4, 11, new Stream(8));
    for (const limit of [2, 1e9])
      for (const make of [directTracking, trackingEngine]) {
        const [fresh, used] = [0, 1].map(() => make({ ...task, limit }, 11, rnn, TENSORS));
        for (let k = 0; k < 2; k++) used!.evaluate(other);
        expect(used!.evaluate(phases)).toEqual(fresh!.evaluate(phases));
        expect(used!.gradient()).toEqual(fresh!.gradient());
      }
  });
});

describe('phases', () => {
  it('make the references of their formula', () => {
    const references = referencesOf(task, phases);
    for (let i = 0; i < 16; i++)
      for (let axis = 0; axis < 2; axis++)
        for (let b = 0; b < 11; b++)
          // Two harmonics per axis.
          expect(Math.abs(at(references, 2 * i + axis, b) - reference(0.25 * i, axis, b))).toBeLessThanOrEqual(
            2 * 2.31 * REFERENCE,
          );
  });

  it('that are balanced have the moments of the population', () => {
    for (const batch of [9, 10, 100]) {
      const moments = momentsOf(coefficientsOf(balancedPhases(4, batch)));
      for (let i = 0; i < 8; i++)
        for (let j = 0; j < 8; j++)
          // Angles of up to 2π with three roundings each, and the mean.
          expect(Math.abs(at(moments, i, j) - (i === j ? 0.5 : 0))).toBeLessThanOrEqual(gamma(2 * 3 * 7 + batch + 2));
    }
    expect(() => balancedPhases(4, 8)).toThrow('more than 8');
  });

  it('are drawn afresh every epoch, the same for the same seed', () => {
    const source = PROBLEMS.tracking.source(small, new Stream(3));
    expect(source(1).data).not.toEqual(source(2).data);
    expect(source(1).data).toEqual(PROBLEMS.tracking.source(small, new Stream(3))(1).data);
    expect(
      PROBLEMS.tracking.source({ ...small, tracking: { ...small.tracking, phases: 'balanced' } }, new Stream(3))(5)
        .data,
    ).toEqual(balancedPhases(4, 11).data);
  });
});

describe('the certificate', () => {
  it('adds amplitudes, and takes numbers that are not finite for no certificate', () => {
    expect(staysWithin(10.01, Float64Array.of(3, 4, 0, 5), 2, 4)).toBe(true);
    expect(staysWithin(10, Float64Array.of(3, 4, 0, 5), 2, 4)).toBe(false);
    expect(staysWithin(10, Float64Array.of(0, 0, 0, 0, 3, 4, 0, 5), 2, 4)).toBe(false);
    expect(staysWithin(10, Float64Array.of(Number.NaN, 0), 1, 2)).toBe(false);
    expect(staysWithin(Number.POSITIVE_INFINITY, Float64Array.of(Number.NaN, 0), 1, 2)).toBe(false);
  });
});

describe('training', () => {
  it('records losses of harmonics that add up to the loss of the population', () => {
    const protocol: TrackingProtocol = {
      ...small,
      tracking: { ...small.tracking, phases: 'balanced', limit: 1e6 },
    };
    const engine = PROBLEMS.tracking.learner(protocol, PROBLEMS.tracking.draw(protocol, new Stream(5)));
    const curve = train(engine, protocol, PROBLEMS.tracking.source(protocol, new Stream(5)));
    expect(curve.collapsed.every((value) => value === 1)).toBe(true);
    for (let e = 0; e < 30; e++) {
      const total = curve.harmonicLoss.slice(4 * e, 4 * e + 4).reduce((a, b) => a + b);
      // Moments of ½ to within their rounding, and sums of at most 8·8·2·16 terms.
      expect(Math.abs(0.1 * total - curve.loss[e]!)).toBeLessThanOrEqual(curve.loss[e]! * gamma(8 * 64 + 2048));
    }
    // Epoch 0 does not step.
    expect(curve.loss[1]).toBe(curve.loss[0]);
    expect(curve.loss[29]).toBeLessThan(curve.loss[1]!);
  });

  it('ends early where it is told that this is enough', () => {
    const engine = PROBLEMS.tracking.learner(small, PROBLEMS.tracking.draw(small, new Stream(5)));
    const curve = train(engine, small, PROBLEMS.tracking.source(small, new Stream(5)), {
      enough: (epoch) => epoch === 3,
    });
    expect([...curve.loss].map(Number.isFinite)).toEqual(Array.from({ length: 30 }, (_, epoch) => epoch <= 3));
    expect(curve.harmonicLoss.subarray(16).every(Number.isNaN)).toBe(true);
  });

  it('goes on trial by trial where limits act, with the same parameters', () => {
    const tight = { ...task, limit: 0.5 };
    const [engine, direct] = [trackingEngine(tight, 11, rnn, TENSORS), directTracking(tight, 11, rnn, TENSORS)];
    // Before anything is evaluated nothing has needed more than the basis signals.
    expect(engine.collapsed()).toBe(true);
    for (let step = 0; step < 3; step++) {
      const [ours, theirs] = [engine.evaluate(phases), direct.evaluate(phases)];
      expect(engine.collapsed()).toBe(false);
      expect(ours).toEqual(theirs);
      engine.descend(0.01);
      direct.descend(0.01);
    }
    expect(engine.rnn()).toEqual(direct.rnn());
  });
});

describe('the open-loop student', () => {
  const teacher: Rnn = { ...rnn, Z: matrix(2, 5, (i, j) => at(rnn.Z, i, j) / 4) };

  it('has the same loss and gradients on basis signals as trial by trial', () => {
    const free = { ...task, limit: 1e9 };
    // A limit that is certified for no phases, and yet not reached by these.
    const reached = Math.max(...directStates(free, teacher).map(Math.abs));
    const [ours, theirs] = [free, { ...task, limit: reached }].map((its) => {
      const student = trackingStudent(its, 11, rnn, teacher, TENSORS);
      const { loss } = student.evaluate(phases);
      return { loss, gradient: student.gradient(), batch: student.kernel.spec.batch };
    });
    expect([ours!.batch, theirs!.batch]).toEqual([8, 11]);
    // û + u of absolute data: what the teacher of absolute weights sees, and its own part with the sign turned.
    const { engine } = trackingMajorant(task, teacher, 11);
    const seen = matrix(16 * 4, 11, (row, b) => Math.abs(engine.kernel.inputs[row * engine.kernel.rows + b]!));
    const sizes = absoluteRnn(teacher);
    const turned = { ...sizes, Z: map(sizes.Z, (value) => -value) };
    const majorant = openLoopRnn({ steps: 16, batch: 11, weight: 1 / 16 }, absoluteRnn(rnn), turned, TENSORS);
    const { loss } = majorant.evaluate(seen);
    const gradient = majorant.gradient();
    // The teacher's loop and the student's.
    const error =
      2 * (trackingRounding(task, teacher, 11) + trackingRounding(task, rnn, 11)) + semidefiniteFactorError(8);
    expect(Math.abs(ours!.loss - theirs!.loss)).toBeLessThanOrEqual(error * loss);
    expect(error * loss).toBeLessThan(1e-3 * theirs!.loss);
    for (const tensor of TENSORS)
      for (let k = 0; k < rnn[tensor].data.length; k++)
        expect(Math.abs(ours!.gradient[tensor].data[k]! - theirs!.gradient[tensor].data[k]!)).toBeLessThanOrEqual(
          error * gradient[tensor].data[k]!,
        );
  });

  it('that is silent costs the mean square of its teacher’s controls, over trials and steps', () => {
    const silent: Rnn = { ...rnn, Z: matrix(2, 5) };
    const free = { ...task, limit: 1e9 };
    const references = referencesOf(free, phases);
    const perStep = Array.from({ length: 16 }, (_, i) => build(2, 11, (axis, b) => at(references, 2 * i + axis, b)));
    const { A, B } = cursor(0.25);
    const { x } = track(reals, cursor(0.25), linearised(teacher), perStep);
    // Controls are what the state moved by beyond its own step.
    let square = 0;
    for (let i = 0; i < 16; i++)
      for (let b = 0; b < 11; b++)
        for (let j = 0; j < 2; j++) {
          const k = [0, 1, 2, 3].find((row) => at(B, row, j) !== 0)!;
          const coasts = [0, 1, 2, 3].reduce((sum, l) => sum + (i > 0 ? at(A, k, l) * at(x[i - 1]!, l, b) : 0), 0);
          square += ((at(x[i]!, k, b) - coasts) / at(B, k, j)) ** 2;
        }
    for (const limit of [1e9, 1e-9 + Math.max(...directStates(free, teacher).map(Math.abs))])
      expect(
        trackingStudent({ ...task, limit }, 11, silent, teacher, TENSORS).evaluate(phases).loss / (square / (16 * 11)),
      ).toBeCloseTo(1, 10);
  });

  it('that is its teacher costs nothing, and what its teacher costs when deployed', () => {
    expect(trackingStudent(task, 11, teacher, teacher, TENSORS).evaluate(phases)).toEqual({ loss: 0, gradNorm: 0 });
    const { loss } = directTracking(task, 11, teacher, TENSORS).evaluate(phases);
    const deployed = deployedTracking(task, phases, rnn);
    expect(Math.abs(deployed(teacher) - loss)).toBeLessThanOrEqual(gamma(2 * 2 * 16 * 11 + 8) * loss);
    expect(deployed(rnn)).not.toBe(deployed(teacher));
  });
});

/** All states of a network that follows. */
function directStates(of: typeof task, network: Rnn): number[] {
  const references = referencesOf(of, phases);
  const perStep = Array.from({ length: 16 }, (_, i) => build(2, 11, (axis, b) => at(references, 2 * i + axis, b)));
  return track(reals, cursor(0.25), linearised(network), perStep).x.flatMap((x) => Array.from(x.data as number[]));
}
