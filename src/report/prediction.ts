/**
 * Predictions as text: aligned rows under short titles, each with the claim behind it.
 */
import { ORDER_PARAMETERS } from '../agent/order-parameters.js';
import type { Forecast } from '../stages/forecast/forecast.js';
import type { RunForecast } from '../stages/forecast/run.js';
import type { StageOne } from '../stages/forecast/stage-one.js';
import { HORIZONS, type LoopPrediction, type SurrogateLoss } from '../stages/prediction.js';
import { table } from './table.js';
import type { Palette } from './terminal.js';

/** Name, value and remark. */
type PredictionRow = readonly [name: string, value: string, remark?: string];

interface PredictionSection {
  readonly title: string;
  /** The claim behind all of its rows, or another remark. */
  readonly remark?: string;
  readonly rows: readonly PredictionRow[];
}

/** All sections in common columns. */
function layout(sections: readonly PredictionSection[], palette: Palette): string {
  const cells = sections.flatMap(({ title, remark = '', rows }, k): string[][] => [
    ...(k > 0 ? [['']] : []),
    [title, '', remark],
    ...rows.map(([name, value, remark = '']) => [`  ${name}`, value, remark]),
  ]);
  const titles = new Set(sections.map(({ title }) => title));
  const paint = (cell: string, row: number, column: number): string =>
    column === 2 && cell !== ''
      ? palette.dim(cell)
      : titles.has(cells[row]![0]!) && column === 0
        ? palette.bold(cell)
        : cell;
  return `${table(cells, paint)}\n`;
}

/** Stands for a value that does not exist. */
const NONE = '–';

const real = (value: number | null): string => (value === null ? NONE : String(Number(value.toPrecision(6))));
const small = (value: number | null): string =>
  value === null ? NONE : Math.abs(value) >= 1e-3 || value === 0 ? real(value) : value.toExponential(2);
const complex = ([re, im]: readonly [number, number]): string =>
  im === 0 ? re.toPrecision(6) : `${re.toPrecision(6)} ${im < 0 ? '−' : '+'} ${Math.abs(im).toPrecision(6)}i`;

const NAMES = { 1: 'Newton’s step', 2: 'to order q²', 3: 'to order q³' } as const;

function thirdSection({ thirdEigenvalue: third, spectralRadius }: LoopPrediction): PredictionSection {
  const title = 'Third eigenvalue';
  const remark = 'third-eigenvalue-follows-memory';
  if (third === null)
    return { title, remark, rows: [['λ₃', NONE, 'no series about σ_vu: D = (σ_vu − 1)² − σ_zm is 0']] };
  const { value, memory, smallness, estimates, pair } = third;
  // Beyond the range of doubles the spectrum is absent too, and nothing is known of roots.
  const missing = spectralRadius === undefined ? 'not finite' : 'λ₃ has met another eigenvalue and left the real axis';
  return {
    title,
    remark,
    rows: [
      ['λ₃', real(value), value === null ? missing : 'the eigenvalue that σ_vu becomes as memory grows to q'],
      ...estimates.map(
        ({ order, value, remainder, nextTerm }): PredictionRow => [
          NAMES[order],
          real(value),
          `${remainder === null ? '' : `λ₃ is off by ${small(remainder)}, `}next term ${small(nextTerm)}`,
        ],
      ),
      ['q = σ_zu σ_vm', real(memory), `|q|/D^{3/2} = ${small(smallness)}: small where the series is good`],
      [
        'λ₁λ₂',
        real(pair?.product ?? null),
        pair === null ? '' : pair.complex ? '|λ₁|² of a complex pair' : 'of two real eigenvalues',
      ],
    ],
  };
}

function surrogateSection({ surrogate, horizonCosine }: LoopPrediction): PredictionSection {
  const cosine: PredictionRow = [
    `cosine, T = ${HORIZONS.join(' and ')}`,
    real(horizonCosine),
    horizonCosine === null ? 'a gradient vanishes or is not finite' : 'longer-horizons-lower-the-pair',
  ];
  const title = 'Short and long horizons';
  const remark = 'short-and-long-horizons-conflict';
  if (surrogate === null) return { title, remark, rows: [['surrogate', NONE, 'D = 0'], cosine] };
  const { short, long, exponent, rates, balance, provedSigns } = surrogate;
  const side = (name: string, { loss, gradient }: SurrogateLoss): PredictionRow => [
    name,
    real(loss),
    `gradient ${small(gradient.zm)} along σ_zm, ${small(gradient.vu)} along σ_vu, ${small(gradient.q)} along q`,
  ];
  const signs = provedSigns ? 'sign proved: surrogate-weight-moves-the-pair' : 'outside the box where signs are proved';
  const moves: PredictionRow[] =
    rates === null
      ? [['rates of the pair', NONE, 'the pair is real']]
      : [
          ['rate of (2 Im λ)², short', real(rates.short), signs],
          ['rate of (2 Im λ)², long', real(rates.long), signs],
        ];
  return {
    title,
    remark,
    rows: [
      side('L_short', short),
      side(`(λ₁λ₂)^${exponent}`, long),
      [
        'cosine of the two',
        real(surrogate.cosine),
        surrogate.cosine === null ? 'a gradient vanishes or is not finite' : '',
      ],
      ...moves,
      [
        'balance α*',
        real(balance),
        balance !== null
          ? `weight of (λ₁λ₂)^${exponent} that leaves the pair where it is`
          : rates === null
            ? 'the pair is real'
            : 'no weight between 0 and 1 holds the pair',
      ],
      cosine,
    ],
  };
}

/** A loop's prediction. */
export function loopReport(prediction: LoopPrediction, palette: Palette): string {
  const { loss, gradient, eigenvalues, spectralRadius, stable, setPoint, bounds } = prediction;
  const loop: PredictionSection = {
    title: 'Loop',
    rows: [
      ['loss', loss.toPrecision(8)],
      ...ORDER_PARAMETERS.map((name): PredictionRow => [`∂loss/∂σ_${name}`, gradient[name].toPrecision(8)]),
      ['spectral radius', spectralRadius?.toPrecision(8) ?? 'not finite'],
      ['stable', stable === undefined ? 'not finite' : stable ? 'yes (exactly)' : 'no (exactly)'],
      ...(eigenvalues?.map((value, k): PredictionRow => [k === 0 ? 'eigenvalues' : '', complex(value)]) ?? []),
    ],
  };
  const rest: PredictionSection = {
    title: 'End of stage 1, without memory',
    remark: 'stage-one-set-point-scales-with-horizon',
    rows: [
      ['from above, σ_zm', real(setPoint?.below ?? null), 'next minimum below σ_zm, to within three hops'],
      ['from below, σ_zm', real(setPoint?.above ?? null), 'next minimum above σ_zm'],
      ['averaged over phase', real(setPoint?.averaged ?? null)],
    ],
  };
  const least: PredictionSection = {
    title: 'Lower bounds on the loss of any policy',
    remark: 'no-policy-beats-riccati',
    rows: [
      ['full information', bounds.fullInformation.toPrecision(8)],
      ['positions only', bounds.observations.toPrecision(8), 'for linear policies'],
    ],
  };
  return layout([loop, rest, thirdSection(prediction), surrogateSection(prediction), least], palette);
}

/** A forecast with its claim, and how good it is or why there is none. @param known reason that the title gives already */
function row(name: string, { value, claim, outside, note }: Forecast, known: string | null = null): PredictionRow {
  const remark = outside === null ? note : outside === known ? null : beyond(outside);
  return [name, real(value), remark === null ? claim : `${claim} · ${remark}`];
}

const beyond = (reason: string): string => `no forecast: ${reason}`;

function stageOneSection({ regime, alignment, hop, turn, duration, minimum, level }: StageOne): PredictionSection {
  const shared = [duration, minimum, level].every(({ outside }) => outside === turn.outside) ? turn.outside : null;
  return {
    title: 'Stage 1',
    remark: shared === null ? (regime === 'inside' ? 'inside the regime' : '') : beyond(shared),
    rows: [
      ['share along M', real(alignment), 'of the first gradient; 1 lowers σ_zm, −1 raises it'],
      row('hop of σ_zm', hop),
      row('updates until σ_zm turns', turn, shared),
      row('the same in closed form', duration, shared),
      row('minimum σ*', minimum, shared),
      row('σ_zm settles at', level, shared),
    ],
  };
}

/** A run's forecast. @param origin where its weights come from, in words */
export function runReport(forecast: RunForecast, origin: string, palette: Palette): string {
  const { start, stageOne, stageTwo, outcome, imitation, startVariance, epochs } = forecast;
  const sections: PredictionSection[] = [
    {
      title: 'Start',
      remark: `${origin}; starts of variance ${real(startVariance)}, by their expected moments`,
      rows: [
        ...ORDER_PARAMETERS.map((name): PredictionRow => {
          const value = start.overlaps[name];
          return [`σ_${name}`, typeof value === 'number' ? real(value) : JSON.stringify(value)];
        }),
        ['‖M‖', real(start.inputNorm)],
        ['loss', real(start.loss)],
        ['‖gradient‖', real(start.gradNorm)],
        [
          'spectral radius',
          real(start.spectralRadius),
          start.stable === null ? 'not finite' : start.stable ? 'stable' : 'not stable',
        ],
      ],
    },
    stageOneSection(stageOne),
    {
      title: 'Stage 2',
      rows: [
        row('stable from epoch', stageTwo.epoch),
        row('in single precision', stageTwo.singlePrecision),
        row('averaged estimate', stageTwo.averaged),
      ],
    },
    {
      title: `Gram dynamics, ${epochs} epochs`,
      rows: [
        row('stage 1 ends at epoch', outcome.stageOneEnd),
        row('stable to the end from epoch', outcome.stableForGood),
        row('stage 3 growth', outcome.stageThreeGrowth),
        row('final loss', outcome.finalLoss),
        row('lower bound, full information', outcome.fullInformation),
        row('lower bound, observations', outcome.observations),
      ],
    },
    {
      title: 'Open-loop student of this run',
      ...(imitation.top.outside !== null && { remark: beyond(imitation.top.outside) }),
      rows: [
        row('epoch of peak deployed loss', imitation.top, imitation.top.outside),
        row('peak / earlier minimum', imitation.climb, imitation.top.outside),
        row('final deployed loss', imitation.deployedLoss, imitation.top.outside),
      ],
    },
  ];
  return layout(sections, palette);
}
