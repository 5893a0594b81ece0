/**
 * Fig. 6c: what the network makes of each frequency alone when it has just acquired it.
 */
import * as Plot from '@observablehq/plot';
import { chart } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR } from './theme.js';
import { frequencyColours, frequencyName, shippedSeed, shippedSummary } from './tracking.js';

export const figure = defineFigure({
  id: 'tracking-responses',
  panel: '6c',
  title: 'Each frequency when it is acquired',
  caption:
    'Position over 30 s in response to the cosine of one frequency alone (grey), ω₁ at the top, with the weights of the first epoch at which the loss of that frequency is below 1. Traces are shifted; all references have the same amplitude.',
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
    return chart({
      x: { label: 'time (s)', domain: [0, seconds] },
      y: {
        label: 'position',
        domain: [heightOf(frequencies.length - 0.4), heightOf(-0.6)],
        ticks: frequencies.map((_, place) => heightOf(place)),
        tickFormat: (height) => frequencyName(Math.round(-height / apart)),
      },
      marks: frequencies.flatMap((trace, place) => {
        if (!trace) return [];
        const shifted = (values: readonly number[]) =>
          values.map((value, i) => ({ t: dt * (i + 1), value: heightOf(place) + value }));
        return [
          Plot.line(shifted(trace.reference), {
            x: 't',
            y: 'value',
            stroke: COLOUR.line,
            strokeOpacity: 0.45,
            strokeWidth: 3,
          }),
          Plot.line(shifted(trace.position), { x: 't', y: 'value', stroke: colours[place]!, strokeWidth: 1.5 }),
        ];
      }),
    });
  },
});
