/**
 * The command line as users meet it: its output, its exit codes and its refusals. It is spawned where a process matters.
 */
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printed, refused, run } from '#spec/cli/called.js';
import * as spawned from '#spec/cli/spawned.js';
import { fixture, testFolder } from '#spec/support/files.js';
import { COMMANDS } from '#src/cli/program.js';
import { PROTOCOLS } from '#src/problem/protocol.js';
import { readRun } from '#src/runs/format/read.js';

const { folder, at, read, readJson, write } = testFolder('commands');

/** Times aside, which no two runs share. */
const timeless = (json: string): string => json.replaceAll(/"ms": \d+/g, '"ms": 0');

// What is called below stands for what is spawned.
it.each([
  [['explain', 'golden-ratio-is-optimal']],
  [['predict', '--zm=-0.3', '--zu=0.3', '--vm=1', '--json']],
  [['verify', 'stage-one-eigenvalues', '--budget', '0s', '--json', '-']],
  [['check', 'fixtures/parity-lowrank.json', 'nowhere.json']],
  [['verify', 'nonsense']],
  [['--version']],
])('%j ends alike called and spawned, with the same words', async (args) => {
  const [called, alone] = await Promise.all([run(args), spawned.run(args)]);
  const words = (text: string): string => timeless(text).replaceAll(/ +\d+ ms/g, '');
  for (const stream of ['stdout', 'stderr'] as const) expect(words(called[stream])).toBe(words(alone[stream]));
  expect(called.code).toBe(alone.code);
});

describe('verify', () => {
  const quick = ['stage-one-eigenvalues', 'stability-region-is-exact', 'recorded-losses-follow-overlaps'];

  it('gives the same bytes for the same seed, whatever the number of workers', async () => {
    const outputs = await Promise.all(
      ['1', '2', '3'].map((workers) => spawned.printed(['verify', ...quick, '--workers', workers, '--json', '-'])),
    );
    expect(new Set(outputs.map(timeless)).size).toBe(1);
    const report = JSON.parse(outputs[0]!);
    expect(report).toMatchObject({ tool: 'loopproof', seed: 2505, summary: { holds: 3, refuted: 0, undecided: 0 } });
    // In the ledger's order, whatever the order of the arguments.
    expect(report.claims.map(({ id }: { id: string }) => id)).toEqual([quick[1], quick[0], quick[2]]);
    expect(report.claims[0].worst).toMatchObject({ residual: 0, bound: 0 });
    expect(report.claims[0].kind).toBe('universal');
  });

  it('draws other cases for another seed, and says which seed it explored', async () => {
    const [a, b, explored] = await Promise.all([
      printed(['verify', quick[0]!, '--seed', '1', '--json', '-']),
      printed(['verify', quick[0]!, '--seed', '2', '--json', '-']),
      printed(['verify', quick[0]!, '--explore', '--runs', '20']),
    ]);
    expect(timeless(a)).not.toBe(timeless(b));
    expect(explored).toMatch(/1 claim · seed \d+[\s\S]*20 cases/);
  });

  it('leaves what a budget does not reach undecided', async () => {
    const { code, stdout } = await run(['verify', 'learning-closes-on-gram', '--budget', '0.001s', '--workers', '1']);
    expect(code).toBe(3);
    expect(stdout).toContain('budget spent');
  });

  it('takes shares of the claims that together are all of them', async () => {
    const share = (part: string) => printed(['verify', ...quick, '--runs', '5', '--shard', part]);
    expect(await share('1/2')).toContain('2 claims');
    expect(await share('2/2')).toContain('1 claim ·');
  });

  it('writes JSON whole, beside the table', async () => {
    const shown = await printed(['verify', quick[0]!, '--runs', '5', '--json', at('verdicts.json')]);
    expect(shown).toContain('1 hold, 0 refuted, 0 undecided');
    expect(readJson('verdicts.json').summary.holds).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });
});

describe('check', () => {
  it.each([0, 1, 2])('passes recorded run %d and refutes it under a wrong horizon', async (seed) => {
    const file = `fixtures/pytorch-lowrank-seed${seed}.json`;
    await printed(['check', file]);
    const wrong = write(`wrong-${seed}.json`, readFileSync(file, 'utf8').replace('"horizon":50', '"horizon":51'));
    const { code, stdout } = await run(['check', wrong]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/recorded-losses-follow-overlaps[\s\S]*refuted by epoch \d+/);
    expect(stdout).toContain(`again: loopproof check ${wrong}`);
  });

  it('tells undecided from refuted, and counts several files', async () => {
    const record = fixture('pytorch-lowrank-seed0');
    delete record.curves.overlaps;
    const poor = write('poor.json', record);
    const { code, stdout } = await run(['check', poor, 'fixtures/parity-lowrank.json', '--json', '-']);
    expect(code).toBe(3);
    const report = JSON.parse(stdout);
    expect(report.summary).toEqual({ holds: 2, refuted: 0, undecided: 6 });
    expect(report.claims[0]).toMatchObject({
      run: poor,
      status: 'undecided',
      reason: expect.stringContaining('add weights.initial'),
    });
    expect(report.seed).toBeUndefined();
  });
});

describe('formats', () => {
  it('are written by train, and judged alike by check', async () => {
    for (const suffix of ['npz', 'json.gz']) {
      const file = at(`run.${suffix}`);
      await printed(['train', '--epochs', '20', '--out', file]);
      expect(await printed(['check', file])).toContain('2 hold, 0 refuted, 0 undecided');
    }
  });

  it('include tables, with the protocol and the names of columns as options, which a refutation repeats', async () => {
    const { curves, ...configuration } = fixture('pytorch-lowrank-seed0');
    const { zm, zu, vm, vu } = curves.overlaps;
    const rows = curves.loss.map((loss: number, e: number) => [loss, zm[e], zu[e], vm[e], vu[e]].join(','));
    const table = write('log.csv', ['train_loss,zm,zu,vm,vu', ...rows].join('\n'));
    const config = write('config.json', configuration);
    const columns = 'loss=train_loss';
    await printed(['check', table, '--config', config, '--columns', columns]);
    configuration.protocol.horizon++;
    write('config.json', configuration);
    const { code, stdout } = await run(['check', table, '--config', config, '--columns', columns, '--effort', '2']);
    expect(code).toBe(1);
    expect(stdout).toContain(`again: loopproof check ${table} --config ${config} --effort 2 --columns ${columns}`);
  });
});

describe('train', () => {
  it('records runs that check passes, the same bytes for the same seed', async () => {
    const train = (out: string) => spawned.printed(['train', '--epochs', '120', '--out', at(out)]);
    expect(await train('a.json')).toMatch(/stage 1 ends +epoch \d+/);
    await train('b.json');
    expect(read('a.json')).toBe(read('b.json'));
    await spawned.printed(['check', at('a.json')]);
  });

  it('agrees between engines on a configuration with explicit weights and fixed starts', async () => {
    const { curves: _, ...configuration } = fixture('parity-lowrank');
    const file = write('configuration.json', configuration);
    const [full, gram] = await Promise.all(
      ['full', 'gram'].map(async (engine) =>
        JSON.parse(await printed(['train', '--config', file, '--engine', engine, '--out', '-'])),
      ),
    );
    for (let e = 0; e < 200; e++)
      expect(Math.abs(full.curves.loss[e] - gram.curves.loss[e]) / full.curves.loss[e]).toBeLessThan(10 ** -12);
    expect(full.weights.final).toBeDefined();
  });

  it('trains the tanh agents of the named protocols, deployed on fixed trials', async () => {
    for (const protocol of ['text', 'artifact-tanh']) {
      const file = at(`${protocol}.json`);
      const summary = await printed(['train', '--protocol', protocol, '--epochs', '2', '--out', file]);
      for (const row of ['deployed loss', 'effective gains', 'spectral radius', 'stage 1 ends'])
        expect(summary).toContain(row);
      const record = readRun(file);
      expect(record.curves.deployedLoss).toHaveLength(2);
      expect(record.protocol.agent).toEqual({ kind: 'tanh', N: 100, leak: 1 });
    }
  });

  it.each([
    { kind: 'tanh' },
    { kind: 'relu' },
    { kind: 'linear' },
    { kind: 'gru' },
    { kind: 'gru', resetAfter: false },
    { kind: 'gru', optimizer: { kind: 'adamw', lr: 0.01, clip: 1, weightDecay: 0.1 } },
    {
      kind: 'relu',
      optimizer: {
        kind: 'sgd',
        lr: [0, 0.02, 0.01, 0.005],
        clip: null,
        clipValue: 0.1,
        momentum: 0.9,
        nesterov: true,
        weightDecay: 0.01,
      },
    },
  ])('trains %j agents in closed loop, and a student of one in open loop', async ({ optimizer, ...kind }) => {
    const recorded = readRun('fixtures/parity-tanh.json').protocol;
    const trained = ['Wih', 'Whh', 'Who', ...(kind.kind === 'gru' ? ['bih', 'bhh'] : [])];
    const agent = { ...kind, N: 6 };
    const protocol = { ...recorded, agent, trained, epochs: 4, ...(optimizer && { optimizer }) };
    const [closed, open] = [at('closed.json'), at('open.json')];
    const train = (value: object, out: string) =>
      printed(['train', '--config', write('full.json', { format: 'loop-run/1', protocol: value }), '--out', out]);
    await train(protocol, closed);
    const teacher = readRun(closed).weights!.final!;
    expect(Object.keys(teacher)).toEqual(trained);
    await train({ ...protocol, mode: 'open-loop', inputs: { kind: 'white-observation' }, teacher }, open);
    const student = readRun(open);
    expect(student.protocol.teacher).toEqual(teacher);
    expect(student.curves.deployedLoss!.every(Number.isFinite)).toBe(true);
    // A run is its own configuration: the same weights, batches of the same seed.
    await printed(['train', '--config', open, '--out', closed]);
    expect(readRun(closed).curves).toEqual(student.curves);
    expect((await run(['check', open])).code).toBe(3);
  });

  it('trains the first epochs of a schedule, and no more than it has', async () => {
    const { protocol } = JSON.parse(JSON.stringify(readRun('fixtures/parity-tanh.json')));
    const optimizer = { kind: 'adam', lr: [0.01, 0.01, 0.001], clip: 1, weightDecay: 0.1 };
    const value = { format: 'loop-run/1', protocol: { ...protocol, epochs: 3, optimizer } };
    const [config, out] = [write('schedule.json', value), at('scheduled.json')];
    await printed(['train', '--config', config, '--epochs', '2', '--out', out]);
    expect(readRun(out).protocol).toMatchObject({ epochs: 2, optimizer: { lr: [0.01, 0.01] } });
    const { code, stderr } = await run(['train', '--config', config, '--epochs', '4']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/at most 3: protocol\.optimizer\.lr lists so many learning rates/);
  });

  it('trains with a loss by its matrices, judges it, and predicts its final loss but no stages', async () => {
    const { protocol } = JSON.parse(JSON.stringify(readRun('fixtures/parity-tanh.json')));
    const loss = {
      Q: [
        [1, 0.5],
        [0.5, 2],
      ],
      R: [[0.1]],
      discount: 0.9,
      reduction: 'sum',
    };
    const start = { kind: 'uniform', low: -1, high: 1 };
    const config = (agent: object, trained = ['Wih', 'Whh', 'Who']) =>
      write('matrices.json', {
        format: 'loop-run/1',
        protocol: { ...protocol, start, loss, agent, trained, epochs: 6 },
      });
    const out = at('matrices.npz');
    for (const kind of ['relu', 'linear']) {
      await printed(['train', '--config', config({ kind, N: 6 }), '--snapshots', '2', '--out', out]);
      expect(await printed(['check', out])).toMatch(/^holds +recorded-windows-follow-snapshots.*6 of 6 epochs/m);
    }
    const lowRank = config({ kind: 'linear-low-rank', N: 6, rank: 1 }, ['z', 'U', 'V']);
    for (const engine of ['full', 'gram']) {
      await printed(['train', '--config', lowRank, '--engine', engine, '--out', out]);
      expect(await printed(['check', out])).toMatch(/^2 hold, 0 refuted, 0 undecided$/m);
    }
    const prediction = await printed(['predict', '--run', lowRank]);
    expect(prediction).toMatch(/^ +stable from epoch +– .*no forecast: needs a loss by its name$/m);
    expect(prediction).toMatch(/^ +final loss +[\d.e+-]+ +learning-closes-on-gram/m);
  });

  it('repeats a recorded PyTorch run of a GRU from its file', async () => {
    const out = at('gru.json');
    await printed(['train', '--config', 'fixtures/parity-gru.json', '--out', out]);
    const [ours, theirs] = [readRun(out), readRun('fixtures/parity-gru.json')];
    theirs.curves.loss.forEach((loss, e) => {
      expect(Math.abs(ours.curves.loss[e]! / loss - 1)).toBeLessThan(1e-10);
    });
  });

  it('trains effective agents, and records a divergence', async () => {
    const { curves: _, ...effective } = fixture('parity-effective');
    effective.protocol.optimizer = { kind: 'sgd', lr: 100, clip: null };
    const out = at('wild-run.json');
    const summary = await printed(['train', '--config', write('wild.json', effective), '--out', out]);
    expect(summary).toMatch(/diverged +at epoch \d+/);
    expect(read('wild-run.json')).toContain('"NaN"');
    await printed(['check', out]);
  });

  it('trains the tracking task, again from its own record, and leaves judging it undecided', async () => {
    const file = at('tracking.json');
    const summary = await printed(['train', '--protocol', 'tracking', '--epochs', '4', '--out', file]);
    expect(summary).toMatch(/0\.4 Hz \(ω = 2\.51\) +not acquired, loss 2\.6/);
    const { curves, ...configuration } = readJson('tracking.json');
    expect(curves.harmonicLoss.map((row: number[]) => row.length)).toEqual([4, 4, 4, 4]);
    const again = await printed(['train', '--config', write('again.json', configuration), '--out', '-']);
    expect(JSON.parse(again).curves).toEqual(curves);
    expect(await run(['check', file])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('add starts.phases'),
    });
  });

  it.each(['artifact-lowrank', 'artifact-tanh', 'tracking'])(
    'records a run of protocol %s with snapshots, which holds',
    async (protocol) => {
      for (const suffix of ['npz', 'json']) {
        const file = at(`${protocol}.${suffix}`);
        await printed(['train', '--protocol', protocol, '--epochs', '5', '--snapshots', '2', '--out', file]);
        expect(await printed(['check', file])).toMatch(
          /holds +recorded-windows-follow-snapshots .* 5 of 5 epochs, weights at 3 of 3 ends/,
        );
      }
    },
  );

  it.each([
    [{ plant: { kind: 'integrator', order: 2, dt: 0.1 } }, 'a cursor, for tracking'],
    [{ plant: { kind: 'cursor', axes: 1, dt: 0.1 } }, 'axes 0 to 0'],
    [{ batch: 8, tracking: { ...PROTOCOLS.tracking.tracking, phases: 'balanced' } }, '9 or more, for balanced phases'],
    [{ batch: 100_000 }, 'N × horizon × trials'],
    [{ agent: { kind: 'tanh', N: 4, leak: 0.1 } }, 'tanh agents do not track'],
    [{ loss: { state: 'mean', beta: 0 } }, 'with another loss'],
  ])('refuses to track with %j', async (change, message) => {
    const file = write('astray.json', { format: 'loop-run/1', protocol: { ...PROTOCOLS.tracking, ...change } });
    expect(await refused(['train', '--config', file])).toContain(message);
  });

  it.each([
    [['--protocol', 'nonsense'], 'artifact-lowrank, artifact-tanh, text, tracking'],
    [['--engine', 'steam'], 'full or gram'],
    [['--protocol', 'tracking', '--epochs', '1', '--engine', 'full'], 'no engine'],
    [['--protocol', 'text', '--epochs', '2', '--engine', 'gram'], 'low-rank agents without noise only'],
    [['--config', 'nowhere.json'], 'no such file'],
    [['--epochs', '0'], 'integer from 1'],
    [['--protocol', 'artifact-tanh', '--snapshots', '1'], 'fewer epochs or snapshots'],
    [['--epochs', '2', '--out', at('no', 'where.json')], 'a folder that exists and can be written'],
  ])('refuses %j', async (args, message) => {
    expect(await refused(['train', ...args])).toContain(message);
  });

  it.each([
    [{ mode: 'open-loop' }, 'order parameters do not describe open-loop runs'],
    [{ agent: { kind: 'gru', N: 3 }, trained: ['Who'], mode: 'open-loop' }, 'inputs of kind none'],
    [
      { agent: { kind: 'gru', N: 3 }, trained: ['Who'], mode: 'open-loop', inputs: { kind: 'white-observation' } },
      'protocol.teacher',
    ],
    [{ agent: { kind: 'tanh', N: 3 }, trained: ['Who'], start: { kind: 'population', variance: 1 } }, 'no trials'],
    [{ agent: { kind: 'effective', rank: 1, leak: 1 }, trained: ['zm'] }, 'weights.initial.overlaps'],
  ])('refuses a configuration with %j', async (change, message) => {
    const { curves: _curves, weights: _weights, ...rest } = fixture('parity-lowrank');
    const file = write('refused.json', { ...rest, protocol: { ...rest.protocol, ...change } });
    expect(await refused(['train', '--config', file])).toContain(message);
  });
});

describe('predict', () => {
  const predicted = async (...args: string[]) => JSON.parse(await printed(['predict', '--json', ...args]));

  it('knows the fastest memory-only loop, whose radius is 2/3', async () => {
    const { spectralRadius, stable, loss, gradient } = await predicted(`--zm=${-1 / 3}`, `--zu=${8 / 27}`, '--vm=1');
    // A triple root: each is off by about the cube root of rounding.
    expect(Math.abs(spectralRadius - 2 / 3)).toBeLessThan(10 ** -4);
    expect(stable).toBe(true);
    expect(loss).toBeGreaterThan(0.3);
    expect(Object.keys(gradient)).toEqual(['zm', 'zu', 'vm', 'vu']);
  });

  it('decides the boundary exactly where eigenvalues cannot', async () => {
    expect(await printed(['predict', '--zm=-0.3', '--zu=0.3', '--vm=1'])).toMatch(/stable +no \(exactly\)/);
  });

  it('answers line by line, and names the line that it cannot', async () => {
    const good = '{"overlaps":{"zm":-0.2,"zu":0.3,"vm":1,"vu":0},"horizon":10,"beta":0.5,"startVariance":1}';
    const input = `${good}\n\n${good}\n{"overlaps":{}}\n`;
    const { code, stdout, stderr } = await spawned.run(['predict', '--jsonl'], { input });
    expect(code).toBe(2);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('line 4 of standard input');
    expect(await spawned.refused(['predict', '--jsonl'], { input: 'no json\n' })).toContain('one JSON value');
  });

  it('answers a line as it answers the same options, and remembers nothing between lines', async () => {
    const questions = [
      { overlaps: { zm: -0.2, zu: 0.3, vm: 1, vu: 0.1 }, horizon: 10, beta: 0.5, startVariance: 1, exponent: 3 },
      { overlaps: { zm: -0.03, zu: 0.1, vm: 0.05, vu: 0.03 }, horizon: 50, beta: 0, startVariance: 2, exponent: 10 },
      { overlaps: { zm: -0.2, zu: 0.3, vm: 1, vu: 0.1 }, horizon: 10, beta: 0.5, startVariance: 2, exponent: 4 },
    ];
    const input = questions.map((question) => JSON.stringify(question)).join('\n');
    const single = await Promise.all(
      questions.map(({ overlaps, startVariance, ...rest }) => {
        const options = Object.entries({ ...overlaps, variance: startVariance, ...rest });
        return printed(['predict', '--json', ...options.map(([name, value]) => `--${name}=${value}`)]);
      }),
    );
    expect(await spawned.printed(['predict', '--jsonl'], { input })).toBe(single.join(''));
    const { thirdEigenvalue, surrogate, bounds, horizonCosine } = JSON.parse(single[0]!);
    expect(surrogate.exponent).toBe(3);
    expect(thirdEigenvalue.estimates.map(({ order }: { order: number }) => order)).toEqual([1, 2, 3]);
    expect(bounds.observations).toBeGreaterThan(bounds.fullInformation);
    expect(Math.abs(horizonCosine)).toBeLessThanOrEqual(1);
  });

  describe('a run', () => {
    it('stabilises at the epoch that it forecasts from the weights, from their Gram matrix, and from the seed', async () => {
      const { curves: _curves, weights: _weights, ...rest } = fixture('parity-lowrank');
      Object.assign(rest.protocol, {
        start: { kind: 'population', variance: 4 / 3 },
        horizon: 30,
        epochs: 300,
        agent: { kind: 'linear-low-rank', N: 40, rank: 1, leak: 1 },
      });
      const [configuration, trained] = [write('c.json', rest), at('trained.json')];
      const train = ['train', '--config', configuration, '--engine', 'full', '--seed', '3', '--out', trained];
      const summary = await printed(train);
      const bare = write('bare.json', { ...readJson('trained.json'), weights: {} });
      const [weights, gram, drawn] = await Promise.all([
        predicted('--run', trained),
        predicted('--run', bare),
        predicted('--run', configuration, '--seed', '3'),
      ]);
      expect([weights.weights, gram.weights, drawn.weights]).toEqual(['weights', 'gram', 'drawn']);
      expect(drawn.seed).toBe(3);
      const stage2 = Number(/stage 2 ends +epoch (\d+)/.exec(summary)![1]);
      for (const { stageTwo } of [weights, gram, drawn]) expect(stageTwo.epoch.value).toBe(stage2);
      // The same weights by another way are the same numbers.
      const { seed: _seed, ...same } = drawn;
      expect({ ...same, weights: 'weights' }).toEqual(weights);
      const text = await printed(['predict', '--run', configuration, '--seed', '3']);
      expect(text).toMatch(new RegExp(`stable from epoch +${stage2} +stabilisation-follows-gram-dynamics`));
      expect(text).toContain('weights drawn with seed 3');
      expect((await predicted('--run', configuration, '--epochs', '7')).epochs).toBe(7);
    });

    const { curves, ...configuration } = fixture('pytorch-lowrank-seed0');
    const changed = (change: object): object => ({
      ...configuration,
      protocol: { ...configuration.protocol, ...change },
    });
    const indefinite = { loss: [1], gram: [[1, 2, 1, 0, 0, 1, 0, 0, 0, 1]] };
    const linear = { agent: { kind: 'linear', N: 5, leak: 1 }, trained: ['Who'] };
    it.each<[string, object, RegExp]>([
      [
        'open loop',
        changed({ mode: 'open-loop' }),
        /protocol\n {2}received {2}order parameters do not describe open-loop runs/,
      ],
      [
        'tanh',
        changed({ agent: { kind: 'tanh', N: 5 }, trained: ['Who'] }),
        /order parameters do not describe tanh agents/,
      ],
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
      const error = await refused(['predict', '--run', write(`refused ${name}.json`, content)]);
      expect(error).toMatch(message);
      expect(error).toMatch(/expected {2}.+\n {2}try {7}.+/);
    });

    it('says that drawn weights are not those of a record without any', async () => {
      expect(curves.gram).toBeUndefined();
      const text = await printed(['predict', '--run', 'fixtures/pytorch-lowrank-seed0.json', '--epochs', '5']);
      expect(text).toContain('weights drawn with seed 2505, not the weights of the recorded run');
    });
  });

  it('prints what overflows as text', async () => {
    expect((await predicted('--zm=1e30', '--zu=1e30', '--vm=1e30')).loss).toMatch(/Infinity|NaN/);
  });
});

describe('replay, list, bench and help', () => {
  it('replays drawn and listed cases', async () => {
    const drawn = await printed(['replay', 'stability-region-is-exact', '--seed', '7', '--path', '3']);
    expect(drawn).toContain('region ⇔ Jury test');
    const listed = ['replay', 'recorded-losses-follow-overlaps', '--seed', '0', '--path'];
    expect(await printed([...listed, 'listed-2'])).toContain('case pytorch-lowrank-seed2');
    for (const path of ['x', '1', 'listed-99']) await refused([...listed, path]);
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
    const shown = await printed(['verify', 'golden-ratio-is-optimal', '--mutants']);
    const [, line, mutant] = /(replay golden-ratio-is-optimal --seed \S+ --path \S+ --mutant) "([^"]+)"/.exec(shown)!;
    const again = await run([...line!.split(' '), mutant!]);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringMatching(/refuted\n$/) });
    expect((await run(['verify', '--mutants', '--shard', '999/1000'])).code).toBe(3);
  });

  it('lists every claim', async () => {
    const list = JSON.parse(await printed(['list', '--json']));
    expect(list.length).toBeGreaterThanOrEqual(13);
    for (const entry of list) expect(Object.keys(entry)).toEqual(['id', 'kind', 'title', 'status', 'source']);
    expect(await printed(['list'])).toContain(list[0].title);
  });

  it('proves, and explains with derivation and mutants', async () => {
    const proved = await spawned.printed(['prove', 'golden-ratio-is-optimal', 'stage-one-eigenvalues']);
    expect(proved).toMatch(/holds +golden-ratio-is-optimal +polynomials 2\/2, grid 2\/2, nerdamer 2\/2, z3 2\/2/);
    const without = await run(['prove', 'golden-ratio-is-optimal', '--no-z3', '--json', '-']);
    expect(without.code).toBe(3);
    expect(JSON.parse(without.stdout).claims[0]).toMatchObject({
      id: 'golden-ratio-is-optimal',
      status: 'undecided',
      reason: 'not decided: install z3-solver',
      kernels: { polynomials: 2, grid: 2, nerdamer: 2 },
    });
    expect(await spawned.printed(['prove', 'golden-ratio-is-optimal', '--mutants'])).toContain('missed');
    const explained = await printed(['explain', 'memoryless-loop-is-unstable']);
    expect(explained).toMatch(/source +new; src\/theory\/README.md#stability[\s\S]*Gauss–Lucas/);
    expect(explained).toMatch(/covers +[\s\S]*k = 2[\s\S]*would be refuted by/);
    const latex = await printed(['explain', 'third-eigenvalue-follows-memory', '--latex']);
    expect(latex).toContain('\\lambda_3 = \\sigma_{vu} + q/D');
    expect(await printed(['explain', 'gram-dynamics-reproduces-recorded-runs'])).toContain('not proved');
  });

  it('benches', async () => {
    const { benchmarks, machine } = JSON.parse(await printed(['bench', '--json']));
    expect(machine.threads).toBe(1);
    const ids = benchmarks.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['baseline', 'tracking-epoch', 'gram-1000', 'gram-1000-N10000', 'full-1000-N100']),
    );
    expect(ids).not.toContain('tanh-closed-1000');
    for (const { ms, relative } of benchmarks) expect(ms * relative).toBeGreaterThan(0);
    const one = await printed(['bench', 'spectra-1000']);
    expect(one).toMatch(/baseline[\s\S]*spectra-1000/);
    expect(one).not.toContain('gram-1000');
    expect(await refused(['bench', 'gram-10000'])).toContain('tanh-closed-1000');
  });

  it('helps, with examples for every command', async () => {
    const help = await printed(['--help']);
    expect([...help.matchAll(/^ {2}([a-z]+) {3}/gm)].map(([, name]) => name)).toEqual([
      ...Object.keys(COMMANDS),
      'help',
    ]);
    for (const name of Object.keys(COMMANDS)) expect(await printed([name, '--help']), name).toContain('Examples:');
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
    [['predict', '--seed', '5'], /works only with '--run <file>'/],
    [['predict', '--exponent', '0'], /integer from 1/],
    [['verify', '--runs', '2147483647'], /integer/],
    [['predict', '--beta=-1'], /from 0/],
    [['replay', 'stage-one-eigenvalues'], /required option/],
    [['check'], /missing required argument/],
    [['check', 'x', '--columns', 'lss=a'], /expected pairs such as loss=NAME, of loss/],
    [['check', 'x', '--columns', 'loss'], /expected pairs such as loss=NAME/],
    [['check', 'x', '--effort', '0'], /expected a number/],
  ])('refuses %j with exit code 2', async (args, message) => {
    expect(await refused(args)).toMatch(message);
  });

  it('uses no colour where there is no terminal', async () => {
    expect(await spawned.printed(['verify', 'stage-one-eigenvalues', '--runs', '5'])).not.toContain('\x1b[');
  });

  it('follows links, keeps a file’s mode, and leaves the old file where it cannot write the new', async () => {
    const [target, link] = [write('target.json', 'old'), at('link.json')];
    chmodSync(target, 0o600);
    symlinkSync(target, link);
    await spawned.printed(['train', '--epochs', '2', '--out', link]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readJson('target.json').format).toBe('loop-run/1');
    for (const args of [
      ['train', '--epochs', '2', '--out', '/dev/full'],
      ['check', '/etc/passwd/x'],
    ]) {
      const { code, stderr } = await spawned.run(args);
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
    const { child, ended } = spawned.begin(process.execPath, [spawned.MAIN, 'list', '--json']);
    child.stdout.destroy();
    expect((await ended).code).toBe(0);
  });
});
