import { expect, it, vi } from 'vitest';
import { canTrain, PYTHON } from '#spec/runs/support/torch-trainer.js';
import { threadTimes } from '#src/cli/bench-threads.js';
import { drawn } from '#src/cli/scaling.js';
import { closedLoopFlops, openLoopFlops } from '#src/kernel/flops.js';
import { productRate } from '#src/kernel/rate.js';

it('counts the products of the paper’s epochs: 144 in closed loop, of 2 million FLOPs each', () => {
  expect(closedLoopFlops(100, 100, 50)).toBe(288e6);
  expect(closedLoopFlops(7, 3, 2)).toBe(0);
  // Of 49 steps instead of 48, with the teacher's beside the student's three.
  expect(openLoopFlops(100, 100, 50)).toBe(49 * 4 * 2e6);
  expect(openLoopFlops(7, 3, 1)).toBe(0);
});

it('probes the products of either precision', () => {
  for (const precision of ['f32', 'f64'] as const) expect(productRate(precision)).toBeGreaterThan(0);
});

it('draws times as bars on a logarithmic scale', () => {
  expect(drawn([{ ms: 2 }, { ms: 1 }, { ms: 16 }]).map(({ length }) => length)).toEqual([3, 1, 9]);
});

it('times threads beside one another, and beside PyTorch where there is one', async () => {
  const torch = canTrain();
  vi.stubEnv('PYTHON', PYTHON);
  const times = await threadTimes(torch, { rounds: 1, epochs: 4 });
  expect(times.map(({ threads }) => threads)).toEqual([1, 2]);
  expect(times[0]!.ofOne).toBe(1);
  for (const { ms, ratio, torch: theirs } of times) {
    expect(ms).toBeGreaterThan(0);
    if (torch) expect(theirs! / ratio!).toBeCloseTo(ms, 9);
  }
});
