/**
 * Run files: what is read, and how everything else is refused.
 */
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LoopproofError } from '#src/error.js';
import { LIMITS } from '#src/limits.js';
import { parseConfiguration, parseRun, readRun } from '#src/runs/read.js';

const folder = mkdtempSync(join(tmpdir(), 'loopproof-'));
const good = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8')) as Record<string, unknown>;

/** The error that parsing gives, as "where: received / expected". */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(LoopproofError);
    const { where, received, expected, hint } = (error as LoopproofError).details;
    expect(hint).not.toBe('');
    return `${where}: ${received} / ${expected}`;
  }
  throw new Error('nothing was refused');
}

/** The good run with the value at a path replaced; `undefined` removes it. */
function changed(path: string, value: unknown): string {
  const copy = structuredClone(good);
  const keys = path.split('.');
  const last = keys.pop()!;
  let parent = copy as Record<string, unknown>;
  for (const key of keys) parent = parent[key] as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(copy);
}

describe('files', () => {
  it('must exist, be regular, hold something, and be of a size that can be read', () => {
    expect(refusal(() => readRun(join(folder, 'none')))).toContain('no such file');
    expect(refusal(() => readRun(folder))).toContain('a directory');
    expect(refusal(() => readRun('/dev/null'))).toContain('no regular file');
    const empty = join(folder, 'empty.json');
    writeFileSync(empty, '');
    expect(refusal(() => readRun(empty))).toContain('an empty file');
    const huge = join(folder, 'huge.json');
    writeFileSync(huge, '{');
    truncateSync(huge, 2 ** 30);
    expect(refusal(() => readRun(huge))).toContain(`${2 ** 30} bytes / at most ${LIMITS.bytes} bytes`);
  });

  it('must be JSON, a byte order mark in front or not', () => {
    expect(refusal(() => parseRun('{"a": NaN}', 'f'))).toContain('one JSON value');
    const marked = join(folder, 'marked.json');
    writeFileSync(marked, `\uFEFF${JSON.stringify(good)}`);
    expect(readRun(marked).curves.loss).toHaveLength(200);
    writeFileSync(marked, ' \n');
    expect(refusal(() => readRun(marked))).toContain('an empty file');
  });

  it('may be nested as deeply as they like without being read', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(refusal(() => parseRun(deep, 'f'))).toContain('f: the file');
    expect(refusal(() => parseRun(`{"format":${deep}}`, 'f'))).toContain('nested too deeply');
  });
});

describe('runs', () => {
  it('are read as they are', () => {
    const run = parseRun(JSON.stringify(good), 'f');
    expect(run.curves.loss).toHaveLength(200);
    expect(run.protocol.agent).toEqual({ kind: 'linear-low-rank', N: 8, rank: 1, leak: 1 });
  });

  it('may have diverged epochs', () => {
    const loss = [1, 'NaN', 'Infinity', '-Infinity'];
    const run = parseRun(changed('curves', { loss }), 'f');
    expect(run.curves.loss).toEqual([1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ['format', 'loop-run/2', 'f: format: "loop-run/2"'],
    ['protocol.horizon', 1.5, 'f: protocol.horizon: 1.5'],
    ['protocol.horizon', -3, 'f: protocol.horizon: -3'],
    ['protocol.horizon', undefined, 'f: protocol.horizon: nothing'],
    ['protocol.epochs', 1e12, 'f: protocol.epochs: 1000000000000'],
    ['protocol.plant.kind', 'rocket', 'f: protocol.plant.kind: "rocket"'],
    ['protocol.mode', 'ajar', 'f: protocol.mode: "ajar"'],
    ['protocol.start', undefined, 'f: protocol.start: nothing'],
    ['protocol.start', { kind: 'uniform', low: 1, high: -1 }, 'low 1, high -1 / low < high'],
    ['protocol.start', { kind: 'fixed', x0: [[1, 2], [3]] }, 'f: protocol.start.x0[0]: 2 numbers / 6'],
    ['protocol.trained', ['Whh'], 'f: protocol.trained: "Whh" / some of m, z, U, V'],
    ['protocol.trained', [], 'f: protocol.trained: [] / some of'],
    ['protocol.colour', 'blue', 'f: protocol: the unknown field "colour" / fields of the run format only'],
    ['protocol.trained', ['z', 'z'], 'f: protocol.trained: ["z","z"]'],
    ['protocol.optimizer.lr', 1e99, 'f: protocol.optimizer.lr: 1e+99'],
    ['weights.initial.m', [[1e99]], 'f: weights.initial.m[0][0]: 1e+99'],
    ['curves.moments', Array(200).fill(['NaN', 1, 1]), 'no finite numbers / those of a finite loss'],
    ['curves.overlaps.zm', Array(200).fill('x'), 'f: curves.overlaps.zm[0]: "x"'],
    ['protocol.plant', { kind: 'linear', A: [[1, 2]], B: [[1]], C: [[1]] }, 'matrices that fit'],
    ['protocol.loss.beta', -1, 'f: protocol.loss.beta: -1'],
    ['curves.loss', [], 'f: curves.loss: []'],
    ['curves.loss', [1, 'x'], 'f: curves.loss[1]: "x"'],
    ['curves.loss', [1, null], 'f: curves.loss[1]: null'],
    ['curves.loss', Array(201).fill(1), '201 entries / at most protocol.epochs = 200'],
    ['curves.gradNorm', [1], 'f: curves.gradNorm: 1 entries / 200 like curves.loss'],
    ['curves.moments', Array(200).fill([1, 2]), 'f: curves.moments[0]: 2 numbers / 3'],
    ['curves.moments', Array(200).fill([1, 2, 1]), 'f: curves.moments[0]: [1,2,1] / second moments'],
    ['curves.gram', Array(200).fill([1, 2]), 'f: curves.gram[0]: 2 numbers / 10'],
    ['curves.overlaps.zm', Array(200).fill([[1, 2]]), 'f: curves.overlaps.zm[0][0]: 2 numbers / 1'],
    ['weights.initial.m', [[1, 2]], 'f: weights.initial.m[0]: 2 numbers / 8'],
    ['weights.initial.U', undefined, 'f: weights.initial.U: nothing'],
    ['weights.final.z', [], 'f: weights.final.z: []'],
  ])('are refused for %s = %j', (path, value, message) => {
    expect(refusal(() => parseRun(changed(path, value), 'f'))).toContain(message);
  });

  it('of effective agents need order parameters of their shape', () => {
    const effective = { kind: 'effective', rank: 1, leak: 1 };
    const base = structuredClone(good) as { protocol: { agent: unknown; trained: unknown } };
    base.protocol.agent = effective;
    base.protocol.trained = [];
    const withWeights = (initial: unknown): string => JSON.stringify({ ...base, weights: { initial } });
    expect(refusal(() => parseRun(withWeights({}), 'f'))).toContain('no overlaps');
    const two = { zm: 1, zu: [[1, 2]], vm: 1, vu: 1 };
    expect(refusal(() => parseRun(withWeights({ overlaps: two }), 'f'))).toContain('weights.initial.overlaps.zu[0]');
    const ok = { zm: 1, zu: [[1]], vm: 1, vu: 1 };
    expect(parseRun(withWeights({ overlaps: ok }), 'f').weights!.initial!.overlaps!.zm).toBe(1);
  });
});

describe('runs of full-rank agents', () => {
  const gru = JSON.parse(readFileSync('fixtures/parity-gru.json', 'utf8'));
  const open = JSON.parse(readFileSync('fixtures/parity-tanh-open.json', 'utf8'));
  const altered = (run: object, alter: (copy: typeof gru) => void): string => {
    const copy = structuredClone(run);
    alter(copy);
    return JSON.stringify(copy);
  };

  it.each([
    ['biases left out', gru, (run: typeof gru) => delete run.weights.initial.bih, 'weights.initial.bih: nothing'],
    ['too few biases', gru, (run: typeof gru) => run.weights.final.bhh.pop(), 'weights.final.bhh[0]: 17 numbers / 18'],
    ['one gate’s weights', gru, (run: typeof gru) => run.weights.initial.Wih.splice(6), 'Wih: 6 vectors / 18'],
    ['biases of an RNN', open, (run: typeof gru) => run.protocol.trained.push('bih'), 'protocol.trained: "bih"'],
    [
      'a teacher that does not fit',
      open,
      (run: typeof gru) => run.protocol.teacher.Who[0].pop(),
      'protocol.teacher.Who[0]',
    ],
    [
      'inputs of fewer trials',
      open,
      (run: typeof gru) => run.protocol.inputs.y[3].pop(),
      'protocol.inputs.y[3]: 4 numbers / 5',
    ],
    [
      'inputs of another kind',
      open,
      (run: typeof gru) => (run.protocol.inputs = { kind: 'pink' }),
      'protocol.inputs.kind: "pink"',
    ],
  ])('are refused with %s', (_, run, alter, message) => {
    expect(refusal(() => parseRun(altered(run, alter), 'f'))).toContain(message);
    expect(parseRun(JSON.stringify(run), 'f').curves.loss.length).toBeGreaterThan(0);
  });
});

describe('configurations', () => {
  it('may not ask for more memory than there is, though each size is allowed', () => {
    const {
      curves: _curves,
      weights: _weights,
      ...rest
    } = structuredClone(good) as { protocol: object; curves: unknown; weights: unknown };
    const large = { agent: { kind: 'linear-low-rank', N: 100_000, rank: 1, leak: 1 }, horizon: 1000 };
    const text = JSON.stringify({
      ...rest,
      protocol: { ...rest.protocol, ...large, start: { kind: 'normal', sd: 1 } },
    });
    expect(refusal(() => parseConfiguration(text, 'f'))).toContain('N × horizon');
    const tanh = {
      agent: { kind: 'tanh', N: 100 },
      batch: 100_000,
      trained: ['Who'],
      start: { kind: 'normal', sd: 1 },
    };
    const many = JSON.stringify({ ...rest, protocol: { ...rest.protocol, ...tanh } });
    expect(refusal(() => parseConfiguration(many, 'f'))).toContain('× trials');
  });

  it('are runs without curves', () => {
    const { curves: _curves, weights: _weights, ...rest } = good;
    expect(parseConfiguration(JSON.stringify(rest), 'f').curves).toBeUndefined();
    expect(refusal(() => parseRun(JSON.stringify(rest), 'f'))).toContain('f: curves: nothing');
  });
});
