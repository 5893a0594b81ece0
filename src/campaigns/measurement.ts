/**
 * How agents are measured while they learn, whatever their kind: deployed on trials that are the same for all runs of a campaign.
 */
import { fromRows, type Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { type Protocol, plantOf } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import { drawBatch } from '../training/start.js';
import type { Plan } from './grid.js';
import type { Measure } from './schema.js';

/** How many trials agents are deployed on. */
export function trialCount({ trials }: Pick<Measure, 'trials'>): number {
  return typeof trials === 'number' ? trials : trials[0]!.length;
}

/** The trials that agents are deployed on, n × trials. */
export function trialsOf({ measure, trialsSeed }: Plan, protocol: Protocol | RnnProtocol): Mat<number> {
  const { trials } = measure;
  if (typeof trials !== 'number') return fromRows(trials);
  return drawBatch(protocol.start!, plantOf(protocol.plant).A.rows, trials, new Stream(trialsSeed))!;
}

/** Whether an epoch is one of every so many that are measured; the last one always is. 0 for none. */
export function isMeasured(every: number, epoch: number, epochs: number): boolean {
  return every > 0 && (epoch % every === 0 || epoch === epochs - 1);
}
