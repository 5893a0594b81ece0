/**
 * `loopproof train` for the tracking task.
 */
import type { Rnn } from '../agent/rnn.js';
import { LoopproofError } from '../error.js';
import { Stream } from '../linalg/random.js';
import { table } from '../report/table.js';
import type { Configuration } from '../runs/format/schema.js';
import { rnnRunText } from '../runs/format/write.js';
import { rnnFrom, trackingSupportOf } from '../runs/problem.js';
import { acquisitions, continuousModes, harmonicLossAt, highestFrequency } from '../stages/acquisition.js';
import { drawTracker, phaseSource, type TrackingProtocol, trackingLearner } from '../training/tracking-protocol.js';
import { type TrackingCurve, trainTracking } from '../training/train-tracking.js';
import { version } from '../version.js';
import { conclude, type TrainOptions } from './train-options.js';
import { trackingView, trainingProgress } from './watch.js';

/** What a run came to, for people. @param highest angular frequency of the final recurrence, rad/s */
function summary(curve: TrackingCurve, { tracking }: TrackingProtocol, highest: number | undefined): string {
  const { epochs, loss, collapsed } = curve;
  const last = epochs - 1;
  const acquired = acquisitions(curve);
  const rows = [
    ['epochs', String(epochs)],
    ['loss', `${loss[0]!.toPrecision(6)} → ${loss[last]!.toPrecision(6)}`],
    ...tracking.harmonics.map(({ frequency }, f) => [
      `${frequency} Hz (ω = ${(2 * Math.PI * frequency).toPrecision(3)})`,
      `${acquired[f] ? `acquired at epoch ${acquired[f].epoch}` : 'not acquired'}, loss ${harmonicLossAt(curve, f, last).toPrecision(3)}`,
    ]),
    ['highest ω of the recurrence', highest === undefined ? '–' : highest.toPrecision(3)],
    ['epochs trial by trial', String(collapsed.reduce((count, value) => count + 1 - value, 0))],
  ];
  return `${table(rows)}\n`;
}

/** Trains the tracking task of a configuration. @throws LoopproofError for protocols that are not trained */
export function trainTrackingCommand(configuration: Configuration, options: TrainOptions): void {
  const support = trackingSupportOf(configuration.protocol);
  if ('unsupported' in support || options.engine !== undefined)
    throw new LoopproofError('unsupported', {
      where: 'unsupported' in support ? `${options.config}: protocol` : 'train: --engine',
      received: 'unsupported' in support ? support.unsupported : options.engine!,
      expected: 'a linear agent in closed loop, loss {"state": "position", "beta": 0}, rows before updates, no engine',
      hint: 'start from what train --protocol tracking --epochs 1 --out FILE writes',
    });
  const protocol: TrackingProtocol = {
    ...support.protocol,
    ...(options.epochs !== undefined && { epochs: options.epochs }),
  };
  const random = new Stream(options.seed);
  const given = configuration.weights?.initial;
  const initial = given ? (rnnFrom(given, protocol) as Rnn) : drawTracker(protocol, random.child('weights'));
  const engine = trackingLearner(protocol, initial);
  const view = options.watch ? trackingView(protocol, engine) : undefined;
  const training = trainingProgress(protocol.epochs, view);
  const curve = trainTracking(engine, protocol, phaseSource(protocol, random.child('phases')), {
    afterEpoch(epoch, loss) {
      view?.observe();
      training.afterEpoch(epoch, loss);
    },
  });
  training.end();
  const final = engine.rnn();
  const provenance = { producer: 'loopproof', version: version(), seed: options.seed };
  conclude(
    options,
    () => {
      const finite = Number.isFinite(curve.loss[protocol.epochs - 1]);
      const modes = finite ? continuousModes(final.W, protocol.agent.leak, protocol.plant.dt) : undefined;
      return summary(curve, protocol, modes && highestFrequency(modes));
    },
    () => rnnRunText({ protocol, curve, harmonicLoss: curve.harmonicLoss, initial, final, provenance }),
  );
}
