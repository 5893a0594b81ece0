/**
 * How agents are measured while they learn, whatever their kind. Deployed losses are of the states alone, normalised as the
 * protocol's loss is, on trials that are the same for all runs of a campaign.
 */
import type { Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { costOf, type Protocol, plantOf, type QuadraticCost } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import { drawBatch } from '../training/start.js';
import type { Plan } from './grid.js';

/** The loss that deployed agents are measured by, at a horizon. */
export function deployedCost({ loss, batch, plant }: Protocol | RnnProtocol, horizon: number): QuadraticCost {
  const { A, B } = plantOf(plant);
  return costOf({ loss: { ...loss, beta: 0 }, horizon, batch }, A.rows, B.cols);
}

/** The trials that agents are deployed on, n × trials. */
export function trialsOf({ measure, trialsSeed }: Plan, protocol: Protocol | RnnProtocol): Mat<number> {
  return drawBatch(protocol.start!, plantOf(protocol.plant).A.rows, measure.trials, new Stream(trialsSeed))!;
}

/** Whether an epoch is one of every so many that are measured; the last one always is. 0 for none. */
export function isMeasured(every: number, epoch: number, epochs: number): boolean {
  return every > 0 && (epoch % every === 0 || epoch === epochs - 1);
}
