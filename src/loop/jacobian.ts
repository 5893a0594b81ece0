/**
 * The loop near a state, for agents of every kind: one coupled step s' = F(s) of s = (x, h), and its derivative (of an LSTM h stands for
 * the outputs of its units and the states of their cells, and Z has zeros for these),
 *
 *     x' = A·x + B·(Z·h + bho),  h' = f(h, C·x'),  J = [[A, B·Z], [f_y·C·A, f_h + f_y·C·B·Z]]
 *
 * For a linear agent J is the coupled matrix P at every state.
 */
import { LuDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { type Agent, agentShape, cellOf, controlOf, stateSize } from '../agent/agent.js';
import { type Matrix, matrix, rowTimes, times, toRows } from '../linalg/matrix.js';
import type { Plant } from '../plant/plant.js';

/** A state of the coupled system: (x, h), n + N numbers; of an LSTM n + 2N. */
export type CoupledState = Float64Array;

/** The origin: a fixed point of every loop whose agent has no biases. */
export function originOf(plant: Plant, agent: Agent): CoupledState {
  return new Float64Array(plant.A.rows + stateSize(agent));
}

/** One coupled step and its derivative at a state. */
export interface LocalStep {
  /** F(s). */
  readonly next: CoupledState;
  /** J = ∂F/∂s; with φ′(0) = 0 for relu, as in PyTorch. */
  readonly jacobian: Matrix;
  /** Whether J is the derivative: unless what drives a relu unit is 0. */
  readonly smooth: boolean;
}

/** From a state to the next, with the derivative. @throws RangeError if plant, agent and state do not fit */
export function coupledStep(plant: Plant, agent: Agent, state: CoupledState): LocalStep {
  const { A, B, C } = plant;
  const { N, c, p } = agentShape(agent);
  const n = A.rows;
  const own = stateSize(agent);
  const size = n + own;
  if (B.cols !== p || C.rows !== c || state.length !== size)
    throw new RangeError(
      `an agent of ${N} units, ${c} inputs and ${p} outputs, a plant of ${n} states, ${C.rows} observations and ${B.cols} controls, and a state of ${state.length} numbers do not fit`,
    );
  const [x, inner] = [state.subarray(0, n), state.subarray(n)];
  const next = new Float64Array(size);
  const jacobian = matrix(size, size);

  const u = controlOf(agent, inner.subarray(0, N));
  const BZ = times(B, agent.Z);
  for (let i = 0; i < n; i++) {
    next[i] = rowTimes(A, i, x) + rowTimes(B, i, u);
    for (let k = 0; k < n; k++) jacobian.data[i * size + k] = A.data[i * n + k]!;
    for (let k = 0; k < N; k++) jacobian.data[i * size + n + k] = BZ.data[i * N + k]!;
  }
  const y = Float64Array.from({ length: c }, (_, k) => rowTimes(C, k, next.subarray(0, n)));
  const cell = cellOf(agent, inner, y);
  next.set(cell.next, n);
  const [CA, CB] = [times(C, A), times(C, B)];
  for (let i = 0; i < own; i++) {
    const at = (n + i) * size;
    for (let k = 0; k < own; k++) jacobian.data[at + n + k] = cell.byState.data[i * own + k]!;
    for (let j = 0; j < c; j++) {
      const byInput = cell.byInput.data[i * c + j]!;
      for (let k = 0; k < n; k++) jacobian.data[at + k]! += byInput * CA.data[j * n + k]!;
      for (let q = 0; q < p; q++) {
        const byControl = byInput * CB.data[j * p + q]!;
        for (let k = 0; k < N; k++) jacobian.data[at + n + k]! += byControl * agent.Z.data[q * N + k]!;
      }
    }
  }
  return { next, jacobian, smooth: cell.smooth };
}

/**
 * The local Jacobian J of the coupled step.
 *
 * A relu agent's step is linear on cones, and F(a·s) = a·F(s) for a ≥ 0: J is constant along a ray, J·s = F(s), and at the
 * origin, where the cones meet, there is none. Nor does one J tell its loop's stability, since an orbit goes through many cones;
 * the product of J along the orbit is the derivative of all its steps.
 * @param state the origin by default, a fixed point unless the agent has biases (`fixedPoint`)
 * @throws RangeError where F has no derivative: where what drives a relu unit is 0
 */
export function localJacobian(plant: Plant, agent: Agent, state: CoupledState = originOf(plant, agent)): Matrix {
  const { jacobian, smooth } = coupledStep(plant, agent, state);
  if (!smooth)
    throw new RangeError('a relu agent’s step has no derivative where what drives a unit is 0, as at the origin');
  return jacobian;
}

/** A fixed point of the loop. */
export interface FixedPoint {
  readonly state: CoupledState;
  /** J there, as `coupledStep` has it. */
  readonly jacobian: Matrix;
  /** ‖F(s) − s‖. */
  readonly residual: number;
}

/** Newton's method: steps at most, halvings of one step at most, and the length of a step, relative to the state's, that ends it. */
const NEWTON = { steps: 50, halvings: 30, shortest: 2 ** -40 } as const;

function norm(v: Float64Array): number {
  return Math.hypot(...v);
}

function away({ next }: LocalStep, state: CoupledState): Float64Array {
  return next.map((value, i) => value - state[i]!);
}

/**
 * The fixed point F(s) = s that Newton's method reaches, its steps shortened until ‖F(s) − s‖ falls: at the origin at once where
 * the agent has no biases. There may be others, and none at all: `undefined` then, or where the method does not get to one.
 *
 * @param from where it begins, the origin by default
 */
export function fixedPoint(
  plant: Plant,
  agent: Agent,
  from: CoupledState = originOf(plant, agent),
): FixedPoint | undefined {
  let state = from;
  let here = coupledStep(plant, agent, state);
  let residual = norm(away(here, state));
  for (let steps = 0; steps <= NEWTON.steps; steps++) {
    if (residual === 0) return { state, jacobian: here.jacobian, residual };
    const direction = newtonStep(here, state);
    if (!direction) return undefined;
    const last = norm(direction) <= NEWTON.shortest * (1 + norm(state));
    let share = 1;
    let tried = state.map((value, i) => value + direction[i]!);
    let there = coupledStep(plant, agent, tried);
    let further = norm(away(there, tried));
    // The last step is within rounding of none.
    if (last) return { state: tried, jacobian: there.jacobian, residual: further };
    for (let halving = 0; !(further < residual); halving++) {
      if (halving === NEWTON.halvings) return undefined;
      share /= 2;
      tried = state.map((value, i) => value + share * direction[i]!);
      there = coupledStep(plant, agent, tried);
      further = norm(away(there, tried));
    }
    [state, here, residual] = [tried, there, further];
  }
  return undefined;
}

/** −(J − I)⁻¹·(F(s) − s); `undefined` where 1 is an eigenvalue of J. */
function newtonStep(step: LocalStep, state: CoupledState): Float64Array | undefined {
  const left = new MlMatrix(toRows(step.jacobian));
  for (let i = 0; i < state.length; i++) left.set(i, i, left.get(i, i) - 1);
  const factors = new LuDecomposition(left);
  if (factors.isSingular()) return undefined;
  const right = MlMatrix.columnVector(Array.from(away(step, state), (value) => -value));
  const direction = Float64Array.from(factors.solve(right).to1DArray());
  return direction.every(Number.isFinite) ? direction : undefined;
}
