/**
 * Claim: a batch of references acts through basis signals.
 */
import { type Rnn, rnnShape } from '#src/agent/rnn.js';
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { absolute, at, type Mat, map, matrix } from '#src/linalg/matrix.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { balancedPhases } from '#src/plant/reference.js';
import { statement } from '#src/theory/tracking-collapses-to-basis-signals.js';
import { directTracking, type TrackingTask, trackingEngine } from '#src/training/tracking.js';
import { realiseTracking, type TrackingCase, trackingCase } from './generators/tracking.js';

const TENSORS = ['M', 'W', 'Z'] as const;

interface Outcome {
  readonly loss: number;
  readonly gradient: Rnn;
  /** Whether basis signals replaced the batch. */
  readonly collapsed: boolean;
}

type Evaluate = (task: TrackingTask, initial: Rnn, phases: Mat<number>) => Outcome;

interface Subject {
  readonly evaluate: Evaluate;
}

const evaluate: Evaluate = (task, initial, phases) => {
  const engine = trackingEngine(task, phases.cols, initial, TENSORS);
  const { loss } = engine.evaluate(phases);
  return { loss, gradient: engine.gradient(), collapsed: engine.collapsed() };
};

const direct = (task: TrackingTask, initial: Rnn, phases: Mat<number>): Omit<Outcome, 'collapsed'> => {
  const engine = directTracking(task, phases.cols, initial, TENSORS);
  return { loss: engine.evaluate(phases).loss, gradient: engine.gradient() };
};

/**
 * Loss and gradient of absolute data. Harmonics that do not turn are at their full amplitude, twice for |cos| + |sin|; a
 * negative reference through negative weights drives the agent as a positive one would, and adds to the error.
 */
function majorant(task: TrackingTask, initial: Rnn, batch: number): Omit<Outcome, 'collapsed'> {
  const { amplitude, axes, harmonics } = task.reference;
  const still = harmonics.map(({ axis }) => ({ axis, frequency: 0 }));
  const reference = { ...task.reference, amplitude: -2 * amplitude, harmonics: still };
  const agent: Rnn = {
    ...initial,
    W: absolute(initial.W),
    Z: absolute(initial.Z),
    M: matrix(initial.M.rows, 2 * axes, (i, j) => (j < axes ? 1 : -1) * Math.abs(at(initial.M, i, j))),
  };
  const unlimited = { ...task, reference, limit: Number.POSITIVE_INFINITY };
  return direct(unlimited, agent, matrix(harmonics.length, batch));
}

function check(subject: Subject, instance: TrackingCase, evidence: Evidence): void {
  const { task, initial, phases } = realiseTracking(instance);
  const ours = subject.evaluate(task, initial, phases);
  const theirs = direct(task, initial, phases);
  const { axes, harmonics } = task.reference;
  const size = majorant(task, initial, phases.cols);
  const shape = { ...rnnShape(initial), n: 2 * axes };
  // Besides the loop: references and errors as sums over the basis signals, moments as means over the batch.
  const combined = 2 * (2 * harmonics.length + phases.cols + 2);
  const rounding = 2 * gamma(adjointRoundings(shape, task.steps, phases.cols) + combined);
  evidence.within('loss', Math.abs(ours.loss - theirs.loss), rounding * size.loss);
  for (const tensor of TENSORS)
    for (let k = 0; k < initial[tensor].data.length; k++) {
      const [a, b] = [ours.gradient[tensor].data[k]!, theirs.gradient[tensor].data[k]!];
      evidence.within(`∂L/∂${tensor}`, Math.abs(a - b), rounding * Math.abs(size.gradient[tensor].data[k]!));
    }
  const free = direct({ ...task, limit: Number.POSITIVE_INFINITY }, initial, phases);
  evidence.classify('collapsed', ours.collapsed);
  evidence.classify('rolled out trial by trial', !ours.collapsed);
  evidence.classify('clamped', free.loss !== theirs.loss);
  evidence.classify('sharp to six digits', rounding * size.loss <= 2 ** -20 * theirs.loss);
}

export const claim = defineClaim<TrackingCase, Subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: trackingCase, runs: 300, block: 100 },
  subject: { evaluate },
  check,
  floors: { collapsed: 0.3, 'rolled out trial by trial': 0.1, clamped: 0.05, 'sharp to six digits': 0.5 },
  mutants: [
    {
      name: 'the moments of the population for those of the batch',
      subject: {
        evaluate: (task, initial, phases) => {
          const batch = Math.max(phases.cols, 2 * phases.rows + 1);
          return evaluate(task, initial, balancedPhases(phases.rows, batch));
        },
      },
    },
    {
      name: 'sin φ for −sin φ',
      subject: {
        evaluate: (task, initial, phases) =>
          evaluate(
            task,
            initial,
            map(phases, (phase) => -phase),
          ),
      },
    },
    {
      name: 'no certificate',
      subject: {
        evaluate: (task, initial, phases) => evaluate({ ...task, limit: Number.POSITIVE_INFINITY }, initial, phases),
      },
    },
    {
      name: 'a certificate at twice the limit',
      subject: {
        evaluate: (task, initial, phases) => {
          const wide = evaluate({ ...task, limit: 2 * task.limit }, initial, phases);
          return wide.collapsed ? wide : evaluate(task, initial, phases);
        },
      },
    },
    {
      name: 'the sum over the batch for the mean',
      subject: {
        evaluate: (task, initial, phases) => evaluate({ ...task, weight: task.weight * phases.cols }, initial, phases),
      },
    },
  ],
});
