/**
 * Observations of runs against rollouts by their definition, a regression by QR, and all eigenvalues.
 */

import { describe, expect, it } from 'vitest';
import { gainsByQr } from '#spec/stages/regression.js';
import type { Gru } from '#src/agent/gru.js';
import { activationOf, linearised, type Rnn } from '#src/agent/rnn.js';
import { type Complex, eigenvalues, modulus } from '#src/linalg/eigen.js';
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { fixedPoint } from '#src/loop/jacobian.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { openLoopOf, PROTOCOLS, type RnnProtocol } from '#src/problem/protocol.js';
import { hasSpectrum, localSpectrum, type Observations, observedStages, observer } from '#src/stages/observation.js';
import { peakOf } from '#src/stages/peak.js';
import { rowOf, type Spectrum } from '#src/training/curve.js';
import { DEPLOYED_TRIALS, deployedStarts } from '#src/training/deployed.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

const plant = integratorChain(2, 1);
const small = { agent: { kind: 'tanh', N: 8, leak: 0.7 }, horizon: 12, batch: 4, epochs: 7 } as const;

/** States and controls of an agent by the definition of the loop. */
const rolled = (agent: Rnn, starts: Mat<number>, horizon: number) =>
  rollout(reals, plant, linearised(agent), starts, horizon, activationOf(agent.activation));

/** Σ over t and components of x², on average over trials. */
function squares(agent: Rnn, starts: Mat<number>, horizon: number): number {
  let total = 0;
  for (const x of rolled(agent, starts, horizon).x) for (let k = 0; k < x.data.length; k++) total += x.data[k]! ** 2;
  return total / starts.cols;
}

const closed: RnnProtocol = { ...PROTOCOLS.text, ...small };
const artifact: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], ...small };

describe.each([
  ['text, closed loop', closed, 12],
  ['text, open loop', openLoopOf(closed), 12],
  ['artifact-tanh, closed loop', artifact, 1],
  ['artifact-tanh, open loop', openLoopOf(artifact), 1],
] as const)('observations of %s', (_, protocol, divisor) => {
  const [initial, teacher] = [
    PROBLEMS.batches.draw(protocol, new Stream(1)),
    PROBLEMS.batches.draw(protocol, new Stream(2)),
  ] as [Rnn, Rnn];
  const starts = deployedStarts(protocol, new Stream(3))!;
  it('are the deployed loss, the gains and the spectrum of the epoch’s agent', () => {
    const engine = PROBLEMS.batches.learner(protocol, initial, teacher);
    const watch = observer(
      protocol,
      engine,
      { deployedLoss: 1, gains: 2, spectrum: 3 },
      { starts, random: new Stream(4) },
    );
    const agents: Rnn[] = [];
    train(engine, protocol, PROBLEMS.batches.source(protocol, new Stream(5)), {
      observe(epoch) {
        watch.observe(epoch);
        agents.push(engine.rnn());
      },
    });
    expect(starts.cols).toBe(DEPLOYED_TRIALS);
    agents.forEach((agent, epoch) => {
      const loss = squares(agent, starts, protocol.horizon) / divisor;
      expect(Math.abs(watch.deployedLoss[epoch]! / loss - 1)).toBeLessThan(1e-12);
      const gains = rowOf(watch.gains, watch.epochs, epoch);
      if (epoch % 2 === 0)
        gainsByQr(rolled(agent, starts, protocol.horizon))
          .to1DArray()
          .forEach((gain, k) => {
            expect(gains[k]).toBeCloseTo(gain, 9);
          });
      else expect([...gains]).toEqual([Number.NaN, Number.NaN]);
      const spectrum = watch.spectra[epoch];
      if (epoch % 3 === 0) {
        const all = eigenvalues(coupledMatrix(reals, plant, linearised(agent)));
        expect(spectrum!.radius).toBeCloseTo(modulus(all[0]!), 9);
        expect(modulus(spectrum!.eigenvalues[2]!)).toBeCloseTo(modulus(all[2]!), 7);
        expect(spectrum!.stable).toBe(modulus(all[0]!) < 1);
      } else expect(spectrum).toBeUndefined();
    });
    expect(agents).toHaveLength(protocol.epochs);
    expect(agents[0]).not.toEqual(agents.at(-1));
  });
});

describe('the stages of an observed run', () => {
  const epochs = 40;
  const pair = (re: number, im: number) => [
    { re, im },
    { re, im: -im },
  ];
  const of = (eigenvalues: readonly Complex[]): Spectrum => {
    const radius = modulus(eigenvalues[0]!);
    return { eigenvalues, radius, stable: radius < 1 };
  };
  const third = (epoch: number): Complex => ({ re: 0.2 + epoch / 100, im: 0 });
  const run = (stride: number): Observations => {
    const spectra = Array.from({ length: epochs }, (_, e) =>
      e % stride ? undefined : of([...(e < 25 ? pair(1, 0.1) : pair(0.7, 0.5)), third(e)]),
    );
    const gains = Float64Array.from({ length: 2 * epochs }, (_, k) => (k % 2 ? -0.3 : k < 16 ? -0.005 : -0.1));
    return { epochs, strides: { gains: 1, spectrum: stride }, deployedLoss: new Float64Array(epochs), gains, spectra };
  };

  it('are its epochs: of the gain on the position below −0.01, and of stability', () => {
    const { stage3Growth, ...ends } = observedStages(run(1));
    expect(ends).toEqual({ stage1End: 8, stage2End: 25, stableForGood: 25 });
    expect(stage3Growth).toBeCloseTo(0.14, 12);
    expect(observedStages(run(2))).toMatchObject({ stage1End: 8, stage2End: 26, stableForGood: 26 });
    expect(() => observedStages({ ...run(1), strides: { gains: 1 } })).toThrow('observe both');
  });

  it('have a peak of the deployed loss among what was observed', () => {
    expect(peakOf([1, Number.NaN, 3, 2, Number.NaN, 3])).toEqual({ loss: 3, epoch: 2 });
    expect(peakOf([Number.NaN])).toBeUndefined();
  });
});

describe('observations', () => {
  it('that are not asked for are left out', () => {
    const engine = PROBLEMS.batches.learner(closed, PROBLEMS.batches.draw(closed, new Stream(1)) as Rnn);
    const starts = deployedStarts(closed, new Stream(3))!;
    const seen = (strides: Parameters<typeof observer>[2], given?: Mat<number>) => {
      const watch = observer(closed, engine, strides, { ...(given && { starts: given }), random: new Stream(4) });
      for (const epoch of [0, 1]) watch.observe(epoch);
      const { deployedLoss, gains, spectra } = watch;
      expect([deployedLoss.length, gains.length, spectra.length]).toEqual([7, 14, 7]);
      return [0, 1].map((e) => [deployedLoss[e]!, gains[2 * e]!].map(Number.isFinite).concat(spectra[e] !== undefined));
    };
    expect(seen({ deployedLoss: 1 }, starts)).toEqual([
      [true, false, false],
      [true, false, false],
    ]);
    expect(seen({ gains: 2 }, starts)).toEqual([
      [false, true, false],
      [false, false, false],
    ]);
    expect(seen({ deployedLoss: 2, gains: 1 }, starts)).toEqual([
      [true, true, false],
      [false, true, false],
    ]);
    expect(seen({ deployedLoss: 1, gains: 1, spectrum: 2 })).toEqual([
      [false, false, true],
      [false, false, false],
    ]);
  });

  it('of inputs that are no observations leave them out of the loop, and relu agents have no spectrum', () => {
    const random = new Stream(6);
    const rnn = PROBLEMS.batches.draw(closed, random) as Rnn;
    const told: Rnn = { ...rnn, M: matrix(8, 3, (i, j) => (j === 0 ? at(rnn.M, i, 0) : random.normal())) };
    expect(localSpectrum(plant, told, new Stream(1))).toEqual(localSpectrum(plant, rnn, new Stream(1)));
    expect(localSpectrum(plant, { ...rnn, activation: 'relu' }, new Stream(1))).toBeUndefined();
    expect([hasSpectrum('relu'), hasSpectrum('tanh')]).toEqual([false, true]);
  });

  it('of an agent that left the numbers are none', () => {
    const engine = PROBLEMS.batches.learner(closed, {
      ...(PROBLEMS.batches.draw(closed, new Stream(1)) as Rnn),
      Z: matrix(1, 8, () => Number.NaN),
    });
    const starts = deployedStarts(closed, new Stream(3))!;
    const watch = observer(
      closed,
      engine,
      { deployedLoss: 1, gains: 1, spectrum: 1 },
      { starts, random: new Stream(4) },
    );
    watch.observe(0);
    expect([watch.deployedLoss[0], watch.gains[0], watch.spectra[0]]).toEqual([Number.NaN, Number.NaN, undefined]);
  });

  it('of a GRU with biases are of its fixed point, and none where there is none', () => {
    const protocol: RnnProtocol = { ...closed, agent: { kind: 'gru', N: 8 }, epochs: 30 };
    const initial = PROBLEMS.batches.draw(protocol, new Stream(1)) as Gru;
    const engine = PROBLEMS.batches.learner({ ...protocol, trained: ['Wih', 'Whh', 'Who', 'bih', 'bhh'] }, initial);
    train(
      engine,
      { ...protocol, optimizer: { kind: 'adam', lr: 0.01, clip: null } },
      PROBLEMS.batches.source(protocol, new Stream(2)),
    );
    const agent = engine.rnn();
    const { jacobian, state } = fixedPoint(plant, agent)!;
    expect(Math.hypot(...state)).toBeGreaterThan(0.01);
    expect(localSpectrum(plant, agent, new Stream(1))!.radius).toBe(modulus(eigenvalues(jacobian)[0]!));
    const zero = matrix(3, 1);
    const pushing: Gru = { M: zero, W: zero, Z: matrix(1, 1, () => 1), bih: matrix(3, 1, () => 1), bhh: zero };
    expect(localSpectrum(plant, pushing, new Stream(1))).toBeUndefined();
  });
});
