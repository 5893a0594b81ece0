/**
 * Threads that evaluate parts of batches beside this one. Who evaluates which part is left to chance: what comes of it is not (parts.ts).
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Precision } from '../kernel/numbers.js';
import type { Board } from './parts.js';

/** Places in the memory that threads agree by. */
export const PLACE = { round: 0, job: 1, parts: 2, next: 3, done: 4, given: 5 } as const;

/** More than there are parts: nothing is to be taken. */
const NOTHING = 2 ** 20;

/** What threads are told of an engine. @typeParam T its task */
export interface Job<T> {
  readonly id: number;
  readonly task: T;
  readonly precision: Precision;
  readonly board: Board;
}

/** Threads beside this one. */
class Crew {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * Object.keys(PLACE).length));
  readonly #threads: readonly Worker[];
  #jobs = 0;
  #taken = 0;

  constructor(count: number) {
    Atomics.store(this.#control, PLACE.next, NOTHING);
    this.#threads = Array.from({ length: count }, () => {
      const thread = new Worker(new URL('./crew-thread.js', import.meta.url), { workerData: this.#control });
      thread.unref();
      return thread;
    });
  }

  /** Parts that other threads evaluated so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Tells all threads of an engine. @returns its number */
  enlist<T>(job: Omit<Job<T>, 'id'>): number {
    const id = ++this.#jobs;
    for (const thread of this.#threads) thread.postMessage({ ...job, id } satisfies Job<T>);
    return id;
  }

  /**
   * Evaluates the parts of a board, together with the threads that are there by now.
   * @param evaluate evaluates one part here
   */
  share(job: number, parts: number, evaluate: (k: number, round: number) => void): void {
    const control = this.#control;
    Atomics.store(control, PLACE.job, job);
    Atomics.store(control, PLACE.parts, parts);
    Atomics.store(control, PLACE.done, 0);
    Atomics.store(control, PLACE.given, 0);
    const round = Atomics.add(control, PLACE.round, 1) + 1;
    Atomics.store(control, PLACE.next, 0);
    Atomics.notify(control, PLACE.round);
    let own = 0;
    for (;;) {
      const k = Atomics.add(control, PLACE.next, 1);
      if (k >= parts) break;
      evaluate(k, round);
      own++;
      Atomics.add(control, PLACE.done, 1);
    }
    Atomics.store(control, PLACE.next, NOTHING);
    this.#taken += parts - own;
    for (;;) {
      const done = Atomics.load(control, PLACE.done);
      if (done >= parts) break;
      Atomics.wait(control, PLACE.done, done);
    }
    // Parts that threads gave back.
    const given = Atomics.load(control, PLACE.given);
    for (let k = 0; k < parts; k++) if (given & (1 << k)) evaluate(k, round);
  }

  close(): void {
    for (const thread of this.#threads) void thread.terminate();
  }
}

let [threads, crew]: [number, Crew | undefined] = [1, undefined];

function useThreads(count: number): void {
  crew?.close();
  [threads, crew] = [count, undefined];
}

/**
 * Does work that evaluates batches on so many threads, this one included; by default one per core. Elsewhere it is this one alone.
 * @returns what comes of the work, the same on any number of threads
 */
export async function onThreads<T>(work: () => T | Promise<T>, count = availableParallelism()): Promise<T> {
  useThreads(count);
  try {
    return await work();
  } finally {
    useThreads(1);
  }
}

/** The threads beside this one; they are begun when they are first asked for. */
export function crewAtHand(): Crew | undefined {
  if (threads > 1) crew ??= new Crew(threads - 1);
  return crew;
}
