/**
 * Fig. 3c: the dominant pair of eigenvalues in stage 1.
 */
import { chart } from '../../chart/chart.js';
import { dots, key } from '../../chart/marks.js';
import { COLOUR, disc, ring, sequential } from '../../chart/theme.js';
import type { Complex } from '../../linalg/eigen.js';
import { measuredTurn, positionOverlap } from '../../stages/turn.js';
import { stageOneEigenvalues } from '../../theory/stage-one/stage-one-eigenvalues.js';
import { defineFigure } from '../kit/figure.js';
import { inPlane, unitCircle } from '../kit/plane.js';

/** An eigenvalue of an epoch. */
type Eigenvalue = Complex & { readonly epoch: number };

export const figure = defineFigure({
  id: 'stage-one-spectrum',
  panel: '3c',
  title: 'Eigenvalues in stage 1',
  caption:
    'Dots: the dominant pair of the loop of Fig. 3a, epoch by epoch (dark to light) until σ_zm no longer falls. The pair is real at first, meets at 1 and then splits up and down the line Re λ = 1. Rings, by theory: 1 ± √σ_zm, the pair of a loop without memory at the σ_zm of the epoch. Grey: the unit circle.',
  data(runs) {
    const { curve, spectra } = runs.lowRank();
    const epochs = Array.from({ length: measuredTurn(curve) + 1 }, (_, epoch) => epoch);
    const simulated: Eigenvalue[] = epochs.flatMap((epoch) =>
      (spectra[epoch]?.eigenvalues ?? []).slice(0, 2).map(({ re, im }) => ({ epoch, re, im })),
    );
    const predicted: Eigenvalue[] = epochs.flatMap((epoch) =>
      stageOneEigenvalues(positionOverlap(curve, epoch), 1).map(({ re, im }) => ({ epoch, re, im })),
    );
    return { simulated, predicted };
  },
  draw({ simulated, predicted }) {
    const reach =
      1.15 * Math.max(...[...simulated, ...predicted].map(({ re, im }) => Math.max(Math.abs(re - 1), Math.abs(im))));
    const colours = sequential(simulated.at(-1)!.epoch + 1);
    return chart({
      height: 400,
      x: { label: 'Re λ', domain: [1 - reach, 1 + reach] },
      y: { label: 'Im λ', domain: [-reach, reach] },
      marks: [
        ...unitCircle(-0.9 * reach, { anchor: 'end', dx: -8 }),
        dots(predicted.map(inPlane), ring(COLOUR.theory, 1.2), 'ring', 6),
        ...simulated.map((one) => dots([inPlane(one)], disc(colours[one.epoch]!, 3.5))),
        key('top-left', [
          { text: 'agent', style: disc(colours[0]!, 3.5), shape: 'disc' },
          { text: '1 ± √σ_zm', style: ring(COLOUR.theory, 1.2), shape: 'ring' },
        ]),
      ],
    });
  },
});
