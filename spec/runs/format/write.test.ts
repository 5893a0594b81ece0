/**
 * Writing: files whole or not at all, and runs as they were.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { DECLARED, trainedOn } from '#spec/runs/support/faulty.js';
import { fixture } from '#spec/support/recorded.js';
import { refusalOf } from '#spec/support/refusal.js';
import type { Protocol } from '#src/problem/protocol.js';
import { parseRun } from '#src/runs/format/read.js';
import { runText } from '#src/runs/format/record.js';
import { expectWritable, writeWhole } from '#src/runs/format/write.js';
import { conformanceVectors } from '#src/runs/vectors.js';
import { emptyCurve } from '#src/training/curve.js';

const fresh = (): string => mkdtempSync(join(tmpdir(), 'loopproof-write-'));
const provenance = { producer: 'test', version: '0', seed: 1 };

function refusal(act: () => void): string {
  const { code, where, received } = refusalOf(act);
  return `${code} ${where}: ${received}`;
}

describe('files', () => {
  it('are written anew or over old ones, which keep their mode and their links', () => {
    const folder = fresh();
    const file = join(folder, 'run.json');
    writeWhole(file, 'one');
    expect(readFileSync(file, 'utf8')).toBe('one');
    chmodSync(file, 0o640);
    writeWhole(file, Buffer.from('two'));
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['two', 0o640]);
    const link = join(folder, 'link.json');
    symlinkSync(file, link);
    writeWhole(link, 'three');
    expect([readFileSync(file, 'utf8'), lstatSync(link).isSymbolicLink()]).toEqual(['three', true]);
    expect(readdirSync(folder).toSorted()).toEqual(['link.json', 'run.json']);
  });

  it('are written to directly where they are pipes', async () => {
    const folder = fresh();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expectWritable(pipe);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    // A pipe that was replaced by a file keeps its reader waiting.
    const ended = once(reader, 'close');
    const heard = text(reader.stdout);
    writeWhole(pipe, 'one');
    expect(statSync(pipe).isFIFO()).toBe(true);
    await ended;
    expect(await heard).toBe('one');
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('are refused where there is no folder, or one of that name, and leave nothing behind', () => {
    const folder = fresh();
    const nowhere = join(folder, 'none', 'run.json');
    const full = join(folder, 'sub');
    for (const act of [expectWritable, (file: string) => writeWhole(file, 'x')]) {
      expect(refusal(() => act(nowhere))).toContain(`unwritable ${nowhere}: ENOENT`);
      expect(refusal(() => act(folder))).toContain(`unwritable ${folder}: EISDIR: the name of a folder`);
    }
    // A draft that cannot take the file's place goes.
    writeFileSync(`${full}.json`, 'old');
    expectWritable(`${full}.json`);
    expect(refusal(() => writeWhole(`${full}.json`, 3 as unknown as string))).toContain('unwritable');
    expect(readFileSync(`${full}.json`, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['sub.json']);
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe('runs', () => {
  it('hold what was learned, number by number', () => {
    for (const rank of [0, 1, 2]) {
      const protocol: Protocol = { ...DECLARED, agent: { kind: 'linear-low-rank', N: 4, rank, leak: 1 }, epochs: 3 };
      const { initial, final, curve } = trainedOn(protocol);
      const run = parseRun(runText({ curve, protocol, initial, final, provenance }), 'own');
      expect(run.curves.loss).toEqual([...curve.loss]);
      expect(run.curves.gradNorm).toEqual([...curve.gradNorm]);
      expect(run.curves.clipFactor).toEqual([...curve.clipFactor]);
      expect(run.curves.gram![1]).toEqual([...curve.gram].slice(curve.gram.length / 3, (2 * curve.gram.length) / 3));
      expect(run.curves.moments![2]).toEqual([...curve.moments].slice(6));
      // Matrices of one entry are numbers.
      expect(Array.isArray(run.curves.overlaps!.vu[0])).toBe(rank !== 1);
      expect(Array.isArray(run.curves.overlaps!.zm[0])).toBe(false);
      expect(run.weights!.final!.z).toHaveLength(1);
      expect(run.protocol).toMatchObject({ agent: protocol.agent, horizon: protocol.horizon });
    }
  });

  it('of full rank hold no order parameters and no Gram matrix; none was asked for', () => {
    const protocol = { ...DECLARED, agent: { kind: 'linear', N: 4, leak: 1 }, trained: ['Who'], epochs: 3 } as Protocol;
    const { initial, final, curve } = trainedOn(protocol);
    const { curves } = JSON.parse(runText({ curve, protocol, initial, final, provenance }));
    expect(Object.keys(curves)).toEqual(['loss', 'gradNorm', 'clipFactor', 'moments']);
  });

  it('that diverged have no final weights, and text for what is no number', () => {
    const protocol: Protocol = { ...DECLARED, epochs: 2 };
    const { initial, final } = trainedOn(protocol);
    const curve = emptyCurve({ N: 1, c: 1, p: 1, r: 1 }, 2, 2);
    curve.loss.set([1, Number.POSITIVE_INFINITY]);
    const { curves, weights } = JSON.parse(runText({ curve, protocol, initial, final, provenance }));
    expect(curves.loss).toEqual([1, 'Infinity']);
    expect(Object.keys(weights)).toEqual(['initial']);
    const whole = emptyCurve({ N: 1, c: 1, p: 1, r: 1 }, 2, 2);
    for (const column of [whole.loss, whole.gradNorm]) column.fill(1);
    expect(JSON.parse(runText({ curve: whole, protocol, initial, final, provenance })).weights.final).toBeDefined();
    expect(JSON.parse(runText({ curve: whole, protocol, initial, provenance })).weights.final).toBeUndefined();
  });

  it('of effective agents hold their order parameters for weights', () => {
    const run = fixture('parity-effective').read();
    const protocol = { ...run.protocol, epochs: 2 } as unknown as Protocol;
    const one = { rows: 1, cols: 1, data: [0.5] };
    const overlaps = { zm: one, zu: one, vm: one, vu: one };
    const curve = emptyCurve({ N: 1, c: 1, p: 1, r: 1 }, 2, 2);
    const { weights } = JSON.parse(runText({ curve, protocol, initial: { overlaps }, provenance }));
    expect(weights.initial).toEqual({ overlaps: { zm: 0.5, zu: 0.5, vm: 0.5, vu: 0.5 } });
    const two = { rows: 1, cols: 2, data: [1, 2] };
    const wide = JSON.parse(runText({ curve, protocol, initial: { overlaps: { ...overlaps, zu: two } }, provenance }));
    expect(wide.weights.initial.overlaps.zu).toEqual([[1, 2]]);
  });

  it('of RNNs hold deployed and harmonic losses, and their teacher, where there are any', () => {
    const gru = conformanceVectors().find(({ name }) => name === 'gru')!;
    const agent = { M: gruMatrix([1]), W: gruMatrix([2]), Z: gruMatrix([3]), activation: 'tanh', leak: 1 } as const;
    const curve = {
      epochs: 2,
      loss: Float64Array.of(1, 2),
      gradNorm: Float64Array.of(3, 4),
      clipFactor: Float64Array.of(1, 1),
    };
    const base = {
      protocol: gru.run.protocol,
      curve,
      initial: agent,
      final: agent,
      provenance,
    } as unknown as Parameters<typeof runText>[0];
    const plain = JSON.parse(runText(base));
    expect(plain.curves).toEqual({ loss: [1, 2], gradNorm: [3, 4], clipFactor: [1, 1] });
    expect(plain.weights).toEqual({
      initial: { Wih: [[1]], Whh: [[2]], Who: [[3]] },
      final: { Wih: [[1]], Whh: [[2]], Who: [[3]] },
    });
    expect(plain.protocol.teacher).toBeUndefined();
    const full = JSON.parse(
      runText({
        ...base,
        teacher: agent,
        curve: { ...curve, harmonics: 2, harmonicLoss: Float64Array.of(1, 2, 3, 4), collapsed: Uint8Array.of(1, 1) },
        deployedLoss: Float64Array.of(5, Number.NaN),
      }),
    );
    expect(full.curves).toMatchObject({
      deployedLoss: [5, 'NaN'],
      harmonicLoss: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(full.protocol.teacher).toEqual(plain.weights.initial);
    const lost = { ...curve, loss: Float64Array.of(1, Number.NaN) };
    expect(JSON.parse(runText({ ...base, curve: lost } as typeof base)).weights.final).toBeUndefined();
  });

  const gruMatrix = (data: number[]) => ({ rows: 1, cols: 1, data });
});
