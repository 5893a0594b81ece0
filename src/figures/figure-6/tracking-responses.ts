/**
 * Fig. 6c: what the network makes of each frequency alone when it has just acquired it.
 */
import { chart } from '../../chart/chart.js';
import { line, type Mark } from '../../chart/marks.js';
import { COLOUR, type Style, stroke } from '../../chart/theme.js';
import { defineFigure } from '../kit/figure.js';
import { frequencyColours, frequencyName, shippedSeed, shippedSummary } from './tracking.js';

export const figure = defineFigure({
  id: 'tracking-responses',
  panel: '6c',
  title: 'Response to each frequency',
  caption:
    'Position over 30 s in response to the cosine of one frequency alone (grey), with the weights of the first epoch at which the loss of that frequency is below 1. ω₁ is at the top; traces are shifted, and all references have the same amplitude.',
  shippedSeed,
  data() {
    const { frequencies, protocol } = shippedSummary();
    return {
      dt: protocol.plant.dt,
      amplitude: protocol.tracking.amplitude,
      frequencies: frequencies.map(({ held }) => held?.trace ?? null),
    };
  },
  draw({ dt, amplitude, frequencies }) {
    const colours = frequencyColours({ frequencies });
    const apart = 3.4 * amplitude;
    const heightOf = (place: number): number => -apart * place;
    const seconds = dt * Math.max(...frequencies.map((trace) => trace?.reference.length ?? 0));
    const trace = (values: readonly number[], place: number, style: Style): Mark =>
      line(
        values.map((value, i) => [dt * (i + 1), heightOf(place) + value]),
        style,
      );
    return chart({
      x: { label: 'time (s)', domain: [0, seconds] },
      y: {
        label: 'position',
        domain: [heightOf(frequencies.length - 0.4), heightOf(-0.6)],
        ticks: frequencies.map((_, place) => heightOf(place)),
        tickText: (height) => frequencyName(Math.round(-height / apart)),
      },
      marks: frequencies.flatMap((held, place) =>
        held
          ? [
              trace(held.reference, place, { ...stroke(COLOUR.line, 3), 'stroke-opacity': 0.45 }),
              trace(held.position, place, stroke(colours[place]!, 1.5)),
            ]
          : [],
      ),
    });
  },
});
