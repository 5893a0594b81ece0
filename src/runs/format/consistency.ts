/**
 * What no schema can check of a run: lengths and shapes that depend on one another.
 */
import { columnCount } from '../../agent/gram.js';
import { unitRoundoff } from '../../linalg/tolerance.js';
import { type MemoryField, memoryFields, type StartsField, type TensorName } from '../../problem/schema.js';
import { triangleSize } from '../../training/curve.js';
import { coarseness, digitsIn } from './digits.js';
import { Fields } from './fields.js';
import { expectProtocol } from './protocol.js';
import type { Configuration } from './schema.js';
import { orderParameterShapes, startWidths } from './shapes.js';

function expectCurves(fields: Fields, curves: NonNullable<Configuration['curves']>): void {
  const { n } = fields.sizes;
  const epochs = curves.loss.length;
  const most = fields.protocol.epochs;
  // Rows at listed epochs may come twice (rows.ts).
  const fits = curves.epochs !== undefined || epochs <= most;
  fields.expect('curves.loss', fits, `${epochs} entries`, `at most protocol.epochs = ${most}`);
  const sameLength = (field: string, list: readonly unknown[] | undefined): void => {
    if (list)
      fields.expect(field, list.length === epochs, `${list.length} entries`, `${epochs}, as many as in curves.loss`);
  };
  for (const field of ['gradNorm', 'clipFactor', 'deployedLoss', 'gram', 'moments', 'harmonicLoss'] as const)
    sameLength(`curves.${field}`, curves[field]);
  if (curves.overlaps)
    for (const [name, shape] of orderParameterShapes(fields.sizes)) {
      const field = `curves.overlaps.${name}`;
      sameLength(field, curves.overlaps[name]);
      for (const [e, value] of curves.overlaps[name].entries()) fields.matrix(`${field}[${e}]`, value, shape);
    }
  const triangles = (field: string, list: readonly (readonly number[])[] | undefined, size: number): void => {
    for (const [e, triangle] of list?.entries() ?? []) fields.matrix(`${field}[${e}]`, triangle, [1, size]);
  };
  triangles('curves.moments', curves.moments, triangleSize(n));
  const unit = unitRoundoff(fields.protocol.precision ?? 'f32');
  const digits = digitsIn(curves.moments?.flat() ?? []);
  curves.moments?.forEach((moments, e) => {
    const field = `curves.moments[${e}]`;
    const finite = moments.every(Number.isFinite);
    const diverged = !Number.isFinite(curves.loss[e]);
    fields.expect(field, finite || diverged, 'no finite numbers', 'those of a finite loss');
    if (finite) fields.semidefinite(field, moments, Math.max(unit, coarseness(digits, moments)));
  });
  triangles('curves.gram', curves.gram, triangleSize(columnCount(fields.sizes)));
}

/** Recorded gradients are of trained tensors, one entry per epoch, each of its tensor's shape. */
function expectGradients(fields: Fields, { epochs, ...tensors }: NonNullable<Configuration['gradients']>): void {
  const { trained } = fields.protocol;
  for (const name of Object.keys(tensors) as TensorName[])
    if (tensors[name])
      fields.expect(
        `gradients.${name}`,
        trained.includes(name),
        'gradients of a tensor that is not trained',
        trained.join(', '),
      );
  fields.entries('gradients', epochs, tensors);
}

/** Snapshots are whole, in order and of the run's epochs; memory is that of the optimiser. */
function expectSnapshots(
  fields: Fields,
  { epochs, optimizer: memory, ...tensors }: NonNullable<Configuration['snapshots']>,
): void {
  const { agent, optimizer, epochs: most, trained, firstUpdate = 0 } = fields.protocol;
  const [last, wrong] = [epochs.at(-1)!, epochs.findIndex((epoch, k) => k > 0 && epoch <= epochs[k - 1]!)];
  fields.expect(
    'snapshots.epochs',
    wrong < 0,
    `${epochs[wrong]} after ${epochs[wrong - 1]}`,
    'ascending epochs',
    'sort the snapshots, and keep one per epoch',
  );
  fields.expect(
    'snapshots.epochs',
    last <= most,
    `epoch ${last}`,
    `epochs 0 to ${most}, since protocol.epochs is ${most}`,
    'count the updates before a snapshot; or declare more epochs',
  );
  const own = fields.tensors;
  fields.expect(
    'snapshots',
    own.length > 0,
    `snapshots of ${agent.kind} agents`,
    'an agent with weights',
    'record curves.overlaps: order parameters are all the weights of such an agent',
  );
  fields.ofAgent('snapshots', tensors);
  fields.entries('snapshots', epochs, tensors, own);
  if (!memory) return;
  const remembered = memoryFields(optimizer);
  const kind = `${optimizer.kind}${optimizer.kind === 'sgd' ? ` with momentum ${optimizer.momentum ?? 0}` : ''}`;
  const foreign = (Object.keys(memory) as MemoryField[]).find((field) => memory[field] && !remembered.includes(field));
  fields.expect(
    'snapshots.optimizer',
    foreign === undefined,
    `${foreign}`,
    remembered.length > 0 ? `${remembered.join(' and ')}, for ${kind}` : `nothing: ${kind} has no memory`,
    'declare in protocol.optimizer what trained, or leave the memory out',
  );
  for (const field of last > firstUpdate ? remembered : []) {
    const where = `snapshots.optimizer.${field}`;
    fields.expect(
      where,
      memory[field] !== undefined,
      'nothing',
      `the memory of ${kind}`,
      'save optimizer.state of every trained tensor, or leave snapshots.optimizer out',
    );
    const names = own.filter((name) => trained.includes(name));
    fields.ofAgent(where, memory[field]!);
    fields.entries(where, epochs, memory[field]!, names);
    const negative = (value: unknown): boolean => (Array.isArray(value) ? value.some(negative) : (value as number) < 0);
    const name = names.find((one) => field === 'exp_avg_sq' && negative(memory[field]![one]));
    fields.expect(
      `${where}.${name}`,
      name === undefined,
      'numbers below 0',
      'running means of squares',
      'save exp_avg_sq of optimizer.state here, and exp_avg as exp_avg',
    );
  }
}

/** Starts are a batch per epoch. */
function expectStarts(fields: Fields, { first = 0, ...kinds }: NonNullable<Configuration['starts']>): void {
  const { batch, epochs } = fields.protocol;
  const widths = startWidths(fields.protocol, fields.sizes);
  for (const [name, batches] of Object.entries(kinds) as [
    StartsField,
    readonly (readonly number[])[][] | undefined,
  ][]) {
    if (!batches) continue;
    const field = `starts.${name}`;
    const width = widths[name];
    if (width === undefined) {
      fields.expect(field, false, 'a field of another mode', `starts.${Object.keys(widths).join(', ')}`);
      continue;
    }
    fields.expect(
      field,
      first + batches.length <= epochs,
      `${batches.length} batches from epoch ${first} on`,
      `at most protocol.epochs = ${epochs}`,
    );
    for (const [k, rows] of batches.entries()) {
      const turned = rows.length === width && rows[0]?.length === batch;
      fields.expect(
        `${field}[${k}]`,
        rows.length === batch || turned,
        `${rows.length} trials`,
        `protocol.batch = ${batch}, one row per trial`,
        'record every batch whole, one row per trial; declare its size in protocol.batch',
      );
      fields.matrix(`${field}[${k}]`, rows, [batch, width]);
    }
  }
}

/** Checks a run or a configuration. @param where the file's name, for errors @throws LoopproofError if it contradicts itself */
export function expectConsistent(configuration: Configuration, where: string): void {
  const { curves, gradients, weights, starts, snapshots } = configuration;
  const fields = new Fields(where, configuration);
  expectProtocol(fields);
  if (curves) expectCurves(fields, curves);
  if (gradients) expectGradients(fields, gradients);
  if (starts) expectStarts(fields, starts);
  if (snapshots) expectSnapshots(fields, snapshots);
  fields.weights('weights.initial', weights?.initial);
  fields.weights('weights.final', weights?.final);
}
