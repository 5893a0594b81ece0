/**
 * `loopproof/fast-check`: the generators that the claims are tried on, for properties of one's own. They are biased towards
 * the boundaries of the theory, and shrink.
 *
 * Cases are plain data, so that a counterexample prints; each family comes with what makes matrices of its cases.
 */
export {
  agentOf,
  type Configuration,
  type ConfigurationRanges,
  configuration,
  EVERYWHERE,
  initialAgent,
  LEARNING,
  type LearningCase,
  type LoopCase,
  learning,
  loop,
  momentsFor,
  momentsOf,
  nearStableOrderParameters,
  overlaps,
  PAPER,
  type ProblemCase,
  plant,
  problem,
  realise,
  type ScalarOrderParameters,
  startsOf,
} from './cli/suite.js';
