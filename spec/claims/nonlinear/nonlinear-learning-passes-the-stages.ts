/**
 * Claim: tanh agents pass the stages of the linear theory.
 */

import type { Rnn } from '#src/agent/rnn.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { type Matrix, map, matrix, toRows } from '#src/linalg/matrix.js';
import { plantOf, type RnnProtocol } from '#src/problem/protocol.js';
import { deployedGains } from '#src/stages/gains.js';
import { localSpectrum } from '#src/stages/observation.js';
import {
  NEGATIVE,
  PERSISTENCE,
  type SpectralStages,
  STAGE_THREE_GROWTH,
  type StageRow,
  spectralStages,
} from '#src/stages/spectral.js';
import { odds, statement } from '#src/theory/nonlinear/nonlinear-learning-passes-the-stages.js';
import { divergedAt } from '#src/training/curve.js';
import { PROBLEMS } from '#src/training/problems.js';
import type { RnnEngine } from '#src/training/rnn.js';
import { train } from '#src/training/train.js';
import { deployedOn, type NonlinearCase, nonlinearRun, realiseNonlinear } from '../../generators/nonlinear.js';
import { kept } from '../../support/kept.js';

/** Epochs of a run, and how many a run without clipping has to leave the finite numbers. */
const [EPOCHS, UNCLIPPED] = [200, 50];
/** Every how many epochs spectra are taken once the loop has become stable; every epoch before. */
const EVERY = 10;

const faithful = (protocol: RnnProtocol, initial: Rnn): RnnEngine => PROBLEMS.batches.learner(protocol, initial);

const subject = {
  learner: faithful,
  /** The gains k of an agent. */
  gains: (k: Matrix): Matrix => k,
  spectrum: localSpectrum,
  /** Plain steps of a size. */
  unclipped: (protocol: RnnProtocol, lr: number): RnnProtocol => ({
    ...protocol,
    optimizer: { kind: 'sgd', lr, clip: null },
  }),
};
type Subject = typeof subject;

const opposite = ({ rows, cols, data }: Matrix): Matrix => matrix(rows, cols, (i, j) => -data[i * cols + j]!);

/** Trains an agent and observes its loop. */
const trained = kept((instance: NonlinearCase, learner: Subject['learner'], spectrum: Subject['spectrum']) => {
  const run = realiseNonlinear(instance, EPOCHS);
  const { protocol, initial, random } = run;
  const engine = learner(protocol, initial);
  const plant = plantOf(protocol.plant);
  const deployed = deployedOn(run);
  const rows: { readonly k: Matrix | undefined; readonly spectrum: StageRow['spectrum'] }[] = [];
  let lasting = 0;
  const curve = train(engine, protocol, PROBLEMS.batches.source(protocol, random.child('starts')), {
    observe(epoch) {
      if (lasting >= PERSISTENCE && epoch % EVERY > 0) return;
      const finite = Number.isFinite(deployed.run(engine.kernel));
      const local = spectrum(plant, engine.rnn(), random.child(`spectrum ${epoch}`));
      rows.push({ k: finite ? deployedGains(deployed, 2, 1) : undefined, spectrum: local });
      if (lasting < PERSISTENCE) lasting = local?.stable ? lasting + 1 : 0;
    },
  });
  return { rows, diverged: divergedAt(curve) !== undefined };
});

/** How a run went. */
interface Followed {
  readonly stages: SpectralStages;
  /** Spectral radius of the last row that was observed; `undefined` without a spectrum. */
  readonly radius: number | undefined;
  readonly diverged: boolean;
}

/** Tells the stages of an agent's loop. */
function follow(instance: NonlinearCase, { learner, gains, spectrum }: Subject): Followed {
  const { rows, diverged } = trained(instance, learner, spectrum);
  const stages = spectralStages(
    rows.map((row) => ({
      gainNegative: row.k !== undefined && gains(row.k).data[0]! < NEGATIVE.k1,
      spectrum: row.spectrum,
    })),
  );
  return { stages, radius: rows.at(-1)?.spectrum?.radius, diverged };
}

/** Whether an agent that learns without clipping leaves the finite numbers. */
const divergesFreely = kept((instance: NonlinearCase, unclipped: Subject['unclipped']) => {
  const { protocol, initial, random } = realiseNonlinear(instance, EPOCHS);
  const free = { ...unclipped(protocol, instance.lr), epochs: UNCLIPPED };
  const batches = PROBLEMS.batches.source(free, random.child('starts'));
  return divergedAt(train(PROBLEMS.batches.learner(free, initial), free, batches)) !== undefined;
});

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: nonlinearRun, runs: 200, block: 5 },
  subject,
  check(subject, instance, evidence) {
    const { stages, radius, diverged } = follow(instance, subject);
    const { stage1End, stage2End, stage3Growth } = stages;
    evidence.classify('diverged', diverged);
    evidence.trial(odds.first.name, stage1End !== undefined && stage2End !== undefined && stage1End < stage2End);
    evidence.trial(odds.stable.name, stage2End !== undefined && radius !== undefined && radius < 1);
    evidence.trial(odds.third.name, stage3Growth !== undefined && stage3Growth > STAGE_THREE_GROWTH);

    evidence.trial(odds.clip.name, divergesFreely(instance, subject.unclipped));
    evidence.classify('perturbed', instance.perturbation !== 'none');
    evidence.classify('stable after epoch 40', stage2End !== undefined && stage2End > 40);
  },
  proportions: Object.values(odds),
  floors: { perturbed: 0.6, 'stable after epoch 40': 0.5 },
  mutants: mutantsOf(subject, {
    'feedback of the wrong sign in training': {
      learner(protocol, initial) {
        const { A, B, C } = plantOf(protocol.plant);
        const against = map(B, (value) => -value);
        const plant = { kind: 'linear', A: toRows(A), B: toRows(against), C: toRows(C) } as const;
        return PROBLEMS.batches.learner({ ...protocol, plant }, initial);
      },
    },
    'the spectrum of the plant alone': {
      spectrum: (plant, agent, random) => localSpectrum(plant, { ...agent, Z: map(agent.Z, () => 0) }, random),
    },
    'gains of the wrong sign': { gains: opposite },
    'clipping kept': { unclipped: (protocol, lr) => ({ ...protocol, optimizer: { kind: 'sgd', lr, clip: 1 } }) },
  }),
});
