/**
 * The reduced loss of the paper's own case, written out: double integrator, rank 1, no leak.
 *
 * A fast path of `generalReducedLoss`, equal to it up to rounding (tested). The state is (x₁, x₂, a, b) with a_t = y_t.
 */
import type { ReducedLoss, ReducedProblem } from './reduced.js';

/** Whether a problem is of the shape that the fast path serves; any dt, any cost, any horizon. */
export function isDoubleIntegrator({ plant: { A, B, C }, leak, rank }: ReducedProblem): boolean {
  if (A.rows !== 2 || B.cols !== 1 || C.rows !== 1 || rank !== 1 || leak !== 1) return false;
  const unit = A.data[0] === 1 && A.data[2] === 0 && A.data[3] === 1;
  return unit && B.data[0] === 0 && C.data[0] === 1 && C.data[1] === 0;
}

/** The reduced loss of a double integrator. @throws RangeError if the problem is of another shape. */
export function doubleIntegratorLoss(problem: ReducedProblem): ReducedLoss {
  if (!isDoubleIntegrator(problem)) throw new RangeError('not a double integrator with rank 1 and leak 1');
  const { plant, cost, horizon } = problem;
  const step = plant.A.data[1]!;
  const gain = plant.B.data[1]!;
  const [cost1, cost2] = [cost.state[0]!, cost.state[1]!];
  const penalty = cost.control;
  // x₁, x₂, b and u of every step; a is x₁ again.
  const path = new Float64Array(4 * horizon);

  return (K, starts, E) => {
    const [zm, zu, vm, vu] = [K[0]!, K[1]!, K[2]!, K[3]!];
    const { cols, data } = starts;
    let loss = 0;
    let ezm = 0;
    let ezu = 0;
    let evm = 0;
    let evu = 0;
    for (let column = 0; column < cols; column++) {
      let x1 = data[column]!;
      let x2 = data[cols + column]!;
      let a = 0;
      let b = 0;
      for (let o = 0; o < path.length; o += 4) {
        const u = zm * a + zu * b;
        path[o] = x1;
        path[o + 1] = x2;
        path[o + 2] = b;
        path[o + 3] = u;
        loss += cost1 * x1 * x1 + cost2 * x2 * x2 + penalty * u * u;
        b = vm * a + vu * b;
        x1 += step * x2;
        x2 += gain * u;
        a = x1;
      }
      // Adjoints of x₁, x₂ and b at t+1; that of a enters x₁'s.
      let p1 = 0;
      let p2 = 0;
      let pb = 0;
      for (let o = path.length - 4; o > 0; o -= 4) {
        const at = path[o]!;
        const bt = path[o + 2]!;
        const pu = 2 * penalty * path[o + 3]! + gain * p2;
        ezm += pu * at;
        ezu += pu * bt;
        evm += pb * at;
        evu += pb * bt;
        p2 = 2 * cost2 * path[o + 1]! + step * p1 + p2;
        p1 = 2 * cost1 * at + p1 + zm * pu + vm * pb;
        pb = zu * pu + vu * pb;
      }
    }
    E[0] = ezm;
    E[1] = ezu;
    E[2] = evm;
    E[3] = evu;
    return loss;
  };
}
