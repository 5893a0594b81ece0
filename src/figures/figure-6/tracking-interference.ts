/**
 * Fig. 6e: while one frequency is acquired, that which was acquired before is followed less well for a while.
 */
import { chart, onRight } from '../../chart/chart.js';
import { edgeLabel, line, upright } from '../../chart/marks.js';
import { type Domain, extent } from '../../chart/scale.js';
import { COLOUR, DOTTED, stroke } from '../../chart/theme.js';
import { defineFigure, indexedFrom } from '../kit/figure.js';
import { frequencyName, shippedSeed, shippedSummary } from './tracking.js';

export const figure = defineFigure({
  id: 'tracking-interference',
  panel: '6e',
  title: 'One frequency disturbs another',
  caption:
    'Losses of ω₂ (blue, left axis) and of ω₁ (green, right axis) in every epoch around the acquisition of ω₂ (dotted). While the loss of ω₂ falls, that of ω₁ rises for a moment.',
  shippedSeed,
  data() {
    const { around, frequencies } = shippedSummary();
    return { ...around!, acquired: frequencies[1]!.acquired!.epoch };
  },
  draw({ from, first, second, acquired }) {
    const roomy = (values: readonly number[]): Domain => {
      const [low, high] = extent(values);
      return [low - 0.08 * (high - low), high + 0.08 * (high - low)];
    };
    const [blue, green] = [COLOUR.closed, COLOUR.second];
    return chart({
      x: { label: 'epoch', domain: [from, from + first.length - 1], count: 4 },
      y: { label: `loss of ${frequencyName(1)}`, domain: roomy(second), colour: blue },
      margins: { right: 68 },
      marks: [
        upright([acquired], DOTTED),
        edgeLabel('top', acquired, `${frequencyName(1)} acquired`, { dx: 5 }),
        line(indexedFrom(from, second), stroke(blue, 1.5)),
        onRight(
          { label: `loss of ${frequencyName(0)}`, domain: roomy(first), colour: green, count: 4 },
          line(indexedFrom(from, first), stroke(green, 1.5)),
        ),
      ],
    });
  },
});
