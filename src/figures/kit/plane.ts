/**
 * The complex plane of eigenvalues: what is read off spectra, and the unit circle.
 */
import { type ChartPoint, clipped, label, line, type Mark, type Placing } from '../../chart/marks.js';
import { COLOUR, stroke } from '../../chart/theme.js';
import type { Complex } from '../../linalg/eigen.js';
import type { Spectrum } from '../../training/curve.js';

/** A complex number as a point of a chart. */
export function inPlane({ re, im }: Complex): ChartPoint {
  return [re, im];
}

/** The upper one of the complex pair; `null` where all eigenvalues are real. */
export function upperOfPair({ eigenvalues }: Spectrum): Complex | null {
  const upper = eigenvalues.reduce<Complex | undefined>((most, z) => (z.im > (most?.im ?? 0) ? z : most), undefined);
  return upper ? { re: upper.re, im: upper.im } : null;
}

/** Points of the circle: a corner between two of them cannot be seen. */
const ARC = 2000;

/** The unit circle, with its name beside one of its points. @param im imaginary part of that point */
export function unitCircle(im: number, placing: Placing = {}): Mark[] {
  const points = Array.from({ length: ARC + 1 }, (_, k): ChartPoint => {
    const angle = (2 * Math.PI * k) / ARC;
    return [Math.cos(angle), Math.sin(angle)];
  });
  return [
    clipped(line(points, stroke(COLOUR.line, 1.2))),
    label([Math.sqrt(1 - im ** 2), im], 'unit circle', { dx: 7, colour: COLOUR.line, ...placing }),
  ];
}
