/**
 * From a run file to the learning problem that it records: protocol, initial parameters, order parameters, moments.
 */

import { type Agent, isGated } from '../agent/agent.js';
import { fromLowerTriangle } from '../agent/gram.js';
import { type LinearAgent, linearAgent } from '../agent/linear.js';
import { type OrderParameters, orderParameterMatrix } from '../agent/order-parameters.js';
import { build, fromRows, type Mat, matrix, toRows, transpose } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import type { Initial } from '../training/learner.js';
import { type Protocol, plantOf } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import { type MomentSource, momentSource } from '../training/start.js';
import type { TrackingProtocol } from '../training/tracking-protocol.js';
import type { Configuration, RecordedRun, RunProtocol, RunWeights } from './format/schema.js';

/** A protocol that this version trains, or the reason why it does not. */
export type Support = { readonly protocol: Protocol } | { readonly unsupported: string };

/** The protocol of a run, if it is of a linear agent in closed loop; single precision unless it says otherwise. */
export function supportOf(protocol: RunProtocol): Support {
  const { mode, agent, start, tracking, inputs: _inputs, teacher: _teacher, ...rest } = protocol;
  if (tracking) return { unsupported: 'tracking is trained, not judged' };
  if (mode !== 'closed-loop') return { unsupported: `${mode} training is not covered yet` };
  if (agent.kind !== 'linear-low-rank' && agent.kind !== 'linear' && agent.kind !== 'effective')
    return { unsupported: `${agent.kind} agents are not covered yet` };
  return { protocol: withoutUndefined({ precision: 'f32', ...rest, mode, agent, start: start! }) as Protocol };
}

/** A protocol of an RNN on whole batches, with its teacher in open loop, or the reason why it is not trained. */
export type RnnSupport =
  | { readonly protocol: RnnProtocol; readonly teacher?: Agent }
  | { readonly unsupported: string };

/** The protocol of a run, if it is of a full-rank RNN or a GRU; single precision unless it says otherwise. */
export function rnnSupportOf(protocol: RunProtocol): RnnSupport {
  const { agent, teacher, tracking, ...rest } = protocol;
  if (tracking) return { unsupported: 'tracking has a protocol of its own' };
  if (agent.kind === 'linear-low-rank' || agent.kind === 'effective')
    return { unsupported: `${agent.kind} agents are not covered yet` };
  if (rest.start?.kind === 'population')
    return {
      unsupported: 'a population of starts, which has no trials, is not for agents that every trial is rolled out with',
    };
  if (rest.mode === 'open-loop' && rest.inputs?.kind !== 'white-observation' && rest.inputs?.kind !== 'fixed')
    return { unsupported: `inputs of kind ${rest.inputs?.kind ?? 'none'} are not for full-rank agents` };
  const known = withoutUndefined({ precision: 'f32', ...rest, agent }) as unknown as RnnProtocol;
  return { protocol: known, ...(teacher && { teacher: rnnFrom(teacher, known) }) };
}

/** The protocol of a tracking run, or the reason why it is not trained. */
export function trackingSupportOf(
  protocol: RunProtocol,
): { readonly protocol: TrackingProtocol } | { readonly unsupported: string } {
  const { agent, tracking, loss, mode, rows } = protocol;
  if (!tracking) return { unsupported: 'nothing to be followed' };
  if (agent.kind !== 'linear') return { unsupported: `${agent.kind} agents do not track` };
  if (mode !== 'closed-loop' || rows === 'after-update' || loss.state !== 'position' || loss.beta !== 0)
    return { unsupported: 'tracking in open loop, with rows after updates or with another loss' };
  return { protocol: withoutUndefined(protocol) as TrackingProtocol };
}

/** The agent that weights of a file stand for; the shapes were checked on reading. */
export function rnnFrom(weights: RunWeights, { agent }: Pick<RnnProtocol, 'agent'>): Agent {
  const tensors = { M: fromRows(weights.Wih!), W: fromRows(weights.Whh!), Z: fromRows(weights.Who!) };
  if (agent.kind !== 'gru') return { activation: agent.kind, leak: agent.leak, ...tensors };
  const column = (values: readonly number[]): Mat<number> => matrix(values.length, 1, (i) => values[i]!);
  return { ...tensors, bih: column(weights.bih!), bhh: column(weights.bhh!) };
}

/** Optional fields of a parsed file may be present and undefined; those of a protocol are absent instead. */
function withoutUndefined<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

type Entry = number | readonly (readonly number[])[];

/** A matrix from a file's entry: a number for 1 × 1, else rows; rank 0 leaves no rows or no columns. */
function matrixOf(entry: Entry, rows: number, cols: number): Mat<number> {
  return typeof entry === 'number' ? build(1, 1, () => entry) : build(rows, cols, (i, j) => entry[i]![j]!);
}

function orderParametersFrom(
  entries: Record<keyof OrderParameters, Entry>,
  p: number,
  c: number,
  r: number,
): OrderParameters {
  return {
    zm: matrixOf(entries.zm, p, c),
    zu: matrixOf(entries.zu, p, r),
    vm: matrixOf(entries.vm, r, c),
    vu: matrixOf(entries.vu, r, r),
  };
}

/** Columns of N numbers each as an N × count matrix. */
function columns(vectors: readonly (readonly number[])[], N: number): Mat<number> {
  return vectors.length === 0 ? matrix(N, 0) : transpose(fromRows(vectors));
}

/** The parameters that weights of a file stand for; the shapes were checked on reading. */
export function initialFrom(weights: RunWeights, protocol: Protocol): Initial {
  const { agent } = protocol;
  const { B, C } = plantOf(protocol.plant);
  switch (agent.kind) {
    case 'effective':
      return { overlaps: orderParametersFrom(weights.overlaps!, B.cols, C.rows, agent.rank) };
    case 'linear-low-rank':
      return {
        agent: linearAgent({
          leak: agent.leak,
          M: columns(weights.m!, agent.N),
          Z: fromRows(weights.z!),
          U: columns(weights.U!, agent.N),
          V: columns(weights.V!, agent.N),
        }),
      };
    case 'linear':
      return {
        agent: linearAgent({
          leak: agent.leak,
          M: fromRows(weights.Wih!),
          Z: fromRows(weights.Who!),
          U: matrix(agent.N, 0),
          V: matrix(agent.N, 0),
          W: fromRows(weights.Whh!),
        }),
      };
  }
}

/** The weights of a linear agent as a file has them. */
export function weightsOf({ M, Z, U, V, W }: LinearAgent): RunWeights {
  if (W) return { Wih: toRows(M), Whh: toRows(W), Who: toRows(Z) };
  return { m: toRows(transpose(M)), z: toRows(Z), U: toRows(transpose(U)), V: toRows(transpose(V)) };
}

/** The weights of an RNN or a GRU as a file has them. */
export function rnnWeightsOf(agent: Agent): RunWeights {
  const weights = { Wih: toRows(agent.M), Whh: toRows(agent.W), Who: toRows(agent.Z) };
  return isGated(agent) ? { ...weights, bih: toRows(agent.bih).flat(), bhh: toRows(agent.bhh).flat() } : weights;
}

/** The recorded order parameters K, row-major, one array per epoch; `undefined` if the run has none. */
export function recordedOrderParameters({ curves }: RecordedRun, protocol: Protocol): Float64Array[] | undefined {
  const { overlaps } = curves;
  if (!overlaps) return undefined;
  const { B, C } = plantOf(protocol.plant);
  const rank = protocol.agent.kind === 'linear' ? 0 : protocol.agent.rank;
  return curves.loss.map((_, e) => {
    const { zm, zu, vm, vu } = overlaps;
    const K = orderParameterMatrix(
      orderParametersFrom({ zm: zm[e]!, zu: zu[e]!, vm: vm[e]!, vu: vu[e]! }, B.cols, C.rows, rank),
    );
    return Float64Array.from({ length: K.rows * K.cols }, (_, k) => K.data[k]!);
  });
}

/** The moments of x₀ where a run determines them: recorded, or the same every epoch; `undefined` for unrecorded batches. */
export function knownMoments(run: Configuration, protocol: Protocol): MomentSource | undefined {
  const n = plantOf(protocol.plant).A.rows;
  const recorded = run.curves?.moments;
  if (recorded) {
    const matrices = recorded.map((triangle) => fromLowerTriangle(triangle, n));
    return (epoch) => matrices[Math.min(epoch, matrices.length - 1)]!;
  }
  const { start } = protocol;
  if (start.kind !== 'population' && start.kind !== 'fixed') return undefined;
  return momentSource(start, n, protocol.batch, new Stream(0));
}
