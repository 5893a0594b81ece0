/**
 * `loopproof/fast-check`: the generators that the claims are tried on, for properties of one's own. They are biased towards
 * the boundaries of the theory, and shrink.
 *
 * Cases are plain data, so that a counterexample prints; each family comes with what makes matrices of its cases. `fc` is fast-check
 * itself, of the version that the claims are judged by.
 */
export { default as fc } from 'fast-check';
export {
  agentOf,
  type Configuration,
  type ConfigurationRanges,
  configuration,
  EVERYWHERE,
  LEARNING,
  momentsOf,
  PAPER,
} from '../spec/generators/configuration.js';
export { initialAgent, type LearningCase, learning, momentsFor } from '../spec/generators/learning.js';
export { type LoopCase, loop, realise } from '../spec/generators/loop.js';
export {
  nearStableOrderParameters,
  overlaps,
  type ScalarOrderParameters,
} from '../spec/generators/order-parameters.js';
export { plant } from '../spec/generators/plant.js';
export { batchOf as startsOf, type ProblemCase, problem } from '../spec/generators/problem.js';
