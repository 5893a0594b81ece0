/**
 * The ledger: every claim of the project, in the order of the theory.
 */
import type { AnyClaim } from '#src/claims/claim.js';
import { claim as adjoint } from './adjoint-gradient-is-the-derivative.js';
import { claim as averaging } from './averaging-removes-the-zig-zag.js';
import { claim as balance } from './balance-changes-at-second-order.js';
import { claim as batches } from './batches-collapse-to-moments.js';
import { claim as zigZag } from './clipped-steps-hop-along-input-weights.js';
import { claim as coupledStep } from './coupled-step-is-the-simulation.js';
import { claim as characteristicPolynomial } from './effective-characteristic-polynomial.js';
import { claim as gainPaths } from './effective-gains-tell-stability.js';
import { claim as acquisition } from './frequencies-are-acquired-one-by-one.js';
import { claim as riccati } from './golden-ratio-is-optimal.js';
import { claim as replay } from './gram-dynamics-reproduces-recorded-runs.js';
import { claim as confinement } from './hidden-state-stays-in-span.js';
import { claim as gram } from './learning-closes-on-gram.js';
import { claim as longerHorizons } from './longer-horizons-lower-the-pair.js';
import { claim as gains } from './loss-of-gains-has-triangle-poles.js';
import { claim as memoryless } from './memoryless-loop-is-unstable.js';
import { claim as noPolicy } from './no-policy-beats-riccati.js';
import { claim as nonlinearImitation } from './nonlinear-imitation-peaks.js';
import { claim as nonlinearStages } from './nonlinear-learning-passes-the-stages.js';
import { claim as openLoopGram } from './open-loop-learning-closes-on-gram.js';
import { claim as openLoop } from './open-loop-loss-is-impulse-mismatch.js';
import { claim as peaks } from './open-loop-training-peaks.js';
import { claim as gradients } from './recorded-gradients-are-derivatives.js';
import { claim as increments } from './recorded-increments-follow-gradients.js';
import { claim as losses } from './recorded-losses-follow-overlaps.js';
import { claim as refinement } from './refinement-follows-order-parameters.js';
import { claim as unseen } from './same-function-learns-differently.js';
import { claim as surrogate } from './short-and-long-horizons-conflict.js';
import { claim as smallSignals } from './small-signals-learn-linearly.js';
import { claim as spectrum } from './spectrum-of-coupled-is-effective.js';
import { claim as stabilisation } from './stabilisation-follows-gram-dynamics.js';
import { claim as stabilityRegion } from './stability-region-is-exact.js';
import { claim as stageOne } from './stage-one-eigenvalues.js';
import { claim as stageOneDuration } from './stage-one-lasts-as-predicted.js';
import { claim as stageOneGrowth } from './stage-one-loss-grows-geometrically.js';
import { claim as stageOneLoss } from './stage-one-loss-is-exact.js';
import { claim as stageOneSetPoint } from './stage-one-set-point-scales-with-horizon.js';
import { claim as stageOneLevel } from './stage-one-settles-at-minimum.js';
import { claim as surrogateDescent } from './surrogate-descent-moves-the-pair.js';
import { claim as surrogateWeight } from './surrogate-weight-moves-the-pair.js';
import { claim as thirdEigenvalue } from './third-eigenvalue-follows-memory.js';
import { claim as moreIntegrators } from './three-integrators-punish-either-sign.js';
import { claim as tracking } from './tracking-collapses-to-basis-signals.js';

export const ledger: readonly AnyClaim[] = [
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
  stageOneDuration,
  stageOneLevel,
  thirdEigenvalue,
  surrogate,
  surrogateWeight,
  surrogateDescent,
  longerHorizons,
  zigZag,
  averaging,
  stabilisation,
  refinement,
  openLoop,
  openLoopGram,
  peaks,
  gainPaths,
  smallSignals,
  nonlinearStages,
  nonlinearImitation,
  tracking,
  acquisition,
  replay,
  gradients,
  increments,
  losses,
];

/** The claims about recorded runs, which `check` judges a user's files by. */
export const runClaims: readonly AnyClaim[] = [replay, gradients, increments, losses];
