/**
 * Every derivation, in the order of the theory.
 */
import { derivation as adjoint } from './adjoint-gradient-is-the-derivative.js';
import { derivation as balance } from './balance-changes-at-second-order.js';
import { derivation as batches } from './batches-collapse-to-moments.js';
import { derivation as coupledStep } from './coupled-step-is-the-simulation.js';
import type { Derivation } from './derivation.js';
import { derivation as characteristicPolynomial } from './effective-characteristic-polynomial.js';
import { derivation as riccati } from './golden-ratio-is-optimal.js';
import { derivation as confinement } from './hidden-state-stays-in-span.js';
import { derivation as gram } from './learning-closes-on-gram.js';
import { derivation as gains } from './loss-of-gains-has-triangle-poles.js';
import { derivation as memoryless } from './memoryless-loop-is-unstable.js';
import { derivation as noPolicy } from './no-policy-beats-riccati.js';
import { derivation as openLoopGram } from './open-loop-learning-closes-on-gram.js';
import { derivation as openLoop } from './open-loop-loss-is-impulse-mismatch.js';
import { derivation as peaks } from './open-loop-training-peaks.js';
import { derivation as losses } from './recorded-losses-follow-overlaps.js';
import { derivation as unseen } from './same-function-learns-differently.js';
import { derivation as surrogate } from './short-and-long-horizons-conflict.js';
import { derivation as smallSignals } from './small-signals-learn-linearly.js';
import { derivation as spectrum } from './spectrum-of-coupled-is-effective.js';
import { derivation as stabilityRegion } from './stability-region-is-exact.js';
import { derivation as stageOne } from './stage-one-eigenvalues.js';
import { derivation as stageOneGrowth } from './stage-one-loss-grows-geometrically.js';
import { derivation as stageOneLoss } from './stage-one-loss-is-exact.js';
import { derivation as stageOneSetPoint } from './stage-one-set-point-scales-with-horizon.js';
import { derivation as surrogateWeight } from './surrogate-weight-moves-the-pair.js';
import { derivation as thirdEigenvalue } from './third-eigenvalue-follows-memory.js';
import { derivation as moreIntegrators } from './three-integrators-punish-either-sign.js';
import { derivation as tracking } from './tracking-collapses-to-basis-signals.js';

export const derivations: readonly Derivation[] = [
  coupledStep,
  confinement,
  spectrum,
  characteristicPolynomial,
  stabilityRegion,
  memoryless,
  gains,
  riccati,
  noPolicy,
  adjoint,
  batches,
  balance,
  gram,
  unseen,
  stageOne,
  moreIntegrators,
  stageOneLoss,
  stageOneGrowth,
  stageOneSetPoint,
  thirdEigenvalue,
  surrogate,
  surrogateWeight,
  openLoop,
  openLoopGram,
  peaks,
  smallSignals,
  tracking,
  losses,
];
