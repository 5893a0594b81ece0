/**
 * Claim: the balance of in- and output weights changes only at second order, by the exact amount.
 */

import fc from 'fast-check';
import { type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { absolute, add, type Mat, matrix, multiply, scale, subtract, times, transpose } from '#src/linalg/matrix.js';
import { reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { batchFactor } from '#src/problem/start.js';
import {
  balance,
  balanceChange,
  recurrentBalance,
  recurrentBalanceChange,
  statement,
} from '#src/theory/learning/balance-changes-at-second-order.js';
import { clipFactor } from '#src/training/descent.js';
import { fullEngine } from '#src/training/full.js';
import { generalReducedLoss } from '#src/training/reduced.js';
import { realise } from '../../generators/loop.js';
import { logUniform, plain, weighted } from '../../generators/number.js';
import { batchOf, costOfCase, problem } from '../../generators/problem.js';
import {
  absoluteAgent,
  absolutePlant,
  inputStack,
  outputStack,
  reducedGradient,
  reducedMajorant,
} from '../../support/absolute.js';

const cases = plain({
  problem: problem(12, 3, false),
  lr: logUniform(1e-3, 0.3),
  clip: weighted([1, fc.constant(null)], [2, logUniform(0.01, 3)]),
});

const subject = { balanceChange, recurrentBalanceChange, clipFactor };

function entriesWithin(evidence: Evidence, quantity: string, A: Mat<number>, B: Mat<number>, bound: Mat<number>): void {
  for (let k = 0; k < A.data.length; k++) evidence.within(quantity, Math.abs(A.data[k]! - B.data[k]!), bound.data[k]!);
}

/** H·Hᵀ + J·Jᵀ of sizes: what the entries of the balance are rounded relative to. */
const totals = (H: Mat<number>, J: Mat<number>): Mat<number> =>
  add(reals, times(H, transpose(H)), times(J, transpose(J)));

/** The same agent with W₀ = U·Vᵀ and no low-rank part. */
function fullRankTwin(agent: LinearAgent): LinearAgent {
  const { N } = shapeOf(agent);
  return { ...agent, U: matrix(N, 0), V: matrix(N, 0), W: multiply(reals, agent.U, transpose(agent.V)) };
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: cases,
    runs: 300,
    block: 100,
  },
  subject,
  check(subject, { problem: instance, lr, clip }, evidence) {
    const { plant, agent } = realise(instance.loop);
    const { horizon } = instance;
    const shape = shapeOf(agent);
    const n = plant.A.rows;
    const cost = costOfCase(instance, n, shape.p);
    const starts = batchFactor(batchOf(instance, n));
    const rounding =
      4 * gamma(adjointRoundings({ n, ...shape }, horizon, starts.cols) + 2 * (shape.p + shape.c + shape.r));

    // All of M, Z, U, V trained.
    {
      const engine = fullEngine(plant, agent, cost, horizon, ['M', 'Z', 'U', 'V']);
      const { gradNorm } = engine.evaluate(starts);
      const s = lr * clipFactor(gradNorm, clip);
      const predicted = lr * subject.clipFactor(gradNorm, clip);
      const [H, J] = [outputStack(agent), inputStack(agent)];
      const { E } = reducedGradient(generalReducedLoss, plant, agent, cost, horizon, starts);
      const before = balance(reals, H, J);
      engine.descend(s);
      const moved = engine.agent();
      const change = subtract(reals, balance(reals, outputStack(moved), inputStack(moved)), before);
      // Weights and gradient steps of absolute size: |H| + s·|J|·|E|ᵀ and |J| + s·|H|·|E|.
      const size = reducedMajorant(plant, agent, cost, horizon, starts).E;
      const [aH, aJ] = [absolute(H), absolute(J)];
      const [Hm, Jm] = [
        add(reals, aH, scale(reals, s, times(aJ, transpose(size)))),
        add(reals, aJ, scale(reals, s, times(aH, size))),
      ];
      const bound = scale(reals, rounding, totals(Hm, Jm));
      entriesWithin(evidence, 'Δ(H Hᵀ − J Jᵀ)', change, subject.balanceChange(reals, H, J, E, predicted), bound);
      evidence.classify('clipped', s < lr);
      evidence.classify('not clipped', s === lr);
      let visible = 0;
      for (let k = 0; k < change.data.length; k++)
        visible = Math.max(visible, Math.abs(change.data[k]!) / bound.data[k]!);
      evidence.classify('change far above rounding', visible > 2 ** 10);
    }

    // U and V trained, M and Z fixed; ∂L/∂W from an agent whose recurrence is all full-rank.
    {
      const engine = fullEngine(plant, agent, cost, horizon, ['U', 'V']);
      const { gradNorm } = engine.evaluate(starts);
      const s = lr * clipFactor(gradNorm, clip);
      const predicted = lr * subject.clipFactor(gradNorm, clip);
      const dense = fullRankTwin(agent);
      const full = fullEngine(plant, dense, cost, horizon, ['W']);
      full.evaluate(starts);
      const majorant = fullEngine(absolutePlant(plant), fullRankTwin(absoluteAgent(agent)), cost, horizon, ['W']);
      majorant.evaluate(absolute(starts));
      const [D, size] = [full.gradientOf('W'), majorant.gradientOf('W')];
      const { U, V } = agent;
      const before = recurrentBalance(reals, U, V);
      engine.descend(s);
      const moved = engine.agent();
      const change = subtract(reals, recurrentBalance(reals, moved.U, moved.V), before);
      const [aU, aV] = [absolute(U), absolute(V)];
      const [Um, Vm] = [
        add(reals, aU, scale(reals, s, times(size, aV))),
        add(reals, aV, scale(reals, s, times(transpose(size), aU))),
      ];
      const wider = rounding + 4 * gamma(2 * shape.N);
      const bound = scale(reals, wider, totals(transpose(Um), transpose(Vm)));
      entriesWithin(evidence, 'Δ(UᵀU − VᵀV)', change, subject.recurrentBalanceChange(reals, U, V, D, predicted), bound);
    }
    evidence.classify('several units', shape.N > 1);
  },
  floors: { clipped: 0.3, 'not clipped': 0.2, 'change far above rounding': 0.4, 'several units': 0.6 },
  mutants: mutantsOf(subject, {
    'nothing changes at second order': { balanceChange: (R, H, J, E) => balanceChange(R, H, J, E, R.of(0)) },
    'clip factor left out': { clipFactor: () => 1 },
    'sign of the second-order change': {
      balanceChange: (R, H, J, E, s) => scale(R, R.of(-1), balanceChange(R, H, J, E, s)),
    },
    'D transposed': { recurrentBalanceChange: (R, U, V, D, s) => recurrentBalanceChange(R, U, V, transpose(D), s) },
  }),
});
