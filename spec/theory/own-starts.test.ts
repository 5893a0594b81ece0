/**
 * What the statement on the duration of stage 1 says of the paper's own starts.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agentOf, configuration, momentsOf, PAPER } from '#spec/generators/configuration.js';
import { trainGram } from '#spec/support/trainers.js';
import { decideProportion } from '#src/claims/proportion.js';
import { FALSE_ALARM_PER_PROPORTION } from '#src/linalg/tolerance.js';
import { PROTOCOLS } from '#src/problem/protocol.js';
import { measuredTurn } from '#src/stages/turn.js';
import {
  descendAlone,
  firstMinimum,
  hopWidth,
  OWN_STARTS,
  regime,
  SHORTEST_STAGE,
  stageOneStart,
} from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';

const { agent, horizon, start, batch, optimizer } = PROTOCOLS['artifact-lowrank'];
const own = configuration({
  ...PAPER,
  N: fc.constant(agent.N),
  horizon: fc.constant(horizon),
  start: fc.constant(start),
  batch: fc.constant(batch),
  lr: fc.constant(optimizer.lr),
  clip: fc.constant(optimizer.clip),
  scale: fc.constant(1),
});

const DRAWS = 1000;
/** Six standard deviations of a share, and half a point for rounding. */
const within = (share: number): number => 6 * Math.sqrt((share * (1 - share)) / DRAWS) + 0.005;

it('the shares of the paper’s own starts, and predictions inside the regime, are as stated', {
  timeout: 120_000,
}, () => {
  const counts = { inside: 0, short: 0, turned: 0 };
  const right: { alone: boolean[]; closed: boolean[] } = { alone: [], closed: [] };
  const near = (predicted: number, measured: number): boolean => Math.abs(measured - predicted) <= 1 + predicted / 10;
  for (const instance of fc.sample(fc.noBias(own), { numRuns: DRAWS, seed: 1 })) {
    const { protocol } = instance;
    const first = stageOneStart(protocol, agentOf(instance));
    if (!regime.isInside({ ...protocol, ...first })) {
      counts.turned++;
      continue;
    }
    const turn = descendAlone(first, protocol)!;
    if (turn.epoch < SHORTEST_STAGE) {
      counts.short++;
      continue;
    }
    counts.inside++;
    const curve = trainGram({ ...protocol, epochs: 3 * turn.epoch + 50 }, agentOf(instance), momentsOf(instance));
    const measured = measuredTurn(curve, turn.direction);
    const hop = hopWidth(optimizer.lr, optimizer.clip, first.inputNorm);
    right.alone.push(near(turn.epoch, measured));
    right.closed.push(near(Math.abs(first.zm - firstMinimum(first, hop, protocol.epochs)!) / hop, measured));
  }
  for (const key of ['inside', 'short', 'turned'] as const) {
    expect(Math.abs(counts[key] / DRAWS - OWN_STARTS[key]), key).toBeLessThanOrEqual(within(OWN_STARTS[key]));
  }
  for (const outcomes of Object.values(right))
    expect(decideProportion(OWN_STARTS.right, outcomes, FALSE_ALARM_PER_PROPORTION)).toMatchObject({ status: 'holds' });
});
