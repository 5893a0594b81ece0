/**
 * Records of programs that declare one protocol and depart from it.
 */

import { times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import { momentSource } from '#src/problem/start.js';
import { asDeclared, departuresFrom, engineOf, type Implementation, loopOf } from '#src/runs/diagnosis/departures.js';
import { parseRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';

/** What they declare. */
export const DECLARED: Protocol = {
  mode: 'closed-loop',
  plant: { kind: 'integrator', order: 2, dt: 1 },
  agent: { kind: 'linear-low-rank', N: 20, rank: 1, leak: 0.8 },
  horizon: 10,
  start: { kind: 'uniform', low: -2, high: 2 },
  batch: 30,
  loss: { state: 'mean', beta: 0.1 },
  optimizer: { kind: 'sgd', lr: 0.02, clip: 1 },
  trained: ['z', 'U', 'V'],
  epochs: 24,
  precision: 'f64',
};

/** Sizes of departures that have one. */
export const SIZES: Readonly<Record<string, number>> = { lr: 1.1, clip: 0.5, dt: 1.1, momentum: 0.3, decay: 1e-3 };

/** What a program does that declares a protocol and departs from it. */
export function implementationOf(id: string, size: number, protocol = DECLARED): Implementation {
  return departuresFrom(protocol)
    .find((departure) => departure.id === id)!
    .of(asDeclared(protocol), size);
}

/** The record, in full evidence, of a program that declares a protocol and departs from it; of size 1, a learning rate is none. */
export function departed(id: string, size: number, protocol = DECLARED): RecordedRun {
  const implementation = implementationOf(id, size, protocol);
  const random = new Stream(5);
  const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
  const n = plantOf(protocol.plant).A.rows;
  const source = momentSource(protocol.start, n, protocol.batch, random.child('starts'));
  const { embedding } = loopOf(implementation);
  const curve = train(engineOf(implementation, initial), implementation.protocol, (epoch) =>
    times(embedding, source(epoch), transpose(embedding)),
  );
  const value = JSON.parse(
    runText({ curve, protocol, initial, provenance: { producer: 'test', version: '0', seed: 5 } }),
  );
  value.curves.moments = Array.from({ length: protocol.epochs }, (_, e) => {
    const { data } = source(e);
    return Array.from({ length: n }, (_row, i) => Array.from(data).slice(i * n, i * n + i + 1)).flat();
  });
  return parseRun(JSON.stringify(value), id);
}
