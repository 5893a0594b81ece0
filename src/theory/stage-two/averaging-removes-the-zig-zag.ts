/**
 * How long the plateau lasts: learning averaged over the two ends of a hop (training/averaged.ts).
 */
import { proportion } from '../odds.js';
import { drawnFrom, PAPER_SETTING, type Range, type Ranges, regimeOf, within } from '../regime.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'averaging-removes-the-zig-zag',
  kind: 'empirical',
  title: 'learning averaged over the two ends of a hop predicts how long the plateau lasts',
  statement:
    'On the plateau Z alternates between two points that are one hop lr·c along M apart. The other directions see the mean of the two clipped steps. Descent along that mean turns in fewer than one epoch of ten, in 85 of 100 configurations. It becomes stable within a factor 1.3 of the epoch at which learning does in 75, and within a factor 2.5 in 95.',
  formula: 'ΔQ = −½ [s₊ ∂L/∂Q(Z + ½ lr c M̂ᵀ) + s₋ ∂L/∂Q(Z − ½ lr c M̂ᵀ)],  s± = lr min(1, c/‖g±‖)',
  latex: String.raw`\Delta Q = -\tfrac12 [s_{+} \partial L/\partial Q(Z + \tfrac12 \mathit{lr}\,c \hat{M}^\top) + s_{-} \partial L/\partial Q(Z - \tfrac12 \mathit{lr}\,c \hat{M}^\top)] \newline s_\pm = \mathit{lr}\,\min(1, c/{\lVert g_\pm\rVert})`,
  assumptions:
    'clipped gradient descent, M fixed, a population of starts, horizons of 20 to 100, stabilisation after epoch 20',
  validity:
    'the mean does not determine the zig-zag’s centre within a hop, which causes most of the error. The error grows with the horizon, where a hop is wide against the minimum',
  tolerance: 'each proportion is decided sequentially; a true one is refuted with probability 2^-21 at most',
  source: { theory: '#stage-2', status: 'new' },
};

/** What its claim draws from. */
export const ranges: Ranges = {
  units: [10, 300],
  horizon: [20, 100],
  variance: [0.5, 3],
  lr: [4e-3, 2e-2],
  clip: [0.5, 3],
};

/** Of a protocol. */
export const regime = regimeOf(...PAPER_SETTING, ...drawnFrom(ranges));

/** Epochs of stabilisation that are tried: earlier there is no plateau, and runs end with the last. */
export const plateauEpochs: Range = [20, 500];

/** Of the epoch at which learning becomes stable. */
export const plateaus = regimeOf(within('stabilisation at an epoch', plateauEpochs, (epoch: number) => epoch));

/** How far the epoch is off at most, as a factor. */
export const [NEAR, WIDE] = [1.3, 2.5];

export const odds = {
  near: proportion(0.75, 0.65, `stabilises within a factor ${NEAR} of the averaged epoch`),
  wide: proportion(0.95, 0.85, `stabilises within a factor ${WIDE} of the averaged epoch`),
  smooth: proportion(0.85, 0.75, 'the averaged path turns less often than one epoch in ten'),
};
