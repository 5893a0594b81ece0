/**
 * The Python recorder, in loops of PyTorch and NumPy: what it records is judged in full, what differs from the protocol is refused at
 * once, and a recorder with a fault is noticed. Skipped where Python lacks them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';
import { judgeRun } from '#src/cli/judge-run.js';
import { AGENTS, trainableOf } from '#src/problem/agents.js';
import { type AgentSpec, MEMORY_FIELDS, optimizerSchema, protocolSchema } from '#src/problem/schema.js';
import { readRun } from '#src/runs/format/read.js';
import { fieldsAt } from '#src/runs/format/validation.js';

/** A Python that has a library: the system's, where Debian's packages live, or the one on the path. */
function pythonWith(library: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((python) => spawnSync(python, ['-c', `import ${library}`]).status === 0);
}

const { at } = testFolder('recorder');
const SCRIPT = 'spec/runs/support/recorded_loop.py';

/** Trains with a library and returns the recorded file. */
function trained(library: string, name: string, epochs: number, precision: string, lr: number): string {
  const out = at(name);
  const args = ['-W', 'ignore', SCRIPT, library, out, String(epochs), precision, String(lr)];
  const { status, stderr } = spawnSync(pythonWith(library)!, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return out;
}

const statuses = (file: string): Record<string, string> =>
  Object.fromEntries(judgeRun(readRun(file), file).verdicts.map(({ id, status }) => [id, status]));

const DRAWN = { 'recorded-windows-are-exchangeable': 'holds' };
const WINDOWS = { 'recorded-windows-follow-snapshots': 'holds', ...DRAWN };
const HOLD = {
  'gram-dynamics-reproduces-recorded-runs': 'holds',
  'recorded-losses-follow-overlaps': 'holds',
  ...WINDOWS,
};

describe.each(['numpy', 'torch'])('a loop in %s', (library) => {
  const absent = pythonWith(library) === undefined || pythonWith('numpy') === undefined;
  const skip = it.skipIf(absent);
  if (absent) it.skip(`is not tried: no ${library} (apt-get install python3-${library})`);

  skip.each(['f32', 'f64'])('passes in %s, and its final weights are reached', (precision) => {
    const file = trained(library, `${library}-${precision}.npz`, 60, precision, 0.01);
    const run = readRun(file);
    expect(Object.keys(run.curves).sort()).toEqual(['gradNorm', 'gram', 'loss', 'moments', 'overlaps']);
    expect(run.starts!.x0).toHaveLength(60);
    expect(run.snapshots!.epochs).toEqual([0, 25, 50, 59]);
    expect(run.curves.loss).toHaveLength(60);
    expect(run.weights!.final!.U![0]).not.toEqual(run.weights!.initial!.U![0]);
    expect(statuses(file)).toEqual(HOLD);
  });
});

describe('the recorder', () => {
  const skip = it.skipIf(pythonWith('numpy') === undefined);

  skip('is refuted with a learning rate other than declared, by a millionth of it', () => {
    const file = trained('numpy', 'lr.npz', 60, 'f64', 0.01 * (1 + 1e-6));
    expect(statuses(file)['gram-dynamics-reproduces-recorded-runs']).toBe('refuted');
  });

  skip('writes the same as JSON and as NPZ', () => {
    const json = trained('numpy', 'run.json', 5, 'f64', 0.01);
    expect(JSON.parse(readFileSync(json, 'utf8')).provenance).toEqual({ producer: 'loopproof_recorder', seed: 1 });
    expect(readRun(json)).toEqual(readRun(trained('numpy', 'run.npz', 5, 'f64', 0.01)));
  });

  skip('may record a run that diverges', () => {
    for (const suffix of ['json', 'npz']) {
      const { loss } = readRun(trained('numpy', `nan.${suffix}`, 40, 'f32', 1e12)).curves;
      expect(loss.some((value) => !Number.isFinite(value))).toBe(true);
    }
  });
});

/** Runs Python with the recorder of a folder; what it prints. */
function printed(python: string, lines: readonly string[], folder = 'src/runs'): string {
  const script = ['import sys', 'sys.dont_write_bytecode = True', `sys.path.insert(0, ${JSON.stringify(folder)})`];
  const refused = [
    'def refused(act, *given, **named):',
    '    try:',
    '        act(*given, **named)',
    '    except ValueError as error:',
    '        print(error)',
    '    else:',
    '        print("not refused")',
  ];
  const args = ['-W', 'ignore', '-c', [...script, ...refused, ...lines].join('\n')];
  const { stdout, stderr, status } = spawnSync(python, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** A recorder with a part of its text replaced. */
function faulty(name: string, from: string, to: string): string {
  const text = readFileSync('src/runs/loopproof_recorder.py', 'utf8');
  expect(text.split(from), from).toHaveLength(2);
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(name, 'loopproof_recorder.py'), text.replace(from, to));
  return at(name);
}

describe('what the recorder writes can always be read', () => {
  const python = pythonWith('numpy');
  const skip = it.skipIf(python === undefined);

  /** Runs lines of Python that record; what they print. */
  const recorded = (lines: readonly string[], folder?: string): string =>
    printed(
      python!,
      [
        'import datetime, json, pathlib',
        'import numpy as np',
        'from loopproof_recorder import GATES, LOW_RANK, MEMORY, OPTIMIZERS, OPTIONAL, REQUIRED, Recorder, array, shapes',
        'N = 6',
        'protocol = {"mode": "closed-loop", "plant": {"kind": "integrator", "order": np.int64(2), "dt": 1},',
        '    "agent": {"kind": "tanh", "N": N}, "horizon": 5, "start": {"kind": "uniform", "low": -2, "high": 2},',
        '    "batch": np.int32(4), "loss": {"state": "mean", "beta": np.float32(0)}, "trained": ("Wih", "Whh", "Who"),',
        '    "optimizer": {"kind": "sgd", "lr": np.float64(0.01), "clip": None}, "epochs": 2, "precision": "f64"}',
        'weights = {"Wih": np.ones(N), "Whh": np.eye(N), "Who": np.ones(N)}',
        'starts = np.ones((4, 2))',
        ...lines,
      ],
      folder,
    );

  /** What is printed, line by line. */
  const said = (lines: readonly string[]): string[] => recorded(lines).trimEnd().split('\n');

  skip.each(['npz', 'json'])('numbers of NumPy, paths and NaN in protocol and provenance, as %s', (suffix) => {
    const file = at(`odd.${suffix}`);
    recorded([
      'run = Recorder(protocol, seed=np.int64(3), source=pathlib.Path("a"), x=float("nan"), y={"a": np.arange(2)}, day=datetime.date(2025, 5, 19))',
      // More epochs than were declared, and vectors for matrices of one row or column.
      'for epoch in range(3): run.row(np.float32(epoch), weights)',
      `run.save(${JSON.stringify(file)}, {name: 2 * it for name, it in weights.items()})`,
    ]);
    const { protocol, curves, weights, provenance } = readRun(file);
    expect(protocol).toMatchObject({ epochs: 3, batch: 4, optimizer: { lr: 0.01, clip: null } });
    expect(curves.loss).toEqual([0, 1, 2]);
    expect(weights!.final!.Wih).toEqual(Array(6).fill([2]));
    expect(provenance).toMatchObject({ seed: 3, source: 'a', x: 'NaN', y: { a: [0, 1] }, day: '2025-05-19' });
  });

  skip('what a file could not hold is refused when it is given', () => {
    const tanh = 'Wih (6 × 1), Whh (6 × 6), Who (1 × 6) of a tanh agent';
    const give = 'give {"Wih": …, "Whh": …, "Who": …}, with rows for units';
    expect(
      said([
        'run = Recorder(protocol)',
        'refused(run.save, "none.npz")',
        'refused(run.row, 1.0, {"a.weight": np.ones((N, 1)), "b.weight": np.ones((1, N))})',
        'refused(run.row, 1.0, {"a": np.ones((N, 1)), "b": np.eye(N), "c": np.ones((1, N))})',
        'refused(run.row, 1.0, {**weights, "Whh": np.ones((N, 1))})',
        'refused(run.row, 1.0, {**weights, "Wih": np.ones((1, N)), "Who": np.ones((1, N))})',
        'refused(run.row, 1.0, {**weights, "bhh": np.ones(3 * N)})',
        'refused(run.row, np.ones(4), weights)',
        'refused(run.row, 1.0, weights, starts=np.ones((8, 2)))',
        'refused(run.row, 1.0, weights, starts=[[np.inf, 0]] * 4)',
        'refused(run.row, 1.0, weights, epoch=1)',
        'run.row(1.0, weights, epoch=0)',
        'refused(run.row, 1.0, weights, epoch=0)',
        'refused(run.row, 1.0, weights, starts=starts)',
        'refused(run.row, 1.0)',
        'refused(Recorder, {**protocol, "lr": 0.01})',
        'refused(Recorder, {"mode": "closed-loop"})',
        'refused(Recorder, {**protocol, "horizon": float("nan")})',
        'refused(Recorder, {**protocol, "start": {"kind": pathlib.Path("a")}})',
        'refused(Recorder, {**protocol, "agent": {"kind": "mamba", "N": 2}})',
        'refused(Recorder, protocol, 0)',
        'refused(Recorder, protocol, path="no/such/folder/run.npz")',
        'refused(Recorder({**protocol, "epochs": 10**6}).row, 1.0, weights, starts=starts)',
        'refused(Recorder({**protocol, "epochs": 10**6}, 1).row, 1.0, weights)',
        'momentum = {**protocol, "optimizer": {**protocol["optimizer"], "momentum": 0.9}}',
        'refused(Recorder(momentum).row, 1.0, weights, {"trace": {"Wih": np.zeros(N)}})',
        'adam = {**protocol, "firstUpdate": 0, "rows": "after-update", "optimizer": {"kind": "adam", "lr": 0.01, "clip": None}}',
        'refused(Recorder(adam).row, 1.0, weights, {field: {name: -it for name, it in weights.items()} for field in ("mu", "nu")})',
      ]),
    ).toEqual([
      'there is no row to save: call row in every epoch',
      `row 0: the model has a.weight (6 × 1), b.weight (1 × 6). ${tanh} are not among them: ${give}`,
      `row 0: the model has a (6 × 1), b (6 × 6), c (1 × 6). ${tanh} cannot be told apart: ${give}`,
      `row 0: the model has Wih (6), Whh (6 × 1), Who (6). ${tanh} are not among them: ${give}`,
      `row 0: the model has Wih (1 × 6), Whh (6 × 6), Who (1 × 6). ${tanh} are not among them: ${give}`,
      'row 0: bhh of a tanh agent is 6 numbers (zeros where there is none), not 18',
      'row 0: the loss is 4 numbers: reduce it to one, as the protocol says',
      'row 0: starts have the shape (8, 2), where protocol.batch is 4: give a row per trial, of 2 numbers',
      'row 0: starts are not finite',
      'row 0: epoch 1 is not the next',
      'row 1: epoch 0 is recorded already: Recorder.resume(path, epochs=0)',
      'row 1: moments, starts/x0 in some rows only; give what it takes in all rows, or in none',
      'row 1: model in some rows only; give what it takes in all rows, or in none',
      'a protocol has the fields of the run format; check lr',
      expect.stringMatching(/^a protocol has the fields of the run format; check agent, batch/),
      'protocol.horizon is nan: a protocol holds finite numbers, text and lists',
      "protocol.start.kind is PosixPath('a'): a protocol holds finite numbers, text and lists",
      'agent.kind: the run format has no mamba agents, but linear-low-rank, linear, tanh, relu, gru, lstm',
      'snapshots: received 0, expected a whole number of epochs between them, or None',
      'no/such/folder/run.npz cannot be written: name a file in a folder that exists',
      'row 0: 1000000 epochs of this are more than a file holds: try fewer epochs, without starts or snapshots',
      expect.stringMatching(/^row 0: 1000000 epochs of this are more than a file holds: try snapshots=\d+$/),
      'row 0: the optimizer has no momentum_buffer of Whh: give {"momentum_buffer": {"Whh": …}}',
      'row 0: exp_avg_sq of Wih has numbers below 0: it is the running mean of squares',
    ]);
  });

  skip('the number of snapshots that it proposes is one that fits, and one less is not', () => {
    const [text] = said([
      'from loopproof_recorder import NUMBERS',
      'long = {**protocol, "epochs": 10**6}',
      'refused(Recorder(long, 1).row, 1.0, weights)',
    ]);
    const every = Number(/snapshots=(\d+)/.exec(text!)![1]);
    expect(
      said([
        'long = {**protocol, "epochs": 10**6}',
        `refused(Recorder(long, ${every}).row, 1.0, weights)`,
        `refused(Recorder(long, ${every - 1}).row, 1.0, weights)`,
      ]),
    ).toEqual(['not refused', text]);
  });

  skip('matrices that act from the right are turned, told by N or by the names of JAX', () => {
    const [turned, jax, mixed] = said([
      'Wih, Whh, Who = np.arange(N)[:, None] * 1.0, np.arange(N * N).reshape(N, N) * 1.0, np.ones((1, N))',
      'def first(model):',
      '    run = Recorder(protocol)',
      '    run.row(1.0, model)',
      '    print(json.dumps([run.initial[name].tolist() == it.tolist() for name, it in (("Wih", Wih), ("Whh", Whh), ("Who", Who))]))',
      'first({"Wih": Wih.T, "Whh": Whh.T, "Who": Who.T})',
      'first({"params": {"i": {"kernel": Wih.T}, "h": {"kernel": Whh.T, "bias": np.zeros(N)}, "o": {"kernel": Who.T}}})',
      // Vectors are on no side: the matrix is as PyTorch has it.
      'first({"Wih": Wih[:, 0], "Whh": Whh, "Who": Who[0]})',
    ]);
    expect([turned, jax, mixed]).toEqual(Array(3).fill('[true, true, true]'));
  });

  skip('starts of any mode have a row per trial', () => {
    expect(
      said([
        'def of(given, **changes):',
        '    run = Recorder({**protocol, **changes})',
        '    run.row(1.0, starts=given)',
        '    print([name for name in run.curves if name != "curves/loss"], run.curves[[name for name in run.curves if "starts" in name][0]][0].tolist())',
        'of(np.arange(8).reshape(2, 4))',
        'of(np.arange(20).reshape(5, 4, 1), mode="open-loop")',
        'of(np.arange(12).reshape(4, 3), tracking={"harmonics": [1, 2, 3]}, plant={"kind": "cursor", "axes": 2})',
        'refused(of, np.ones((4, 4, 1)), mode="open-loop", horizon=4)',
      ]),
    ).toEqual([
      "['starts/x0', 'curves/moments'] [[0.0, 4.0], [1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]",
      "['starts/y'] [[0.0, 4.0, 8.0, 12.0, 16.0], [1.0, 5.0, 9.0, 13.0, 17.0], [2.0, 6.0, 10.0, 14.0, 18.0], [3.0, 7.0, 11.0, 15.0, 19.0]]",
      "['starts/phases'] [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]",
      'row 0: starts have the shape (4, 4, 1), where protocol.batch is 4: give a row per trial, of 4 numbers',
    ]);
  });

  /** A tensor of a GPU that has no double precision, as PyTorch presents it. */
  const APPLE = [
    'class Apple:',
    '    device = "mps"',
    '    def detach(self): return self',
    '    def cpu(self):',
    '        self.device = "cpu"',
    '        return self',
    '    def double(self):',
    '        if self.device == "mps": raise TypeError("MPS has no float64")',
    '        return self',
    '    def numpy(self): return np.ones(2)',
    'try: print(array(Apple()))',
    'except TypeError as error: print(error)',
  ];

  skip('tensors leave the GPU before they are made double, and a recorder that does not is noticed', () => {
    expect(recorded(APPLE)).toBe('[1. 1.]\n');
    expect(recorded(APPLE, faulty('cast', '.cpu().double()', '.double().cpu()'))).toBe('MPS has no float64\n');
  });

  skip('a with block saves what was recorded when training breaks down', () => {
    const file = at('broken.npz');
    const lines = [
      'try:',
      `    with Recorder(protocol, path=${JSON.stringify(file)}) as run:`,
      '        run.row(1.0, weights)',
      '        raise KeyError("out of memory")',
      'except KeyError as error: print(error)',
      'try:',
      '    with Recorder(protocol) as run: pass',
      'except ValueError as error: print(error)',
    ];
    expect(said(lines)).toEqual([
      "'out of memory'",
      'a with block needs the file to write: Recorder(protocol, path=…)',
    ]);
    expect(readRun(file).curves.loss).toEqual([1]);
  });

  skip('a resumed run goes on where it ended, or at an earlier checkpoint, and says so of an epoch that comes twice', () => {
    const whole = at('whole.npz');
    const file = at('resumed.npz');
    const lines = [
      'protocol["epochs"] = 9',
      'def go_on(run, to):',
      '    for epoch in range(run.rows, to):',
      '        run.row(epoch * 1.0, {name: it + epoch for name, it in weights.items()}, starts=starts + epoch, epoch=epoch)',
      `run = Recorder(protocol, 4, seed=1)`,
      'go_on(run, 9)',
      `run.save(${JSON.stringify(whole)})`,
      'run = Recorder(protocol, 4, seed=1)',
      'go_on(run, 6)',
      `run.save(${JSON.stringify(file)})`,
      `run = Recorder.resume(${JSON.stringify(file)}, snapshots=4)`,
      'refused(run.row, 4.0, weights, starts=starts, epoch=4)',
      `refused(Recorder.resume, ${JSON.stringify(file)}, 7)`,
      // Back to epoch 4: its snapshot is taken anew.
      `run = Recorder.resume(${JSON.stringify(file)}, epochs=4, snapshots=4)`,
      'go_on(run, 9)',
      `run.save(${JSON.stringify(file)})`,
    ];
    expect(said(lines)).toEqual([
      'row 6: epoch 4 is recorded already: Recorder.resume(path, epochs=4)',
      `${file} has 6 rows: epochs is at most that, not 7`,
    ]);
    expect(readRun(whole).snapshots!.epochs).toEqual([0, 4, 8]);
    expect(readRun(file)).toEqual(readRun(whole));
  });

  skip('it knows the fields of a protocol', () => {
    const [required, all] = JSON.parse(
      recorded(['print(json.dumps([sorted(REQUIRED), sorted(REQUIRED | OPTIONAL)]))']),
    );
    expect(all).toEqual(fieldsAt(protocolSchema, [])!.names.toSorted());
    const { shape } = protocolSchema;
    expect(required).toEqual(
      all.filter((name: keyof typeof shape) => !shape[name].safeParse(undefined).success && !('unwrap' in shape[name])),
    );
  });

  skip('it knows the agents and the optimisers of a protocol', () => {
    const [kinds, wanted, memory, optimizers] = said([
      'print(json.dumps(GATES))',
      'print(json.dumps({kind: sorted(shapes({**protocol, "agent": {"kind": kind, "N": N, "rank": 1}})) for kind in [*GATES, "linear-low-rank"]}))',
      'print(json.dumps(list(MEMORY)))',
      'print(json.dumps({kind: sorted(found) for kind, found in OPTIMIZERS.items()}))',
    ]).map((line) => JSON.parse(line!));
    const agents = Object.entries(AGENTS).filter(([, { tensors }]) => tensors.length > 0);
    const full = agents.filter(([kind]) => kind !== 'linear-low-rank');
    expect(kinds).toEqual(Object.fromEntries(full.map(([kind, { gates }]) => [kind, gates])));
    for (const [kind] of agents) expect(wanted[kind]).toEqual(trainableOf(kind as AgentSpec['kind']).toSorted());
    expect(memory).toEqual(MEMORY_FIELDS);
    for (const { shape } of optimizerSchema.options)
      expect(['kind', 'lr', 'clip', 'clipValue', ...optimizers[shape.kind.value]].toSorted()).toEqual(
        Object.keys(shape).toSorted(),
      );
  });

  skip('a write that fails leaves what was there', () => {
    const file = at('kept.npz');
    recorded([
      'run = Recorder(protocol)',
      'run.row(1.0)',
      `run.save(${JSON.stringify(file)})`,
      'def full(file, **arrays):',
      '    file.write(b"half of it")',
      '    raise OSError("no space left on device")',
      'np.savez = full',
      'try:',
      `    run.save(${JSON.stringify(file)})`,
      'except OSError: pass',
    ]);
    expect(readdirSync(dirname(file)).filter((name) => name.startsWith('kept'))).toEqual(['kept.npz']);
    expect(readRun(file).curves.loss).toEqual([1]);
  });
});

describe('agents of torch.nn', () => {
  const python = pythonWith('torch, numpy');
  const skip = it.skipIf(python === undefined);
  if (!python) it.skip('are not tried: no PyTorch (apt-get install python3-torch)');

  /** Trains and records; what was said of each job. */
  function outcomes(jobs: readonly object[]): string[] {
    const args = ['-W', 'ignore', 'spec/runs/support/recorded_cells.py', JSON.stringify(jobs)];
    const { stdout, stderr } = spawnSync(python!, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n');
  }

  const OPTIMIZERS = [
    { optimizer: 'SGD' },
    { optimizer: 'SGD', settings: { momentum: 0.9 } },
    { optimizer: 'Adam', settings: { betas: [0.8, 0.99] } },
    { optimizer: 'AdamW', settings: { weight_decay: 0.1 }, clip: null },
    {
      optimizer: 'SGD',
      settings: { momentum: 0.9, nesterov: true, weight_decay: 0.01 },
      scheduler: ['CosineAnnealingLR', { T_max: 11 }],
      clip: null,
      clip_value: 0.1,
    },
    { optimizer: 'Adam', settings: { weight_decay: 0.1 }, scheduler: ['StepLR', { step_size: 3 }] },
    {
      optimizer: 'SGD',
      settings: { momentum: 0.9, dampening: 0.5 },
      scheduler: ['ExponentialLR', { gamma: 0.9 }],
    },
  ];
  const CELLS = [
    { cell: 'RNN' },
    { cell: 'RNN', nonlinearity: 'relu' },
    { cell: 'RNNCell', double: true },
    { cell: 'GRU' },
    { cell: 'GRUCell', double: true },
  ];

  skip('hold with every optimiser, in three lines, and all of it is judged', () => {
    const jobs = CELLS.flatMap((cell) => OPTIMIZERS.map((optimizer) => ({ ...cell, ...optimizer }))).map((job, k) => ({
      ...job,
      out: at(`cell-${k}.npz`),
    }));
    expect(outcomes(jobs)).toEqual(jobs.map(() => 'recorded'));
    for (const { out, ...job } of jobs) {
      const run = readRun(out);
      expect(run.snapshots!.epochs).toEqual([0, 4, 8, 10]);
      const { verdicts } = judgeRun(run, out);
      expect(
        verdicts.map(({ id, status }) => [id, status]),
        JSON.stringify(job),
      ).toEqual(Object.entries(WINDOWS));
      expect(verdicts[0]!.note, JSON.stringify(job)).toContain('11 of 11 epochs, weights at 4 of 4 ends');
    }
  });

  skip('are recorded alike as modules, compiled, as state dicts, by name and as programs of JAX have them', () => {
    const forms = ['module', 'compiled', 'state', 'named', 'jax'];
    expect(outcomes(forms.map((form) => ({ form, out: at(`${form}.npz`) })))).toEqual(forms.map(() => 'recorded'));
    const [module, ...others] = forms.map((form) => readRun(at(`${form}.npz`)));
    for (const [k, other] of others.entries()) expect(other, forms[k + 1]).toEqual(module);
    expect(Object.keys(module!.snapshots!.optimizer!)).toEqual(['exp_avg', 'exp_avg_sq']);
  });

  skip('are judged where rows come after the update as well', () => {
    const scheduler = ['ExponentialLR', { gamma: 0.8 }];
    const jobs = ['SGD', 'Adam'].map((optimizer) => ({
      optimizer,
      scheduler,
      rows: 'after-update',
      out: at(`${optimizer}.npz`),
    }));
    expect(outcomes(jobs)).toEqual(['recorded', 'recorded']);
    for (const { out } of jobs) {
      const run = readRun(out);
      expect(run.snapshots!.epochs).toEqual([1, 5, 9, 11]);
      // What was before the first update is not seen.
      expect(run.weights!.initial).toBeUndefined();
      expect(statuses(out)).toEqual(WINDOWS);
    }
  });

  skip('are judged in open loop, with a module as the teacher', () => {
    const jobs = ['RNN', 'GRU'].map((cell) => ({ cell, mode: 'open-loop', out: at(`open-${cell}.npz`) }));
    expect(outcomes(jobs)).toEqual(['recorded', 'recorded']);
    for (const { out } of jobs) {
      expect(readRun(out).starts!.y![0]!.map((trial) => trial.length)).toEqual(Array(6).fill(8));
      expect(statuses(out)).toEqual(WINDOWS);
    }
  });

  skip('that stop before the last update have no final weights', () => {
    expect(outcomes([{ stops: 6, optimizer: 'SGD', out: at('stopped.npz') }])).toEqual(['recorded']);
    const run = readRun(at('stopped.npz'));
    expect(run.weights!.final).toBeUndefined();
    expect(statuses(at('stopped.npz'))).toEqual(WINDOWS);
  });

  skip('whose row comes after the update are refused by the optimiser’s count, or by check', () => {
    const jobs = [{ out: at('late.npz') }, { settings: { momentum: 0.9 } }, { out: at('late-sgd.npz') }];
    const optimizers = ['Adam', 'SGD', 'SGD'];
    const hint = 'call row once per epoch, before optimizer.step()';
    expect(outcomes(jobs.map((job, k) => ({ ...job, optimizer: optimizers[k], late: true })))).toEqual([
      `row 0: the optimizer has made 1 updates, where the protocol has 0: ${hint}`,
      `row 0: the optimizer remembers an update before the first: ${hint}`,
      'recorded',
    ]);
    expect(statuses(at('late-sgd.npz'))).toEqual({ 'recorded-windows-follow-snapshots': 'refuted', ...DRAWN });
  });

  skip('that are not those of the protocol are refused at once', () => {
    const lines = [
      'import torch',
      'from loopproof_recorder import Recorder, protocol_of',
      'class Agent(torch.nn.Module):',
      '    def __init__(self, cell=torch.nn.RNN(1, 5, bias=False), bias=False):',
      '        super().__init__()',
      '        self.rnn, self.readout = cell, torch.nn.Linear(5, 1, bias=bias)',
      'rest = dict(plant={"kind": "integrator", "order": 2, "dt": 1}, horizon=5, batch=4, epochs=3,',
      '    start={"kind": "normal", "sd": 1}, loss={"state": "mean"})',
      'model = Agent()',
      'sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)',
      'adam = torch.optim.Adam(model.parameters(), lr=0.01)',
      'def row(declared={}, optimizer=sgd, model=model, **changes):',
      '    protocol = protocol_of(model, optimizer, **rest)',
      '    Recorder({**protocol, **changes, "optimizer": {**protocol["optimizer"], **declared}}).row(1.0, model, optimizer)',
      'row()',
      'row(optimizer=adam)',
      'refused(row, {"lr": 0.02})',
      'refused(row, {"momentum": 0})',
      'refused(row, {"beta2": 0.99}, adam)',
      'refused(row, {"eps": 1e-7}, adam)',
      'refused(row, {"kind": "adamw"}, adam)',
      'refused(row, {"weightDecay": 0.1}, torch.optim.AdamW(model.parameters(), lr=0.01))',
      'refused(row, {"nesterov": False}, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5, nesterov=True))',
      'refused(row, {"dampening": 0.1})',
      'refused(row, {"weightDecay": 0}, torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=0.1))',
      'refused(row, {}, torch.optim.Adam(model.parameters(), lr=0.01, amsgrad=True))',
      'refused(row, {}, torch.optim.RMSprop(model.parameters()))',
      'refused(row, trained=["Who"])',
      'refused(row, trained=["Wih", "Whh", "Who", "bih"])',
      'refused(row, agent={"kind": "relu", "N": 5})',
      'refused(row, precision="f64")',
      'refused(row, {}, torch.optim.SGD([*model.parameters(), torch.nn.Parameter(torch.ones(2, 3))], lr=0.01))',
      'def with_other(model):',
      '    refused(row, {}, torch.optim.SGD(model.parameters(), lr=0.01), model)',
      'with_other(Agent(torch.nn.GRU(1, 5, num_layers=2)))',
      'with_other(torch.nn.Linear(5, 1))',
      // A schedule that the protocol does not declare.
      'protocol = protocol_of(model, sgd, **rest)',
      'protocol["optimizer"]["lr"] = 0.01',
      'run = Recorder(protocol)',
      'run.row(1.0, model, sgd)',
      'sgd.param_groups[0]["lr"] = 0.005',
      'refused(run.row, 1.0, model, sgd)',
      // All dtypes are taken.
      'for dtype in (torch.bfloat16, torch.float16, torch.float64):',
      '    agent = Agent().to(dtype)',
      '    one = torch.optim.SGD(agent.parameters(), lr=0.01)',
      '    run = Recorder(protocol_of(agent, one, **rest))',
      '    run.row(1.0, agent, one, torch.ones(4, 2, dtype=dtype, requires_grad=True))',
      '    print(run.protocol["precision"], run.initial["Whh"].dtype)',
      // Biases are found and trained where there are any; those of gates are 0 where there are none.
      'for agent in (Agent(torch.nn.RNN(1, 5), True), Agent(torch.nn.GRU(1, 5, bias=False)), Agent()):',
      '    one = torch.optim.SGD(agent.parameters(), lr=0.01)',
      '    run = Recorder(protocol_of(agent, one, **rest))',
      '    run.row(1.0, agent, one)',
      '    biases = {name: not rows.any() for name, rows in run.initial.items() if name.startswith("b")}',
      '    print(run.protocol["trained"], biases)',
    ];
    const schedule = '"lr": None takes a schedule\'s from the optimizer';
    const give = 'give {"Wih": …, "Whh": …, "Who": …}, with rows for units, in PyTorch\'s order of gates';
    expect(printed(python!, lines).trimEnd().split('\n')).toEqual([
      `row 0: optimizer.lr: the protocol declares 0.02, SGD has 0.01; ${schedule}`,
      'row 0: optimizer.momentum: the protocol declares 0, SGD has 0.5',
      'row 0: optimizer.beta2: the protocol declares 0.99, Adam has 0.999',
      'row 0: optimizer.eps: the protocol declares 1e-07, Adam has 1e-08',
      'row 0: optimizer.kind: the protocol declares adamw, the optimizer is Adam',
      'row 0: optimizer.weightDecay: the protocol declares 0.1, AdamW has 0.01',
      'row 0: optimizer.nesterov: the protocol declares False, SGD has True',
      'row 0: optimizer.dampening: the protocol declares 0.1, SGD has 0.0',
      'row 0: optimizer.weightDecay: the protocol declares 0, Adam has 0.1',
      'optimizer.amsgrad: the protocol has no such field for adam, Adam has True',
      'optimizer.kind: the run format has SGD, Adam and AdamW, not RMSprop',
      'row 0: trained: the protocol declares Who; of the tensors given, the optimizer has Wih, Whh, Who',
      'row 0: trained: the model has no bih, but Wih, Whh, Who',
      'row 0: agent.kind: the protocol declares relu, the model has tanh',
      'row 0: precision: the protocol declares f64, Wih is torch.float32',
      'the optimizer trains tensors that the agent does not have, of 2 × 3',
      `the model has rnn.weight_ih_l0 (15 × 1), rnn.weight_hh_l0 (15 × 5), rnn.bias_ih_l0 (15), rnn.bias_hh_l0 (15), rnn.weight_ih_l1 (15 × 5), rnn.weight_hh_l1 (15 × 5), rnn.bias_ih_l1 (15), rnn.bias_hh_l1 (15), readout.weight (1 × 5). Wih (15 × 1), Whh (15 × 5), Who (1 × 5) of a gru agent cannot be told apart: ${give}`,
      'the model has no cell of torch.nn: give agent={"kind": "tanh", "N": …}',
      `row 1: optimizer.lr: the protocol declares 0.01, SGD has 0.005; ${schedule}`,
      'f32 float64',
      'f32 float64',
      'f64 float64',
      "['Wih', 'Whh', 'bih', 'bhh', 'Who', 'bho'] {'bih': False, 'bhh': False, 'bho': False}",
      "['Wih', 'Whh', 'Who'] {'bih': True, 'bhh': True}",
      "['Wih', 'Whh', 'Who'] {}",
    ]);
  });

  skip('are found under names of another case, as the low-rank model of the paper has them', () => {
    const lines = [
      'import torch',
      'from loopproof_recorder import Recorder, protocol_of',
      'class Model(torch.nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      '        for name, shape, trained in (("M", (5, 1), False), ("Z", (1, 5), True), ("U", (5, 1), True), ("V", (5, 1), True)):',
      '            setattr(self, name, torch.nn.Parameter(torch.rand(shape), requires_grad=trained))',
      '        self.W = torch.nn.Parameter(torch.zeros(5, 5), requires_grad=False)',
      'model = Model()',
      'sgd = torch.optim.SGD(model.parameters(), lr=0.01)',
      'declared = protocol_of(model, sgd, agent={"kind": "linear-low-rank", "N": 5, "rank": 1, "leak": 1},',
      '    plant={"kind": "integrator", "order": 2, "dt": 1}, horizon=5, batch=4, epochs=2, firstUpdate=1,',
      '    start={"kind": "normal", "sd": 1}, loss={"state": "mean"})',
      'run = Recorder(declared)',
      // A loop that does not call backward where it does not update.
      'refused(run.row, 1.0, model, sgd)',
      'sum(one.sum() for one in (model.Z, model.U, model.V)).backward()',
      'run.row(1.0, model, sgd)',
      'print(run.protocol["trained"], all((run.initial[a] == getattr(model, b).detach().numpy().ravel()).all() for a, b in zip("mzUV", "MZUV")))',
    ];
    expect(printed(python!, lines).trimEnd().split('\n')).toEqual([
      'row 0: no gradient yet: call loss.backward() before the first update, too; it changes no weight',
      "['z', 'U', 'V'] True",
    ]);
  });

  skip('with a learning rate that changes have it listed, through a resume; one that stays is a number', () => {
    const [stopped, whole] = [at('schedule.npz'), at('scheduled.npz')];
    const lines = [
      'import torch, json',
      'import numpy as np',
      'from loopproof_recorder import Recorder, protocol_of',
      'model = torch.nn.ModuleList([torch.nn.RNN(1, 5, bias=False), torch.nn.Linear(5, 1, bias=False)])',
      'sgd = torch.optim.SGD([{"params": one.parameters()} for one in model], lr=0.5)',
      'def go_on(run, *rates):',
      '    for rate in rates:',
      '        for group in sgd.param_groups:',
      '            group["lr"] = rate',
      '        run.row(1.0, model, sgd)',
      '    return run',
      'def said(path):',
      '    with np.load(path) as file:',
      '        protocol = json.loads(str(file["protocol"][0]))',
      '    print(json.dumps([protocol["optimizer"]["lr"], protocol["epochs"]]))',
      'declared = protocol_of(model, sgd, plant={"kind": "integrator", "order": 2, "dt": 1}, horizon=5, batch=4, epochs=4,',
      '    start={"kind": "normal", "sd": 1}, loss={"state": "mean"})',
      `stopped, whole = ${JSON.stringify(stopped)}, ${JSON.stringify(whole)}`,
      'go_on(Recorder(declared), 0.5, 0.5).save(stopped)',
      'said(stopped)',
      'go_on(Recorder.resume(stopped), 0.25).save(whole)',
      'said(whole)',
      'go_on(Recorder.resume(whole), 0.125).save(whole, model)',
      'said(whole)',
      'def listed(*rates):',
      '    return Recorder({**declared, "optimizer": {**declared["optimizer"], "lr": rates}})',
      'go_on(listed(0.5, 0.25, 0.125, 0.0), 0.5, 0.25).save(stopped)',
      'said(stopped)',
      'go_on(Recorder.resume(stopped), 0.125).save(stopped)',
      'said(stopped)',
      'refused(listed, 0.5, 0.25)',
      'refused(go_on, listed(0.5, 0.25, 0.125, 0.0), 0.5, 0.5)',
      'sgd.param_groups[0]["lr"] = 0.75',
      'refused(Recorder(declared).row, 1.0, model, sgd)',
      'refused(Recorder(declared).row, 1.0, model)',
    ];
    expect(printed(python!, lines).trimEnd().split('\n')).toEqual([
      '[0.5, 4]',
      '[[0.5, 0.5, 0.25], 3]',
      '[[0.5, 0.5, 0.25, 0.125], 4]',
      '[[0.5, 0.25, 0.125, 0.0], 4]',
      '[[0.5, 0.25, 0.125, 0.0], 4]',
      'optimizer.lr: a list of 2 numbers, where the protocol has 4 epochs',
      'row 1: optimizer.lr: the protocol declares 0.25, SGD has 0.5; "lr": None takes a schedule\'s from the optimizer',
      'row 0: optimizer.lr: the run format has one for all tensors, not 0.5 and 0.75',
      'row 0: optimizer.lr: give an optimizer of PyTorch, which tells it, or declare a number, or a list of one per epoch',
    ]);
    expect(readRun(whole).protocol.optimizer.lr).toEqual([0.5, 0.5, 0.25, 0.125]);
  });

  /** Faults of a recorder, as text for text. */
  const FAULTS: readonly [string, string, string, object][] = [
    ['turns matrices', 'rows.T if self', 'rows.T if name or self', { cell: 'RNN' }],
    [
      'mixes up what is remembered',
      'state.get(self.parameters[name]',
      'state.get(self.parameters[{"bih": "bhh"}.get(name, name)]',
      { cell: 'GRU' },
    ],
    ['takes the second moments for the first', '{}).get(field)', '{}).get("exp_avg_sq")', {}],
    ['says snapshots an epoch late', '{"epochs": self.rows +', '{"epochs": min(10, self.rows + 1) +', {}],
    ['keeps weights that go on changing', 'np.array(tensor, dtype', 'np.asarray(tensor, dtype', { double: true }],
    ['has zeros for memory', 'if kept is None else', 'if True else', {}],
    [
      'records starts that are a little wider',
      'trials = self._trials(array(starts))',
      'trials = self._trials(array(starts)[::-1] * 1.001)',
      {},
    ],
    [
      'reads learning rates a row late',
      'return rates[0] if rates',
      'return (self.rates[-1:] or rates)[0] if rates',
      { scheduler: ['StepLR', { step_size: 4, gamma: 0.5 }] },
    ],
    ['takes the norm of one tensor', 'for name in self.protocol.get("trained", [])] if', 'for name in ["Whh"]] if', {}],
  ];

  skip('are refuted where the recorder has a fault', () => {
    const jobs = FAULTS.map(([name, from, to, job], k) => ({
      ...job,
      recorder: `${faulty(`faulty-${k}`, from, to)}/loopproof_recorder.py`,
      out: at(`faulty-${k}.npz`),
      name,
    }));
    expect(outcomes(jobs)).toEqual(jobs.map(() => 'recorded'));
    for (const { name, out } of jobs)
      expect(statuses(out), name).toEqual({ 'recorded-windows-follow-snapshots': 'refuted', ...DRAWN });
  });
});
