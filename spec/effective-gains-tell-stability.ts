/**
 * Claim: gain paths and stability, in closed-loop and open-loop training.
 */
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { Stream } from '#src/linalg/random.js';
import { isStable } from '#src/loop/stability.js';
import { climbOf } from '#src/stages/climb.js';
import { effectiveGains, inTriangle } from '#src/stages/gains.js';
import { stabilisation, stabilisationOf } from '#src/stages/spectral.js';
import { statement } from '#src/theory/effective-gains-tell-stability.js';
import { type LearningCurve, overlapsAt, rowOf } from '#src/training/curve.js';
import { deployedLosses } from '#src/training/deployed.js';
import { trainToImitate } from '#src/training/open-loop.js';
import { momentFactor } from '#src/training/start.js';
import {
  EPOCHS,
  type ImitationCase,
  imitation,
  plant,
  realiseImitation,
  startMoments,
} from './generators/imitation.js';

interface Subject {
  readonly gains: typeof effectiveGains;
  readonly inTriangle: typeof inTriangle;
}

const subject: Subject = { gains: effectiveGains, inTriangle };

const CLOSED = 'in closed-loop learning gains lie in the triangle when the loop is stable, and only then';
const OPEN = 'in open-loop learning gains lie in the triangle when the loop is stable, and only then';
const ENTERS = 'the closed-loop path enters the triangle within a tenth of the epoch of stabilisation';
const ENDS = 'both paths end in the triangle';
const LEAVES = 'the open-loop path is outside at the top of the deployed loss';
const starts = momentFactor(startMoments);

function check(subject: Subject, instance: ImitationCase, evidence: Evidence): void {
  const pair = realiseImitation(instance, evidence);
  if (!pair) return;
  const { protocol, agent, closed, task, response, problem } = pair;
  const open = trainToImitate(task, response, agent, protocol);
  const inside = (curve: LearningCurve, epoch: number): boolean => {
    const coupling = { rows: 2, cols: 2, data: rowOf(curve.overlaps, curve.epochs, epoch) };
    const { data } = subject.gains(plant, 1, coupling, protocol.horizon, starts);
    return subject.inTriangle([data[0]!, data[1]!]);
  };
  const random = new Stream(instance.seed).child('epoch');
  for (const [name, curve] of [
    [CLOSED, closed],
    [OPEN, open],
  ] as const) {
    const epoch = Math.floor(random.uniform(0, EPOCHS));
    evidence.trial(name, inside(curve, epoch) === isStable(plant, 1, overlapsAt(curve, epoch)));
  }
  const stable = stabilisationOf(protocol, closed).latest;
  // Asked for about the epoch of stabilisation only: elsewhere CLOSED speaks.
  if (stable !== undefined && stable >= 20) {
    const from = Math.floor(0.85 * stable);
    const entry = stabilisation((e) => inside(closed, from + e), Math.min(EPOCHS - from, stable)).latest;
    const measured = entry === undefined ? EPOCHS : from + entry;
    evidence.trial(ENTERS, Math.abs(measured / stable - 1) <= 0.1);
    evidence.predicts('epoch at which the gains enter the triangle', stable, measured);
  }
  const top = climbOf(deployedLosses(open, problem, starts)).epoch;
  evidence.trial(ENDS, inside(closed, EPOCHS - 1) && inside(open, EPOCHS - 1));
  evidence.trial(LEAVES, !inside(open, top));
  evidence.classify('stable at the start', stable === 0);
  evidence.classify('stable after epoch 100', stable !== undefined && stable > 100);
}

export const claim = defineClaim<ImitationCase, Subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: imitation, runs: 1000, block: 40, least: 560 },
  subject,
  check,
  proportions: [
    { name: CLOSED, atLeast: 0.97, refutedBelow: 0.9 },
    { name: OPEN, atLeast: 0.97, refutedBelow: 0.9 },
    { name: ENTERS, atLeast: 0.9, refutedBelow: 0.75 },
    { name: ENDS, atLeast: 0.97, refutedBelow: 0.9 },
    { name: LEAVES, atLeast: 0.97, refutedBelow: 0.9 },
  ],
  floors: { 'stable after epoch 100': 0.2 },
  mutants: [
    { name: 'k₂ half as large again', subject: { ...subject, inTriangle: ([k1, k2]) => inTriangle([k1, 1.5 * k2]) } },
    { name: 'k₁ and k₂ exchanged', subject: { ...subject, inTriangle: ([k1, k2]) => inTriangle([k2, k1]) } },
    { name: 'u = −Kx', subject: { ...subject, inTriangle: ([k1, k2]) => inTriangle([-k1, -k2]) } },
  ],
});
