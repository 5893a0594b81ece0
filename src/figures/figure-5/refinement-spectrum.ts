/**
 * Fig. 5c: in stage 3 the dominant pair moves inward, and a real third eigenvalue grows, then recedes.
 */

import { chart, stacked } from '../../chart/chart.js';
import { type ChartPoint, key, line } from '../../chart/marks.js';
import { sequential, THEORY } from '../../chart/theme.js';
import { largestReal } from '../../stages/spectral.js';
import { type LearningCurve, orderParametersAt, spectrumOf } from '../../training/curve.js';
import { defineFigure } from '../kit/figure.js';
import { unitCircle, upperOfPair } from '../kit/plane.js';
import type { LowRankRun } from '../kit/runs.js';
import { sweepKey, sweepLines } from '../kit/sweep.js';
import { BETAS, refinementOf } from './refinement.js';

/** Epochs over which eigenvalues are averaged: clipped steps hop to and fro. */
const AVERAGED = 10;

/** The spectrum from an epoch on: the upper one of the pair, and the largest real eigenvalue. */
interface SlowModes {
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
function rowsOf({ plant, protocol }: LowRankRun, curve: LearningCurve, skipped: number, first: number): SlowModes[] {
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
    'Eigenvalues of the runs of Fig. 5d from the epoch of stabilisation on, for four weights β of the control penalty, averaged over ten epochs because clipped steps hop to and fro. Above: the upper eigenvalue of the complex pair moves inward from the unit circle (grey). Below: the largest real eigenvalue λ₃, a second slow mode, grows within some tens of epochs and then recedes. Dashed, by theory: gradient descent of the four order parameters alone, from the same epoch on.',
  data(runs) {
    const run = runs.lowRank();
    return BETAS.map((beta) => {
      const { learnt, from, alone } = refinementOf(run, beta);
      return { beta, learnt: rowsOf(run, learnt, from, from), alone: rowsOf(run, alone, 0, from) };
    });
  },
  draw(sweep) {
    const colours = sequential(sweep.length);
    const last = Math.max(...sweep.flatMap(({ learnt }) => learnt.map(({ epoch }) => epoch)));
    const curves = (pointOf: (modes: SlowModes) => ChartPoint) => [
      ...sweepLines(sweep.map(({ learnt }) => learnt.map(pointOf))),
      ...sweep.map(({ alone }, k) => line(alone.map(pointOf), { ...THEORY, stroke: colours[k]! })),
    ];
    return stacked(
      chart({
        x: { label: 'Re λ', domain: [0.3, 1.02] },
        y: { label: 'Im λ', domain: [0, 0.75] },
        // Without a pair there is no point.
        marks: [...unitCircle(0.6), ...curves(({ re, im }) => [re ?? Number.NaN, im])],
      }),
      chart({
        x: { label: 'epoch', domain: [0, last] },
        y: { label: 'λ₃', domain: [0, 1] },
        marks: [
          ...curves(({ epoch, real }) => [epoch, real]),
          key('bottom-right', [
            ...sweepKey(sweep.map(({ beta }) => `β = ${beta}`)),
            { text: 'order parameters alone', style: THEORY },
          ]),
        ],
      }),
    );
  },
});
