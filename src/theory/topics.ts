/**
 * The statements by topic, in the order of the theory. Both ledgers follow this list: a statement of topic `loop` has its formula
 * in src/theory/loop, its claim in spec/claims/loop, and its derivation, if it has one, in proofs/loop.
 */

/** The identifiers of the statements of each topic. */
export const TOPICS = {
  protocols: ['training-is-what-protocols-say', 'stages-are-read-as-defined', 'campaigns-count-their-runs'],
  loop: [
    'coupled-step-is-the-simulation',
    'hidden-state-stays-in-span',
    'spectrum-of-coupled-is-effective',
    'effective-characteristic-polynomial',
    'stability-region-is-exact',
    'memoryless-loop-is-unstable',
    'stable-chains-need-rank',
    'loss-of-gains-has-triangle-poles',
    'golden-ratio-is-optimal',
    'no-policy-beats-riccati',
    'noise-keeps-to-the-span',
  ],
  learning: [
    'adjoint-gradient-is-the-derivative',
    'batches-collapse-to-moments',
    'balance-changes-at-second-order',
    'learning-closes-on-gram',
    'same-function-learns-differently',
    'full-rank-learns-low-rank',
  ],
  'stage-one': [
    'stage-one-eigenvalues',
    'small-steps-slow-stage-one',
    'late-pair-follows-its-phase',
    'three-integrators-punish-either-sign',
    'stage-one-loss-is-exact',
    'stage-one-loss-grows-geometrically',
    'stage-one-set-point-scales-with-horizon',
    'stage-one-lasts-as-predicted',
    'stage-one-settles-at-minimum',
  ],
  'stage-two': [
    'third-eigenvalue-follows-memory',
    'short-and-long-horizons-conflict',
    'surrogate-weight-moves-the-pair',
    'surrogate-descent-moves-the-pair',
    'memoryless-slope-moves-the-pair',
    'longer-horizons-lower-the-pair',
    'clipped-steps-hop-along-input-weights',
    'averaging-removes-the-zig-zag',
    'stabilisation-follows-gram-dynamics',
  ],
  'stage-three': ['refinement-follows-order-parameters', 'refinement-ends-golden'],
  'open-loop': ['open-loop-loss-is-impulse-mismatch', 'open-loop-learning-closes-on-gram', 'open-loop-training-peaks'],
  nonlinear: [
    'effective-gains-tell-stability',
    'small-signals-learn-linearly',
    'nonlinear-learning-passes-the-stages',
    'nonlinear-imitation-peaks',
  ],
  tracking: ['tracking-collapses-to-basis-signals', 'frequencies-are-acquired-one-by-one'],
  records: [
    'gram-dynamics-reproduces-recorded-runs',
    'recorded-gradients-are-derivatives',
    'recorded-increments-follow-gradients',
    'recorded-losses-follow-overlaps',
    'recorded-windows-follow-snapshots',
    'recorded-windows-are-exchangeable',
  ],
  checks: ['linear-algebra-keeps-its-identities', 'judging-errs-as-seldom-as-stated'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Topic = keyof typeof TOPICS;

/** Every statement with its topic, in order. */
export const STATEMENTS: readonly { readonly id: string; readonly topic: Topic }[] = Object.entries(TOPICS).flatMap(
  ([topic, ids]) => ids.map((id) => ({ id, topic: topic as Topic })),
);
