/**
 * Gated units: a GRU as PyTorch's GRUCell defines it,
 *
 *     r = σ(M_r·y + b_ir + W_r·h₋ + b_hr),  z = σ(M_z·y + b_iz + W_z·h₋ + b_hz),
 *     q = W_n·h₋ + b_hn,  n = tanh(M_n·y + b_in + r·q),  h = (1 − z)·n + z·h₋
 */
import type { Address } from './simd.js';
import type { PlainKind, SimdKind, UnitKind } from './units.js';

/** Those of plain networks, their gates' rows one after the other in PyTorch's order r, z, n; and biases. */
export const GRU_TENSORS = ['M', 'W', 'Z', 'bih', 'bhh'] as const;
export type GruTensor = (typeof GRU_TENSORS)[number];

/** r, z, n. */
const GATES = 3;

/** The logistic function σ. */
export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

const plain: PlainKind = (size, kept, history) => {
  const states = (count: number): Float64Array => new Float64Array(count * size);
  // h, r, z, n and q of every step.
  const [h, r, z, n, q] = [states(kept), states(kept), states(kept), states(kept), states(kept)];
  // Adjoints of what goes into r, z, n, and of q.
  const [dr, dz, dn, dq] = [states(history), states(history), states(history), states(history)];
  return {
    h,
    driven: [r, z, n],
    recurrent: [r, z, q],
    intoDriven: [dr, dz, dn],
    intoRecurrent: [dr, dz, dq],
    forward(now, before) {
      for (let k = 0; k < size; k++) {
        const i = now + k;
        r[i] = logistic(r[i]!);
        z[i] = logistic(z[i]!);
        n[i] = Math.tanh(n[i]! + r[i]! * q[i]!);
        h[i] = (1 - z[i]!) * n[i]! + (before === undefined ? 0 : z[i]! * h[before + k]!);
      }
    },
    backward(now, before, ph) {
      for (let k = 0; k < size; k++) {
        const i = now + k;
        const [reset, update, candidate] = [r[i]!, z[i]!, n[i]!];
        const into = ph[k]! * (1 - update) * (1 - candidate * candidate);
        dn[i] = into;
        dq[i] = into * reset;
        dr[i] = into * q[i]! * reset * (1 - reset);
        dz[i] = ph[k]! * ((before === undefined ? 0 : h[before + k]!) - candidate) * update * (1 - update);
        ph[k]! *= update;
      }
    },
  };
};

const simd: SimdKind = {
  stretches: ({ area, n, kept, window }) => ({
    // bih + bhh: r and z depend on the sum only.
    bias: 2 * n,
    // h₋ of the first step.
    none: area,
    // Of every step: r, z, n, and what units send to n, W·h₋ + bhh.
    r: kept * area,
    z: kept * area,
    x: kept * area,
    q: kept * area,
    // ∂L by what goes into r, z, n, and by q, of the last steps.
    dr: window * area,
    dz: window * area,
    dx: window * area,
    dq: window * area,
  }),
  over({ simd, at, gateOf, stepOf, adjointOf, c, n, rows, area }) {
    const [dr, dz, dx, dq, ph] = [at('dr'), at('dz'), at('dx'), at('dq'), at('ph')];
    const before = (t: number): Address => (t > 0 ? stepOf(at('h'), t - 1) : at('none'));
    const gatesOf = (t: number) => ({
      r: stepOf(at('r'), t),
      z: stepOf(at('z'), t),
      x: stepOf(at('x'), t),
      q: stepOf(at('q'), t),
    });
    return {
      byInputs: [dr, dz, dx],
      byUnits: [dr, dz, dq],
      forward(t, y) {
        if (t === 0) simd.mix(at('bias'), 1, at('bih'), 1, at('bhh'), 2 * n);
        const { r, z, x, q } = gatesOf(t);
        const drive = (to: Address, g: number, bias: Address, sources: number): void =>
          simd.product(to, false, rows, n, at('ones'), bias, 1, before(t), gateOf(at('W'), g, n * n), sources);
        const admit = (to: Address, g: number): void =>
          simd.product(to, true, rows, n, y, gateOf(at('M'), g, c * n), c, 0, 0, 0);
        const sources = t > 0 ? n : 0;
        drive(r, 0, at('bias'), sources);
        admit(r, 0);
        drive(z, 1, gateOf(at('bias'), 1, n), sources);
        admit(z, 1);
        drive(x, 2, gateOf(at('bih'), 2, n), 0);
        admit(x, 2);
        drive(q, 2, gateOf(at('bhh'), 2, n), sources);
        simd.gates(r, z, q, x, before(t), stepOf(at('h'), t), area);
      },
      adjoint: () => ({ ph, counts: true }),
      backward(t) {
        const { r, z, x, q } = gatesOf(t);
        const [toR, toZ, toX, toQ] = [adjointOf(dr, t), adjointOf(dz, t), adjointOf(dx, t), adjointOf(dq, t)];
        simd.backThroughGates(toR, toZ, toX, toQ, ph, r, z, q, x, before(t), area);
      },
    };
  },
};

/** A padded unit has n = tanh 0: h stays 0 for all values of its gates. */
export const GRU_UNITS: UnitKind<GruTensor> = { tensors: GRU_TENSORS, gates: GATES, plain, simd };
