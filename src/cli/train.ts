/**
 * `loopproof train`: one learning run, recorded.
 */
import { LoopproofError } from '../error.js';
import { Stream } from '../linalg/random.js';
import { table } from '../report/table.js';
import { stageRows } from '../report/terminal.js';
import { parseConfiguration, readConfiguration } from '../runs/format/read.js';
import type { Configuration } from '../runs/format/schema.js';
import { runText } from '../runs/format/write.js';
import { initialFrom, knownMoments, rnnSupportOf, supportOf } from '../runs/problem.js';
import { spectralStages, stageRowsOf } from '../stages/spectral.js';
import { divergedAt, type LearningCurve, spectraOf } from '../training/curve.js';
import { closesOnGram, drawInitial, explicitLearner, gramLearner, type Initial } from '../training/learner.js';
import { PROTOCOLS, type Protocol, plantOf } from '../training/protocol.js';
import { RNN_PROTOCOLS, type RnnProtocol } from '../training/rnn-protocol.js';
import { type MomentSource, momentSource } from '../training/start.js';
import { TRACKING, type TrackingProtocol } from '../training/tracking-protocol.js';
import { train } from '../training/train.js';
import { version } from '../version.js';
import { expectPlaces, usage } from './output.js';
import { conclude, type TrainOptions } from './train-options.js';
import { trainRnnRun } from './train-rnn.js';
import { trainTrackingCommand } from './train-tracking.js';
import { loopView, trainingProgress } from './watch.js';

/** The configuration that the options name. */
function configurationOf({ config, protocol = 'artifact-lowrank', epochs }: TrainOptions): Configuration {
  if (config !== undefined) return readConfiguration(config);
  const named: Readonly<Record<string, Protocol | RnnProtocol | TrackingProtocol>> = {
    ...PROTOCOLS,
    ...RNN_PROTOCOLS,
    tracking: TRACKING,
  };
  const names = Object.keys(named);
  if (!names.includes(protocol))
    throw usage(
      'train: --protocol',
      protocol,
      names.join(', '),
      'write a protocol of your own and name it with --config',
    );
  const text = JSON.stringify({
    format: 'loop-run/1',
    protocol: { ...named[protocol], ...(epochs !== undefined && { epochs }) },
  });
  return parseConfiguration(text, `protocol ${protocol}`);
}

interface Trained {
  readonly curve: LearningCurve;
  readonly final?: Initial;
}

/** Trains with the engine that was asked for, or the cheapest that is exact. */
function run(
  protocol: Protocol,
  initial: Initial,
  moments: MomentSource,
  engineName: string | undefined,
  afterEpoch: (epoch: number, curve: LearningCurve) => void,
): Trained {
  if (engineName !== undefined && engineName !== 'full' && engineName !== 'gram')
    throw usage('train: --engine', engineName, 'full or gram', 'leave it out for the cheapest engine that is exact');
  const closes = 'agent' in initial && closesOnGram(protocol);
  if (engineName === 'gram' && !closes)
    throw usage(
      'train: --engine',
      'gram',
      'full',
      'learning closes on the Gram matrix for low-rank agents and plain SGD only',
    );
  if (closes && engineName !== 'full')
    return { curve: train(gramLearner(protocol, initial.agent), protocol, moments, { afterEpoch }) };
  const { engine, current } = explicitLearner(protocol, initial);
  return { curve: train(engine, protocol, moments, { afterEpoch }), final: current() };
}

/** Spectra of larger loops are left out of the summary: deciding their stability exactly takes too long. */
const MOST_MODES = 16;

/** What a run came to, for people. */
function summary(curve: LearningCurve, protocol: Protocol): string {
  const diverged = divergedAt(curve);
  const last = (diverged ?? curve.epochs) - 1;
  const rows = [
    ['epochs', String(curve.epochs)],
    [
      'loss',
      last < 0 ? 'not finite from the start' : `${curve.loss[0]!.toPrecision(6)} → ${curve.loss[last]!.toPrecision(6)}`,
    ],
    ['diverged', diverged === undefined ? 'no' : `at epoch ${diverged}`],
  ];
  const { p, c, r } = curve.shape;
  const plant = plantOf(protocol.plant);
  if (protocol.agent.kind !== 'linear' && plant.A.rows + c + r <= MOST_MODES) {
    const spectra = spectraOf(curve, plant, protocol.agent.leak);
    const radius = spectra[last]?.radius;
    if (radius !== undefined) rows.push(['spectral radius', radius.toPrecision(6)]);
    if (p === 1 && c === 1) {
      rows.push(...stageRows(spectralStages(stageRowsOf(curve, spectra))));
    }
  }
  return `${table(rows)}\n`;
}

export function trainCommand(options: TrainOptions): void {
  expectPlaces(options.out);
  const configuration = configurationOf(options);
  if (configuration.protocol.tracking) {
    trainTrackingCommand(configuration, options);
    return;
  }
  const support = supportOf(configuration.protocol);
  if ('unsupported' in support) {
    const { agent } = configuration.protocol;
    const fullRank = agent.kind !== 'linear-low-rank' && agent.kind !== 'effective';
    const other = fullRank ? rnnSupportOf(configuration.protocol) : support;
    if ('protocol' in other) return trainRnnRun(options, configuration, other);
    throw new LoopproofError('unsupported', {
      where: `${options.config}: protocol`,
      received: other.unsupported,
      expected: 'any agent in closed loop, or a full-rank one in open loop',
      hint: 'choose mode closed-loop, or agent.kind tanh, relu, linear or gru',
    });
  }
  const protocol: Protocol = {
    ...support.protocol,
    ...(options.epochs !== undefined && { epochs: options.epochs }),
    precision: 'f64',
  };
  const random = new Stream(options.seed);
  const given = configuration.weights?.initial;
  if (!given && protocol.agent.kind === 'effective')
    throw new LoopproofError('invalid-run', {
      where: `${options.config}: weights.initial.overlaps`,
      received: 'nothing',
      expected: 'the initial order parameters of an effective agent',
      hint: 'add {"zm": …, "zu": …, "vm": …, "vu": …}',
    });
  const initial = given ? initialFrom(given, protocol) : drawInitial(protocol, random.child('weights'));
  const n = plantOf(protocol.plant).A.rows;
  const moments =
    knownMoments(configuration, protocol) ?? momentSource(protocol.start, n, protocol.batch, random.child('starts'));
  const view = options.watch ? loopView(protocol) : undefined;
  const training = trainingProgress(protocol.epochs, view);
  const { curve, final } = run(protocol, initial, moments, options.engine, (epoch, rows) => {
    view?.observe(epoch, rows);
    training.afterEpoch(epoch, rows.loss[epoch]!);
  });
  training.end();
  const provenance = { producer: 'loopproof', version: version(), seed: options.seed };
  conclude(
    options,
    () => summary(curve, protocol),
    () => runText(curve, protocol, initial, final, provenance),
  );
}
