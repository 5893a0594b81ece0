/**
 * Gated units, as PyTorch defines them. The GRU: r, z = σ(·), n = tanh(x + r·q), h = n + z·(h₋ − n), q what the units send to n and x
 * what the inputs send to it. In the second form q is 0 and r resets h₋ before that is sent to n. Forward and back, number by number; n is a multiple of a vector's lanes.
 */
import { mad, SIZE, VECTOR } from './memory';
import { tanh } from './tanh';

/** σ(x) = (1 + tanh(x/2))/2: within rounding absolutely, not relatively where it is small. */
// @ts-ignore: decorator
@inline function logistic(x: v128): v128 {
  const half = v128.splat<Real>(0.5);
  return mad(half, tanh(v128.mul<Real>(half, x)), half);
}

/** r ← σ(r), z ← σ(z), x ← tanh(x + r·q), h ← x + z·(before − x). */
export function gates(r: usize, z: usize, q: usize, x: usize, before: usize, h: usize, n: i32): void {
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR) {
    const reset = logistic(v128.load(r + k));
    const update = logistic(v128.load(z + k));
    const candidate = tanh(mad(reset, v128.load(q + k), v128.load(x + k)));
    v128.store(r + k, reset);
    v128.store(z + k, update);
    v128.store(x + k, candidate);
    v128.store(h + k, mad(update, v128.sub<Real>(v128.load(before + k), candidate), candidate));
  }
}

/**
 * Back through `gates`: from ph = ∂L/∂h the adjoints of what went into r, z, x and of q; ph ← z·ph, which is what h₋ gets
 * directly.
 */
export function backThroughGates(
  dr: usize, dz: usize, dx: usize, dq: usize, ph: usize,
  r: usize, z: usize, q: usize, x: usize, before: usize, n: i32,
): void {
  const one = v128.splat<Real>(1);
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR) {
    const reset = v128.load(r + k);
    const update = v128.load(z + k);
    const candidate = v128.load(x + k);
    const p = v128.load(ph + k);
    const rest = v128.sub<Real>(one, update);
    const down = v128.mul<Real>(
      v128.mul<Real>(p, rest),
      v128.sub<Real>(one, v128.mul<Real>(candidate, candidate)),
    );
    const difference = v128.sub<Real>(v128.load(before + k), candidate);
    v128.store(dx + k, down);
    v128.store(dq + k, v128.mul<Real>(down, reset));
    v128.store(
      dr + k,
      v128.mul<Real>(v128.mul<Real>(down, v128.load(q + k)), v128.mul<Real>(reset, v128.sub<Real>(one, reset))),
    );
    v128.store(dz + k, v128.mul<Real>(v128.mul<Real>(p, difference), v128.mul<Real>(update, rest)));
    v128.store(ph + k, v128.mul<Real>(p, update));
  }
}

/** s ← σ(r)·before: what h₋ sends to n in the second form. */
export function reset(s: usize, r: usize, before: usize, n: i32): void {
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR)
    v128.store(s + k, v128.mul<Real>(logistic(v128.load(r + k)), v128.load(before + k)));
}

/** Back through `reset`, r its value and ds = ∂L/∂s: the adjoint of what went into r; ph ← ph + r·ds. */
export function backThroughReset(dr: usize, ph: usize, ds: usize, r: usize, before: usize, n: i32): void {
  const one = v128.splat<Real>(1);
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR) {
    const reset = v128.load(r + k);
    const d = v128.load(ds + k);
    v128.store(
      dr + k,
      v128.mul<Real>(v128.mul<Real>(d, v128.load(before + k)), v128.mul<Real>(reset, v128.sub<Real>(one, reset))),
    );
    v128.store(ph + k, mad(reset, d, v128.load(ph + k)));
  }
}

/** Cells of an LSTM: i, f, o ← σ, g ← tanh, s ← f·before + i·g, phi ← tanh s, h ← o·phi. */
export function cells(
  i: usize, f: usize, g: usize, o: usize, before: usize, s: usize, phi: usize, h: usize, n: i32,
): void {
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR) {
    const input = logistic(v128.load(i + k));
    const keep = logistic(v128.load(f + k));
    const value = tanh(v128.load(g + k));
    const out = logistic(v128.load(o + k));
    const state = mad(keep, v128.load(before + k), v128.mul<Real>(input, value));
    const seen = tanh(state);
    v128.store(i + k, input);
    v128.store(f + k, keep);
    v128.store(g + k, value);
    v128.store(o + k, out);
    v128.store(s + k, state);
    v128.store(phi + k, seen);
    v128.store(h + k, v128.mul<Real>(out, seen));
  }
}

/**
 * Back through `cells`: from ph = ∂L/∂h, and from ps, what the next step sends back to s, the adjoints of what went into the gates;
 * ps ← what s₋ gets; ph ← 0, since h₋ gets nothing but by the gates.
 */
export function backThroughCells(
  di: usize, df: usize, dg: usize, dout: usize, ph: usize, ps: usize,
  i: usize, f: usize, g: usize, o: usize, before: usize, phi: usize, n: i32,
): void {
  const one = v128.splat<Real>(1);
  const zero = v128.splat<Real>(0);
  const end = <usize>n * SIZE;
  for (let k: usize = 0; k < end; k += VECTOR) {
    const input = v128.load(i + k);
    const keep = v128.load(f + k);
    const value = v128.load(g + k);
    const out = v128.load(o + k);
    const seen = v128.load(phi + k);
    const p = v128.load(ph + k);
    const through = v128.mul<Real>(out, v128.sub<Real>(one, v128.mul<Real>(seen, seen)));
    const into = mad(p, through, v128.load(ps + k));
    v128.store(
      di + k,
      v128.mul<Real>(v128.mul<Real>(into, value), v128.mul<Real>(input, v128.sub<Real>(one, input))),
    );
    v128.store(
      df + k,
      v128.mul<Real>(v128.mul<Real>(into, v128.load(before + k)), v128.mul<Real>(keep, v128.sub<Real>(one, keep))),
    );
    v128.store(
      dg + k,
      v128.mul<Real>(v128.mul<Real>(into, input), v128.sub<Real>(one, v128.mul<Real>(value, value))),
    );
    v128.store(
      dout + k,
      v128.mul<Real>(v128.mul<Real>(p, seen), v128.mul<Real>(out, v128.sub<Real>(one, out))),
    );
    v128.store(ps + k, v128.mul<Real>(into, keep));
    v128.store(ph + k, zero);
  }
}
