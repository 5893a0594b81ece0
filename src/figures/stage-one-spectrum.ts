/**
 * Fig. 3c: the dominant pair of eigenvalues in stage 1.
 */
import * as Plot from '@observablehq/plot';
import { measuredTurn, positionOverlap } from '../stages/turn.js';
import { stageOneEigenvalues } from '../theory/stage-one/stage-one-eigenvalues.js';
import { chart, HALO, key } from './chart.js';
import { defineFigure } from './figure.js';
import { unitCircle } from './plane.js';
import { COLOUR, SCHEME, sequential } from './theme.js';

/** An eigenvalue of an epoch. */
type Mode = { readonly epoch: number; readonly re: number; readonly im: number };

export const figure = defineFigure({
  id: 'stage-one-spectrum',
  panel: '3c',
  title: 'Eigenvalues in stage 1',
  caption:
    'The dominant pair of the loop of Fig. 3a in every epoch until σ_zm no longer falls, a few after the pair becomes complex, dark to light: real at first, it meets at 1 and then splits up and down the line Re λ = 1. Circles: the theory of a loop without memory, 1 ± √σ_zm, at the σ_zm of the epoch. Grey: the unit circle.',
  data(runs) {
    const { curve, spectra } = runs.lowRank();
    const epochs = Array.from({ length: measuredTurn(curve) + 1 }, (_, epoch) => epoch);
    const simulated: Mode[] = epochs.flatMap((epoch) =>
      (spectra[epoch]?.eigenvalues ?? []).slice(0, 2).map(({ re, im }) => ({ epoch, re, im })),
    );
    const predicted: Mode[] = epochs.flatMap((epoch) =>
      stageOneEigenvalues(positionOverlap(curve, epoch), 1).map(({ re, im }) => ({ epoch, re, im })),
    );
    return { simulated, predicted };
  },
  draw({ simulated, predicted }) {
    const reach =
      1.15 * Math.max(...[...simulated, ...predicted].map(({ re, im }) => Math.max(Math.abs(re - 1), Math.abs(im))));
    return chart({
      height: 400,
      x: { label: 'Re λ', domain: [1 - reach, 1 + reach] },
      y: { label: 'Im λ', domain: [-reach, reach] },
      color: { type: 'linear', scheme: SCHEME },
      marks: [
        unitCircle(),
        Plot.text([[1, -reach]], {
          text: ['unit circle'],
          textAnchor: 'end',
          lineAnchor: 'bottom',
          dx: -28,
          dy: -6,
          fill: COLOUR.line,
          ...HALO,
        }),
        Plot.dot(predicted, { x: 're', y: 'im', r: 6, stroke: COLOUR.theory, strokeWidth: 1.2 }),
        Plot.dot(simulated, {
          x: 're',
          y: 'im',
          r: 3.5,
          fill: ({ epoch }: Mode) => shade(epoch, simulated.at(-1)!.epoch),
        }),
        ...key('top-left', [
          { text: 'agent', colour: sequential(1)[0]!, sample: 'dots' },
          { text: '1 ± √σ_zm', colour: COLOUR.theory, sample: 'circles' },
        ]),
      ],
    });
  },
});

/** The colour of an epoch of so many. */
function shade(epoch: number, last: number): string {
  return sequential(last + 1)[epoch]!;
}
