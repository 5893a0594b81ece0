/**
 * Claim: a batch of references acts through basis signals.
 */
import type { Rnn } from '#src/agent/rnn.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { at, build, type Mat, map, matrix, times, transpose } from '#src/linalg/matrix.js';
import { gamma } from '#src/linalg/tolerance.js';
import { balancedPhases, coefficientsOf } from '#src/plant/reference.js';
import { statement } from '#src/theory/tracking/tracking-collapses-to-basis-signals.js';
import { directTracking, type TrackingTask, trackingEngine } from '#src/training/tracking.js';
import { realiseTracking, trackingCase } from '../../generators/tracking.js';
import { trackingMajorant, trackingRounding } from '../../support/absolute.js';

const TENSORS = ['M', 'W', 'Z'] as const;

interface Outcome {
  readonly loss: number;
  readonly gradient: Rnn;
  /** Whether basis signals replaced the batch. */
  readonly collapsed: boolean;
}

type Evaluate = (task: TrackingTask, initial: Rnn, phases: Mat<number>) => Outcome;

const evaluate: Evaluate = (task, initial, phases) => {
  const engine = trackingEngine(task, phases.cols, initial, TENSORS);
  const { loss } = engine.evaluate(phases);
  return { loss, gradient: engine.gradient(), collapsed: engine.collapsed() };
};

const subject = { evaluate, balancedPhases };
type Subject = typeof subject;

const direct = (task: TrackingTask, initial: Rnn, phases: Mat<number>): Omit<Outcome, 'collapsed'> => {
  const engine = directTracking(task, phases.cols, initial, TENSORS);
  return { loss: engine.evaluate(phases).loss, gradient: engine.gradient() };
};

/** Balanced phases have the moments of the population: of their cosines and sines the means are 0 and the second moments ½·I. */
function checkBalance({ balancedPhases }: Subject, harmonics: number, batch: number, evidence: Evidence): void {
  const coefficients = coefficientsOf(balancedPhases(harmonics, batch));
  const ones = build(1, batch, () => 1);
  const moments = times(coefficients, transpose(coefficients));
  const sums = times(coefficients, transpose(ones));
  // Phases below 2π, rounded twice, and cosines to an ulp; then the sum.
  const rounding = batch * gamma(batch + 40);
  for (let i = 0; i < 2 * harmonics; i++) {
    evidence.within('means of balanced phases', Math.abs(at(sums, i, 0)), rounding);
    for (let j = 0; j <= i; j++) {
      const population = i === j ? batch / 2 : 0;
      evidence.within('second moments of balanced phases', Math.abs(at(moments, i, j) - population), rounding);
    }
  }
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: trackingCase, runs: 300, block: 100 },
  subject,
  check(subject, instance, evidence) {
    const { task, initial, phases } = realiseTracking(instance);
    const ours = subject.evaluate(task, initial, phases);
    const theirs = direct(task, initial, phases);
    const size = trackingMajorant(task, initial, phases.cols);
    const rounding = 2 * trackingRounding(task, initial, phases.cols);
    evidence.within('loss', Math.abs(ours.loss - theirs.loss), rounding * size.loss);
    for (const tensor of TENSORS)
      for (let k = 0; k < initial[tensor].data.length; k++) {
        const [a, b] = [ours.gradient[tensor].data[k]!, theirs.gradient[tensor].data[k]!];
        evidence.within(`∂L/∂${tensor}`, Math.abs(a - b), rounding * Math.abs(size.gradient[tensor].data[k]!));
      }
    checkBalance(subject, phases.rows, Math.max(phases.cols, 2 * phases.rows + 1), evidence);
    const free = direct({ ...task, limit: Number.POSITIVE_INFINITY }, initial, phases);
    evidence.classify('collapsed', ours.collapsed);
    evidence.classify('rolled out trial by trial', !ours.collapsed);
    evidence.classify('clamped', free.loss !== theirs.loss);
    evidence.classify('sharp to six digits', rounding * size.loss <= 2 ** -20 * theirs.loss);
  },
  floors: { collapsed: 0.3, 'rolled out trial by trial': 0.1, clamped: 0.05, 'sharp to six digits': 0.5 },
  mutants: mutantsOf(subject, {
    'the moments of the population for those of the batch': {
      evaluate: (task, initial, phases) => {
        const batch = Math.max(phases.cols, 2 * phases.rows + 1);
        return evaluate(task, initial, balancedPhases(phases.rows, batch));
      },
    },
    'balanced phases of which the first harmonic does not turn': {
      balancedPhases: (harmonics, batch) =>
        matrix(harmonics, batch, (f, b) => (2 * Math.PI * ((f * b) % batch)) / batch),
    },
    'sin φ for −sin φ': {
      evaluate: (task, initial, phases) =>
        evaluate(
          task,
          initial,
          map(phases, (phase) => -phase),
        ),
    },
    'no certificate': {
      evaluate: (task, initial, phases) => evaluate({ ...task, limit: Number.POSITIVE_INFINITY }, initial, phases),
    },
    'a certificate at four times the limit': {
      evaluate: (task, initial, phases) => {
        const wide = evaluate({ ...task, limit: 4 * task.limit }, initial, phases);
        return wide.collapsed ? wide : evaluate(task, initial, phases);
      },
    },
    'the sum over the batch for the mean': {
      evaluate: (task, initial, phases) => evaluate({ ...task, weight: task.weight * phases.cols }, initial, phases),
    },
  }),
});
