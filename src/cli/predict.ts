/**
 * `loopproof predict`: what the theory says of one loop, or of a learning run, without training it.
 */

import { createInterface } from 'node:readline';
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { Stream } from '../linalg/random.js';
import { supportOf } from '../problem/kinds.js';
import type { Protocol } from '../problem/protocol.js';
import { finiteOrText } from '../report/json.js';
import { loopReport, runReport } from '../report/prediction.js';
import { readConfiguration } from '../runs/format/read.js';
import { runStart } from '../runs/start.js';
import { forecastRun, obstacleTo } from '../stages/forecast/run.js';
import { type LoopQuestion, predictLoop, rememberedBounds } from '../stages/prediction.js';
import { palette, spoken } from './output.js';
import { progressOn } from './progress.js';

/** The exponents of the surrogate that are accepted. */
export const EXPONENT = { default: 10, most: 1000 } as const;

const moderate = z.number().min(-LIMITS.magnitude).max(LIMITS.magnitude);
const questionSchema = z.strictObject({
  overlaps: z.strictObject({ zm: moderate, zu: moderate, vm: moderate, vu: moderate }),
  horizon: z.int().min(1).max(LIMITS.horizon).default(50),
  beta: moderate.min(0).default(0),
  startVariance: moderate.positive().default(4 / 3),
  exponent: z.int().min(1).max(EXPONENT.most).default(EXPONENT.default),
});

function parseQuestion(text: string, line: number): LoopQuestion {
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

const line = (answer: object): string => `${JSON.stringify(answer, finiteOrText)}\n`;

/** Options as the command line reads them. */
export interface PredictOptions {
  readonly zm: number;
  readonly zu: number;
  readonly vm: number;
  readonly vu: number;
  readonly horizon: number;
  readonly beta: number;
  readonly variance: number;
  readonly exponent: number;
  readonly run?: string;
  readonly epochs?: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

/** One answer a line, to one question a line. */
async function predictLines(): Promise<void> {
  if (process.stdin.isTTY) process.stderr.write('reading one JSON object a line; Ctrl-D ends\n');
  const bounds = rememberedBounds();
  let count = 0;
  process.stdin.on('error', (error) => {
    process.stderr.write(`loopproof: standard input\n  ${error.message}\n`);
    process.exitCode = 2;
  });
  for await (const text of createInterface({ input: process.stdin })) {
    count++;
    if (process.stdout.destroyed) return;
    if (text.trim() !== '') process.stdout.write(line(predictLoop(parseQuestion(text, count), bounds)));
  }
}

/** The protocol of a file, if something can be said of its runs. */
function protocolOf(file: string, run: ReturnType<typeof readConfiguration>, epochs: number | undefined): Protocol {
  const refuse = (field: string, received: string, expected: string, hint: string): never => {
    throw new LoopproofError('unsupported', { where: `${file}: ${field}`, received, expected, hint });
  };
  const support = supportOf('moments', run.protocol);
  if ('unsupported' in support)
    return refuse(
      'protocol',
      support.unsupported,
      'a linear low-rank agent in closed loop',
      'choose agent.kind linear-low-rank and mode closed-loop',
    );
  const protocol = { ...support.protocol, ...(epochs !== undefined && { epochs }) };
  const obstacle = obstacleTo(protocol);
  if (obstacle)
    return refuse(
      `protocol.${obstacle.field}`,
      obstacle.received,
      obstacle.expected,
      `change protocol.${obstacle.field}; the claims about learning say what they assume: loopproof explain learning-closes-on-gram`,
    );
  return protocol;
}

function predictRun(file: string, { epochs, seed, json }: PredictOptions): void {
  const run = readConfiguration(file);
  const protocol = protocolOf(file, run, epochs);
  const { agent, origin } = runStart(run, protocol, file, new Stream(seed).child('weights'));
  const progress = progressOn(process.stderr);
  const forecast = forecastRun(protocol, agent, (step) =>
    progress.show(({ elapsed }) => [`predicting: ${step} · ${spoken(elapsed)}`]),
  );
  progress.clear();
  if (json) {
    process.stdout.write(line({ weights: origin, ...(origin === 'drawn' && { seed }), ...forecast }));
    return;
  }
  const foreign = run.curves ? ', not the weights of the recorded run' : '';
  const words = {
    weights: 'from weights.initial',
    gram: 'from the first row of curves.gram',
    drawn: `weights drawn with seed ${seed}${foreign}`,
  }[origin];
  process.stdout.write(runReport(forecast, words, palette()));
}

export async function predict(options: PredictOptions): Promise<void> {
  if (options.jsonl) return predictLines();
  if (options.run !== undefined) return predictRun(options.run, options);
  const { zm, zu, vm, vu, horizon, beta, variance, exponent, json } = options;
  const prediction = predictLoop({ overlaps: { zm, zu, vm, vu }, horizon, beta, startVariance: variance, exponent });
  process.stdout.write(json ? line(prediction) : loopReport(prediction, palette()));
}
