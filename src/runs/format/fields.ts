/**
 * What is asked of any field of a run: that its shape is that of the protocol's plant and agent.
 */
import { fromLowerTriangle } from '../../agent/gram.js';
import { LoopproofError } from '../../error.js';
import { semidefiniteFactor } from '../../linalg/factor.js';
import { AGENTS, neededTensors, TENSORS, trainableOf } from '../../problem/agents.js';
import type { RunProtocol, RunWeights, TensorName } from '../../problem/schema.js';
import type { Configuration, TensorLists } from './schema.js';
import { orderParameterShapes, type Shape, type Sizes, sizesOf } from './shapes.js';

export const FORMAT_HINT = 'see the run format in src/runs/README.md, or start from the output of `loopproof train`';

const BIAS_HINT =
  'a bias that is trained, or recorded anywhere, stands in weights.initial, weights.final and every snapshot: zeros where there is none';

type Recorded = number | readonly number[] | readonly (readonly number[])[];

/** The fields of one file, and what is asked of any of them. Each method throws a LoopproofError that names the field. */
export class Fields {
  readonly #where: string;
  readonly protocol: RunProtocol;
  readonly sizes: Sizes;
  /** What weights must hold: what is needed, and biases that the file has anywhere. */
  readonly tensors: readonly TensorName[];

  constructor(where: string, { protocol, weights, snapshots }: Configuration) {
    this.#where = where;
    this.protocol = protocol;
    this.sizes = this.#sizesOf(protocol);
    const given = [weights?.initial, weights?.final, snapshots].flatMap((tensors) => Object.keys(tensors ?? {}));
    const { optional }: { readonly optional: readonly TensorName[] } = AGENTS[protocol.agent.kind];
    this.tensors = [...new Set([...neededTensors(protocol), ...optional.filter((name) => given.includes(name))])];
  }

  expect(field: string, condition: boolean, received: string, expected: string, hint = FORMAT_HINT): void {
    if (condition) return;
    throw new LoopproofError('invalid-run', {
      where: `${this.#where}: ${field}`,
      received,
      expected,
      hint,
    });
  }

  #sizesOf(protocol: RunProtocol): Sizes {
    try {
      return sizesOf(protocol);
    } catch (error) {
      this.expect('protocol.plant', false, error instanceof Error ? error.message : '', 'matrices that fit');
      throw error;
    }
  }

  /** A number is a matrix of one entry, a list of numbers one of one row. */
  matrix(field: string, value: Recorded | undefined, [rows, cols]: Shape): void {
    if (value === undefined) return;
    if (typeof value === 'number') {
      this.expect(field, rows === 1 && cols === 1, 'a number', `${rows} rows of ${cols}`);
      return;
    }
    if (typeof value[0] === 'number') {
      this.expect(field, value.length === cols, `${value.length} numbers`, `${cols}`);
      return;
    }
    const lists = value as readonly (readonly number[])[];
    const turned = value.length === cols && lists.every((list) => list.length === rows);
    const hint = turned ? 'transpose it: rows stand for columns' : FORMAT_HINT;
    this.expect(field, value.length === rows, `${value.length} vectors`, `${rows}`, hint);
    lists.forEach((vector, k) => {
      this.expect(`${field}[${k}]`, vector.length === cols, `${vector.length} numbers`, `${cols}`);
    });
  }

  /** A lower triangle must be of a covariance: of no negative eigenvalue beyond rounding. */
  semidefinite(field: string, triangle: readonly number[], unit: number): void {
    try {
      semidefiniteFactor(fromLowerTriangle(triangle, this.sizes.n), unit);
    } catch {
      this.expect(field, false, JSON.stringify(triangle), 'second moments: a positive semidefinite matrix');
    }
  }

  weights(field: string, weights: RunWeights | undefined, needed: readonly TensorName[] = this.tensors): void {
    if (!weights) return;
    const { kind } = this.protocol.agent;
    if (kind === 'effective') {
      const { overlaps } = weights;
      this.expect(field, overlaps !== undefined, 'no overlaps', 'overlaps {zm, zu, vm, vu}');
      for (const [name, shape] of orderParameterShapes(this.sizes))
        this.matrix(`${field}.overlaps.${name}`, overlaps![name], shape);
      return;
    }
    for (const name of needed)
      this.expect(
        `${field}.${name}`,
        weights[name] !== undefined,
        'nothing',
        `the weights of a ${kind} agent`,
        this.#isOptional(name) ? BIAS_HINT : FORMAT_HINT,
      );
    for (const name of trainableOf(kind) as readonly TensorName[])
      this.matrix(`${field}.${name}`, weights[name], TENSORS[name].lists(this.sizes));
  }

  #isOptional(name: TensorName): boolean {
    return !(AGENTS[this.protocol.agent.kind].tensors as readonly TensorName[]).includes(name);
  }

  /** An entry per epoch of each tensor, of its shape. */
  entries(where: string, epochs: readonly number[], tensors: TensorLists, needed?: readonly TensorName[]): void {
    for (const name of needed ?? [])
      this.expect(
        `${where}.${name}`,
        tensors[name] !== undefined,
        'nothing',
        `an entry for each of ${epochs.length} epochs`,
        this.#isOptional(name) ? BIAS_HINT : FORMAT_HINT,
      );
    for (const [name, entries] of Object.entries(tensors) as [TensorName, Recorded[] | undefined][]) {
      if (!entries) continue;
      this.expect(
        `${where}.${name}`,
        entries.length === epochs.length,
        `${entries.length} entries`,
        `${epochs.length}, one for each of ${where.split('.')[0]}.epochs`,
      );
      for (const [k, entry] of entries.entries())
        this.weights(`${where}[epoch ${epochs[k]}]`, { [name]: entry } as RunWeights, [name]);
    }
  }

  /** Tensors must be of the agent. */
  ofAgent(where: string, tensors: TensorLists): void {
    const own: readonly string[] = trainableOf(this.protocol.agent.kind);
    const foreign = Object.entries(tensors).find(([name, entries]) => entries && !own.includes(name))?.[0];
    this.expect(
      `${where}.${foreign}`,
      foreign === undefined,
      `a tensor that ${this.protocol.agent.kind} agents do not have`,
      own.join(', '),
    );
  }
}
