/**
 * A thread of a crew (crew.ts): it takes parts of the batch at hand until none is left, and waits for the next.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Agent } from '../agent/agent.js';
import { kernelFor } from '../kernel/choose.js';
import { type Job, PLACE } from './crew.js';
import { partEvaluator } from './parts.js';
import { type BatchTask, partEngine } from './rnn.js';

/** Engines that a thread keeps: those that were told last. */
const KEPT = 16;

const control = workerData as Int32Array;
const evaluators = new Map<number, (k: number, round: number) => void>();

/** What a thread was told of since it last listened. */
function listen(): void {
  for (let told = receiveMessageOnPort(parentPort!); told; told = receiveMessageOnPort(parentPort!)) {
    const { id, task, precision, board } = told.message as Job<BatchTask<Agent>>;
    evaluators.set(
      id,
      partEvaluator(board, (size) => partEngine(task, size, kernelFor(precision))),
    );
    const [oldest] = evaluators.keys();
    if (evaluators.size > KEPT) evaluators.delete(oldest!);
  }
}

for (let seen = -1; ; ) {
  Atomics.wait(control, PLACE.round, seen);
  seen = Atomics.load(control, PLACE.round);
  for (;;) {
    const k = Atomics.add(control, PLACE.next, 1);
    if (k >= Atomics.load(control, PLACE.parts)) break;
    try {
      // The job was written before there was a part to take.
      listen();
      evaluators.get(Atomics.load(control, PLACE.job))!(k, Atomics.load(control, PLACE.round));
    } catch {
      // The main thread evaluates what is given back, and meets the error itself.
      Atomics.or(control, PLACE.given, 1 << k);
    }
    Atomics.add(control, PLACE.done, 1);
    Atomics.notify(control, PLACE.done);
  }
}
