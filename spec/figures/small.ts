/**
 * Figures of small runs: what is drawn is the same, in a second.
 */
import type { AnyFigure } from '#src/figures/kit/figure.js';
import { type Runs, runsOf } from '#src/figures/kit/runs.js';
import { PROTOCOLS, type RnnProtocol } from '#src/problem/protocol.js';

const named = PROTOCOLS['artifact-tanh'];

/** The tanh agent with a fifth of its units and trials, up to where the loop becomes stable. */
const tanh: RnnProtocol = { ...named, agent: { ...named.agent, N: 20 }, batch: 20, epochs: 300 };

/** Runs of a seed. */
export function smallRuns(seed: number): Runs {
  return runsOf(seed, { tanh });
}

/** The data of a figure as a file has them. */
export function fromFile<D>(figure: AnyFigure, data: D): D {
  const text = JSON.stringify(data);
  if (text === undefined) throw new TypeError(`${figure.id} has no data`);
  return JSON.parse(text) as D;
}
