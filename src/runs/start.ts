/**
 * Where a run starts: at its own weights, at others of the same Gram matrix, or at weights drawn for it.
 */

import { agentOfGram, columnCount, columnsOf, fromLowerTriangle } from '../agent/gram.js';
import { type LinearAgent, shapeOf } from '../agent/linear.js';
import { LoopproofError } from '../error.js';
import { triangularFactor } from '../linalg/factor.js';
import { at, type Mat, matrix, transpose } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { unitRoundoff } from '../linalg/tolerance.js';
import { type Initial, initialFrom } from '../problem/agents.js';
import { type Protocol, plantOf } from '../problem/protocol.js';
import { hasMemory, isDescent } from '../problem/schema.js';
import { PROBLEMS } from '../training/problems.js';
import { coarseness, type Digits } from './format/digits.js';
import type { Configuration } from './format/schema.js';
import type { RunRecord } from './record.js';

/** Initial weights, and where they come from. */
export interface RunStart {
  readonly agent: LinearAgent;
  /** The file's weights, an agent of d units with the file's first Gram matrix, or weights drawn at random. */
  readonly origin: 'weights' | 'gram' | 'drawn';
}

/**
 * The start of a run of a low-rank agent.
 * @param where the file's name, for errors
 * @param random the stream that `train` draws weights from
 * @throws LoopproofError if the first Gram matrix is not one, or not one of the initial weights
 */
export function runStart(run: Configuration, protocol: Protocol, where: string, random: Stream): RunStart {
  const given = run.weights?.initial;
  const initial = given && initialFrom(given, protocol);
  if (initial && 'agent' in initial) return { agent: initial.agent, origin: 'weights' };
  if (run.curves?.gram) return { agent: fromGram(run, protocol, where), origin: 'gram' };
  const drawn = PROBLEMS.moments.draw(protocol, random);
  if (!('agent' in drawn)) throw new RangeError('a run of order parameters does not start from an agent');
  return { agent: drawn.agent, origin: 'drawn' };
}

/**
 * An agent of as many units as it has weight vectors, with a file's first Gram matrix; `undefined` where none is recorded of a low-rank
 * agent.
 * @param digits how finely it was recorded, where that is coarser than the precision
 * @throws RangeError if it is no Gram matrix
 */
function agentOfFirstRow(
  run: Configuration,
  { agent, precision = 'f32', plant }: Protocol,
  digits?: Digits,
): LinearAgent | undefined {
  const triangle = run.curves?.gram?.[0];
  if (!triangle?.every(Number.isFinite) || agent.kind !== 'linear-low-rank') return undefined;
  const { B, C } = plantOf(plant);
  const shape = { c: C.rows, p: B.cols, r: agent.rank };
  const unit = Math.max(unitRoundoff(precision), coarseness(digits, triangle));
  return agentOfGram(fromLowerTriangle(triangle, columnCount(shape)), shape, agent.leak, unit);
}

/** The epoch whose update comes after the first row's parameters: 0 where these are the initial ones. */
const epochAfterFirstRow = ({ rows, firstUpdate = 0 }: Protocol): 0 | 1 =>
  rows === 'after-update' && firstUpdate === 0 ? 1 : 0;

/** Parameters that a record can be repeated from, and the first epoch that they see. */
export interface RunBeginning {
  readonly initial: Initial;
  readonly from: number;
}

/** What a record can be repeated from, or what it lacks. */
export function beginningOf({ run, protocol, initial, digits }: RunRecord): RunBeginning | string {
  if (initial) return { initial, from: 0 };
  const { optimizer } = protocol;
  // Other optimisers move each weight by itself.
  if (!isDescent(optimizer)) return 'no initial weights: add weights.initial';
  const from = epochAfterFirstRow(protocol);
  if (from > 0 && hasMemory(optimizer))
    return 'no initial weights, and momentum has a memory of the first update: add weights.initial';
  const agent = agentOfFirstRow(run, protocol, digits.gram);
  return agent ? { initial: { agent }, from } : 'no initial weights: add weights.initial, or curves.gram';
}

/** What a record lacks to be repeated whole: fields of its file. */
export function lackedForReplay(record: RunRecord): readonly string[] {
  const { run, protocol, moments } = record;
  const { agent, optimizer } = protocol;
  const onGram = agent.kind === 'linear-low-rank' && isDescent(optimizer);
  const lacksGram = onGram && !run.curves.gram;
  const begins = beginningOf(record);
  const fromStart = typeof begins === 'string' ? lacksGram && epochAfterFirstRow(protocol) === 0 : begins.from === 0;
  return [
    ...(fromStart ? [] : ['weights.initial']),
    ...(lacksGram ? ['curves.gram'] : []),
    ...(agent.kind === 'linear' || run.curves.overlaps ? [] : ['curves.overlaps']),
    ...(moments ? [] : ['curves.moments']),
  ];
}

/** The same parameters, of as few units as serve: where learning depends on the Gram matrix only. */
export function smallest(initial: Initial, { optimizer }: Protocol): Initial {
  if (!('agent' in initial) || initial.agent.W || !isDescent(optimizer)) return initial;
  return { agent: reducedAgent(initial.agent) };
}

/** An agent of as many units as it has weight vectors, with the same Gram matrix. */
function reducedAgent(agent: LinearAgent): LinearAgent {
  const { c, p, r } = shapeOf(agent);
  const F = triangularFactor(columnsOf(agent));
  const part = (first: number, count: number): Mat<number> => matrix(F.rows, count, (i, j) => at(F, i, first + j));
  return {
    leak: agent.leak,
    M: part(0, c),
    Z: transpose(part(c, p)),
    U: part(c + p, r),
    V: part(c + p + r, r),
  };
}

function fromGram(run: Configuration, protocol: Protocol, where: string): LinearAgent {
  const refuse = (received: string, expected: string): LoopproofError =>
    new LoopproofError('invalid-run', {
      where: `${where}: curves.gram[0]`,
      received,
      expected,
      hint: 'add weights.initial',
    });
  let agent: LinearAgent | undefined;
  try {
    agent = epochAfterFirstRow(protocol) === 0 ? agentOfFirstRow(run, protocol) : undefined;
  } catch (error) {
    const received = error instanceof Error ? error.message : String(error);
    throw refuse(received, 'inner products of M, Zᵀ, U, V: a positive semidefinite matrix');
  }
  if (!agent) throw refuse('a row after the first update', 'the Gram matrix of the initial weights');
  return agent;
}
