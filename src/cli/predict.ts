/**
 * `loopproof predict`: predicts one loop, or a training run from its initial weights.
 */

import { createInterface } from 'node:readline';
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { Stream } from '../linalg/random.js';
import { supportOf } from '../problem/kinds.js';
import type { Protocol } from '../problem/protocol.js';
import { isNoisy } from '../problem/schema.js';
import { loopReport, runReport } from '../report/prediction.js';
import { jsonOf } from '../runs/format/json.js';
import { readConfiguration } from '../runs/format/read.js';
import { type Format, validated } from '../runs/format/validation.js';
import { runStart } from '../runs/start.js';
import { forecastRun, obstacleTo } from '../stages/forecast/run.js';
import { type LoopQuestion, predictLoop, rememberedBounds } from '../stages/prediction.js';
import { numbersAsJson } from '../words.js';
import { defineCommand, FILE, grouped, integer, type OptionsOf, real, seed } from './options.js';
import { palette } from './output.js';
import { progressOn, showStep } from './progress.js';

/** A question on standard input, as an example. */
const EXAMPLE = '{"overlaps":{"zm":-0.3,"zu":0.3,"vm":1,"vu":0},"horizon":50}';
const QUESTION: Format = { code: 'invalid-run', name: 'question', hint: EXAMPLE };

const line = (answer: object): string => `${JSON.stringify(answer, numbersAsJson)}\n`;

const loopOptions = grouped('One loop:', {
  zm: { type: real(), default: 0, about: 'σ_zm' },
  zu: { type: real(), default: 0, about: 'σ_zu' },
  vm: { type: real(), default: 0, about: 'σ_vm' },
  vu: { type: real(), default: 0, about: 'σ_vu' },
  horizon: { type: integer(1, LIMITS.horizon), default: 50, about: 'number of scored states' },
  beta: { type: real(0), default: 0, about: 'weight of the control penalty' },
  variance: { type: real(0), default: 4 / 3, shown: '4/3', about: 'variance of each component of the start' },
  exponent: { type: integer(1, 1000), default: 10, about: 'm in the surrogate’s long-horizon loss (λ₁λ₂)^m' },
});

const runOptions = grouped('A run:', {
  run: { type: FILE, conflicts: Object.keys(loopOptions), about: 'a recorded run, or a run file without curves' },
  epochs: { type: integer(1, 100_000), needs: 'run', about: 'epochs, in place of the file’s' },
  seed: { ...seed('seed of the weights where the file has none, as in train'), needs: 'run' },
});

/** A line of standard input: the options of one loop, by their names in the answer. */
const { zm, zu, vm, vu, horizon, beta, variance, exponent } = loopOptions;
const questionSchema = z.strictObject({
  overlaps: z.strictObject({ zm: zm.type.schema, zu: zu.type.schema, vm: vm.type.schema, vu: vu.type.schema }),
  horizon: horizon.type.schema.default(horizon.default),
  beta: beta.type.schema.default(beta.default),
  startVariance: variance.type.schema.default(variance.default),
  exponent: exponent.type.schema.default(exponent.default),
});

function questionOf(text: string, line: number): LoopQuestion {
  const where = `predict: line ${line} of standard input`;
  return validated(questionSchema, jsonOf(text, where, QUESTION), where, QUESTION);
}

/** Answers questions, one a line. */
async function predictLines(): Promise<void> {
  if (process.stdin.isTTY) process.stderr.write('reading JSON objects, one a line; Ctrl-D ends\n');
  const bounds = rememberedBounds();
  let count = 0;
  process.stdin.on('error', (error) => {
    process.stderr.write(`loopproof: standard input\n  ${error.message}\n`);
    process.exitCode = 2;
  });
  for await (const text of createInterface({ input: process.stdin })) {
    count++;
    if (process.stdout.destroyed) return;
    if (text.trim() !== '') process.stdout.write(line(predictLoop(questionOf(text, count), bounds)));
  }
}

/** The protocol of a file. @throws LoopproofError if the theory does not predict its runs */
function protocolOf(file: string, run: ReturnType<typeof readConfiguration>, epochs: number | undefined): Protocol {
  const refuse = (field: string, received: string, expected: string, hint: string): never => {
    throw new LoopproofError('unsupported', { where: `${file}: ${field}`, received, expected, hint });
  };
  if (isNoisy(run.protocol))
    refuse(
      'protocol.noise',
      JSON.stringify(run.protocol.noise),
      'a loop without noise',
      'leave it out to predict learning without noise',
    );
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
      `change protocol.${obstacle.field}; for the assumptions: loopproof explain learning-closes-on-gram`,
    );
  return protocol;
}

function predictRun(
  file: string,
  { epochs, seed, json }: OptionsOf<typeof runOptions> & { readonly json?: boolean },
): void {
  const run = readConfiguration(file);
  const protocol = protocolOf(file, run, epochs);
  const { agent, origin } = runStart(run, protocol, file, new Stream(seed).child('weights'));
  const progress = progressOn(process.stderr);
  const forecast = forecastRun(protocol, agent, (step) => showStep(progress, `predicting: ${step}`));
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

export default defineCommand({
  description: `For one loop, given by its order parameters (double integrator, dt = 1): population loss, gradient, spectrum and exact stability; λ₃, its estimates and their remainders; the surrogate losses of short and long horizons; the losses that no policy beats.

For a training run, with --run: its start, length and level of stage 1, the epoch at which the loop becomes stable, and the final loss beside the loss that no policy beats. Each number names the claim that supports it. Numbers outside the regime of their claim are left out.`,
  options: {
    ...loopOptions,
    ...grouped('One loop:', {
      jsonl: {
        conflicts: [...Object.keys(loopOptions), ...Object.keys(runOptions), 'json'],
        about: 'answer JSON objects, one a line, from standard input',
      },
    }),
    ...runOptions,
    json: { about: 'one JSON object in place of text' },
  },
  examples: [
    'predict --zm=-0.3 --zu=0.3 --vm=1 --vu=0',
    `echo '${EXAMPLE}' | loopproof predict --jsonl`,
    'predict --run run.json',
    'predict --run config.json --seed 7 --epochs 500 --json',
  ],
  async run(options) {
    if (options.jsonl) return predictLines();
    if (options.run !== undefined) return predictRun(options.run, options);
    const { zm, zu, vm, vu, horizon, beta, variance, exponent, json } = options;
    const prediction = predictLoop({ overlaps: { zm, zu, vm, vu }, horizon, beta, startVariance: variance, exponent });
    process.stdout.write(json ? line(prediction) : loopReport(prediction, palette()));
  },
});
