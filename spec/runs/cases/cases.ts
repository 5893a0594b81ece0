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
    says: [/from epoch 201 on: the update of \S+ in epoch 200/, /0\.1 times the declared learning rate/],
  },
  {
    file: 'late-lr10x.json.gz',
    is: 'likewise, the learning rate ten times as large from epoch 200 on',
    exit: [1],
    says: [/in epoch 200/, /10 times the declared/],
  },
  {
    file: 'late-frozen-U.json.gz',
    is: 'likewise, U not trained from epoch 200 on',
    exit: [1],
    says: [/from epoch 200 on/, /does not train U/],
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
    says: [/in epoch 150/],
  },
  {
    file: 'norm-after-clip-full.npz',
    is: 'full evidence; gradNorm is that after clipping, 1.0 where it is 1.8e10',
    exit: [1],
    says: [/gradient norm first disagrees at epoch 0: recorded 1\.0/],
  },
  {
    file: 'norm-after-clip-curves.json.gz',
    is: 'losses, order parameters, and a gradient norm that is the clip norm throughout',
    exit: [1, 3],
  },
  {
    file: 'clip-by-value-curves.json.gz',
    is: 'gradients are clipped by value where the protocol clips by norm; no Gram matrices, no moments',
    exit: [1, 3],
  },
  {
    file: 'amp-unscaled-curves.json.gz',
    is: 'gradients are clipped before they are unscaled: steps are 1024 times too small',
    exit: [1, 3],
  },
  {
    file: 'momentum-gram.json.gz',
    is: 'momentum 0.9 that is not declared; Gram matrices, no moments',
    exit: [1],
    says: [/momentum 0\.9/],
  },
];
