/**
 * Batches in parts, on one thread and on several.
 */
import { describe, expect, it } from 'vitest';
import { Stream } from '#src/linalg/random.js';
import { openLoopOf, PROTOCOLS, type RnnProtocol } from '#src/problem/protocol.js';
import type { TensorName } from '#src/problem/schema.js';
import { crewAtHand, onThreads } from '#src/training/crew.js';
import { partsOf } from '#src/training/parts.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

describe('the parts of a batch', () => {
  it.each([
    [1, [1]],
    [47, [47]],
    [48, [24, 24]],
    [75, [28, 24, 23]],
    [100, [28, 24, 24, 24]],
    [101, [28, 28, 24, 21]],
    [1000, [252, 252, 248, 248]],
  ])('of %i trials', (batch, sizes) => {
    expect(partsOf(batch).map(({ size }) => size)).toEqual(sizes);
    let next = 0;
    for (const { from, size } of partsOf(batch)) {
      expect(from).toBe(next);
      next += size;
    }
  });
});

const BIASED: readonly TensorName[] = ['Wih', 'Whh', 'Who', 'bih', 'bhh'];
const closed: RnnProtocol = {
  ...PROTOCOLS['artifact-tanh'],
  agent: { kind: 'tanh', N: 40, leak: 1 },
  horizon: 30,
  batch: 97,
  epochs: 12,
};

/** Loss by loss, and all weights at the end. */
function trained(protocol: RnnProtocol): unknown {
  const learner = PROBLEMS.batches.learner(
    protocol,
    PROBLEMS.batches.draw(protocol, new Stream(3)),
    PROBLEMS.batches.draw(protocol, new Stream(4)),
  );
  const { loss, gradNorm } = train(learner, protocol, PROBLEMS.batches.source(protocol, new Stream(5)));
  return { loss, gradNorm, ...learner.kernel.weights() };
}

/** Trains until other threads have taken parts: they need time to begin. */
function trainedTogether(protocol: RnnProtocol): unknown {
  const crew = crewAtHand()!;
  const before = crew.taken;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const result = trained(protocol);
    if (crew.taken > before) return result;
  }
  throw new Error('no thread took a part');
}

const PROTOCOLS_IN_PARTS: readonly RnnProtocol[] = [
  closed,
  { ...closed, precision: 'f32' },
  { ...closed, noise: { process: 0.1, observation: 0.1 } },
  { ...closed, agent: { kind: 'relu', N: 40, leak: 0.5 }, optimizer: { kind: 'adam', lr: 0.01, clip: 1 } },
  { ...closed, agent: { kind: 'gru', N: 24 }, trained: BIASED },
  { ...closed, agent: { kind: 'lstm', N: 24 }, trained: BIASED, precision: 'f32' },
  openLoopOf(closed),
];

describe('an engine of several parts', () => {
  it('evaluates all of them at the weights as they are', () => {
    const learner = () => PROBLEMS.batches.learner(closed, PROBLEMS.batches.draw(closed, new Stream(3)));
    const starts = PROBLEMS.batches.source(closed, new Stream(5))(0);
    const [moved, fresh] = [learner(), learner()];
    moved.evaluate(starts);
    moved.descend(1);
    fresh.kernel.follow(moved.kernel);
    expect(moved.evaluate(starts)).toStrictEqual(fresh.evaluate(starts));
    expect(moved.gradient()).toStrictEqual(fresh.gradient());
    expect(fresh.evaluate(starts).loss).not.toBe(learner().evaluate(starts).loss);
  });
});

describe('a run on several threads', () => {
  it.each([2, 4])('has the bytes of one: %i', async (threads) => {
    const alone = PROTOCOLS_IN_PARTS.map(trained);
    expect(await onThreads(() => PROTOCOLS_IN_PARTS.map(trainedTogether), threads)).toStrictEqual(alone);
  });

  it('evaluates here what other threads give back', async () => {
    await onThreads(() => {
      const crew = crewAtHand()!;
      for (let attempt = 0; crew.taken === 0; attempt++) {
        expect(attempt).toBeLessThan(1e6);
        const evaluated = new Set<number>();
        // None of them knows such an engine.
        crew.share(0, 4, (k) => void evaluated.add(k));
        expect(evaluated.size).toBe(4);
      }
    }, 2);
  });

  it('has one thread again after the work', async () => {
    await onThreads(() => undefined, 2);
    expect(crewAtHand()).toBeUndefined();
  });
});
