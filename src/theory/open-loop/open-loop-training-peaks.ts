/**
 * Open-loop training passes through unstable agents on its way to a stable teacher.
 */

import { type OrderParameters, scalarOrderParameters } from '../../agent/order-parameters.js';
import { scalar } from '../../linalg/matrix.js';
import { characteristic } from '../../linalg/polynomial.js';
import { effectiveMatrix } from '../../loop/effective.js';
import { isStable } from '../../loop/stability.js';
import { integratorChainOver } from '../../plant/integrator.js';
import type { Plant } from '../../plant/plant.js';
import type { Protocol } from '../../problem/protocol.js';
import { proportion } from '../odds.js';
import { drawnFrom, PAPER_SETTING, type Ranges, regimeOf, within } from '../regime.js';
import type { Formula, Statement } from '../statement.js';
import { openLoopMismatch } from './open-loop-learning-closes-on-gram.js';

export const statement: Statement = {
  id: 'open-loop-training-peaks',
  kind: 'empirical',
  title: 'open-loop training towards a stable teacher makes the deployed loss peak before it falls',
  statement:
    'Train a student open loop on the agent that closed-loop training makes of the same initial weights. In 98 of 100 pairs its deployed loss peaks at ten times an earlier value or more. In 98 this peak ratio is at least ten times that of closed-loop training. After 1000 epochs the two deployed losses agree to 1 %, in 95. With sampled inputs (sequences of 12, batches of 30) the peak falls at the epoch that the expected-loss dynamics of the Gram matrix predict before the run, within a tenth, in 95, and the logarithm of its height over the earlier minimum is as predicted within a twentieth, in 95. The mechanism: while σ_zu and σ_vm are small only σ_zm learns, towards the teacher’s σ_zm* < 0, and without memory such a loop has an eigenvalue pair of modulus √(1 − σ_zm) > 1.',
  formula:
    'peak ratio = max_{e′<e} L_e / L_e′;  at σ_zu = σ_vm = 0: ∂L/∂K = (∂L/∂σ_zm, 0, 0, 0),  |λ|² = 1 − σ_zm for σ_zm < 0',
  latex: String.raw`\text{peak ratio} = \max_{e'<e} L_e / L_{e'} \newline \text{at }\sigma_{zu} = \sigma_{vm} = 0: \partial L/\partial K = (\partial L/\partial\sigma_{zm}, 0, 0, 0) \newline {\lvert\lambda\rvert}^2 = 1 - \sigma_{zm}\text{ for }\sigma_{zm} < 0`,
  assumptions:
    'double integrator, rank 1, η = 1, the paper’s initialisation with N = 10 … 200, T = 40 … 60, SGD in Z, U, V with lr .008 … .015 and clip .7 … 1.5, low-rank protocols; teachers that are stable and have σ_vu* > −0.7',
  validity:
    'the peak is measured from the lowest earlier loss; a peak above the start itself needs a start with ρ(P) < 1.05. Teachers with σ_vu* < −0.9 (mostly T < 30) are not reached within 2000 epochs. Where memory is learnt before σ_zm (few units, or σ_vu* strongly negative) the loss still peaks, by another path',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { paper: 'Fig. 2a', theory: '#open-loop-training', status: 'new' },
};

/** Epochs of teacher and student. */
export const EPOCHS = 1000;

/** What its claim draws from. */
export const ranges: Ranges = {
  units: [10, 200],
  horizon: [40, 60],
  variance: [4 / 3, 4 / 3],
  lr: [8e-3, 1.5e-2],
  clip: [0.7, 1.5],
};

/** Of the protocol of both. */
export const regime = regimeOf(
  ...PAPER_SETTING,
  ...drawnFrom(ranges),
  within('epochs', [EPOCHS, Number.POSITIVE_INFINITY], (protocol: Protocol) => protocol.epochs),
);

/** Of a teacher of rank 1: those with less σ_vu are reached late or not at all. */
export const teachers = regimeOf<{ readonly plant: Plant; readonly teacher: OrderParameters }>(
  {
    needs: 'a stable teacher',
    holds: ({ plant, teacher }) => Number.isFinite(teacher.vu.data[0]!) && isStable(plant, 1, teacher),
  },
  {
    needs: 'a teacher with σ_vu above −0.7',
    holds: ({ teacher }) => !(teacher.vu.data[0]! <= -0.7),
    found: ({ teacher }) => teacher.vu.data[0]!.toPrecision(3),
  },
);

export const odds = {
  peaks: proportion(0.98, 0.9, 'the deployed loss peaks at ten times an earlier value or more'),
  closed: proportion(0.98, 0.9, 'in closed-loop training its peak is at most a tenth as high'),
  alike: proportion(0.95, 0.85, 'both end at losses equal to 1 %'),
  sampled: proportion(0.95, 0.85, 'on sampled inputs it peaks at the predicted epoch, within a tenth'),
  height: proportion(0.95, 0.85, 'the logarithm of its peak ratio is as predicted, within a twentieth'),
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'det(λI − P_eff) / λ without memory: coefficients of 1, λ, λ²',
    variables: ['zm', 'vm', 'vu'],
    texts: ['-vu*(1-zm)', '1-zm+2*vu', '-2-vu'],
    values: (R, { zm, vm, vu }) => {
      const overlaps = scalarOrderParameters(zm!, R.of(0), vm!, vu!);
      return characteristic(R, effectiveMatrix(R, integratorChainOver(R, 2, R.of(1)), R.of(1), overlaps)).slice(1, 4);
    },
  },
  {
    name: '∂L/∂σ_zm at σ_zu = σ_vm = 0, two steps',
    variables: ['zm', 'vu', 'a', 'b'],
    texts: ['4*(zm-a)'],
    values: (R, { zm, vu, a, b }) => {
      const [x, y, one] = [a!, b!, R.of(1)].map(scalar);
      const overlaps = scalarOrderParameters(zm!, R.of(0), R.of(0), vu!);
      return [openLoopMismatch(R, R.of(1), overlaps, [x!, y!], one!).E.data[0]!];
    },
  },
];
