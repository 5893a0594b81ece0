/**
 * What a run learns between two snapshots of its weights follows from the first of them and the starts between.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-windows-follow-snapshots',
  kind: 'identity',
  title: 'recorded runs of any agent are repeated from snapshot to snapshot',
  statement:
    'From recorded weights, what the optimiser remembers of them, and the starts of the epochs that follow, training in double precision gives every recorded loss, gradient norm and clip factor up to the next recorded weights, and these weights.',
  formula: '(θ, μ)_{e+1} = step((θ, μ)_e, x0_e);  loss, ‖∇L‖ as functions of θ_e and x0_e',
  latex: String.raw`(\theta,\mu)_{e+1} = \text{step}((\theta,\mu)_e, x_{0,e}) \newline \text{loss}, {\lVert\nabla L\rVert}\text{ as functions of }\theta_e\text{ and }x_{0,e}`,
  assumptions:
    'weights recorded at some epochs, for momentum and Adam with the memory of the optimiser, and what every epoch draws; in open loop the teacher. Rows and weights of a window that is not affordable are not judged',
  validity:
    'any agent that is trained here: tanh, relu and linear ones, with biases or without, GRUs and LSTMs, in closed and open loop, and tracking; where a window becomes chaotic at its precision, its first epochs',
  tolerance:
    'a multiple of the spread of shadow runs within the window, whose weights are perturbed at the declared precision in every epoch (tolerance.ts)',
  source: { theory: '#records', status: 'new' },
};
