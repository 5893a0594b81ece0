/**
 * Run files: what is read, and how everything else is refused.
 */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';
import { refusalOf } from '#spec/support/refusal.js';
import { LIMITS } from '#src/limits.js';
import { parseConfiguration, parseRun, readRun } from '#src/runs/format/read.js';

const { folder, at } = testFolder('read');
const good = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8')) as Record<string, unknown>;

/** The error that parsing gives, as "where: received / expected". */
function refusal(act: () => unknown): string {
  const { where, received, expected } = refusalOf(act);
  return `${where}: ${received} / ${expected}`;
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
    expect(refusal(() => readRun(at('none')))).toContain('no such file');
    expect(refusal(() => readRun(folder))).toContain('a directory');
    expect(refusal(() => readRun('/dev/null'))).toContain('no regular file');
    const empty = at('empty.json');
    writeFileSync(empty, '');
    expect(refusal(() => readRun(empty))).toContain('an empty file');
    const huge = at('huge.json');
    writeFileSync(huge, '{');
    truncateSync(huge, 2 ** 30);
    expect(refusal(() => readRun(huge))).toContain(`${2 ** 30} bytes / at most ${LIMITS.bytes} bytes`);
  });

  it('must be JSON, a byte order mark in front or not', () => {
    expect(refusal(() => parseRun('{"a": NaN}', 'f'))).toContain('one JSON value');
    const marked = at('marked.json');
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
    ['format', 'loop-run/2', 'f: format: "loop-run/2" / "loop-run/1"'],
    ['protocol.horizon', 1.5, 'f: protocol.horizon: 1.5 / an integer'],
    ['protocol.horizon', -3, 'f: protocol.horizon: -3 / at least 1'],
    ['protocol.horizon', undefined, 'f: protocol.horizon: nothing'],
    ['protocol.epochs', 1e12, 'f: protocol.epochs: 1000000000000 / at most 1000000'],
    ['protocol.plant.kind', 'rocket', 'f: protocol.plant.kind: "rocket" / a known kind'],
    ['protocol.mode', 'ajar', 'f: protocol.mode: "ajar" / one of "closed-loop", "open-loop"'],
    ['protocol.start', undefined, 'f: protocol.start: nothing'],
    ['protocol.start', { kind: 'uniform', low: 1, high: -1 }, 'low 1, high -1 / low < high'],
    ['protocol.start', { kind: 'uniform', low: 1, high: 1 }, 'low 1, high 1 / low < high'],
    ['protocol.optimizer.lr', 0, 'f: protocol.optimizer.lr: 0 / more than 0'],
    ['protocol.plant', 3, 'f: protocol.plant: 3 / an object'],
    ['protocol.horizon', 'x', 'f: protocol.horizon: "x" / a number'],
    ['weights.initial.m', 3, 'f: weights.initial.m: 3 / a list'],
    ['curves', null, 'f: curves: null / an object'],
    ['protocol.mode', 'a'.repeat(58), `"${'a'.repeat(58)}" / one of`],
    ['protocol.mode', 'a'.repeat(59), `f: protocol.mode: "${'a'.repeat(56)}… / one of`],
    ['protocol.start', { kind: 'fixed', x0: [[1, 2], [3]] }, 'f: protocol.start.x0[0]: 2 numbers / 6'],
    ['protocol.trained', ['Whh'], 'f: protocol.trained: "Whh" / some of m, z, U, V'],
    ['protocol.trained', [], 'f: protocol.trained: [] / some of'],
    ['protocol.colour', 'blue', 'f: protocol: the unknown field "colour" / fields of the run format only'],
    ['protocol.trained', ['z', 'z'], 'f: protocol.trained: ["z","z"]'],
    ['protocol.optimizer.lr', 1e99, 'f: protocol.optimizer.lr: 1e+99 / at most 1e+30'],
    [
      'protocol.optimizer.lr',
      [0.1, 0.1],
      'f: protocol.optimizer.lr: a list of 2 numbers / one for each of protocol.epochs = 200',
    ],
    ['protocol.optimizer.lr', [0, -1], 'f: protocol.optimizer.lr[1]: -1 / at least 0'],
    [
      'protocol.optimizer.lr',
      'x',
      'f: protocol.optimizer.lr: "x" / a number above 0, or a list of one number per epoch',
    ],
    ['protocol.optimizer.clipValue', 1, 'f: protocol.optimizer.clipValue: 1 / no clipValue beside a clip'],
    ['protocol.optimizer.nesterov', true, 'f: protocol.optimizer.nesterov: true / a momentum above 0 beside it'],
    [
      'protocol.optimizer',
      { kind: 'sgd', lr: 1, clip: null, momentum: 0.9, nesterov: true, dampening: 0.1 },
      'f: protocol.optimizer.dampening: 0.1 / no dampening beside nesterov',
    ],
    [
      'protocol.optimizer',
      { kind: 'adam', lr: 1, clip: 1, clipValue: 1 },
      'f: protocol.optimizer.clipValue: 1 / no clipValue',
    ],
    ['protocol.optimizer', { kind: 'adamw', lr: 1, clip: 1, nesterov: true }, 'the unknown field "nesterov"'],
    ['protocol.loss', { Q: [[1]], reduction: 'sum' }, 'f: protocol.loss.Q: 1 vectors / 2'],
    [
      'protocol.loss',
      {
        Q: [
          [1, 0],
          [1, 1],
        ],
        reduction: 'sum',
      },
      'f: protocol.loss.Q: [[1,0],[1,1]] / a symmetric matrix',
    ],
    [
      'protocol.loss',
      {
        Q: [
          [1, 0],
          [0, 1],
        ],
        R: [[-1]],
        reduction: 'sum',
      },
      'f: protocol.loss.R: [[-1]] / a positive semidefinite',
    ],
    [
      'protocol.loss',
      {
        Q: [
          [1, 0],
          [0, 1],
        ],
        reduction: 'max',
      },
      'f: protocol.loss.reduction: "max" / one of "mean", "sum"',
    ],
    [
      'protocol.loss',
      {
        Q: [
          [1, 0],
          [0, 1],
        ],
        discount: 1.5,
        reduction: 'sum',
      },
      'f: protocol.loss.discount: 1.5 / at most 1',
    ],
    ['protocol.noise', { process: -1 }, 'f: protocol.noise.process: -1 / at least 0'],
    ['protocol.noise', { observation: '0.1' }, 'f: protocol.noise.observation: "0.1" / a number'],
    ['protocol.noise', { observation: null }, 'f: protocol.noise.observation: null / a number'],
    ['protocol.noise', { process: 1e99 }, 'f: protocol.noise.process: 1e+99 / at most 1e+30'],
    ['protocol.noise', 0.1, 'f: protocol.noise: 0.1 / an object'],
    ['protocol.noise', { sensor: 0.1 }, 'f: protocol.noise: the unknown field "sensor"'],
    ['protocol.loss', { state: 'median' }, 'f: protocol.loss.state: "median" / one of "mean"'],
    ['weights.initial.m', [[1e99]], 'f: weights.initial.m[0][0]: 1e+99'],
    ['curves.moments', Array(200).fill(['NaN', 1, 1]), 'no finite numbers / those of a finite loss'],
    ['curves.overlaps.zm', Array(200).fill('x'), 'f: curves.overlaps.zm[0]: "x"'],
    ['protocol.plant', { kind: 'linear', A: [[1, 2]], B: [[1]], C: [[1]] }, 'matrices that fit'],
    ['protocol.loss.beta', -1, 'f: protocol.loss.beta: -1 / at least 0'],
    ['curves.loss', [], 'f: curves.loss: [] / a list of 1 to 1000000 entries'],
    ['curves.loss', [1, 'x'], 'f: curves.loss[1]: "x"'],
    ['curves.loss', [1, null], 'f: curves.loss[1]: null'],
    ['curves.loss', Array(201).fill(1), '201 entries / at most protocol.epochs = 200'],
    ['curves.gradNorm', [1], 'f: curves.gradNorm: 1 entries / 200, as many as in curves.loss'],
    ['curves.moments', Array(200).fill([1, 2]), 'f: curves.moments[0]: 2 numbers / 3'],
    ['curves.moments', Array(200).fill([1, 2, 1]), 'f: curves.moments[0]: [1,2,1] / second moments'],
    ['curves.gram', Array(200).fill([1, 2]), 'f: curves.gram[0]: 2 numbers / 10'],
    ['curves.overlaps.zm', Array(200).fill([[1, 2]]), 'f: curves.overlaps.zm[0][0]: 2 numbers / 1'],
    ['weights.initial.m', [[1, 2]], 'f: weights.initial.m[0]: 2 numbers / 8'],
    ['weights.initial.U', undefined, 'f: weights.initial.U: nothing'],
    ['weights.final.z', [], 'f: weights.final.z: [] / at least 1 entry'],
  ])('are refused for %s = %j', (path, value, message) => {
    expect(refusal(() => parseRun(changed(path, value), 'f'))).toContain(message);
  });

  it.each([
    ['null', 'f: the file: null / an object'],
    ['3', 'f: the file: 3 / an object'],
    ['[]', 'f: the file: [] / an object'],
    ['"loop-run/1"', 'f: the file: "loop-run/1" / an object'],
  ])('are no %s', (text, message) => {
    expect(refusal(() => parseRun(text, 'f'))).toContain(message);
    expect(refusal(() => parseConfiguration(text, 'f'))).toContain(message);
  });

  it('may not hold numbers beyond the numbers', () => {
    const text = JSON.stringify(good).replace(/"horizon":\d+/, '"horizon":1e999');
    expect(refusal(() => parseRun(text, 'f'))).toContain('f: protocol.horizon: Infinity');
  });

  it('of rank 2 give their order parameters as matrices', () => {
    const copy = structuredClone(good) as {
      protocol: { agent: { rank: number } };
      curves: { loss: number[]; overlaps?: Record<string, unknown>; gram?: unknown };
      weights?: unknown;
    };
    copy.protocol.agent.rank = 2;
    delete copy.weights;
    const all = <T>(value: T): T[] => copy.curves.loss.map(() => value);
    const square = [
      [1, 2],
      [3, 4],
    ];
    const overlaps = { zm: all(1), zu: all([[1, 2]]), vm: all([[1], [2]]), vu: all(square) };
    copy.curves = { loss: copy.curves.loss, overlaps };
    expect(parseRun(JSON.stringify(copy), 'f').curves.overlaps!.vu[0]).toEqual(square);
    for (const name of ['zu', 'vm', 'vu']) {
      copy.curves.overlaps = { ...overlaps, [name]: all(1) };
      const shape = { zu: '1 rows of 2', vm: '2 rows of 1', vu: '2 rows of 2' }[name];
      expect(refusal(() => parseRun(JSON.stringify(copy), 'f'))).toContain(
        `f: curves.overlaps.${name}[0]: a number / ${shape}`,
      );
    }
    copy.curves = { loss: copy.curves.loss, gram: all(Array(20).fill(1)) };
    expect(refusal(() => parseRun(JSON.stringify(copy), 'f'))).toContain('f: curves.gram[0]: 20 numbers / 21');
  });

  it('of effective agents need order parameters of their shape', () => {
    const effective = { kind: 'effective', rank: 1, leak: 1 };
    const base = structuredClone(good) as { protocol: { agent: unknown; trained: unknown } };
    base.protocol.agent = effective;
    base.protocol.trained = ['zm', 'zu', 'vm', 'vu'];
    const withWeights = (initial: unknown): string => JSON.stringify({ ...base, weights: { initial } });
    expect(refusal(() => parseRun(withWeights({}), 'f'))).toContain('no overlaps');
    const two = { zm: 1, zu: [[1, 2]], vm: 1, vu: 1 };
    expect(refusal(() => parseRun(withWeights({ overlaps: two }), 'f'))).toContain('weights.initial.overlaps.zu[0]');
    const ok = { zm: 1, zu: [[1]], vm: 1, vu: 1 };
    base.protocol.agent = { ...effective, rank: 2 };
    for (const [name, shape] of [
      ['zu', '1 rows of 2'],
      ['vm', '2 rows of 1'],
      ['vu', '2 rows of 2'],
    ] as const) {
      const right = {
        zm: 1,
        zu: [[1, 2]],
        vm: [[1], [2]],
        vu: [
          [1, 2],
          [3, 4],
        ],
      };
      const initial = { overlaps: { ...right, [name]: 1 } };
      const wrong = JSON.stringify({ ...base, curves: { loss: [1] }, weights: { initial } });
      expect(refusal(() => parseRun(wrong, 'f'))).toContain(`overlaps.${name}: a number / ${shape}`);
    }
    base.protocol.agent = effective;
    expect(parseRun(withWeights({ overlaps: ok }), 'f').weights!.initial!.overlaps!.zm).toBe(1);
    // What is trained has a name here too: a run that trains nothing learns nothing.
    for (const trained of [[], ['z'], ['zm', 'zm']]) {
      base.protocol.trained = trained;
      expect(refusal(() => parseRun(withWeights({ overlaps: ok }), 'f'))).toContain('some of zm, zu, vm, vu');
    }
  });
});

describe('runs of full-rank agents', () => {
  const gru = JSON.parse(readFileSync('fixtures/parity-gru.json', 'utf8'));
  const open = JSON.parse(readFileSync('fixtures/parity-tanh-open.json', 'utf8'));
  const [biased, lstm] = ['tanh-biases', 'lstm'].map((name) =>
    JSON.parse(readFileSync(`fixtures/pytorch-${name}.json`, 'utf8')),
  );
  const altered = (run: object, alter: (copy: typeof gru) => void): string => {
    const copy = structuredClone(run);
    alter(copy);
    return JSON.stringify(copy);
  };

  it.each([
    ['biases left out', gru, (run: typeof gru) => delete run.weights.initial.bih, 'weights.initial.bih: nothing'],
    ['too few biases', gru, (run: typeof gru) => run.weights.final.bhh.pop(), 'weights.final.bhh: 17 numbers / 18'],
    [
      'a trained bias that weights do not hold',
      biased,
      (run: typeof gru) => delete run.weights.final.bho,
      'weights.final.bho: nothing',
    ],
    [
      'a trained bias that snapshots do not hold',
      biased,
      (run: typeof gru) => delete run.snapshots.bih,
      'snapshots.bih: nothing',
    ],
    [
      'a bias that snapshots alone do not hold',
      biased,
      (run: typeof gru) => {
        run.protocol.trained = ['Wih', 'Whh', 'Who', 'bih', 'bhh'];
        delete run.snapshots.bho;
      },
      'snapshots.bho: nothing',
    ],
    [
      'no memory of a trained bias',
      biased,
      (run: typeof gru) => delete run.snapshots.optimizer.exp_avg.bhh,
      'snapshots.optimizer.exp_avg.bhh: nothing',
    ],
    [
      'a bias of the read-out per unit',
      biased,
      (run: typeof gru) => run.weights.initial.bho.push(0),
      'initial.bho: 2 numbers / 1',
    ],
    [
      'biases of a low-rank agent',
      good,
      (run: typeof gru) => run.protocol.trained.push('bho'),
      '"bho" / some of m, z, U, V for a linear-low-rank agent',
    ],
    ['three gates of an LSTM', lstm, (run: typeof gru) => run.weights.initial.Whh.splice(18), 'Whh: 18 vectors / 24'],
    ['one gate’s weights', gru, (run: typeof gru) => run.weights.initial.Wih.splice(6), 'Wih: 6 vectors / 18'],
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
  const { curves: _curves, weights: _weights, ...rest } = good as { protocol: object; [key: string]: unknown };
  const configured = (change: object) => {
    const protocol = { ...rest.protocol, start: { kind: 'normal', sd: 1 }, ...change };
    return parseConfiguration(JSON.stringify({ ...rest, protocol }), 'f');
  };

  it('may not ask for more memory than there is, though each size is allowed', () => {
    const large = { agent: { kind: 'linear-low-rank', N: 100_000, rank: 1, leak: 1 }, horizon: 1000 };
    expect(refusal(() => configured(large))).toContain('N × horizon');
    const tanh = { agent: { kind: 'tanh', N: 100 }, batch: 100_000, trained: ['Who'] };
    expect(refusal(() => configured(tanh))).toContain('× trials');
  });

  it.each([
    // Least and most numbers: what is held once, and with all that training holds besides.
    ['of a low rank', { kind: 'linear-low-rank', N: 100_000, rank: 1, leak: 1 }, { horizon: 1000 }, 1e8],
    ['of full rank', { kind: 'linear', N: 10_000, leak: 1 }, { trained: ['Who'] }, 1e8],
    ['of gates', { kind: 'gru', N: 6000 }, { trained: ['Who'] }, 3 * 3.6e7],
    ['of many trials', { kind: 'tanh', N: 100 }, { batch: 100_000, horizon: 10, trained: ['Who'] }, 1e8],
    ['in open loop', { kind: 'linear', N: 100, leak: 1 }, { mode: 'open-loop', batch: 100_000, trained: ['Who'] }, 5e8],
    ['of a high rank', { kind: 'linear-low-rank', N: 8, rank: 16, leak: 1 }, { epochs: 1_000_000 }, 1.1e9],
    ['of many epochs', { kind: 'linear-low-rank', N: 8, rank: 3, leak: 1 }, { epochs: 1_000_000 }, 6.4e7],
    ['of a long horizon', { kind: 'tanh', N: 1 }, { horizon: 10_000, batch: 1000, trained: ['Who'] }, 5e7],
  ] as const)('say how much memory they would need: agents %s', (_, agent, change, numbers) => {
    const message = refusal(() => configured({ horizon: 50, agent, ...change }));
    const [, needed, most] = message.match(/need ([\d.]+) MiB \/ at most ([\d.]+) MiB/)!;
    expect(Number(most)).toBe(512);
    expect(Number(needed)).toBeGreaterThanOrEqual((8 * numbers) / 2 ** 20);
    expect(Number(needed)).toBeLessThanOrEqual((8 * 8 * numbers) / 2 ** 20);
  });

  const TRACKED = {
    amplitude: 1,
    ramp: 1,
    harmonics: [{ frequency: 1, axis: 0 }],
    phases: 'drawn',
    limit: 1,
    weight: 1,
  };
  it.each([
    ['in open loop', { mode: 'open-loop', agent: { kind: 'tanh', N: 4 }, trained: ['Who'] }, 'a closed loop'],
    [
      'of a cursor that tracks',
      {
        plant: { kind: 'cursor', axes: 1, dt: 0.1 },
        agent: { kind: 'linear', N: 4 },
        trained: ['Who'],
        tracking: TRACKED,
      },
      'a loop without protocol.tracking',
    ],
    ['of order parameters alone', { agent: { kind: 'effective' }, trained: ['zm'] }, 'an agent with units'],
    ['of a population of starts', { start: { kind: 'population', variance: 1 } }, 'starts that have trials'],
  ])('have no noise %s', (_, change, expected) => {
    expect(configured({ ...change, noise: { process: 0, observation: 0 } }).protocol.noise).toEqual({
      process: 0,
      observation: 0,
    });
    const refused = () => configured({ ...change, noise: { process: 0.1 } });
    expect(refusal(refused)).toContain(`f: protocol.noise: {"process":0.1} / ${expected}`);
    expect(refusalOf(refused).hint).toMatch(/^leave it out/);
  });

  it('with noise need memory for it', () => {
    const long = { horizon: 10_000, batch: 1000 };
    expect(configured(long).protocol.batch).toBe(1000);
    expect(refusal(() => configured({ ...long, noise: { process: 1 } }))).toContain('× trials');
  });

  it('are not asked for more than they need: closed loops of linear agents collapse to their moments', () => {
    const parsed = (change: object): number => configured({ horizon: 50, ...change }).protocol.batch;
    expect(parsed({ batch: 1_000_000 })).toBe(1_000_000);
    const full = { agent: { kind: 'linear', N: 100, leak: 1 }, trained: ['Who'] };
    expect(parsed({ ...full, batch: 1_000_000 })).toBe(1_000_000);
    expect(parsed({ ...full, agent: { kind: 'linear', N: 3000, leak: 1 } })).toBeGreaterThan(0);
    expect(parsed({ ...full, agent: { kind: 'tanh', N: 100 }, batch: 1000 })).toBe(1000);
  });

  it('of which curves do not fit are refused too', () => {
    expect(refusal(() => parseConfiguration(changed('curves.gradNorm', [1]), 'f'))).toContain('curves.gradNorm');
  });

  it('are runs without curves', () => {
    expect(parseConfiguration(JSON.stringify(rest), 'f').curves).toBeUndefined();
    expect(refusal(() => parseRun(JSON.stringify(rest), 'f'))).toContain('f: curves: nothing');
  });
});
