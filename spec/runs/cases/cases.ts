/**
 * Small records as users bring them, each with what `check` has to do with it. The files lie beside this one, in spec/runs/cases.
 */

/** A record, and the right behaviour. */
export interface Case {
  /** In this folder. */
  readonly file: string;
  /** What is true of the record, and what `check` must make of it. */
  readonly is: string;
  /** Options after the file; those that name files name them in this folder. */
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
    says: [
      /epoch 201 is the first that disagrees, by the update of \S+ in epoch 200/,
      /0\.1 times the declared learning rate/,
    ],
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
    says: [/gradient norms are the clip norm 1, and none is larger: record them before clipping/],
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
    file: 'rounded-4g-f32.json.gz',
    is: 'honest; every curve printed to four digits',
    exit: [0, 3],
    says: [/note on .*: recorded to 4 significant digits: loss, gradNorm, overlaps, gram, moments/],
  },
  {
    file: 'rounded-loss-f64.json.gz',
    is: 'honest, in double precision; the loss alone printed to four decimals',
    exit: [0],
    says: [/recorded to 4 decimals: loss\./],
    never: [/single precision/],
  },
  {
    file: 'every-10th-full.json',
    is: 'honest; every tenth epoch, with their numbers in curves.epochs',
    exit: [0, 3],
    says: [/rows are 10 epochs apart/],
  },
  {
    file: 'every-10th.csv',
    is: 'a table whose column "epoch" says 0, 10, 20 …',
    options: ['--config', 'config1000.json'],
    exit: [0, 3],
    says: [/rows are 10 epochs apart/],
    never: [/beyond the budget/],
  },
  {
    file: 'resume-overlap.csv',
    is: 'a table with epochs 150 to 179 twice, as a resumed run writes them',
    options: ['--config', 'config1000.json'],
    exit: [0, 3],
    says: [/rows come more than once.*: epochs 150 to 179/],
  },
  {
    file: 'first-half-lost.csv',
    is: 'a table that begins at epoch 150',
    options: ['--config', 'config1000.json'],
    exit: [0, 3],
    says: [/the record begins at epoch 150/],
  },
  {
    file: 'same-batch.json.gz',
    is: 'one batch in all 300 epochs, under starts that are drawn in each',
    exit: [1],
    says: [/299 of 299 rows have the moments of the row before/],
  },
  {
    file: 'detached-env-gram.json.gz',
    is: 'observations detached from the plant; no batches recorded',
    exit: [1],
    says: [/likeliest: the program detaches the observations/],
    never: [/sums the loss over the batch/],
  },
  {
    file: 'tbptt25-gram.json.gz',
    is: 'back-propagation truncated every 25 steps; no batches recorded',
    exit: [1],
    says: [/no known fault that this record can show explains the run/, /truncated back-propagation/],
    never: [/sums the loss over the batch/],
  },
  {
    file: 'momentum-gram.json.gz',
    is: 'momentum 0.9 that is not declared; no batches recorded',
    exit: [1],
    says: [/likeliest: the program has momentum 0\.9 instead of 0/],
  },
  {
    file: 'tf32.json.gz',
    is: 'products in TF32',
    exit: [1],
    says: [/likeliest: the program computes products below single precision \(TF32/],
    never: [/the declared dt/],
  },
  {
    file: 'adam-lr2.json.gz',
    is: 'Adam with twice the declared learning rate',
    exit: [1],
    says: [/likeliest: the program has 2 times the declared learning rate/],
  },
  { file: 'adam-honest.json.gz', is: 'honest, with Adam', exit: [0], never: [/add (weights|curves)/] },
  {
    file: 'adamw.json.gz',
    is: 'AdamW with a decay of 0.01, declared as Adam',
    exit: [1],
    says: [/likeliest: the program decays weights apart from the gradient, as AdamW does, by 0\.01/],
    never: [/does not clip/],
  },
  {
    file: 'steplr.npz',
    is: 'a learning rate that halves every 20 epochs',
    exit: [1],
    says: [/multiplies the learning rate by 0\.5 every 20 epochs, from epoch 20 on/],
    never: [/weight decay of -/],
  },
  {
    file: 'running-mean-loss.json.gz',
    is: 'the running mean of the losses in place of each',
    exit: [1],
    says: [/likeliest: the program logs the running mean of the losses/],
    never: [/clips at/],
  },
  {
    file: 'row-after-step.npz',
    is: 'rows recorded after optimizer.step()',
    exit: [1],
    says: [/likeliest: the program logs its rows after optimizer\.step\(\): weights are one update ahead of the loss/],
  },
  {
    file: 'tanh-bias-honest.json',
    is: 'honest; a tanh network with biases',
    exit: [0],
    says: [/2 hold/],
    never: [/biases/],
  },
  {
    file: 'tanh-bias-trained.json',
    is: 'honest; a tanh network that trains its biases',
    exit: [0],
    says: [/2 hold/],
    never: [/biases/],
  },
];
