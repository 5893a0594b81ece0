/**
 * `loopproof predict`: what the theory says of one loop, without training it.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { couplingOf, OVERLAPS, scalarOverlaps } from '../agent/overlaps.js';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { matrix } from '../linalg/matrix.js';
import { integratorChain } from '../plant/integrator.js';
import { finiteOrText } from '../report/json.js';
import { table } from '../report/terminal.js';
import { spectrumOf } from '../training/curve.js';
import { costOf } from '../training/protocol.js';
import { reducedLoss } from '../training/reduced.js';

/** One question: order parameters of a double integrator's loop under the protocol `artifact-lowrank`. */
const moderate = z.number().min(-LIMITS.magnitude).max(LIMITS.magnitude);
const questionSchema = z.strictObject({
  overlaps: z.strictObject({ zm: moderate, zu: moderate, vm: moderate, vu: moderate }),
  horizon: z.int().min(1).max(LIMITS.horizon).default(50),
  beta: moderate.min(0).default(0),
  startVariance: moderate.positive().default(4 / 3),
});

type Question = z.output<typeof questionSchema>;

/** The answer. */
export interface Prediction {
  /** Population loss: mean over t and both state components, plus the control penalty. */
  readonly loss: number;
  /** ∂loss/∂σ. */
  readonly gradient: Readonly<Record<(typeof OVERLAPS)[number], number>>;
  /** Eigenvalues of P_eff as [re, im], largest modulus first; absent where P_eff is not finite. */
  readonly eigenvalues?: readonly (readonly [number, number])[];
  readonly spectralRadius?: number;
  /** Decided exactly. */
  readonly stable?: boolean;
}

/** Loss, gradient, spectrum and exact stability of a loop. */
export function predictLoop({ overlaps, horizon, beta, startVariance }: Question): Prediction {
  const plant = integratorChain(2, 1);
  const order = scalarOverlaps(overlaps.zm, overlaps.zu, overlaps.vm, overlaps.vu);
  const cost = costOf({ horizon, batch: 1, loss: { state: 'mean', beta } }, 2, 1);
  const E = new Float64Array(4);
  const starts = matrix(2, 2, (i, j) => (i === j ? Math.sqrt(startVariance) : 0));
  const K = Float64Array.from(couplingOf(order).data as ArrayLike<number>);
  const loss = reducedLoss({ plant, leak: 1, cost, horizon, rank: 1 })(K, starts, E);
  const gradient = Object.fromEntries(OVERLAPS.map((name, k) => [name, E[k]!])) as Prediction['gradient'];
  const spectrum = spectrumOf(plant, 1, order);
  return {
    loss,
    gradient,
    ...(spectrum && {
      eigenvalues: spectrum.eigenvalues.map(({ re, im }) => [re, im] as const),
      spectralRadius: spectrum.radius,
      stable: spectrum.stable,
    }),
  };
}

function parseQuestion(text: string, line: number): Question {
  const fail = (received: string, expected: string): never => {
    throw new LoopproofError('invalid-run', {
      where: `predict: line ${line} of standard input`,
      received,
      expected,
      hint: '{"overlaps":{"zm":-0.3,"zu":0.3,"vm":1,"vu":0},"horizon":50,"beta":0,"startVariance":1.333}',
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(text.slice(0, 60), 'a JSON object');
  }
  const result = questionSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  return fail(text.slice(0, 60), `${issue.path.join('.') || 'the object'}: ${issue.message}`);
}

const line = (prediction: Prediction): string => `${JSON.stringify(prediction, finiteOrText)}\n`;

/** Options as the command line reads them. */
export interface PredictOptions {
  readonly zm: number;
  readonly zu: number;
  readonly vm: number;
  readonly vu: number;
  readonly horizon: number;
  readonly beta: number;
  readonly variance: number;
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export async function predict(options: PredictOptions): Promise<void> {
  if (options.jsonl) {
    let count = 0;
    process.stdin.on('error', (error) => {
      process.stderr.write(`loopproof: standard input\n  ${error.message}\n`);
      process.exitCode = 2;
    });
    for await (const text of createInterface({ input: process.stdin })) {
      count++;
      if (process.stdout.destroyed) return;
      if (text.trim() !== '') process.stdout.write(line(predictLoop(parseQuestion(text, count))));
    }
    return;
  }
  const { zm, zu, vm, vu, horizon, beta, variance, json } = options;
  const prediction = predictLoop({ overlaps: { zm, zu, vm, vu }, horizon, beta, startVariance: variance });
  if (json) {
    process.stdout.write(line(prediction));
    return;
  }
  const { loss, gradient, eigenvalues, spectralRadius, stable } = prediction;
  const complex = ([re, im]: readonly [number, number]): string =>
    im === 0 ? re.toPrecision(6) : `${re.toPrecision(6)} ${im < 0 ? '−' : '+'} ${Math.abs(im).toPrecision(6)}i`;
  const rows = [
    ['loss', loss.toPrecision(8)],
    ...OVERLAPS.map((name) => [`∂loss/∂σ_${name}`, gradient[name].toPrecision(8)]),
    ['eigenvalues', eigenvalues?.map(complex).join(', ') ?? 'not finite'],
    ['spectral radius', spectralRadius?.toPrecision(8) ?? 'not finite'],
    ['stable', stable === undefined ? 'not finite' : stable ? 'yes (exactly)' : 'no (exactly)'],
  ];
  process.stdout.write(`${table(rows)}\n`);
}
