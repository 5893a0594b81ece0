/**
 * The command line as users meet it: spawned, with its output, its exit codes and its refusals.
 */

import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, run } from '#spec/cli/spawned.js';
import { PROTOCOLS } from '#src/problem/protocol.js';
import { readRun } from '#src/runs/format/read.js';

const folder = mkdtempSync(join(tmpdir(), 'loopproof-'));
const inFolder = (name: string): string => join(folder, name);

/** Times aside, which no two runs share. */
const timeless = (json: string): string => json.replaceAll(/"ms": \d+/g, '"ms": 0');

describe('verify', () => {
  const quick = ['stage-one-eigenvalues', 'stability-region-is-exact', 'recorded-losses-follow-overlaps'];

  it('gives the same bytes for the same seed, whatever the number of workers', async () => {
    const outputs = await Promise.all(
      ['1', '2', '3'].map((workers) => run(['verify', ...quick, '--workers', workers, '--json', '-'])),
    );
    for (const { code } of outputs) expect(code).toBe(0);
    expect(new Set(outputs.map(({ stdout }) => timeless(stdout))).size).toBe(1);
    const report = JSON.parse(outputs[0]!.stdout);
    expect(report).toMatchObject({ tool: 'loopproof', seed: 2505, summary: { holds: 3, refuted: 0, undecided: 0 } });
    // In the ledger's order, whatever the order of the arguments.
    expect(report.claims.map(({ id }: { id: string }) => id)).toEqual([quick[1], quick[0], quick[2]]);
    expect(report.claims[0].worst).toMatchObject({ residual: 0, bound: 0 });
    expect(report.claims[0].kind).toBe('universal');
  });

  it('draws other cases for another seed, and says which seed it explored', async () => {
    const [a, b, explored] = await Promise.all([
      run(['verify', quick[0]!, '--seed', '1', '--json', '-']),
      run(['verify', quick[0]!, '--seed', '2', '--json', '-']),
      run(['verify', quick[0]!, '--explore', '--runs', '20']),
    ]);
    expect(timeless(a.stdout)).not.toBe(timeless(b.stdout));
    expect(explored.stdout).toMatch(/1 claims · seed \d+/);
    expect(explored.stdout).toContain('20 cases');
  });

  it('leaves what a budget does not reach undecided', async () => {
    const { code, stdout } = await run(['verify', 'learning-closes-on-gram', '--budget', '0.001s', '--workers', '1']);
    expect(code).toBe(3);
    expect(stdout).toContain('budget spent');
  });

  it('takes shares of the claims that together are all of them', async () => {
    const shares = await Promise.all(
      ['1/2', '2/2'].map((share) => run(['verify', ...quick, '--runs', '5', '--shard', share])),
    );
    expect(shares[0]!.stdout).toContain('2 claims');
    expect(shares[1]!.stdout).toContain('1 claims');
  });

  it('writes JSON whole, beside the table', async () => {
    const file = inFolder('verdicts.json');
    const { stdout } = await run(['verify', quick[0]!, '--runs', '5', '--json', file]);
    expect(stdout).toContain('1 hold, 0 refuted, 0 undecided');
    expect(JSON.parse(readFileSync(file, 'utf8')).summary.holds).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });
});

describe('check', () => {
  it.each([0, 1, 2])('passes recorded run %d and refutes it under a wrong horizon', async (seed) => {
    const file = `fixtures/pytorch-lowrank-seed${seed}.json`;
    expect((await run(['check', file])).code).toBe(0);
    const wrong = inFolder(`wrong-${seed}.json`);
    writeFileSync(wrong, readFileSync(file, 'utf8').replace('"horizon":50', '"horizon":51'));
    const { code, stdout } = await run(['check', wrong]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/recorded-losses-follow-overlaps[\s\S]*crosses at epoch \d+/);
    expect(stdout).toContain(`again: loopproof check ${wrong}`);
  });

  it('tells undecided from refuted, and counts several files', async () => {
    const poor = inFolder('poor.json');
    const record = JSON.parse(readFileSync('fixtures/pytorch-lowrank-seed0.json', 'utf8'));
    delete record.curves.overlaps;
    writeFileSync(poor, JSON.stringify(record));
    const { code, stdout } = await run(['check', poor, 'fixtures/parity-lowrank.json', '--json', '-']);
    expect(code).toBe(3);
    const report = JSON.parse(stdout);
    expect(report.summary).toEqual({ holds: 2, refuted: 0, undecided: 4 });
    expect(report.claims[0]).toMatchObject({
      run: poor,
      status: 'undecided',
      reason: expect.stringContaining('record'),
    });
    expect(report.seed).toBeUndefined();
  });
});

describe('formats', () => {
  it('are written by train, and judged alike by check', async () => {
    for (const suffix of ['npz', 'json.gz']) {
      const file = inFolder(`run.${suffix}`);
      expect((await run(['train', '--epochs', '20', '--out', file])).code).toBe(0);
      expect((await run(['check', file])).stdout).toContain('2 hold, 0 refuted, 0 undecided');
    }
  });

  it('include tables, with the protocol and the names of columns as options, which a refutation repeats', async () => {
    const { curves, ...configuration } = JSON.parse(readFileSync('fixtures/pytorch-lowrank-seed0.json', 'utf8'));
    const [table, config] = [inFolder('log.csv'), inFolder('config.json')];
    const { zm, zu, vm, vu } = curves.overlaps;
    const rows = curves.loss.map((loss: number, e: number) => [loss, zm[e], zu[e], vm[e], vu[e]].join(','));
    writeFileSync(table, ['train_loss,zm,zu,vm,vu', ...rows].join('\n'));
    writeFileSync(config, JSON.stringify(configuration));
    const columns = 'loss=train_loss';
    expect((await run(['check', table, '--config', config, '--columns', columns])).code).toBe(0);
    configuration.protocol.horizon++;
    writeFileSync(config, JSON.stringify(configuration));
    const { code, stdout } = await run(['check', table, '--config', config, '--columns', columns, '--effort', '2']);
    expect(code).toBe(1);
    expect(stdout).toContain(`again: loopproof check ${table} --config ${config} --effort 2 --columns "${columns}"`);
  });
});

describe('train', () => {
  it('records runs that check passes, the same bytes for the same seed', async () => {
    const [a, b] = [inFolder('a.json'), inFolder('b.json')];
    const first = await run(['train', '--epochs', '120', '--out', a]);
    expect(first.stdout).toMatch(/stage 1 ends +epoch \d+/);
    await run(['train', '--epochs', '120', '--out', b]);
    expect(readFileSync(a, 'utf8')).toBe(readFileSync(b, 'utf8'));
    expect((await run(['check', a])).code).toBe(0);
  });

  it('agrees between engines on a configuration with explicit weights and fixed starts', async () => {
    const { curves: _, ...configuration } = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8'));
    const file = inFolder('configuration.json');
    writeFileSync(file, JSON.stringify(configuration));
    const [full, gram] = await Promise.all(
      ['full', 'gram'].map(async (engine) =>
        JSON.parse((await run(['train', '--config', file, '--engine', engine, '--out', '-'])).stdout),
      ),
    );
    for (let e = 0; e < 200; e++)
      expect(Math.abs(full.curves.loss[e] - gram.curves.loss[e]) / full.curves.loss[e]).toBeLessThan(10 ** -12);
    expect(full.weights.final).toBeDefined();
  });

  it('trains the tanh agents of the named protocols, deployed on fixed trials', async () => {
    for (const protocol of ['text', 'artifact-tanh']) {
      const file = inFolder(`${protocol}.json`);
      const { code, stdout } = await run(['train', '--protocol', protocol, '--epochs', '2', '--out', file]);
      expect(code).toBe(0);
      for (const row of ['deployed loss', 'effective gains', 'spectral radius', 'stage 1 ends'])
        expect(stdout).toContain(row);
      const record = readRun(file);
      expect(record.curves.deployedLoss).toHaveLength(2);
      expect(record.protocol.agent).toEqual({ kind: 'tanh', N: 100, leak: 1 });
    }
  });

  it.each(['tanh', 'relu', 'linear', 'gru'] as const)(
    'trains %s agents in closed loop, and a student of one in open loop',
    async (kind) => {
      const trained = ['Wih', 'Whh', 'Who', ...(kind === 'gru' ? ['bih', 'bhh'] : [])];
      const protocol = { ...readRun('fixtures/parity-tanh.json').protocol, agent: { kind, N: 6 }, trained, epochs: 4 };
      const [configuration, closed, open] = ['full.json', 'closed.json', 'open.json'].map(inFolder);
      const write = (value: object) =>
        writeFileSync(configuration!, JSON.stringify({ format: 'loop-run/1', protocol: value }));
      write(protocol);
      expect((await run(['train', '--config', configuration!, '--out', closed!])).code).toBe(0);
      const teacher = readRun(closed!).weights!.final!;
      expect(Object.keys(teacher)).toEqual(trained);
      write({ ...protocol, mode: 'open-loop', inputs: { kind: 'white-observation' }, teacher });
      expect((await run(['train', '--config', configuration!, '--out', open!])).code).toBe(0);
      const student = readRun(open!);
      expect(student.protocol.teacher).toEqual(teacher);
      expect(student.curves.deployedLoss!.every(Number.isFinite)).toBe(true);
      // A run is its own configuration: the same weights, batches of the same seed.
      expect((await run(['train', '--config', open!, '--out', closed!])).code).toBe(0);
      expect(readRun(closed!).curves).toEqual(student.curves);
      expect((await run(['check', open!])).code).toBe(3);
    },
  );

  it('repeats a recorded PyTorch run of a GRU from its file', async () => {
    const out = inFolder('gru.json');
    expect((await run(['train', '--config', 'fixtures/parity-gru.json', '--out', out])).code).toBe(0);
    const [ours, theirs] = [readRun(out), readRun('fixtures/parity-gru.json')];
    theirs.curves.loss.forEach((loss, e) => {
      expect(Math.abs(ours.curves.loss[e]! / loss - 1)).toBeLessThan(1e-10);
    });
  });

  it('trains effective agents, and records a divergence', async () => {
    const { curves: _, ...effective } = JSON.parse(readFileSync('fixtures/parity-effective.json', 'utf8'));
    effective.protocol.optimizer = { kind: 'sgd', lr: 100, clip: null };
    const file = inFolder('wild.json');
    writeFileSync(file, JSON.stringify(effective));
    const out = inFolder('wild-run.json');
    const wild = await run(['train', '--config', file, '--out', out]);
    expect(wild.stdout).toMatch(/diverged +at epoch \d+/);
    expect(readFileSync(out, 'utf8')).toContain('"NaN"');
    expect((await run(['check', out])).code).toBe(0);
  });

  it('trains the tracking task, again from its own record, and leaves judging it undecided', async () => {
    const [a, b] = [inFolder('tracking.json'), inFolder('again.json')];
    const first = await run(['train', '--protocol', 'tracking', '--epochs', '4', '--out', a]);
    expect(first.stdout).toMatch(/0\.4 Hz \(ω = 2\.51\) +not acquired, loss 2\.6/);
    const { curves, ...configuration } = JSON.parse(readFileSync(a, 'utf8'));
    expect(curves.harmonicLoss.map((row: number[]) => row.length)).toEqual([4, 4, 4, 4]);
    writeFileSync(b, JSON.stringify(configuration));
    const again = JSON.parse((await run(['train', '--config', b, '--out', '-'])).stdout);
    expect(again.curves).toEqual(curves);
    const judged = await run(['check', a]);
    expect(judged).toMatchObject({ code: 3, stdout: expect.stringContaining('tracking is trained, not judged') });
  });

  it.each([
    [{ plant: { kind: 'integrator', order: 2, dt: 0.1 } }, 'a cursor, for tracking'],
    [{ plant: { kind: 'cursor', axes: 1, dt: 0.1 } }, 'axes 0 to 0'],
    [{ batch: 8, tracking: { ...PROTOCOLS.tracking.tracking, phases: 'balanced' } }, '9 or more, for balanced phases'],
    [{ batch: 100_000 }, 'N × horizon × trials'],
    [{ agent: { kind: 'tanh', N: 4, leak: 0.1 } }, 'tanh agents do not track'],
    [{ loss: { state: 'mean', beta: 0 } }, 'with another loss'],
  ])('refuses to track with %j', async (change, message) => {
    const file = inFolder('astray.json');
    writeFileSync(file, JSON.stringify({ format: 'loop-run/1', protocol: { ...PROTOCOLS.tracking, ...change } }));
    const { code, stderr } = await run(['train', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    [['--protocol', 'nonsense'], 'artifact-lowrank, artifact-tanh, text, tracking'],
    [['--engine', 'steam'], 'full or gram'],
    [['--protocol', 'tracking', '--epochs', '1', '--engine', 'full'], 'no engine'],
    [['--protocol', 'text', '--epochs', '2', '--engine', 'gram'], 'low-rank agents only'],
    [['--config', 'nowhere.json'], 'no such file'],
    [['--epochs', '0'], 'integer from 1'],
    [['--epochs', '2', '--out', join(folder, 'no', 'where.json')], 'a folder that exists and can be written'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await run(['train', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    [{ mode: 'open-loop' }, 'open-loop training is not covered yet'],
    [{ agent: { kind: 'gru', N: 3 }, trained: ['Who'], mode: 'open-loop' }, 'inputs of kind none'],
    [
      { agent: { kind: 'gru', N: 3 }, trained: ['Who'], mode: 'open-loop', inputs: { kind: 'white-observation' } },
      'protocol.teacher',
    ],
    [{ agent: { kind: 'tanh', N: 3 }, trained: ['Who'], start: { kind: 'population', variance: 1 } }, 'no trials'],
    [{ agent: { kind: 'effective', rank: 1, leak: 1 }, trained: [] }, 'weights.initial.overlaps'],
  ])('refuses a configuration with %j', async (change, message) => {
    const {
      curves: _curves,
      weights: _weights,
      ...rest
    } = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8'));
    const file = inFolder('refused.json');
    writeFileSync(file, JSON.stringify({ ...rest, protocol: { ...rest.protocol, ...change } }));
    const { code, stderr } = await run(['train', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('predict', () => {
  it('knows the fastest memory-only loop, whose radius is 2/3', async () => {
    const { stdout } = await run(['predict', `--zm=${-1 / 3}`, `--zu=${8 / 27}`, '--vm=1', '--json']);
    const { spectralRadius, stable, loss, gradient } = JSON.parse(stdout);
    // A triple root: each is off by about the cube root of rounding.
    expect(Math.abs(spectralRadius - 2 / 3)).toBeLessThan(10 ** -4);
    expect(stable).toBe(true);
    expect(loss).toBeGreaterThan(0.3);
    expect(Object.keys(gradient)).toEqual(['zm', 'zu', 'vm', 'vu']);
  });

  it('decides the boundary exactly where eigenvalues cannot', async () => {
    const { stdout } = await run(['predict', '--zm=-0.3', '--zu=0.3', '--vm=1']);
    expect(stdout).toMatch(/stable +no \(exactly\)/);
  });

  it('answers line by line, and names the line that it cannot', async () => {
    const good = '{"overlaps":{"zm":-0.2,"zu":0.3,"vm":1,"vu":0},"horizon":10,"beta":0.5,"startVariance":1}';
    const { code, stdout, stderr } = await run(['predict', '--jsonl'], `${good}\n\n${good}\n{"overlaps":{}}\n`);
    expect(code).toBe(2);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('line 4 of standard input');
    expect((await run(['predict', '--jsonl'], 'no json\n')).stderr).toContain('a JSON object');
  });

  it('answers a line as it answers the same options, and remembers nothing between lines', async () => {
    const questions = [
      { overlaps: { zm: -0.2, zu: 0.3, vm: 1, vu: 0.1 }, horizon: 10, beta: 0.5, startVariance: 1, exponent: 3 },
      { overlaps: { zm: -0.03, zu: 0.1, vm: 0.05, vu: 0.03 }, horizon: 50, beta: 0, startVariance: 2, exponent: 10 },
      { overlaps: { zm: -0.2, zu: 0.3, vm: 1, vu: 0.1 }, horizon: 10, beta: 0.5, startVariance: 2, exponent: 4 },
    ];
    const lines = await run(['predict', '--jsonl'], questions.map((question) => JSON.stringify(question)).join('\n'));
    const single = await Promise.all(
      questions.map(({ overlaps, startVariance, ...rest }) =>
        run([
          'predict',
          '--json',
          ...Object.entries({ ...overlaps, variance: startVariance, ...rest }).map(([k, v]) => `--${k}=${v}`),
        ]),
      ),
    );
    expect(lines.stdout).toBe(single.map(({ stdout }) => stdout).join(''));
    const { thirdEigenvalue, surrogate, bounds, horizonCosine } = JSON.parse(single[0]!.stdout);
    expect(surrogate.exponent).toBe(3);
    expect(thirdEigenvalue.estimates.map(({ order }: { order: number }) => order)).toEqual([1, 2, 3]);
    expect(bounds.observations).toBeGreaterThan(bounds.fullInformation);
    expect(Math.abs(horizonCosine)).toBeLessThanOrEqual(1);
  });

  describe('a run', () => {
    const forecast = async (...args: string[]) => JSON.parse((await run(['predict', '--json', ...args])).stdout);

    it('stabilises at the epoch that it forecasts from the weights, from their Gram matrix, and from the seed', async () => {
      const { curves: _, ...rest } = JSON.parse(readFileSync('fixtures/parity-lowrank.json', 'utf8'));
      delete rest.weights;
      Object.assign(rest.protocol, {
        start: { kind: 'population', variance: 4 / 3 },
        horizon: 30,
        epochs: 300,
        agent: { kind: 'linear-low-rank', N: 40, rank: 1, leak: 1 },
      });
      const [configuration, trained, bare] = ['c.json', 'trained.json', 'bare.json'].map(inFolder);
      writeFileSync(configuration!, JSON.stringify(rest));
      const { stdout } = await run([
        'train',
        '--config',
        configuration!,
        '--engine',
        'full',
        '--seed',
        '3',
        '--out',
        trained!,
      ]);
      const record = JSON.parse(readFileSync(trained!, 'utf8'));
      writeFileSync(bare!, JSON.stringify({ ...record, weights: {} }));
      const [weights, gram, drawn] = await Promise.all([
        forecast('--run', trained!),
        forecast('--run', bare!),
        forecast('--run', configuration!, '--seed', '3'),
      ]);
      expect([weights.weights, gram.weights, drawn.weights]).toEqual(['weights', 'gram', 'drawn']);
      expect(drawn.seed).toBe(3);
      const stage2 = Number(/stage 2 ends +epoch (\d+)/.exec(stdout)![1]);
      for (const { stageTwo } of [weights, gram, drawn]) expect(stageTwo.epoch.value).toBe(stage2);
      // The same weights by another way are the same numbers.
      const { seed: _seed, ...same } = drawn;
      expect({ ...same, weights: 'weights' }).toEqual(weights);
      const text = (await run(['predict', '--run', configuration!, '--seed', '3'])).stdout;
      expect(text).toMatch(new RegExp(`stable from epoch +${stage2} +stabilisation-follows-gram-dynamics`));
      expect(text).toContain('weights drawn with seed 3');
      expect((await forecast('--run', configuration!, '--epochs', '7')).epochs).toBe(7);
    });

    const { curves, ...configuration } = JSON.parse(readFileSync('fixtures/pytorch-lowrank-seed0.json', 'utf8'));
    const changed = (change: object): object => ({
      ...configuration,
      protocol: { ...configuration.protocol, ...change },
    });
    const indefinite = { loss: [1], gram: [[1, 2, 1, 0, 0, 1, 0, 0, 0, 1]] };
    const linear = { agent: { kind: 'linear', N: 5, leak: 1 }, trained: ['Who'] };
    it.each<[string, object, RegExp]>([
      ['open loop', changed({ mode: 'open-loop' }), /protocol\n {2}received {2}open-loop training is not covered yet/],
      ['tanh', changed({ agent: { kind: 'tanh', N: 5 }, trained: ['Who'] }), /tanh agents are not covered yet/],
      ['full rank', changed(linear), /protocol\.agent\.kind\n {2}received {2}linear\n/],
      [
        'adam',
        changed({ optimizer: { kind: 'adam', lr: 0.001, clip: 1 } }),
        /protocol\.optimizer\n {2}received {2}adam/,
      ],
      [
        'no variance',
        changed({ start: { kind: 'uniform', low: 0, high: 2 } }),
        /protocol\.start\n {2}received {2}uniform from 0 to 2/,
      ],
      ['no start', changed({ start: undefined }), /protocol\.start\n {2}received {2}nothing/],
      [
        'indefinite Gram matrix',
        { ...configuration, curves: indefinite },
        /curves\.gram\[0\]\n.*not positive semidefinite/,
      ],
      [
        'Gram matrix after an update',
        { ...changed({ rows: 'after-update' }), curves: { loss: [1], gram: [[1, 0, 1, 0, 0, 1, 0, 0, 0, 1]] } },
        /a row after the first update/,
      ],
    ])('is refused with %s', async (name, content, message) => {
      const file = inFolder(`refused ${name}.json`);
      writeFileSync(file, JSON.stringify(content));
      const { code, stdout, stderr } = await run(['predict', '--run', file]);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/expected {2}.+\n {2}try {7}.+/);
    });

    it('says that drawn weights are not those of a record without any', async () => {
      expect(curves.gram).toBeUndefined();
      const { stdout } = await run(['predict', '--run', 'fixtures/pytorch-lowrank-seed0.json', '--epochs', '5']);
      expect(stdout).toContain('weights drawn with seed 2505, not the weights of the recorded run');
    });
  });

  it('prints what overflows as text', async () => {
    const { stdout } = await run(['predict', '--zm=1e30', '--zu=1e30', '--vm=1e30', '--json']);
    expect(JSON.parse(stdout).loss).toMatch(/Infinity|NaN/);
  });
});

describe('replay, list, bench and help', () => {
  it('replays drawn and listed cases', async () => {
    const drawn = await run(['replay', 'stability-region-is-exact', '--seed', '7', '--path', '3']);
    expect(drawn).toMatchObject({ code: 0, stdout: expect.stringContaining('region ⇔ Jury test') });
    const listed = await run(['replay', 'recorded-losses-follow-overlaps', '--seed', '0', '--path', 'listed-2']);
    expect(listed.stdout).toContain('case pytorch-lowrank-seed2');
    for (const path of ['x', '1', 'listed-99']) {
      const refused = await run(['replay', 'recorded-losses-follow-overlaps', '--seed', '0', '--path', path]);
      expect(refused.code).toBe(2);
    }
  });

  it('says of a case outside the regime that it decides nothing', async () => {
    const paths = Array.from({ length: 6 }, (_, k) => String(k));
    const outcomes = await Promise.all(
      paths.map((path) => run(['replay', 'stage-one-lasts-as-predicted', '--seed', '5', '--path', path])),
    );
    const outside = outcomes.filter(({ code }) => code === 3);
    expect(outside.length).toBeGreaterThan(0);
    for (const { stdout } of outside) expect(stdout).toMatch(/outside the claim’s regime\n\nundecided/);
    for (const { stdout } of outcomes) expect(stdout).not.toContain('the check failed');
  });

  it('replays what refuted a mutant, and takes an empty share of mutants for undecided', async () => {
    const { code, stdout } = await run(['verify', 'golden-ratio-is-optimal', '--mutants']);
    expect(code).toBe(0);
    const [, seed, path, mutant] = /replay golden-ratio-is-optimal --seed (\S+) --path (\S+) --mutant "([^"]+)"/.exec(
      stdout,
    )!;
    const again = await run([
      'replay',
      'golden-ratio-is-optimal',
      '--seed',
      seed!,
      '--path',
      path!,
      '--mutant',
      mutant!,
    ]);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringMatching(/refuted\n$/) });
    expect((await run(['verify', '--mutants', '--shard', '999/1000'])).code).toBe(3);
  });

  it('lists every claim', async () => {
    const list = JSON.parse((await run(['list', '--json'])).stdout);
    expect(list.length).toBeGreaterThanOrEqual(13);
    for (const entry of list) expect(Object.keys(entry)).toEqual(['id', 'kind', 'title', 'status', 'source']);
    expect((await run(['list'])).stdout).toContain(list[0].title);
  });

  it('proves, and explains with derivation and mutants', async () => {
    const proved = await run(['prove', 'golden-ratio-is-optimal', 'stage-one-eigenvalues']);
    expect(proved.code).toBe(0);
    expect(proved.stdout).toMatch(
      /holds +golden-ratio-is-optimal +polynomials 2\/2, grid 2\/2, nerdamer 2\/2, z3 2\/2/,
    );
    const without = await run(['prove', 'golden-ratio-is-optimal', '--no-z3', '--json', '-']);
    expect(without.code).toBe(3);
    expect(JSON.parse(without.stdout).claims[0]).toMatchObject({
      id: 'golden-ratio-is-optimal',
      status: 'undecided',
      reason: 'not decided: install z3-solver',
      kernels: { polynomials: 2, grid: 2, nerdamer: 2 },
    });
    const mutants = await run(['prove', 'golden-ratio-is-optimal', '--mutants']);
    expect(mutants).toMatchObject({ code: 0, stdout: expect.stringContaining('missed') });
    const explained = await run(['explain', 'memoryless-loop-is-unstable']);
    expect(explained.stdout).toMatch(/source +new; src\/theory\/README.md#stability[\s\S]*Gauss–Lucas/);
    expect(explained.stdout).toMatch(/covers +[\s\S]*k = 2[\s\S]*would be refuted by/);
    const latex = await run(['explain', 'third-eigenvalue-follows-memory', '--latex']);
    expect(latex.stdout).toContain('\\lambda_3 = \\sigma_{vu} + q/D');
    const empirical = await run(['explain', 'gram-dynamics-reproduces-recorded-runs']);
    expect(empirical.stdout).toContain('not proved');
  });

  it('benches', async () => {
    const { benchmarks, machine } = JSON.parse((await run(['bench', '--json'])).stdout);
    expect(machine.threads).toBe(1);
    const ids = benchmarks.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['baseline', 'tracking-epoch', 'gram-1000', 'gram-1000-N10000', 'full-1000-N100']),
    );
    expect(ids).not.toContain('tanh-closed-1000');
    for (const { ms, relative } of benchmarks) expect(ms * relative).toBeGreaterThan(0);
    const { stdout } = await run(['bench', 'spectra-1000']);
    expect(stdout).toMatch(/baseline[\s\S]*spectra-1000/);
    expect(stdout).not.toContain('gram-1000');
    const { code, stderr } = await run(['bench', 'gram-10000']);
    expect(code).toBe(2);
    expect(stderr).toContain('tanh-closed-1000');
  });

  it('helps, with examples for every command', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'help');
    expect(commands).toHaveLength(12);
    for (const name of commands) expect((await run([name, '--help'])).stdout, name).toContain('Examples:');
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['verify', '--nonsense'], /unknown option '--nonsense'/],
    [['verify', 'stage-two-eigenvalues'], /did you mean stage-one-eigenvalues\?/],
    [['verify', 'nonsense'], /run `loopproof list`/],
    [['verify', '--runs', 'many'], /integer/],
    [['verify', '--runs', '0'], /integer/],
    [['verify', '--budget', 'soon'], /duration/],
    [['verify', '--shard', '3/2'], /share/],
    [['predict', '--zm=NaN'], /expected a number/],
    [['predict', '--vu=1e160'], /expected a number/],
    [['predict', '--json', '--jsonl'], /cannot be used with/],
    [['predict', '--jsonl', '--zm=1'], /cannot be used with/],
    [['predict', '--run', 'run.json', '--horizon', '5'], /cannot be used with/],
    [['predict', '--run', 'run.json', '--jsonl'], /cannot be used with/],
    [['predict', '--run', 'nowhere.json'], /no such file/],
    [['predict', '--seed', '5'], /is about a run/],
    [['predict', '--exponent', '0'], /integer from 1/],
    [['verify', '--runs', '2147483647'], /integer/],
    [['predict', '--beta=-1'], /from 0/],
    [['replay', 'stage-one-eigenvalues'], /required option/],
    [['check'], /missing required argument/],
    [['check', 'x', '--columns', 'lss=a'], /expected pairs such as loss=NAME, of loss/],
    [['check', 'x', '--columns', 'loss'], /expected pairs such as loss=NAME/],
    [['check', 'x', '--effort', '0'], /expected a number/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('uses no colour where there is no terminal', async () => {
    const { stdout } = await run(['verify', 'stage-one-eigenvalues', '--runs', '5']);
    expect(stdout).not.toContain('\x1b[');
  });

  it('follows links, keeps a file’s mode, and leaves the old file where it cannot write the new', async () => {
    const [target, link] = [inFolder('target.json'), inFolder('link.json')];
    writeFileSync(target, 'old', { mode: 0o600 });
    symlinkSync(target, link);
    expect((await run(['train', '--epochs', '2', '--out', link])).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(target, 'utf8')).format).toBe('loop-run/1');
    for (const args of [
      ['train', '--epochs', '2', '--out', '/dev/full'],
      ['check', '/etc/passwd/x'],
    ]) {
      const { code, stderr } = await run(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/received {2}(ENOSPC|ENOTDIR)/);
    }
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('shows the verdicts of the files that it could read', async () => {
    const { code, stdout, stderr } = await run(['check', 'fixtures/parity-lowrank.json', 'nowhere.json']);
    expect(code).toBe(2);
    expect(stdout).toContain('2 hold');
    expect(stderr).toContain('no such file');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const code = await new Promise<number | null>((resolve) => {
      const child = spawn(process.execPath, [MAIN, 'list', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.destroy();
      child.on('close', resolve);
    });
    expect(code).toBe(0);
  });
});
