/**
 * Fig. 5c: in stage 3 the dominant pair moves inward, and a real third eigenvalue grows, then recedes.
 */
import * as Plot from '@observablehq/plot';
import { largestReal } from '../stages/spectral.js';
import { type LearningCurve, orderParametersAt, spectrumOf } from '../training/curve.js';
import { chart, HALO, key, stacked } from './chart.js';
import { defineFigure } from './figure.js';
import { unitCircle, upperOfPair } from './plane.js';
import { BETAS, refinementOf } from './refinement.js';
import type { LowRankRun } from './runs.js';
import { COLOUR, sequential, THEORY } from './theme.js';

/** Epochs over which eigenvalues are averaged: clipped steps hop to and fro. */
const AVERAGED = 10;

/** The spectrum from an epoch on: the upper one of the pair, and the largest real eigenvalue. */
interface Row {
  readonly epoch: number;
  readonly re: number | null;
  readonly im: number | null;
  readonly real: number | null;
}

/** The mean; `null` where there is none. */
function mean(values: readonly (number | null | undefined)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null || value === undefined) return null;
    total += value;
  }
  return total / values.length;
}

/** @param skipped rows of the curve before the first that is kept @param first the epoch of that row */
function rowsOf({ plant, protocol }: LowRankRun, curve: LearningCurve, skipped: number, first: number): Row[] {
  const { leak } = protocol.agent;
  return Array.from({ length: Math.floor((curve.epochs - skipped) / AVERAGED) }, (_, k) => {
    const begin = skipped + k * AVERAGED;
    const spectra = Array.from({ length: AVERAGED }, (_, e) =>
      spectrumOf(plant, leak, orderParametersAt(curve, begin + e)),
    );
    const pairs = spectra.map((spectrum) => spectrum && upperOfPair(spectrum));
    return {
      epoch: first + k * AVERAGED,
      re: mean(pairs.map((pair) => pair?.re)),
      im: mean(pairs.map((pair) => pair?.im)),
      real: mean(spectra.map((spectrum) => spectrum && largestReal(spectrum))),
    };
  });
}

export const figure = defineFigure({
  id: 'refinement-spectrum',
  panel: '5c',
  title: 'Eigenvalues in stage 3',
  caption:
    'From the epoch of stabilisation on, for four weights β of the control penalty: the upper eigenvalue of the complex pair (above), which moves inward from the unit circle (grey), and the largest real eigenvalue λ₃ (below), a second slow mode, which grows within some tens of epochs and then recedes. Means over ten epochs, since clipped steps hop to and fro. Dashed: gradient descent of the four order parameters alone, from the same epoch on.',
  data(runs) {
    const run = runs.lowRank();
    return BETAS.map((beta) => {
      const { learnt, from, alone } = refinementOf(run, beta);
      return { beta, learnt: rowsOf(run, learnt, from, from), alone: rowsOf(run, alone, 0, from) };
    });
  },
  draw(sweep) {
    const colours = sequential(sweep.length);
    const pair = { x: 're', y: 'im' } as const;
    const real = { x: 'epoch', y: 'real' } as const;
    const last = Math.max(...sweep.flatMap(({ learnt }) => learnt.map(({ epoch }) => epoch)));
    const meanings = key('bottom-right', [
      ...sweep.map(({ beta }, k) => ({ text: `β = ${beta}`, colour: colours[k]!, sample: 'line' as const })),
      { text: 'order parameters alone', colour: COLOUR.theory, sample: 'dashes' as const },
    ]);
    const curves = (channels: typeof pair | typeof real): Plot.Markish[] => [
      ...sweep.map(({ learnt }, k) => Plot.line(learnt, { ...channels, stroke: colours[k]!, strokeWidth: 1.8 })),
      ...sweep.map(({ alone }, k) => Plot.line(alone, { ...channels, ...THEORY, stroke: colours[k]! })),
    ];
    return stacked([
      chart({
        x: { label: 'Re λ', domain: [0.3, 1.02] },
        y: { label: 'Im λ', domain: [0, 0.75] },
        marks: [
          unitCircle(),
          Plot.text(['unit circle'], { x: 0.8, y: 0.6, dx: 6, textAnchor: 'start', fill: COLOUR.line, ...HALO }),
          ...curves(pair),
        ],
      }),
      chart({
        x: { label: 'epoch', domain: [0, last] },
        y: { label: 'λ₃', domain: [0, 1] },
        marks: [...curves(real), ...meanings],
      }),
    ]);
  },
});
