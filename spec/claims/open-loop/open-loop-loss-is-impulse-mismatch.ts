/**
 * Claim: impulse responses and the weights of the open-loop loss. Exact: the expectation over white inputs is taken by
 * driving the agents with one unit input at a time.
 */

import fc from 'fast-check';
import { lowRankInitial } from '#src/agent/initial.js';
import { agentOver, type LinearAgent } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { scalar } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rationals } from '#src/linalg/rational.js';
import { sum } from '#src/linalg/ring.js';
import { drivenBy } from '#src/loop/rollout.js';
import {
  impulseMismatch,
  impulseResponse,
  statement,
} from '#src/theory/open-loop/open-loop-loss-is-impulse-mismatch.js';
import { plain, seed } from '../../generators/number.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { impulseResponse, impulseMismatch };
type Subject = typeof subject;
const R = rationals;

/** The controls of an agent of one input and output. */
const driven = (agent: LinearAgent<Rational>, inputs: readonly Rational[]): Rational[] =>
  drivenBy(R, agent, inputs.map(scalar)).map((u) => u.data[0]!);

/** An agent of rank 1 with weights in multiples of 1/64, and its response by the formula. */
function drawn(
  subject: Subject,
  N: number,
  horizon: number,
  random: Stream,
): { agent: LinearAgent<Rational>; g: Rational[] } {
  const coarse = { ...R, of: (value: number) => R.of(Math.round(64 * value) / 64) };
  const agent = agentOver(coarse, lowRankInitial({ N, c: 1, p: 1, r: 1 }, 1, random));
  const { zm, zu, vm, vu } = orderParametersOf(R, agent);
  const scalars = { zm: zm.data[0]!, zu: zu.data[0]!, vm: vm.data[0]!, vu: vu.data[0]! };
  return { agent, g: subject.impulseResponse(R, scalars, horizon) };
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      N: fc.integer({ min: 1, max: 5 }),
      horizon: fc.integer({ min: 3, max: 8 }),
      seed,
    }),
    runs: 100,
    block: 25,
  },
  subject,
  check(subject, { N, horizon, seed }, evidence) {
    const random = new Stream(seed);
    const student = drawn(subject, N, horizon, random.child('student'));
    const teacher = drawn(subject, N, horizon, random.child('teacher'));
    // Inputs at steps 2 … T−1, scored at steps 1 … T−1: one unit input at a time, squares summed.
    const squares: Rational[] = [];
    for (let input = 2; input < horizon; input++) {
      const impulse = Array.from({ length: horizon - 1 }, (_, index) => R.of(index + 1 === input ? 1 : 0));
      const [a, b] = [driven(student.agent, impulse), driven(teacher.agent, impulse)];
      a.forEach((value, step) => {
        const difference = R.sub(value, b[step]!);
        squares.push(R.mul(difference, difference));
      });
    }
    const predicted = subject.impulseMismatch(R, student.g, teacher.g, horizon);
    exactlyEqual(evidence, '(T−1) L / s', [predicted], [sum(R, squares)]);
    const impulse = Array.from({ length: horizon }, (_, t) => R.of(t === 0 ? 1 : 0));
    exactlyEqual(evidence, 'impulse response', student.g, driven(student.agent, impulse));
    evidence.classify('several units', N > 1);
    evidence.classify('memory reaches back', horizon > 4);
  },
  floors: { 'several units': 0.5, 'memory reaches back': 0.4 },
  mutants: mutantsOf(subject, {
    'weights T − 1 − k': {
      impulseMismatch: (R, student, teacher, horizon) => impulseMismatch(R, student, teacher, horizon + 1),
    },
    'σ_zu and σ_vm transposed away: g_k with σ_vu^k': {
      impulseResponse: (R, overlaps, count) =>
        impulseResponse(R, overlaps, count).map((g, k) => (k === 0 ? g : R.mul(g, overlaps.vu))),
    },
    'direct term left out': {
      impulseResponse: (R, overlaps, count) => impulseResponse(R, { ...overlaps, zm: R.of(0) }, count),
    },
  }),
});
