/**
 * Derivation: errors are linear in the reference, so a batch of references acts through the moments of its coefficients.
 */
import type { LinearAgent } from '#src/agent/linear.js';
import { at, build, type Mat, multiply, scalar, transpose, zeros } from '#src/linalg/matrix.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { track } from '#src/loop/rollout.js';
import { cursorOver } from '#src/plant/cursor.js';
import { meanSquare, squaredAmplitude, statement } from '#src/theory/tracking/tracking-collapses-to-basis-signals.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { entries, symbol } from '../support/symbols.js';

/** One axis, one unit: the leak, the step and all weights are free. */
const AGENT = ['eta', 'dt', 'w', ...entries('m', 1, 2), 'z'];

function agentOf<T>(R: Ring<T>, x: Values<T>): LinearAgent<T> {
  return {
    leak: x['eta']!,
    M: symbol(x, 'm', 1, 2),
    W: scalar(x['w']!),
    Z: scalar(x['z']!),
    U: zeros(R, 1, 0),
    V: zeros(R, 1, 0),
  };
}

/** Any two signals of `steps` steps with any coefficients, a pair of them per trial. */
const collapse = (batch: number, steps: number): Identity => ({
  name: `Σ_b Σ_i e_b² = Σ_i eᵀ (Σ_b c_b c_bᵀ) e for ${batch} trials of two signals over ${steps} steps`,
  variables: [...AGENT, ...entries('s', steps, 2), ...entries('c', 2, batch)],
  vanish(R, x) {
    const [signals, coefficients] = [symbol(x, 's', steps, 2), symbol(x, 'c', 2, batch)];
    const errorsOf = (reference: Mat<(typeof x)[string]>) => {
      const perStep = Array.from({ length: steps }, (_, i) =>
        build(1, reference.cols, (_row, j) => at(reference, i, j)),
      );
      return track(R, cursorOver(R, x['dt']!, 1), agentOf(R, x), perStep).errors;
    };
    const direct = errorsOf(multiply(R, signals, coefficients)).flatMap((e) =>
      Array.from({ length: batch }, (_, b) => R.mul(at(e, 0, b), at(e, 0, b))),
    );
    const moments = multiply(R, coefficients, transpose(coefficients));
    const through = errorsOf(signals).map((e) => meanSquare(R, moments, [at(e, 0, 0), at(e, 0, 1)]));
    return [R.sub(sum(R, direct), sum(R, through))];
  },
});

/** (C² + S²)(p² + q²) = (Cp − Sq)² + (Cq + Sp)². */
const amplitude: Identity = {
  name: '(C² + S²)(p² + q²) = (Cp − Sq)² + (Cq + Sp)²',
  variables: ['C', 'S', 'p', 'q'],
  vanish(R, { C, S, p, q }) {
    const response = R.sub(R.mul(C!, p!), R.mul(S!, q!));
    const quadrature = R.add(R.mul(C!, q!), R.mul(S!, p!));
    return [
      R.sub(R.mul(squaredAmplitude(R, C!, S!), squaredAmplitude(R, p!, q!)), squaredAmplitude(R, response, quadrature)),
    ];
  },
};

export const derivation: Derivation = {
  statement,
  scope:
    '1 unit on one axis, 1 or 2 trials of 2 signals over 2 and 3 steps; the amplitude bound for all reals; all sizes and every horizon by theorems',
  steps: [
    'x and h start at 0, so states and errors are linear in the reference, which is linear in its 2F coefficients c. Hence e_b = Σ_j c_bj e_j, where e_j are the errors of basis signal j.',
    'So (1/B) Σ_b e_b² = eᵀ S e with S = (1/B) Σ_b c_b c_bᵀ for all weights, and the gradients agree too.',
    'For independent phases, uniform on the circle, E cos² = E sin² = ½ and all other products of two coefficients have mean 0: S = ½·I.',
    'With C = cos φ and S = sin φ, C² + S² = 1, so |Cp − Sq| ≤ √(p² + q²) for one harmonic. Sums of harmonics are bounded by sums.',
    'If the trajectory without clamps stays below the limit, the trajectory with clamps is the same, by induction over steps.',
  ],
  identities: [collapse(1, 2), collapse(2, 2), collapse(2, 3), amplitude],
  theorems: [
    {
      name: 'tracking_collapses',
      says: 'a batch’s loss is that of m basis signals through its moments, for every m = 2F, horizon and size',
      over: 'rings',
    },
    {
      name: 'errors_are_linear',
      says: 'errors are linear in the coefficients at every step',
      over: 'rings',
    },
  ],
};
