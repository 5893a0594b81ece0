/**
 * From run files to learning problems: what is judged, what is trained, what neither, and why.
 */

import { describe, expect, it } from 'vitest';
import { DECLARED } from '#spec/runs/support/faulty.js';
import { fixture } from '#spec/support/recorded.js';
import { toRows } from '#src/linalg/matrix.js';
import { initialFrom, weightsOf } from '#src/problem/agents.js';
import { supportOf } from '#src/problem/kinds.js';
import type { Protocol } from '#src/problem/protocol.js';
import { protocolSchema, type RunProtocol } from '#src/problem/schema.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { knownMoments, recordedOrderParameters } from '#src/runs/problem.js';

const asRun = (change: object): RunProtocol => ({ ...DECLARED, ...change }) as unknown as RunProtocol;
const tracking = { harmonics: [{ axis: 0, amplitude: 1, frequency: 1 }], phases: 'drawn' };

describe('what is judged', () => {
  it('are linear agents in closed loop', () => {
    for (const kind of ['linear-low-rank', 'linear', 'effective'])
      expect(supportOf('moments', asRun({ agent: { kind, N: 5, rank: 1, leak: 1 } }))).toHaveProperty('protocol');
    for (const [change, reason] of [
      [{ tracking }, 'tracking'],
      [{ mode: 'open-loop' }, 'open-loop'],
      [{ agent: { kind: 'tanh', N: 5 } }, 'tanh agents'],
      [{ agent: { kind: 'relu', N: 5 } }, 'relu agents'],
      [{ agent: { kind: 'gru', N: 5 } }, 'gru agents'],
    ] as const)
      expect(supportOf('moments', asRun(change))).toEqual({ unsupported: expect.stringContaining(reason) });
  });

  it('is of single precision unless it says otherwise', () => {
    const { precision: _, ...unsaid } = DECLARED;
    const precisionOf = (protocol: RunProtocol) =>
      (supportOf('moments', protocol) as { protocol: Protocol }).protocol.precision;
    expect(precisionOf(unsaid as RunProtocol)).toBe('f32');
    expect(precisionOf(asRun({}))).toBe('f64');
  });

  it('lacks the fields that its file lacks; a field without a value is refused', () => {
    const { rows: _, firstUpdate: _first, ...protocol } = DECLARED;
    const parsed = protocolSchema.parse(protocol);
    for (const field of ['rows', 'firstUpdate', 'tracking', 'inputs', 'teacher'])
      expect(Object.keys(parsed)).not.toContain(field);
    expect(Object.keys(parsed.loss)).not.toContain('control');
    expect(protocolSchema.safeParse({ ...protocol, rows: undefined }).success).toBe(false);
  });
});

describe('what is trained trial by trial', () => {
  it('are full-rank agents, with their teacher in open loop', () => {
    const rnn = { agent: { kind: 'tanh', N: 5 }, trained: ['Who'] };
    expect(supportOf('batches', asRun(rnn))).toHaveProperty('protocol');
    for (const inputs of [{ kind: 'white-observation' }, { kind: 'fixed', y: [] }])
      expect(supportOf('batches', asRun({ ...rnn, mode: 'open-loop', inputs }))).toHaveProperty('protocol');
    for (const [change, reason] of [
      [{ tracking }, 'tracking'],
      [{ agent: { kind: 'linear-low-rank', N: 5, rank: 1, leak: 1 } }, 'linear-low-rank'],
      [{ agent: { kind: 'effective', rank: 1, leak: 1 } }, 'effective'],
      [{ start: { kind: 'population', variance: 1 } }, 'population'],
      [{ mode: 'open-loop' }, 'inputs of kind none'],
      [{ mode: 'open-loop', inputs: { kind: 'pink' } }, 'inputs of kind pink'],
    ] as const)
      expect(supportOf('batches', asRun({ ...rnn, ...change }))).toEqual({
        unsupported: expect.stringContaining(reason),
      });
    const open = fixture('parity-tanh-open').read().protocol;
    expect(supportOf('batches', open)).toMatchObject({ teacher: { activation: 'tanh' } });
  });
});

describe('what tracks', () => {
  const cursor = { tracking, plant: { kind: 'cursor', axes: 1, dt: 0.1 }, loss: { state: 'position', beta: 0 } };
  const linear = { ...cursor, agent: { kind: 'linear', N: 5, leak: 1 } };

  it('are linear agents in closed loop, by the position', () => {
    expect(supportOf('tracking', asRun(linear))).toHaveProperty('protocol');
    for (const [change, reason] of [
      [{ tracking: undefined }, 'no reference to follow'],
      [{ agent: { kind: 'tanh', N: 5 } }, 'tanh agents'],
      [{ mode: 'open-loop' }, 'open loop'],
      [{ loss: { state: 'mean', beta: 0 } }, 'another loss'],
      [{ loss: { state: 'position', beta: 0.1 } }, 'another loss'],
    ] as const)
      expect(supportOf('tracking', asRun({ ...linear, ...change }))).toEqual({
        unsupported: expect.stringContaining(reason),
      });
  });
});

describe('parameters of files', () => {
  it('are written and read alike, of rank 0 too', () => {
    for (const agent of [
      { kind: 'linear-low-rank', N: 3, rank: 0, leak: 0.5 },
      { kind: 'linear-low-rank', N: 3, rank: 2, leak: 0.5 },
      { kind: 'linear', N: 3, leak: 0.5 },
    ] as const) {
      const rows = (count: number, size: number): number[][] =>
        Array.from({ length: count }, (_, i) => Array.from({ length: size }, (_entry, j) => 10 * i + j + 1));
      const weights =
        agent.kind === 'linear'
          ? { Wih: rows(3, 1), Whh: rows(3, 3), Who: rows(1, 3) }
          : { m: rows(1, 3), z: rows(1, 3), U: rows(agent.rank, 3), V: rows(agent.rank, 3) };
      const protocol = { ...DECLARED, agent } as Protocol;
      const initial = initialFrom(weights, protocol) as Extract<ReturnType<typeof initialFrom>, { agent: unknown }>;
      expect([initial.agent.U.rows, initial.agent.leak]).toEqual([3, 0.5]);
      const written = weightsOf(initial.agent);
      // No columns leave no rows to write.
      expect({ ...written, U: written.U ?? [], V: written.V ?? [] }).toMatchObject(weights);
    }
  });

  it('have orderParameters that stack the outputs, row by row', () => {
    const run = {
      curves: {
        loss: [1],
        overlaps: {
          zm: [1],
          zu: [[[2, 3]]],
          vm: [[[4], [5]]],
          vu: [
            [
              [6, 7],
              [8, 9],
            ],
          ],
        },
      },
    };
    const agent = { kind: 'linear-low-rank', N: 3, rank: 2, leak: 0.5 } as const;
    const [K] = recordedOrderParameters(run as unknown as RecordedRun, { ...DECLARED, agent })!;
    expect([...K!]).toEqual([1, 2, 3, 4, 6, 7, 5, 8, 9]);
    const full = { curves: { loss: [1], overlaps: { zm: [1], zu: [[[]]], vm: [[]], vu: [[]] } } };
    const linear = { ...DECLARED, agent: { kind: 'linear', N: 3, leak: 1 } } as Protocol;
    expect([...recordedOrderParameters(full as unknown as RecordedRun, linear)![0]!]).toEqual([1]);
  });
});

describe('moments of starts', () => {
  it('are those recorded, the last of them for epochs beyond, or of the law where batches do not matter', () => {
    const moments = [
      [1, 0.5, 2],
      [3, 0, 4],
    ];
    const known = knownMoments({ curves: { moments } } as unknown as RecordedRun, DECLARED)!;
    expect(toRows(known(0))).toEqual([
      [1, 0.5],
      [0.5, 2],
    ]);
    for (const epoch of [1, 2, 9]) expect(toRows(known(epoch))[0]).toEqual([3, 0]);
    const bare = {} as RecordedRun;
    expect(knownMoments(bare, DECLARED)).toBeUndefined();
    const population = knownMoments(bare, { ...DECLARED, start: { kind: 'population', variance: 2 } })!;
    expect(toRows(population(7))).toEqual([
      [2, 0],
      [0, 2],
    ]);
    const fixed = {
      kind: 'fixed',
      x0: [
        [1, 3],
        [0, 1],
      ],
    } as const;
    expect(toRows(knownMoments(bare, { ...DECLARED, start: fixed })!(0))[0]).toEqual([5, 1.5]);
  });
});
