/**
 * `loopproof train`: one learning run of any kind, recorded.
 */

import { agentShape } from '../agent/agent.js';
import { biasesIn } from '../agent/cell.js';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { Stream } from '../linalg/random.js';
import { RECURRENT_KINDS } from '../problem/agents.js';
import { kindOf, type ProblemKind, supportOf } from '../problem/kinds.js';
import {
  PROTOCOLS,
  type Protocol,
  type ProtocolName,
  plantOf,
  type RnnProtocol,
  type TrackingProtocol,
} from '../problem/protocol.js';
import type { RunWeights } from '../problem/schema.js';
import { table } from '../report/table.js';
import { stageRows } from '../report/terminal.js';
import { parseConfiguration, readConfiguration } from '../runs/format/read.js';
import { runText, type TrainedRun } from '../runs/format/record.js';
import type { Configuration } from '../runs/format/schema.js';
import { encoded } from '../runs/format/write.js';
import { knownMoments } from '../runs/problem.js';
import { acquisitions, continuousModes, harmonicLossAt, highestFrequency } from '../stages/acquisition.js';
import { observedStages, observer } from '../stages/observation.js';
import { peakOf } from '../stages/peak.js';
import { spectralStages, stageRowsOf } from '../stages/spectral.js';
import { onThreads } from '../training/crew.js';
import { type Curve, divergedAt, type LearningCurve, rowOf, spectraOf, type TrackingCurve } from '../training/curve.js';
import { deployedStarts } from '../training/deployed.js';
import { closesOnGram } from '../training/learner.js';
import { PROBLEMS } from '../training/problems.js';
import { type Beginning, type Observers, train } from '../training/train.js';
import { version } from '../version.js';
import { usage } from './errors.js';
import { defineCommand, FILE, integer, type OptionsOf, seed, text, workers } from './options.js';
import { expectPlaces, writeTo } from './output.js';
import { evidenceOf, type Repeatable } from './train-evidence.js';
import { deployedView, loopView, trackingView, trainingProgress, type View } from './watch.js';

const options = {
  config: { type: FILE, about: 'a run file without curves' },
  protocol: { type: text('name'), about: `${Object.keys(PROTOCOLS).join(', ')} (default: artifact-lowrank)` },
  engine: { type: text('name'), about: 'full or gram (default: gram where learning closes on the Gram matrix)' },
  epochs: { type: integer(1, LIMITS.epochs), about: 'epochs, in place of the protocol’s' },
  seed: seed('seed of weights and starts'),
  out: { type: FILE, about: 'the file for the run; - for standard output' },
  snapshots: {
    type: integer(1, LIMITS.epochs),
    about: 'every how many epochs to record all weights, and the starts of every epoch: check then repeats the run',
  },
  workers,
  watch: { about: 'show stage, loss, order parameters and spectral radius during training' },
} as const;
type TrainOptions = OptionsOf<typeof options>;

/** The configuration that the options name. */
function configurationOf({ config, protocol = 'artifact-lowrank', epochs }: TrainOptions): Configuration {
  const changes = epochs !== undefined && { epochs };
  if (config !== undefined) {
    const given = readConfiguration(config);
    const { optimizer } = given.protocol;
    const { lr } = optimizer;
    if (epochs === undefined || typeof lr === 'number')
      return { ...given, protocol: { ...given.protocol, ...changes } };
    if (epochs > lr.length)
      throw usage(
        'train: --epochs',
        String(epochs),
        `at most ${lr.length}: protocol.optimizer.lr lists so many learning rates`,
        'list one for every epoch in the configuration, or give one number',
      );
    return { ...given, protocol: { ...given.protocol, epochs, optimizer: { ...optimizer, lr: lr.slice(0, epochs) } } };
  }
  const names = Object.keys(PROTOCOLS);
  if (!names.includes(protocol))
    throw usage(
      'train: --protocol',
      protocol,
      names.join(', '),
      'write your own protocol and name its file with --config',
    );
  const named = { ...PROTOCOLS[protocol as ProtocolName], ...changes };
  return parseConfiguration(JSON.stringify({ format: 'loop-run/1', protocol: named }), `protocol ${protocol}`);
}

/** What a session is begun with. */
interface Setting {
  readonly configuration: Configuration;
  readonly options: TrainOptions;
  /** The name of the protocol's file, for errors. */
  readonly where: string;
  readonly random: Stream;
}

/** A run that is ready to be trained, and what is recorded and shown of it beside its curve. */
interface Session<C extends Curve = Curve>
  extends Omit<TrainedRun, 'curve' | 'starts' | 'snapshots' | 'final' | 'provenance'>,
    Repeatable {
  readonly view: View | undefined;
  run(observers: Observers<C>, beginning?: Beginning): C;
  /** What people read of the run beside its loss. @param last the last finite epoch */
  rows(curve: C, last: number): string[][];
}

const way = (values: Float64Array, last: number): string =>
  `${values[0]!.toPrecision(6)} → ${values[last]!.toPrecision(6)}`;

const radiusRow = (radius: number | undefined): string[][] =>
  radius === undefined ? [] : [['spectral radius', radius.toPrecision(6)]];

/** A field that the configuration lacks. */
function lacking(where: string, expected: string, hint: string): LoopproofError {
  return new LoopproofError('invalid-run', { where, received: 'nothing', expected, hint });
}

type Supported<T> = Exclude<T, { unsupported: string }>;

/** @throws LoopproofError for a protocol that is not covered */
function supported<T extends object>(support: T, where: string, expected: string, hint: string): Supported<T> {
  if ('unsupported' in support) {
    const received = String(support.unsupported);
    throw new LoopproofError('unsupported', { where: `${where}: protocol`, received, expected, hint });
  }
  return support as Supported<T>;
}

const COVERED = [
  'any agent in closed loop, or a full-rank one in open loop',
  `choose mode closed-loop, or agent.kind ${RECURRENT_KINDS.join(', ')}`,
] as const;

/** Initial parameters: those of the configuration, or drawn. */
function initialOf<P, W>(
  { read, draw }: { read(weights: RunWeights, protocol: P): W; draw(protocol: P, random: Stream): W },
  protocol: P,
  { configuration, random }: Setting,
): W {
  const given = configuration.weights?.initial;
  return given ? read(given, protocol) : draw(protocol, random.child('weights'));
}

/** Spectra of larger loops are left out of the summary: deciding their stability exactly takes too long. */
const MOST_MODES = 16;

/** What people read of a linear agent's run. */
function linearRows(protocol: Protocol, curve: LearningCurve, last: number): string[][] {
  const { c, p, r } = curve.shape;
  const plant = plantOf(protocol.plant);
  if (protocol.agent.kind === 'linear' || plant.A.rows + c + r > MOST_MODES) return [];
  const spectra = spectraOf(curve, plant, protocol.agent.leak);
  const stages = p === 1 && c === 1 ? stageRows(spectralStages(stageRowsOf(curve, spectra))) : [];
  return [...radiusRow(spectra[last]?.radius), ...stages];
}

/** Training of a linear agent: by moments, or trial by trial where there is noise. */
const linearSession =
  (kind: 'moments' | 'trials') =>
  (setting: Setting): Session<LearningCurve> => {
    const { configuration, options, where, random } = setting;
    const support = supported(supportOf(kind, configuration.protocol), where, ...COVERED);
    const protocol: Protocol = { ...support.protocol, precision: 'f64' };
    if (!configuration.weights?.initial && protocol.agent.kind === 'effective')
      throw lacking(
        `${where}: weights.initial.overlaps`,
        'the initial order parameters of an effective agent',
        'add {"zm": …, "zu": …, "vm": …, "vu": …}',
      );
    const closes = closesOnGram(protocol);
    if (options.engine === 'gram' && !closes)
      throw usage(
        'train: --engine',
        'gram',
        'full',
        'learning closes on the Gram matrix for low-rank agents and plain SGD only',
      );
    const problem = PROBLEMS[kind];
    const initial = initialOf(problem, protocol, setting);
    const full = options.engine === 'full' || options.snapshots !== undefined || !closes;
    const learner = full ? problem.explicit(protocol, initial) : undefined;
    const engine = learner?.engine ?? problem.learner(protocol, initial);
    const known = kind === 'moments' ? knownMoments(configuration, protocol) : undefined;
    const source = known ?? problem.source(protocol, random.child('starts'));
    return {
      protocol,
      initial,
      view: options.watch ? loopView(protocol) : undefined,
      run: (observers, beginning) => train(engine, protocol, source, observers, beginning),
      learner,
      trials: known ? undefined : problem.trials(protocol, random.child('starts')),
      rows: (curve, last) => linearRows(protocol, curve, last),
    };
  };

function batchesSession(setting: Setting): Session {
  const { configuration, options, where, random } = setting;
  const support = supported(supportOf('batches', configuration.protocol), where, ...COVERED);
  const { teacher } = support;
  const protocol: RnnProtocol = { ...support.protocol, precision: 'f64' };
  if (protocol.mode === 'open-loop' && !teacher)
    throw lacking(
      `${where}: protocol.teacher`,
      'the weights of the agent that the student learns from in open loop',
      'add the final weights of a run in closed loop: {"Wih": …, "Whh": …, "Who": …}',
    );
  const initial = initialOf(PROBLEMS.batches, protocol, setting);
  const learner = PROBLEMS.batches.explicit(protocol, initial, teacher);
  const { engine } = learner;
  const source = PROBLEMS.batches.source(protocol, random.child('batches'));
  const starts = deployedStarts(protocol, random.child('deployed'));
  // With biases a spectrum needs the loop's fixed point first.
  const strides = { deployedLoss: 1, gains: 1, spectrum: biasesIn(initial).length > 0 ? 10 : 1 };
  const seen = observer(protocol, engine, strides, { ...(starts && { starts }), random: random.child('spectra') });
  const { c, p } = agentShape(initial);
  const single = c === 1 && p === 1;
  return {
    protocol,
    ...(teacher && { teacher }),
    initial,
    ...(starts && { deployedLoss: seen.deployedLoss }),
    view: options.watch && starts ? deployedView(seen, single) : undefined,
    run: (observers, beginning) => train(engine, protocol, source, { ...observers, observe: seen.observe }, beginning),
    learner,
    trials: PROBLEMS.batches.trials(protocol, random.child('batches')),
    rows(_, last) {
      if (!starts) return [];
      const peak = peakOf(seen.deployedLoss);
      const gains = rowOf(seen.gains, seen.epochs, last);
      return [
        ['deployed loss', way(seen.deployedLoss, last)],
        ...(peak ? [['its peak', `${peak.loss.toPrecision(6)} at epoch ${peak.epoch}`]] : []),
        ['effective gains', [...gains].map((gain) => gain.toPrecision(4)).join(', ')],
        ...radiusRow(seen.spectra.findLast((spectrum) => spectrum !== undefined)?.radius),
        ...(single ? stageRows(observedStages(seen)) : []),
      ];
    },
  };
}

function trackingSession(setting: Setting): Session<TrackingCurve> {
  const { configuration, options, where, random } = setting;
  const support = supported(
    supportOf('tracking', configuration.protocol),
    where,
    'a linear agent in closed loop, loss {"state": "position", "beta": 0}',
    'start from what train --protocol tracking --epochs 1 --out FILE writes',
  );
  const protocol: TrackingProtocol = { ...support.protocol, precision: 'f64' };
  const initial = initialOf(PROBLEMS.tracking, protocol, setting);
  const learner = PROBLEMS.tracking.explicit(protocol, initial);
  const { engine } = learner;
  const source = PROBLEMS.tracking.source(protocol, random.child('phases'));
  return {
    protocol,
    initial,
    view: options.watch ? trackingView(protocol, engine) : undefined,
    run: (observers, beginning) => train(engine, protocol, source, observers, beginning),
    learner,
    trials: source,
    rows(curve, last) {
      const acquired = acquisitions(curve);
      const finite = last === curve.epochs - 1;
      const modes = finite ? continuousModes(engine.rnn().W, protocol.agent.leak, protocol.plant.dt) : undefined;
      return [
        ...protocol.tracking.harmonics.map(({ frequency }, f) => [
          `${frequency} Hz (ω = ${(2 * Math.PI * frequency).toPrecision(3)})`,
          `${acquired[f] ? `acquired at epoch ${acquired[f].epoch}` : 'not acquired'}, loss ${harmonicLossAt(curve, f, last).toPrecision(3)}`,
        ]),
        ['highest ω of the recurrence', modes ? highestFrequency(modes).toPrecision(3) : '–'],
        ['epochs trial by trial', String(curve.collapsed.reduce((count, value) => count + 1 - value, 0))],
      ];
    },
  };
}

/** How each kind of problem is trained, recorded and summarised. */
const SESSIONS: Readonly<Record<ProblemKind, (setting: Setting) => Session>> = {
  moments: linearSession('moments'),
  trials: linearSession('trials'),
  batches: batchesSession,
  tracking: trackingSession,
};

/** The engines that may be asked for; without `--engine`, the cheapest exact one trains. */
const ENGINES: Readonly<Record<ProblemKind, readonly string[]>> = {
  moments: ['full', 'gram'],
  trials: ['full'],
  batches: ['full'],
  tracking: [],
};

function expectEngine(kind: ProblemKind, engine: string | undefined): void {
  if (engine === undefined || ENGINES[kind].includes(engine)) return;
  throw usage(
    'train: --engine',
    engine,
    ENGINES[kind].join(' or ') || 'no engine: tracking has one only',
    'leave it out for the cheapest exact engine; learning closes on the Gram matrix for low-rank agents without noise only',
  );
}

/** The result of a run, for people. */
function summary(curve: Curve, session: Session): string {
  const diverged = divergedAt(curve);
  const last = (diverged ?? curve.epochs) - 1;
  const lines = [
    ['epochs', String(curve.epochs)],
    ['loss', last < 0 ? 'not finite from the start' : way(curve.loss, last)],
    ['diverged', diverged === undefined ? 'no' : `at epoch ${diverged}`],
    ...(last < 0 ? [] : session.rows(curve, last)),
  ];
  return `${table(lines)}\n`;
}

function trainCommand(options: TrainOptions): void {
  const { seed, out, config = 'the protocol' } = options;
  expectPlaces(out);
  const configuration = configurationOf(options);
  const kind = kindOf(configuration.protocol, configuration.weights?.initial);
  expectEngine(kind, options.engine);
  const session = SESSIONS[kind]({ configuration, options, where: config, random: new Stream(seed) });
  const { view, protocol, learner } = session;
  const { starts, beforeEpoch, taken, memory } = evidenceOf(session, options.snapshots);
  const progress = trainingProgress(protocol.epochs, view);
  const curve = session.run(
    {
      ...(beforeEpoch && { beforeEpoch }),
      afterEpoch(epoch, rows) {
        view?.observe?.(epoch, rows);
        progress.afterEpoch(epoch, rows.loss[epoch]!);
      },
    },
    { from: 0, ...(memory && { memory }) },
  );
  progress.end();
  // The summary comes first: a full disk does not cost it.
  if (out !== '-') process.stdout.write(summary(curve, session));
  if (out === undefined) return;
  const final = learner?.current();
  const provenance = { producer: 'loopproof', version: version(), seed };
  writeTo(
    out,
    encoded(
      runText({
        ...session,
        curve,
        ...(starts && { starts: starts(curve) }),
        snapshots: taken,
        ...(final && { final }),
        provenance,
      }),
      out,
    ),
  );
}

export default defineCommand({
  description: 'Trains one agent in closed loop and records the run as loop-run/1.',
  options,
  examples: [
    'train --out run.json',
    'train --config config.json --engine full --out -',
    'train --protocol text --watch',
    'train --protocol tracking --epochs 1000',
    'train --protocol artifact-tanh --snapshots 25 --out run.npz',
  ],
  run: (options) => onThreads(() => trainCommand(options), options.workers),
});
