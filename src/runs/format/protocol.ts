/**
 * What no schema can check of a protocol: fields that depend on one another, and the memory that they ask for.
 */
import { semidefiniteFactor } from '../../linalg/factor.js';
import { fromRows } from '../../linalg/matrix.js';
import { unitRoundoff } from '../../linalg/tolerance.js';
import { AGENTS, isRecurrent, trainableOf } from '../../problem/agents.js';
import { kindOf } from '../../problem/kinds.js';
import { isMatrixLoss, isNoisy } from '../../problem/schema.js';
import type { Fields } from './fields.js';

/** Memory that training or replay may take for trajectories, weights and curves, in numbers. */
const MOST_NUMBERS = 2 ** 26;

/** Matrices of a loss are symmetric, and no loss is below 0. */
function expectLoss(fields: Fields): void {
  const { loss } = fields.protocol;
  if (!isMatrixLoss(loss)) return;
  const { n, p } = fields.sizes;
  for (const [name, rows, size] of [
    ['Q', loss.Q, n],
    ['R', loss.R, p],
  ] as const) {
    if (!rows) continue;
    const field = `protocol.loss.${name}`;
    fields.matrix(field, rows, [size, size]);
    const hint = 'xᵀQx depends on (Q + Qᵀ)/2 alone: declare that';
    const symmetric = rows.every((row, i) => row.every((value, j) => value === rows[j]![i]));
    fields.expect(field, symmetric, JSON.stringify(rows), 'a symmetric matrix', hint);
    try {
      semidefiniteFactor(fromRows(rows), unitRoundoff('f64'));
    } catch {
      fields.expect(field, false, JSON.stringify(rows), 'a positive semidefinite matrix: a loss has a minimum');
    }
  }
}

/** Noise is of trials in closed loop. */
function expectNoise(fields: Fields): void {
  const { noise, mode, tracking, agent, start } = fields.protocol;
  if (!isNoisy(fields.protocol)) return;
  const expect = (condition: boolean, expected: string, hint: string): void =>
    fields.expect('protocol.noise', condition, JSON.stringify(noise), expected, hint);
  expect(mode === 'closed-loop', 'a closed loop', 'leave it out: the inputs of an open loop are noise already');
  expect(tracking === undefined, 'a loop without protocol.tracking', 'leave it out: references are followed without');
  expect(agent.kind !== 'effective', 'an agent with units', 'leave it out: order parameters alone have no trials');
  expect(start?.kind !== 'population', 'starts that have trials', 'leave it out, or declare uniform or normal starts');
}

function expectTracking(fields: Fields): void {
  const { tracking, plant, batch } = fields.protocol;
  if (!tracking) return;
  fields.expect('protocol.plant', plant.kind === 'cursor', plant.kind, 'a cursor, for tracking');
  const axes = fields.sizes.p;
  const astray = tracking.harmonics.find(({ axis }) => axis >= axes);
  fields.expect('protocol.tracking.harmonics', !astray, `axis ${astray?.axis}`, `axes 0 to ${axes - 1}`);
  const least = 2 * tracking.harmonics.length + 1;
  const balances = tracking.phases === 'drawn' || batch >= least;
  fields.expect('protocol.batch', balances, `${batch}`, `${least} or more, for balanced phases`);
}

/** Sizes that are fine one by one may be too much together: refused before anything is allocated. */
function expectAffordable(fields: Fields): void {
  const { mode, agent, horizon, epochs, batch } = fields.protocol;
  const { p, c, n, r, N, gates } = fields.sizes;
  const columns = c + p + 2 * r;
  const dense = isRecurrent(agent) ? gates * N * N : 0;
  // Trials of agents that are not linear, and of open loops, do not collapse to their moments.
  const kind = kindOf(fields.protocol);
  const alone = mode === 'closed-loop' && (kind === 'moments' || kind === 'trials');
  const trials = alone ? 1 : 2 * gates * batch;
  const trajectory = trials * (2 * N * horizon + 4 * (n + columns) * horizon);
  const noise = isNoisy(fields.protocol) ? 4 * batch * (n + c) * horizon : 0;
  const numbers = trajectory + noise + 4 * (N * columns + dense) + epochs * (columns * columns + n * n + 8);
  fields.expect(
    'protocol',
    numbers <= MOST_NUMBERS,
    `N × horizon × trials, N² or epochs that need ${(8 * numbers) / 2 ** 20} MiB`,
    `at most ${(8 * MOST_NUMBERS) / 2 ** 20} MiB`,
  );
}

/** Checks a protocol. @throws LoopproofError if it contradicts itself, or asks for too much memory */
export function expectProtocol(fields: Fields): void {
  const { start, agent, trained, mode, tracking, batch, inputs, horizon, teacher, optimizer, epochs } = fields.protocol;
  const { n, c } = fields.sizes;
  fields.expect(
    'protocol.start',
    mode !== 'closed-loop' || start !== undefined || tracking !== undefined,
    'nothing',
    'the starts of a closed loop',
  );
  expectTracking(fields);
  expectNoise(fields);
  expectLoss(fields);
  if (start?.kind === 'fixed') fields.matrix('protocol.start.x0', start.x0, [n, batch]);
  if (start?.kind === 'uniform')
    fields.expect('protocol.start', start.low < start.high, `low ${start.low}, high ${start.high}`, 'low < high');
  const names = trainableOf(agent.kind);
  const foreign = trained.find((name) => !names.includes(name));
  fields.expect(
    'protocol.trained',
    foreign === undefined && trained.length > 0 && new Set(trained).size === trained.length,
    JSON.stringify(foreign ?? trained),
    `some of ${names.join(', ')} for a ${agent.kind} agent`,
  );
  const { lr } = optimizer;
  fields.expect(
    'protocol.optimizer.lr',
    typeof lr === 'number' || lr.length === epochs,
    `a list of ${typeof lr === 'number' ? 1 : lr.length} numbers`,
    `one for each of protocol.epochs = ${epochs}, or a number`,
    'list the learning rate of every epoch, whether it updates or not; of a run that stopped early declare the epochs that it had',
  );
  // A row for each observation of each step, a number per trial in it.
  if (inputs?.kind === 'fixed') fields.matrix('protocol.inputs.y', inputs.y, [horizon * c, batch]);
  fields.weights('protocol.teacher', teacher, AGENTS[agent.kind].tensors);
  expectAffordable(fields);
}
