/**
 * Gated units: a GRU as PyTorch's GRUCell defines it,
 *
 *     r = σ(M_r·y + b_ir + W_r·h₋ + b_hr),  z = σ(M_z·y + b_iz + W_z·h₋ + b_hz),
 *     q = W_n·h₋ + b_hn,  n = tanh(M_n·y + b_in + r·q),  h = (1 − z)·n + z·h₋
 *
 * or in the form of Cho et al. 2014, where r resets h₋ before the product with W_n (`reset_after=False` in Keras):
 *
 *     s = r·h₋,  n = tanh(M_n·y + b_in + W_n·s + b_hn)
 *
 * The second form is the first with q = 0 and with s in place of h₋ for n.
 */
import type { Address } from './simd.js';
import type { Bias, PlainKind, SimdKind, UnitKind } from './units.js';

/** Those of plain networks, their gates' rows one after the other in PyTorch's order r, z, n; and the biases of the gates. */
export const GRU_TENSORS = ['M', 'W', 'Z', 'bih', 'bhh'] as const;
export type GruTensor = (typeof GRU_TENSORS)[number];

/** r, z, n. */
export const GRU_GATES = 3;

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
    sent: [h, h, h],
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
    backward(now, before, _begins, ph) {
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

const plainResetBefore: PlainKind = (size, kept, history) => {
  const units = plain(size, kept, history);
  const { h, driven, intoDriven } = units;
  const [r, dr] = [driven[0]!, intoDriven[0]!];
  const s = new Float64Array(kept * size);
  const ds = new Float64Array(size);
  return {
    ...units,
    recurrent: driven,
    intoRecurrent: intoDriven,
    sent: [h, h, s],
    send(gate, now, before) {
      if (gate === 2) for (let k = 0; k < size; k++) s[before + k] = logistic(r[now + k]!) * h[before + k]!;
    },
    backward(now, before, begins, ph, carry) {
      units.backward(now, before, begins, ph, carry);
      if (before === undefined) return;
      ds.fill(0);
      carry(2, ds);
      for (let k = 0; k < size; k++) {
        const reset = r[now + k]!;
        dr[now + k] = ds[k]! * h[before + k]! * reset * (1 - reset);
        ph[k]! += reset * ds[k]!;
      }
    },
  };
};

const simd = (resetAfter: boolean): SimdKind => ({
  stretches: ({ area, n, kept, window }) => ({
    // bih + bhh: r and z depend on the sum only, n too where q is 0.
    bias: 3 * n,
    // h₋ of the first step.
    none: area,
    // Of every step: r, z, n; and q, or s of the next step.
    r: kept * area,
    z: kept * area,
    x: kept * area,
    [resetAfter ? 'q' : 's']: kept * area,
    // ∂L by what goes into r, z, n, and by q, of the last steps; or by s of one step.
    dr: window * area,
    dz: window * area,
    dx: window * area,
    dq: (resetAfter ? window : 1) * area,
  }),
  over({ simd, at, gateOf, stepOf, adjointOf, c, n, rows, area }) {
    const [dr, dz, dx, dq, ph] = [at('dr'), at('dz'), at('dx'), at('dq'), at('ph')];
    const [none, sent] = [at('none'), at(resetAfter ? 'h' : 's')];
    const before = (t: number): Address => (t > 0 ? stepOf(at('h'), t - 1) : none);
    const gatesOf = (t: number) => ({
      r: stepOf(at('r'), t),
      z: stepOf(at('z'), t),
      x: stepOf(at('x'), t),
      q: resetAfter ? stepOf(at('q'), t) : none,
    });
    return {
      byInputs: [dr, dz, dx],
      byUnits: [dr, dz, resetAfter ? dq : dx],
      sent: [at('h'), at('h'), sent],
      forward(t, y) {
        if (t === 0) simd.mix(at('bias'), 1, at('bih'), 1, at('bhh'), 3 * n);
        const { r, z, x, q } = gatesOf(t);
        const drive = (to: Address, g: number, bias: Address, from: Address, sources: number): void =>
          simd.product(to, false, rows, n, at('ones'), gateOf(bias, g, n), 1, from, gateOf(at('W'), g, n * n), sources);
        const admit = (to: Address, g: number): void =>
          simd.product(to, true, rows, n, y, gateOf(at('M'), g, c * n), c, 0, 0, 0);
        const sources = t > 0 ? n : 0;
        drive(r, 0, at('bias'), before(t), sources);
        admit(r, 0);
        drive(z, 1, at('bias'), before(t), sources);
        admit(z, 1);
        if (resetAfter) {
          drive(x, 2, at('bih'), none, 0);
          drive(q, 2, at('bhh'), before(t), sources);
        } else {
          if (t > 0) simd.reset(stepOf(sent, t - 1), r, before(t), area);
          drive(x, 2, at('bias'), stepOf(sent, t - 1), sources);
        }
        admit(x, 2);
        simd.gates(r, z, q, x, before(t), stepOf(at('h'), t), area);
      },
      adjoint: () => ({ ph, counts: true }),
      backward(t) {
        const { r, z, x, q } = gatesOf(t);
        const [toR, toZ, toX] = [adjointOf(dr, t), adjointOf(dz, t), adjointOf(dx, t)];
        const toQ = resetAfter ? adjointOf(dq, t) : dq;
        simd.backThroughGates(toR, toZ, toX, toQ, ph, r, z, q, x, before(t), area);
        if (resetAfter) return;
        simd.product(dq, false, rows, n, 0, 0, 0, toX, gateOf(at('rowsOfW'), 2, n * n), n);
        simd.backThroughReset(toR, ph, dq, r, before(t), area);
      },
    };
  },
});

/**
 * A padded unit has n = tanh 0: h stays 0 for all values of its gates. In the second form n carries back by itself, as r stands
 * between W_n and h₋.
 * @param resetAfter whether r acts after the product, as in PyTorch @param biases besides those of the gates
 */
export function gruUnits<B extends Bias = never>(
  resetAfter = true,
  biases: readonly B[] = [],
): UnitKind<GruTensor | B> {
  return {
    tensors: [...GRU_TENSORS, ...biases],
    gates: GRU_GATES,
    carried: resetAfter ? GRU_GATES : 2,
    plain: resetAfter ? plain : plainResetBefore,
    simd: simd(resetAfter),
  };
}
