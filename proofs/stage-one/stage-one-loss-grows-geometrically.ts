/**
 * Derivation: the three geometric series of the loss without memory.
 */

import { power, product, sum } from '#src/linalg/ring.js';
import {
  growingLevels,
  oscillatingLevels,
  rotatingSum,
  statement,
  sumOfSeries,
} from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { binomialHalves, geometric, stageOneSum } from '#src/theory/stage-one/stage-one-loss-is-exact.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';

const threeSeries = (sign: 1 | -1, horizon: number): Identity => ({
  name: `4s² Σ_t E‖x_t‖² is the sum of three series for σ_zm ${sign < 0 ? '< 0' : '> 0'}, T = ${horizon}`,
  variables: ['s', 'dt'],
  vanish(R, { s, dt }) {
    const square = R.mul(s!, s!);
    const exact = stageOneSum(R, R.mul(R.of(sign), square), dt!, horizon);
    return [R.sub(R.mul(R.mul(R.of(4), square), exact), sumOfSeries(R, sign, s!, dt!, horizon))];
  },
});

const sums = (count: number): Identity => ({
  name: `(1 − r) Σ r^n = 1 − r^${count}, and (z − 1) Σ z^n = z^${count} − 1 for z = (1 + iω)²`,
  variables: ['w'],
  vanish(R, { w }) {
    const square = R.mul(w!, w!);
    const total = geometric(R, square, count);
    const last = power(R, square, count);
    // z − 1 = −ω² + 2iω; z^N by the difference of two sums.
    const [re, im] = rotatingSum(R, w!, count);
    const [reNext, imNext] = rotatingSum(R, w!, count + 1);
    const double = R.add(w!, w!);
    const [one, zero] = [R.of(1), R.of(0)];
    return [
      R.sub(R.mul(R.sub(one, square), total), R.sub(one, last)),
      sum(R, [one, R.sub(zero, R.mul(square, re)), R.sub(zero, R.mul(double, im)), R.sub(re, reNext)]),
      sum(R, [R.sub(zero, R.mul(square, im)), R.mul(double, re), R.sub(im, imNext)]),
    ];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'horizons of 1, 2, 3 and 5, any σ_zm ≠ 0 and dt; the bounds on κ and A for all real s and dt; the three series for every horizon by theorems',
  steps: [
    'With (1 ± θ)^n = c ± θe, θ² = dt²σ_zm, E‖x_{n+1}‖² is (2+dt²)c² + 2dt²(1+σ_zm)ce + dt²(1+σ_zm²+dt²σ_zm²)e² in units of v (stage-one-loss-is-exact).',
    'For σ_zm < 0, c = r^{n/2} cos nφ and ωe = r^{n/2} sin nφ: the form is r^n (κ + Re(A e^{2inφ})), with z = (1+iω)² = r e^{2iφ}. Summing over n < T−1 and adding 2 for t = 0 gives the three series.',
    'κ² − |A|² = ((1+s²+ω²)² + (1−s²)²)/s² > 0, so |A| < κ; |z − 1| = ω√(4+ω²) ≥ 2ω and |z^N − 1| ≤ r^N + 1 bound the relative remainder by (ω/2)(r^N+1)/(r^N−1) + 2/(κ Σ r^n).',
    'One step of T turns the phase of A z^{T−1}/(z−1) by 2φ. In every half period it comes within φ of a multiple of π, where its real part is at least cos φ = 1/√r of its size.',
    'For σ_zm > 0 the form is κ(1+ω)^{2n} + κ₋(1−ω)^{2n} + κ₀(1−ω²)^n, and as it is not negative |κ₀| ≤ 2√(κκ₋).',
    'From (1,−1) at dt = 1 the states are −(e, c) from t = 1 on. e² + c² has the level (1 + 1/s²)/2, or (1 + 1/s²)/4 for σ_zm > 0. The estimate starts two terms earlier, which is r² in level.',
  ],
  identities: [
    ...[1, 2, 3, 5].map((horizon) => threeSeries(-1, horizon)),
    ...[1, 2, 3, 5].map((horizon) => threeSeries(1, horizon)),
    sums(1),
    sums(4),
    {
      name: '(4s²)²(κ² − |A|²) = 16 s² ((1+s²+ω²)² + (1−s²)²)',
      variables: ['s', 'dt'],
      vanish(R, x) {
        const [kappa, re, im] = oscillatingLevels(R, x['s']!, x['dt']!);
        const left = R.sub(R.mul(kappa, kappa), R.add(R.mul(re, re), R.mul(im, im)));
        return [R.sub(left, evaluateText(R, '16*s^2*((1+s^2+dt^2*s^2)^2+(1-s^2)^2)', x))];
      },
    },
    {
      name: '(4s²)²(4κκ₋ − κ₀²) is 16 s² times a sum of squares',
      variables: ['s', 'dt'],
      vanish(R, x) {
        const [kappa, falling, mixed] = growingLevels(R, x['s']!, x['dt']!);
        const left = R.sub(product(R, [R.of(4), kappa, falling]), R.mul(mixed, mixed));
        return [R.sub(left, evaluateText(R, '16*s^2*((1+s^2-dt^2*s^2)^2+(1-s^2)^2+4*dt^2*s^4)', x))];
      },
    },
    {
      name: 'from (1,−1), dt = 1: 2s²(c² + e²) = (1+s²) r^n + (s²−1) Re z^n, n = 3',
      variables: ['s'],
      vanish(R, { s }) {
        const square = R.mul(s!, s!);
        const { c, e } = binomialHalves(R, R.sub(R.of(0), square), 3);
        const left = R.mul(R.add(square, square), R.add(R.mul(c, c), R.mul(e, e)));
        const r = R.add(R.of(1), square);
        const turned = R.sub(rotatingSum(R, s!, 4)[0], rotatingSum(R, s!, 3)[0]);
        const right = R.add(power(R, r, 4), R.mul(R.sub(square, R.of(1)), turned));
        return [R.sub(left, right)];
      },
    },
  ],
  theorems: [
    {
      name: 'loss_oscillates',
      file: 'stage_one_loss_is_exact',
      says: 'σ_zm = −s²: 2s² Σ E‖x_t‖² is the sum of κ r^n + Re(A z^n), for every horizon and dt',
      over: 'rings',
    },
    {
      name: 'loss_grows',
      file: 'stage_one_loss_is_exact',
      says: 'σ_zm = s²: 4s² Σ E‖x_t‖² is the sum of three series, for every horizon and dt',
      over: 'rings',
    },
  ],
};
