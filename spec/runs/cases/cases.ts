/**
 * Small records as users bring them, each with what `check` has to do with it. The files lie beside this one, in spec/runs/cases.
 */

/** A record, and the right behaviour. */
export interface Case {
  /** In this folder. */
  readonly file: string;
  /** What is true of the record, and what `check` must make of it. */
  readonly is: string;
  /** Options after the file; `check` runs in this folder. */
  readonly options?: readonly string[];
  /** Exit codes that are right. */
  readonly exit: readonly (0 | 1 | 2 | 3)[];
  /** What the report, or the error, must say. */
  readonly says?: readonly RegExp[];
  /** What it must not say. */
  readonly never?: readonly RegExp[];
}

/** In the order of the topics: faults that begin late, evidence added up, channels, digits, rows, diagnosis. */
export const CASES: readonly Case[] = [
  {
    file: 'late-lr-drop.json.gz',
    is: 'single precision; the learning rate falls to a tenth at epoch 200 of 400, every Gram matrix and all moments recorded',
    exit: [1],
  },
  {
    file: 'late-lr10x.json.gz',
    is: 'likewise, the learning rate ten times as large from epoch 200 on',
    exit: [1],
    says: [/10 times the declared/],
  },
  {
    file: 'late-frozen-U.json.gz',
    is: 'likewise, U not trained from epoch 200 on',
    exit: [1],
    says: [/does not train U/],
  },
  {
    file: 'more-evidence-A.json.gz',
    is: 'the learning rate falls to a tenth at epoch 150 of 300; losses, order parameters, gradient norms and Gram matrices recorded',
    exit: [1],
  },
  {
    file: 'more-evidence-B.json.gz',
    is: 'the same run with weights and moments besides: more evidence cannot make it hold',
    exit: [1],
  },
];
