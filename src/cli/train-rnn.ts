/**
 * `loopproof train` of agents whose trials do not collapse to moments: RNNs that are not linear, GRUs, and open loops.
 */
import { type Agent, agentShape } from '../agent/agent.js';
import { LoopproofError } from '../error.js';
import { Stream } from '../linalg/random.js';
import { table } from '../report/table.js';
import { stageRows } from '../report/terminal.js';
import type { Configuration } from '../runs/format/schema.js';
import { rnnRunText } from '../runs/format/write.js';
import { type RnnSupport, rnnFrom } from '../runs/problem.js';
import { type Observations, observedStages, observer } from '../stages/observation.js';
import { peakOf } from '../stages/peak.js';
import { divergedAt, rowOf } from '../training/curve.js';
import { batchSource, deployedStarts, drawRnn, type RnnProtocol, rnnLearner } from '../training/rnn-protocol.js';
import { type RnnCurve, trainRnn } from '../training/train-rnn.js';
import { version } from '../version.js';
import { usage } from './output.js';
import { conclude, type TrainOptions } from './train-options.js';
import { deployedView, trainingProgress } from './watch.js';

/** Every how many epochs spectra are taken: those of GRUs need a fixed point first. */
const SPECTRA = { simple: 1, gated: 10 } as const;

/** The teacher of an open loop. @throws LoopproofError if there is none. */
function teacherOf({ mode }: RnnProtocol, teacher: Agent | undefined, where: string): Agent | undefined {
  if (mode === 'open-loop' && !teacher)
    throw new LoopproofError('invalid-run', {
      where: `${where}: protocol.teacher`,
      received: 'nothing',
      expected: 'the weights of the agent that an open loop imitates',
      hint: 'add the final weights of a run in closed loop: {"Wih": …, "Whh": …, "Who": …}',
    });
  return teacher;
}

/** What a run came to, for people. @param single of one observation and one control, whose stages are defined */
function summary(curve: RnnCurve, seen: Observations, deployed: boolean, single: boolean): string {
  const diverged = divergedAt(curve);
  const last = (diverged ?? curve.epochs) - 1;
  const way = (values: Float64Array): string => `${values[0]!.toPrecision(6)} → ${values[last]!.toPrecision(6)}`;
  const rows = [
    ['epochs', String(curve.epochs)],
    ['loss', last < 0 ? 'not finite from the start' : way(curve.loss)],
    ['diverged', diverged === undefined ? 'no' : `at epoch ${diverged}`],
  ];
  if (last >= 0 && deployed) {
    const peak = peakOf(seen.deployedLoss);
    rows.push(['deployed loss', way(seen.deployedLoss)]);
    if (peak) rows.push(['its peak', `${peak.loss.toPrecision(6)} at epoch ${peak.epoch}`]);
    const gains = rowOf(seen.gains, seen.epochs, last);
    rows.push(['effective gains', [...gains].map((gain) => gain.toPrecision(4)).join(', ')]);
    const radius = seen.spectra.findLast((spectrum) => spectrum !== undefined)?.radius;
    if (radius !== undefined) rows.push(['spectral radius', radius.toPrecision(6)]);
    if (single) rows.push(...stageRows(observedStages(seen)));
  }
  return `${table(rows)}\n`;
}

/** Trains a run of a supported protocol, and records it. */
export function trainRnnRun(
  options: TrainOptions,
  configuration: Configuration,
  support: Exclude<RnnSupport, { readonly unsupported: string }>,
): void {
  const { engine: engineName, epochs, seed, config = 'the protocol' } = options;
  if (engineName !== undefined && engineName !== 'full')
    throw usage('train: --engine', engineName, 'full', 'learning closes on the Gram matrix for low-rank agents only');
  const protocol: RnnProtocol = { ...support.protocol, ...(epochs !== undefined && { epochs }), precision: 'f64' };
  const teacher = teacherOf(protocol, support.teacher, config);
  const random = new Stream(seed);
  const given = configuration.weights?.initial;
  const initial = given ? rnnFrom(given, protocol) : drawRnn(protocol, random.child('weights'));
  const starts = deployedStarts(protocol, random.child('deployed'));
  const engine = rnnLearner(protocol, initial, teacher);
  const spectrum = protocol.agent.kind === 'gru' ? SPECTRA.gated : SPECTRA.simple;
  const seen = observer(
    protocol,
    engine,
    { deployedLoss: 1, gains: 1, spectrum },
    { ...(starts && { starts }), random: random.child('spectra') },
  );
  const { c, p } = agentShape(initial);
  const single = c === 1 && p === 1;
  const view = options.watch && starts ? deployedView(seen, single) : undefined;
  const training = trainingProgress(protocol.epochs, view);
  const curve = trainRnn(engine, protocol, batchSource(protocol, random.child('batches')), {
    observe: seen.observe,
    afterEpoch(epoch, loss) {
      view?.observe(epoch);
      training.afterEpoch(epoch, loss);
    },
  });
  training.end();
  conclude(
    options,
    () => summary(curve, seen, starts !== undefined, single),
    () =>
      rnnRunText({
        protocol,
        ...(teacher && { teacher }),
        curve,
        ...(starts && { deployedLoss: seen.deployedLoss }),
        initial,
        final: engine.rnn(),
        provenance: { producer: 'loopproof', version: version(), seed },
      }),
  );
}
