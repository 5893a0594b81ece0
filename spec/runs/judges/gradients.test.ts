/**
 * Recorded gradients: what is judged, at which precision, and what a file lacks.
 */

import { describe, expect, it } from 'vitest';
import { found } from '#spec/runs/support/evidence.js';
import { fixture } from '#spec/support/recorded.js';
import { Evidence, ratioOf } from '#src/claims/evidence.js';
import { unitsOf } from '#src/problem/agents.js';
import type { RunProtocol } from '#src/problem/schema.js';
import { parseRun } from '#src/runs/format/read.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { affordsGradient } from '#src/runs/judges/budget.js';
import { judgeGradients } from '#src/runs/judges/gradients.js';
import { conformanceVectors } from '#src/runs/vectors.js';

// biome-ignore lint/suspicious/noExplicitAny: files are changed in every way
type File = any;
const vector = (name: string): File =>
  structuredClone(conformanceVectors().find((one) => one.name === name)!.run) as File;

function judged(file: File): { readonly ratio: number; readonly undecided?: string | undefined } {
  const evidence = found(judgeGradients, parseRun(JSON.stringify(file), 'run'));
  const worst = evidence.worst();
  return { ratio: worst ? ratioOf(worst) : Number.NaN, undecided: evidence.undecided };
}

/** A list of any depth, each number changed. */
const mapped = (value: File, change: (x: number) => number): File =>
  Array.isArray(value) ? value.map((part) => mapped(part, change)) : change(value);

describe('gradients', () => {
  it.each(['low-rank', 'linear', 'tanh', 'gru'])(
    'of %s in single precision pass as such, and not as double',
    (name) => {
      const run = vector(name);
      for (const tensor of run.protocol.trained) run.gradients[tensor] = mapped(run.gradients[tensor], Math.fround);
      expect(judged(run).ratio).toBeGreaterThan(1);
      run.protocol.precision = 'f32';
      expect(judged(run).ratio).toBeLessThan(1);
      const [tensor] = run.protocol.trained;
      run.gradients[tensor] = mapped(run.gradients[tensor], (x) => x * 1.001);
      expect(judged(run).ratio).toBeGreaterThan(1);
    },
  );

  it('of some tensors are judged by themselves', () => {
    const run = vector('tanh');
    run.gradients = { epochs: [0], Who: run.gradients.Who };
    expect(judged(run).ratio).toBeLessThan(1);
  });

  it('are of every trained tensor, or of some', () => {
    const classesOf = (run: File): string[] => [...found(judgeGradients, parseRun(JSON.stringify(run), 'run')).classes];
    const whole = vector('tanh');
    expect(classesOf(whole)).toContain('of every trained tensor');
    const { Who } = whole.gradients;
    expect(classesOf({ ...whole, gradients: { epochs: [0], Who } })).not.toContain('of every trained tensor');
  });

  it('of agents without tensors, and of none that is known, decide nothing', () => {
    const run = fixture('parity-effective').read();
    const undecided = (change: object): string | undefined =>
      found(judgeGradients, { ...run, gradients: { epochs: [0] }, ...change } as RecordedRun).undecided;
    expect(undecided({})).toContain('effective');
    expect(undecided({ protocol: { ...run.protocol, tracking: { harmonics: [] } } })).toContain('tracking');
  });

  it('of an epoch after the first update need weights that no file has', () => {
    const run = vector('tanh');
    run.gradients.epochs = [1];
    expect(judged(run).undecided).toContain('record those of epoch 0');
    // An epoch that only evaluates leaves the weights where they are.
    run.protocol.firstUpdate = 1;
    expect(judged(run).ratio).toBeLessThan(1);
    run.protocol.rows = 'after-update';
    expect(judged(run).undecided).toContain('before its update');
  });

  it.each([
    ['gradients', (run: File) => delete run.gradients, 'add gradients.epochs'],
    ['weights', (run: File) => delete run.weights, 'add weights.initial'],
    ['the batch', (run: File) => (run.protocol.start = { kind: 'uniform', low: -2, high: 2 }), 'the batch is unknown'],
  ])('decide nothing without %s', (_, remove, reason) => {
    const run = vector('tanh');
    remove(run);
    expect(judged(run).undecided).toContain(reason);
  });

  it('of a linear agent need the moments of the starts only', () => {
    const run = vector('low-rank');
    const [x, v] = run.protocol.start.x0;
    const mean = (a: number[], b: number[]): number => (a[0]! * b[0]! + a[1]! * b[1]!) / 2;
    run.protocol.start = { kind: 'uniform', low: -2, high: 2 };
    expect(judged(run).undecided).toContain('add curves.moments');
    run.curves.moments = [[mean(x, x), mean(x, v), mean(v, v)]];
    expect(judged(run).ratio).toBeLessThan(1);
  });

  it('that overflow are not determined', () => {
    const run = vector('linear');
    run.weights.initial.Whh = mapped(run.weights.initial.Whh, () => 1e30);
    run.weights.initial.Who = mapped(run.weights.initial.Who, () => 1e30);
    run.protocol.horizon = 40;
    expect(judged(run).undecided).toContain('hides every recorded gradient');
  });

  it.each([
    ['of a tensor that is not trained', (run: File) => (run.gradients.m = [[[1, 2, 3]]]), 'not trained'],
    ['of another shape', (run: File) => (run.gradients.z = [[[1, 2]]]), 'gradients[epoch 0].z[0]'],
    ['of fewer epochs than named', (run: File) => (run.gradients.epochs = [0, 1]), 'gradients.z'],
    ['of a tensor that nobody has', (run: File) => (run.gradients.Q = [[[1]]]), 'unknown field "Q"'],
  ])('%s are refused', (_, change, message) => {
    const run = vector('low-rank');
    change(run);
    expect(() => parseRun(JSON.stringify(run), 'run')).toThrow(message);
  });

  it('of PyTorch are judged in fixtures', () => {
    for (const name of ['parity-tanh', 'parity-tanh-open', 'parity-gru'] as const) {
      const evidence = found(judgeGradients, fixture(name).read());
      expect(ratioOf(evidence.worst()!)).toBeLessThan(1);
    }
    const gru = fixture('parity-gru').read();
    const agent = { kind: 'gru', N: unitsOf(gru.protocol.agent), resetAfter: false } as const;
    const other = found(judgeGradients, { ...gru, protocol: { ...gru.protocol, agent } });
    expect(ratioOf(other.worst()!)).toBeGreaterThan(1);
    const { teacher: _, ...protocol } = fixture('parity-tanh-open').read().protocol;
    const evidence = found(judgeGradients, { ...fixture('parity-tanh-open').read(), protocol });
    expect(evidence.undecided).toContain('teacher');
  });

  it('are judged at the published sizes, and not where that would take more than a few seconds', () => {
    const run = fixture('parity-gru').read();
    expect(
      affordsGradient({ ...run.protocol, agent: { kind: 'gru', N: 100 }, horizon: 50, batch: 100 } as RunProtocol),
    ).toBe(true);
    const long = { ...run, protocol: { ...run.protocol, horizon: 100_000 } } as RecordedRun;
    const evidence = new Evidence();
    judgeGradients(long, evidence);
    expect(evidence.undecided).toContain('beyond the budget');
  });
});
