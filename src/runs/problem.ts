/**
 * What a run file records of its learning problem: order parameters, and the moments of its starts.
 */

import { fromLowerTriangle } from '../agent/gram.js';
import { orderParameterMatrix } from '../agent/order-parameters.js';
import { flat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { orderParametersFrom, rankOf } from '../problem/agents.js';
import { kindOf, supportOf } from '../problem/kinds.js';
import { type Protocol, plantOf } from '../problem/protocol.js';
import type { RunWeights } from '../problem/schema.js';
import { type DataSource, momentSource } from '../problem/start.js';
import type { Configuration, RecordedRun, TensorLists } from './format/schema.js';

/** The tensors of an entry of some lists. */
export const entryOf = (tensors: TensorLists, k: number): RunWeights =>
  Object.fromEntries(Object.entries(tensors).flatMap(([name, entries]) => (entries ? [[name, entries[k]]] : [])));

/** Weights of a run, as it has them first; `undefined` if it has none. */
export function someWeights({ weights, snapshots }: Configuration): RunWeights | undefined {
  if (weights?.initial || !snapshots) return weights?.initial;
  const { epochs: _epochs, optimizer: _optimizer, ...tensors } = snapshots;
  return entryOf(tensors, 0);
}

/** The kind of a file's learning problem, and its protocol as one of that kind, or the reason why it is none. */
export function problemIn(run: Configuration) {
  const weights = someWeights(run);
  const kind = kindOf(run.protocol, weights);
  return { kind, support: supportOf(kind, run.protocol, weights) };
}

/** The recorded order parameters K, row-major, one array per epoch; `undefined` if the run has none. */
export function recordedOrderParameters({ curves }: RecordedRun, protocol: Protocol): Float64Array[] | undefined {
  const { overlaps } = curves;
  if (!overlaps) return undefined;
  const { B, C } = plantOf(protocol.plant);
  const sizes = { p: B.cols, c: C.rows, r: rankOf(protocol.agent) };
  return curves.loss.map((_, e) => {
    const { zm, zu, vm, vu } = overlaps;
    const K = orderParameterMatrix(orderParametersFrom({ zm: zm[e]!, zu: zu[e]!, vm: vm[e]!, vu: vu[e]! }, sizes));
    return flat(K);
  });
}

/** The moments of x₀ where a run determines them: recorded, or the same every epoch; `undefined` for unrecorded batches. */
export function knownMoments(run: Configuration, protocol: Protocol): DataSource | undefined {
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
