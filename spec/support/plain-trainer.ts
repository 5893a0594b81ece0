/**
 * The plainest trainer: every trial of every agent rolled out in numbers that carry all their derivatives, as the theory's text
 * defines loops, losses and updates. It shares no line with what it is compared with, and is far too slow for anything else.
 */
import type { OptimizerSpec } from '#src/problem/schema.js';

/** A value, and behind it its derivatives by all trained weights. */
type Num = Float64Array;
type Row = readonly Num[];
/** Tensors, row by row. */
export type Tensors = Readonly<Record<string, readonly (readonly number[])[]>>;

/** A network, and the loop that it is in. */
export interface PlainTask {
  readonly cell: 'linear' | 'tanh' | 'relu' | 'gru' | 'gru-reset-before';
  readonly leak: number;
  readonly A: readonly (readonly number[])[];
  readonly B: readonly (readonly number[])[];
  readonly C: readonly (readonly number[])[];
  /** Scored states x_0 … x_{T−1}; of references, acts. */
  readonly horizon: number;
  /** Of x_i², and of u². */
  readonly stateWeight: (i: number) => number;
  readonly controlWeight: number;
}

/** One trial: its share of the loss, its start, what is added to its states and its observations, what it follows or imitates. */
export interface PlainTrial {
  readonly share: number;
  readonly start?: readonly number[];
  /** Of the states x_1 … and of what is seen of them. */
  readonly pushes?: readonly (readonly number[])[];
  readonly noise?: readonly (readonly number[])[];
  /** Positions to follow, scored after every step, and the largest size of a state component. */
  readonly reference?: readonly (readonly number[])[];
  readonly limit?: number;
  /** Inputs of an open loop, and the controls wanted. */
  readonly inputs?: readonly (readonly number[])[];
  readonly wanted?: readonly (readonly number[])[];
}

const combine = (a: Num, b: Num, x: number, y: number): Num => {
  const sum = new Float64Array(a.length);
  for (let k = 0; k < sum.length; k++) sum[k] = x * a[k]! + y * b[k]!;
  return sum;
};
const plus = (a: Num, b: Num): Num => combine(a, b, 1, 1);
const times = (a: Num, b: Num): Num => {
  const product = combine(a, b, b[0]!, a[0]!);
  product[0] = a[0]! * b[0]!;
  return product;
};
/** f(a), given f and f′ at a. */
const apply = (a: Num, value: number, slope: number): Num => {
  const result = new Float64Array(a.length);
  for (let k = 1; k < result.length; k++) result[k] = slope * a[k]!;
  result[0] = value;
  return result;
};
const tanh = (a: Num): Num => apply(a, Math.tanh(a[0]!), 1 / Math.cosh(a[0]!) ** 2);
const sigmoid = (a: Num): Num => {
  const value = 1 / (1 + Math.exp(-a[0]!));
  return apply(a, value, value * (1 - value));
};
const ACTIVATIONS = {
  linear: (a: Num): Num => a,
  tanh,
  relu: (a: Num): Num => apply(a, Math.max(0, a[0]!), a[0]! > 0 ? 1 : 0),
};

/** Loss and derivatives of weights over trials. @param trained tensors that derivatives are taken by */
export function plainLoss(
  task: PlainTask,
  weights: Tensors,
  trained: readonly string[],
  trials: readonly PlainTrial[],
): { readonly loss: number; readonly gradient: Tensors; readonly controls: number[][][] } {
  let size = 1;
  const lifted = Object.fromEntries(
    Object.entries(weights).map(([name, rows]) => [
      name,
      rows.map((row) => row.map((value) => ({ value, slot: trained.includes(name) ? size++ : 0 }))),
    ]),
  );
  const constant = (value: number): Num => {
    const num = new Float64Array(size);
    num[0] = value;
    return num;
  };
  const tensors = Object.fromEntries(
    Object.entries(lifted).map(([name, rows]) => [
      name,
      rows.map((row) =>
        row.map(({ value, slot }) => {
          const num = constant(value);
          if (slot > 0) num[slot] = 1;
          return num;
        }),
      ),
    ]),
  );
  const dot = (a: Row, b: Row): Num => {
    const sum = constant(0);
    for (const [i, x] of a.entries()) {
      const y = b[i]!;
      sum[0]! += x[0]! * y[0]!;
      for (let k = 1; k < size; k++) sum[k]! += y[0]! * x[k]! + x[0]! * y[k]!;
    }
    return sum;
  };
  const fixed = (row: readonly number[], b: Row): Num => {
    const sum = constant(0);
    for (const [i, x] of row.entries()) for (let k = 0; k < size; k++) sum[k]! += x * b[i]![k]!;
    return sum;
  };
  const { M, Z, U, V } = tensors as Record<string, Num[][]>;
  // A low-rank recurrence is U Vᵀ.
  const W = tensors['W'] ?? U!.map((u) => V!.map((v) => dot(u, v)));
  const N = Z![0]!.length;
  const { cell, leak } = task;

  function next(h: Row, y: Row): Num[] {
    if (cell !== 'gru' && cell !== 'gru-reset-before')
      return h.map((value, i) =>
        combine(value, ACTIVATIONS[cell](plus(dot(W[i]!, h), dot(M![i]!, y))), 1 - leak, leak),
      );
    const [bih, bhh] = [tensors['bih']!, tensors['bhh']!];
    const input = (row: number): Num => plus(dot(M![row]!, y), bih[row]![0]!);
    const gate = (row: number): Num => sigmoid(plus(input(row), plus(dot(W[row]!, h), bhh[row]![0]!)));
    const resets = h.map((_, i) => gate(i));
    return h.map((value, i) => {
      const row = 2 * N + i;
      const before = h.map((one, k) => times(resets[k]!, one));
      const recurrent =
        cell === 'gru'
          ? times(resets[i]!, plus(dot(W[row]!, h), bhh[row]![0]!))
          : plus(dot(W[row]!, before), bhh[row]![0]!);
      const candidate = tanh(plus(input(row), recurrent));
      const update = gate(N + i);
      return plus(candidate, times(update, combine(value, candidate, 1, -1)));
    });
  }

  let loss = constant(0);
  const score = (error: Num, weight: number): void => {
    loss = combine(loss, times(error, error), 1, weight);
  };
  const controls = trials.map(({ share, start, pushes, noise, reference, limit, inputs, wanted }) => {
    const acted: number[][] = [];
    let h: Num[] = Array.from({ length: N }, () => constant(0));
    let u: Num[] = Z!.map(() => constant(0));
    const act = (y: Row): void => {
      h = next(h, y);
      u = Z!.map((row) => dot(row, h));
      acted.push(u.map(([value]) => value!));
    };
    if (inputs) {
      for (const [t, y] of inputs.entries()) {
        act(y.map(constant));
        for (const [k, value] of u.entries()) score(combine(value, constant(wanted?.[t]?.[k] ?? 0), 1, -1), share);
      }
      return acted;
    }
    let x = task.A.map((_, i) => constant(start?.[i] ?? 0));
    for (let t = 0; t < task.horizon; t++) {
      const y = task.C.map((row, k) => plus(fixed(row, x), constant(noise?.[t - 1]?.[k] ?? 0)));
      if (reference) act([...y, ...reference[t]!.map(constant)]);
      else {
        if (t > 0) act(y);
        for (const [i, value] of x.entries()) score(value, share * task.stateWeight(i));
        for (const value of u) score(value, share * task.controlWeight);
      }
      x = task.A.map((row, i) => plus(plus(fixed(row, x), fixed(task.B[i]!, u)), constant(pushes?.[t]?.[i] ?? 0)));
      if (limit !== undefined)
        x = x.map((value) => (Math.abs(value[0]!) > limit ? constant(Math.sign(value[0]!) * limit) : value));
      if (reference)
        for (const [k, wish] of reference[t]!.entries())
          score(combine(fixed(task.C[k]!, x), constant(wish), 1, -1), share * task.stateWeight(k));
    }
    return acted;
  });
  const gradient = Object.fromEntries(
    Object.entries(lifted)
      .filter(([name]) => trained.includes(name))
      .map(([name, rows]) => [name, rows.map((row) => row.map(({ slot }) => loss[slot]!))]),
  );
  return { loss: loss[0]!, gradient, controls };
}

/** What a trainer records of an epoch. */
export interface PlainRow {
  readonly loss: number;
  readonly gradNorm: number;
  readonly clipFactor: number;
  readonly weights: Tensors;
}

/** When updates begin, and whether rows follow them. */
export interface PlainSchedule {
  readonly optimizer: OptimizerSpec;
  readonly epochs: number;
  readonly firstUpdate?: number;
  readonly rows?: 'before-update' | 'after-update';
}

const normOf = (gradient: Tensors): number => Math.hypot(...Object.values(gradient).flat(2));

/** What a step takes from a weight, given what drove it so far, the latest last: sums over the past, never updated ones. */
function change(weight: number, past: readonly number[], optimizer: OptimizerSpec, lr: number): number {
  const faded = (share: number, of: (g: number, k: number) => number): number =>
    past.reduce((sum, g, k) => sum + share ** (past.length - 1 - k) * of(g, k), 0);
  if (optimizer.kind === 'sgd') {
    const { momentum = 0, dampening = 0, nesterov } = optimizer;
    if (momentum === 0) return -lr * past.at(-1)!;
    const velocity = faded(momentum, (g, k) => (k === 0 ? g : (1 - dampening) * g));
    return -lr * (nesterov ? past.at(-1)! + momentum * velocity : velocity);
  }
  // PyTorch's defaults.
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = optimizer;
  const mean = (share: number, of: (g: number) => number): number =>
    ((1 - share) * faded(share, of)) / (1 - share ** past.length);
  const decay = optimizer.kind === 'adamw' ? lr * (optimizer.weightDecay ?? 0.01) * weight : 0;
  return -decay - (lr * mean(beta1, (g) => g)) / (Math.sqrt(mean(beta2, (g) => g * g)) + eps);
}

/** Trains. @param evaluate loss and gradient of an epoch */
export function plainTraining(
  { optimizer, epochs, firstUpdate = 0, rows = 'before-update' }: PlainSchedule,
  initial: Tensors,
  evaluate: (weights: Tensors, epoch: number) => { readonly loss: number; readonly gradient: Tensors },
): PlainRow[] {
  let weights = initial;
  const past: Tensors[] = [];
  return Array.from({ length: epochs }, (_, epoch): PlainRow => {
    const before = weights;
    const { loss, gradient } = evaluate(before, epoch);
    const gradNorm = normOf(gradient);
    const clipFactor = optimizer.clip === null ? 1 : Math.min(1, optimizer.clip / (gradNorm + 1e-6));
    if (epoch >= firstUpdate) {
      const { lr, clipValue = Number.POSITIVE_INFINITY } = optimizer;
      const added = optimizer.kind === 'adamw' ? 0 : (optimizer.weightDecay ?? 0);
      const bounded = (g: number): number => Math.sign(g) * Math.min(Math.abs(g), clipValue);
      past.push(mapTensors(gradient, (g, name, i, j) => clipFactor * bounded(g) + added * before[name]![i]![j]!));
      weights = mapTensors(before, (weight, name, i, j) =>
        name in gradient
          ? weight +
            change(
              weight,
              past.map((clipped) => clipped[name]![i]![j]!),
              optimizer,
              typeof lr === 'number' ? lr : lr[epoch]!,
            )
          : weight,
      );
    }
    if (rows === 'before-update') return { loss, gradNorm, clipFactor, weights: before };
    const after = evaluate(weights, epoch);
    return { loss: after.loss, gradNorm: normOf(after.gradient), clipFactor, weights };
  });
}

/** Tensors entry by entry. */
export function mapTensors(
  tensors: Tensors,
  of: (value: number, name: string, i: number, j: number) => number,
): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, rows]) => [
      name,
      rows.map((row, i) => row.map((value, j) => of(value, name, i, j))),
    ]),
  );
}
