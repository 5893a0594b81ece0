/**
 * What an agent costs in closed loop while it learns something else, forward only.
 */
import type { Kernel, KernelMaker, KernelSpec } from '../kernel/kernel.js';
import type { Mat } from '../linalg/matrix.js';
import type { ClosedLoop } from '../training/rnn.js';

/** A function of a kernel's weights and of starts, n × batch. */
export function deployedLossOf(
  { plant, cost, horizon, batch }: ClosedLoop,
  spec: KernelSpec,
  make: KernelMaker,
): (of: Kernel, starts: Mat<number>) => number {
  const kernel = make({ ...spec, batch, steps: horizon - 1, trained: [] });
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const { rows } = kernel;
  let x = new Float64Array(n * rows);
  let next = new Float64Array(n * rows);
  return (of, starts) => {
    kernel.follow(of);
    x.fill(0);
    for (let i = 0; i < n; i++) for (let b = 0; b < batch; b++) x[i * rows + b] = starts.data[i * batch + b]!;
    let loss = 0;
    for (let t = 0; t < horizon; t++) {
      if (t > 0) kernel.forward(t - 1);
      for (let i = 0; i < n; i++)
        for (let b = 0; b < batch; b++) loss += cost.state[i]! * x[i * rows + b]! * x[i * rows + b]!;
      if (t === horizon - 1) break;
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < n; i++) {
          let value = 0;
          for (let j = 0; j < n; j++) value += plant.A.data[i * n + j]! * x[j * rows + b]!;
          if (t > 0)
            for (let j = 0; j < p; j++)
              value += plant.B.data[i * p + j]! * kernel.outputs[((t - 1) * p + j) * rows + b]!;
          next[i * rows + b] = value;
        }
        for (let j = 0; j < c; j++) {
          let value = 0;
          for (let i = 0; i < n; i++) value += plant.C.data[j * n + i]! * next[i * rows + b]!;
          kernel.inputs[(t * c + j) * rows + b] = value;
        }
      }
      [x, next] = [next, x];
    }
    return loss / batch;
  };
}
