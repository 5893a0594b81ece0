/**
 * Fig. 6d: the recurrence comes to oscillate at the frequencies that it follows.
 */
import * as Plot from '@observablehq/plot';
import { chart } from './chart.js';
import { defineFigure } from './figure.js';
import { COLOUR, FONT, THEORY } from './theme.js';
import { frequencyColours, frequencyName, shippedSeed, shippedSummary } from './tracking.js';
import type { Modes } from './tracking-summary.js';

export const figure = defineFigure({
  id: 'tracking-modes',
  panel: '6d',
  title: 'The recurrence takes up the frequencies',
  caption:
    'Modes (η/dt)(λ − 1) of the recurrence, 1/s, λ the eigenvalues of W: before learning (rings) and at the first epoch with a loss below 1 of ω₁ … ω₄ (dark to light); ω₁ is followed then without a mode of its own. Dashed: Im = ω of each frequency; crosses: an undamped oscillation of that frequency at this time step, (e^{iω dt} − 1)/dt.',
  shippedSeed,
  data() {
    const { frequencies, before, protocol } = shippedSummary();
    const { dt } = protocol.plant;
    return {
      before,
      frequencies: frequencies.map(({ frequency, held }) => {
        const omega = 2 * Math.PI * frequency;
        const undamped = { re: (Math.cos(omega * dt) - 1) / dt, im: Math.sin(omega * dt) / dt };
        return { omega, undamped, modes: held?.modes ?? null };
      }),
    };
  },
  draw({ before, frequencies }) {
    const colours = frequencyColours({ frequencies });
    const points = ({ re, im }: Modes) => re.map((value, k) => ({ re: value, im: im[k]! }));
    const [left, right] = [-1.5, 0.3];
    const lines = frequencies.map(({ omega }, place) => ({ omega, name: frequencyName(place) }));
    return chart({
      x: { label: 'Re (1/s)', domain: [left, right] },
      y: { label: 'Im (1/s)', domain: [0, 1.15 * Math.max(...frequencies.map(({ omega }) => omega))] },
      marks: [
        Plot.ruleY(lines, { y: 'omega', ...THEORY, strokeWidth: 1 }),
        Plot.text(lines, {
          x: right,
          y: 'omega',
          text: 'name',
          dx: -4,
          dy: -10,
          textAnchor: 'end',
          fontSize: FONT.size,
        }),
        ...frequencies.flatMap(({ modes }, place) =>
          modes ? [Plot.dot(points(modes), { x: 're', y: 'im', r: 3, fill: colours[place]!, clip: 'frame' })] : [],
        ),
        Plot.dot(points(before), { x: 're', y: 'im', r: 3, stroke: COLOUR.line, strokeWidth: 0.8, clip: 'frame' }),
        Plot.dot(
          frequencies.map(({ undamped }) => undamped),
          { x: 're', y: 'im', symbol: 'times', r: 5, stroke: COLOUR.theory, strokeWidth: 1.5 },
        ),
      ],
    });
  },
});
