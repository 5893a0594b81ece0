/**
 * Fig. 6d: the recurrence comes to oscillate at the frequencies that it follows.
 */
import { chart } from '../../chart/chart.js';
import { type ChartPoint, clipped, dots, key, label, level } from '../../chart/marks.js';
import { COLOUR, disc, stroke, THEORY } from '../../chart/theme.js';
import { defineFigure } from '../kit/figure.js';
import { inPlane } from '../kit/plane.js';
import { frequencyColours, frequencyName, shippedSeed, shippedSummary } from './tracking.js';
import type { Modes } from './tracking-summary.js';

export const figure = defineFigure({
  id: 'tracking-modes',
  panel: '6d',
  title: 'Modes of the recurrence',
  caption:
    'Modes (η/dt)(λ − 1) of the recurrence in 1/s, λ the eigenvalues of W. Rings: before learning. Dots: at the first epoch at which the loss of ω₁ … ω₄ (dark to light) is below 1; the network then follows ω₁ without a mode of its own. By theory, dashed: Im = ω of each frequency; crosses: an undamped oscillation of that frequency at this time step, (e^{iω dt} − 1)/dt.',
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
    const points = ({ re, im }: Modes): ChartPoint[] => re.map((value, k) => [value, im[k]!]);
    const [left, right] = [-1.5, 0.3];
    const faint = { ...THEORY, 'stroke-width': 1 };
    const untrained = { ...stroke(COLOUR.line, 0.8), fill: 'none' };
    return chart({
      x: { label: 'Re (1/s)', domain: [left, right] },
      y: { label: 'Im (1/s)', domain: [0, 1.5 * Math.max(...frequencies.map(({ omega }) => omega))] },
      marks: [
        ...frequencies.flatMap(({ omega }, place) => [
          level(omega, faint),
          label([right, omega], frequencyName(place), { anchor: 'end', level: 'bottom', dx: -4, dy: -4 }),
        ]),
        clipped(
          ...frequencies.flatMap(({ modes }, place) => (modes ? dots(points(modes), disc(colours[place]!, 3)) : [])),
          dots(points(before), untrained, 'ring', 3),
        ),
        dots(
          frequencies.map(({ undamped }) => inPlane(undamped)),
          stroke(COLOUR.theory, 1.5),
          'cross',
          5,
        ),
        key('top-left', [
          { text: 'before learning', style: untrained, shape: 'ring' },
          { text: 'frequency acquired', style: disc(colours[0]!, 3), shape: 'disc' },
          { text: 'undamped, by theory', style: stroke(COLOUR.theory, 1.5), shape: 'cross' },
        ]),
      ],
    });
  },
});
