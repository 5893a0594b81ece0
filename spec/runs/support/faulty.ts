/**
 * Records of our own: good ones, and those of programs with a fault, which declare one protocol and follow another.
 */

import { times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import { momentSource } from '#src/problem/start.js';
import { faultsOf } from '#src/runs/faults.js';
import { parseRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '#src/runs/implementation.js';
import { lowerTriangle } from '#src/runs/judges/increments/window.js';
import { explicitLearner } from '#src/training/learner.js';
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

/** Sizes of faults that have one. */
export const SIZES: Readonly<Record<string, number>> = {
  lr: 1.1,
  clip: 0.5,
  dt: 1.1,
  momentum: 0.3,
  decay: 1e-3,
  penalty: 1.1,
};

/** What a program does that has a fault. */
export function implementationOf(id: string, size: number, protocol = DECLARED): Implementation {
  return faultsOf(protocol)
    .find((fault) => fault.id === id)!
    .of(asDeclared(protocol), size);
}

/** The record, in full evidence, of a program with a fault; a learning rate of size 1 is none. */
export function recordWith(id: string, size: number, protocol = DECLARED): RecordedRun {
  return recordOf(implementationOf(id, size, protocol), protocol, id);
}

/** The record, in full evidence, of a program that declares a protocol and does as it does. */
export function recordOf(implementation: Implementation, protocol: Protocol, id = 'run'): RecordedRun {
  const random = new Stream(5);
  const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
  const n = plantOf(protocol.plant).A.rows;
  const source = momentSource(protocol.start, n, protocol.batch, random.child('starts'));
  const { embedding } = loopOf(implementation);
  const curve = train(engineOf(implementation, initial), implementation.protocol, (epoch) =>
    times(embedding, source(epoch), transpose(embedding)),
  );
  const value = JSON.parse(runText({ curve, protocol, initial, provenance: PROVENANCE }));
  value.curves.moments = Array.from({ length: protocol.epochs }, (_, e) => [...lowerTriangle(source(e))]);
  return parseRun(JSON.stringify(value), id);
}

const PROVENANCE = { producer: 'test', version: '0', seed: 5 };

/** A protocol as it is trained. */
export function trainedOn(protocol: Protocol) {
  const random = new Stream(11);
  const initial = PROBLEMS.moments.draw(protocol, random.child('weights'));
  const { engine, current } = explicitLearner(protocol, initial);
  const curve = train(engine, protocol, momentSource(protocol.start, 2, protocol.batch, random.child('starts')));
  return { initial, final: current(), curve };
}

/** A good run through its file, with final weights, perhaps changed there. */
export function ownRun(protocol: Protocol, change: (file: Record<string, unknown>) => void = () => {}): RecordedRun {
  const { curve, initial, final } = trainedOn(protocol);
  const file = JSON.parse(runText({ curve, protocol, initial, final, provenance: PROVENANCE })) as Record<
    string,
    unknown
  >;
  change(file);
  return parseRun(JSON.stringify(file), 'own');
}
