/**
 * The full engine in open loop: drives the N hidden units by given input sequences and back-propagates through them, never
 * using the reduction to order parameters. Its starts are input sequences, as a factor of their moments: unit impulses
 * at every step stand for all white inputs and give the expected loss, drawn sequences the sampled one.
 */
import { type LinearAgent, shapeOf, type Tensor } from '../agent/linear.js';
import type { Mat } from '../linalg/matrix.js';
import { type Evaluation, expectTeacher } from './engine.js';
import { type FullEngine, network } from './network.js';
import type { OpenLoopTask } from './open-loop.js';

/**
 * A student with explicit weights. Its `evaluate` takes steps·c × trials, the input before step t in rows t·c and on.
 *
 * @param student the initial weights; copied
 * @param teacher any linear agent of as many inputs and outputs
 * @param trained tensors that gradients are taken for
 * @throws RangeError if student and teacher do not fit.
 */
export function openLoopEngine(
  { steps, weight }: Pick<OpenLoopTask, 'steps' | 'weight'>,
  student: LinearAgent,
  teacher: LinearAgent,
  trained: readonly Tensor[],
): FullEngine {
  const [shape, other] = [shapeOf(student), shapeOf(teacher)];
  expectTeacher(shape, other);
  const { c, p, r } = shape;
  const net = network(student, steps, trained);
  const [ins, outs] = [c + r, p + r];
  // The teacher's answers to the last inputs: it does not learn, so that inputs which stay are answered once.
  let seen: Mat<number> | undefined;
  let wanted: Float64Array = new Float64Array(0);

  function answers(inputs: Mat<number>): Float64Array {
    const model = network(teacher, steps, []);
    const [modelIns, modelOuts] = [c + other.r, p + other.r];
    const controls = new Float64Array(inputs.cols * steps * p);
    for (let column = 0; column < inputs.cols; column++)
      for (let t = 0; t < steps; t++) {
        for (let j = 0; j < c; j++)
          model.drive[t * modelIns + j] = teacher.leak * inputs.data[(t * c + j) * inputs.cols + column]!;
        model.forward(t);
        for (let i = 0; i < p; i++) controls[(column * steps + t) * p + i] = model.read[(t + 1) * modelOuts + i]!;
      }
    return controls;
  }

  function forward(inputs: Mat<number>, column: number): number {
    let loss = 0;
    for (let t = 0; t < steps; t++) {
      for (let j = 0; j < c; j++)
        net.drive[t * ins + j] = student.leak * inputs.data[(t * c + j) * inputs.cols + column]!;
      net.forward(t);
      for (let i = 0; i < p; i++) {
        const error = net.read[(t + 1) * outs + i]! - wanted[(column * steps + t) * p + i]!;
        net.pread[(t + 1) * outs + i] = 2 * weight * error;
        loss += weight * error * error;
      }
    }
    return loss;
  }

  function evaluate(inputs: Mat<number>): Evaluation {
    if (inputs !== seen) [seen, wanted] = [inputs, answers(inputs)];
    net.clear();
    let loss = 0;
    for (let column = 0; column < inputs.cols; column++) {
      loss += forward(inputs, column);
      net.rewind();
      for (let t = steps; t > 0; t--) net.backward(t);
      net.accumulate();
    }
    return { loss, gradNorm: net.finish() };
  }

  return { ...net.engine, evaluate };
}
