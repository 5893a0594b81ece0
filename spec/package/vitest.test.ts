/**
 * The entry point for vitest, by the package's own name: what its matchers pass, refuse and say.
 */
import 'loopproof/vitest';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const GOOD = 'fixtures/parity-lowrank.json';
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const misdeclared = () => {
  const run = read('fixtures/pytorch-lowrank-seed0.json');
  return { ...run, protocol: { ...run.protocol, horizon: 51 } };
};
const bare = () => {
  const { format, protocol, curves } = read(GOOD);
  return { format, protocol, curves: { loss: curves.loss } };
};

/** The message of an assertion that fails. */
function failure(assertion: () => void): { message: string; actual?: unknown; expected?: unknown } {
  try {
    assertion();
  } catch (error) {
    return error as { message: string };
  }
  throw new Error('the assertion holds');
}

describe('toFollowTheory', () => {
  it('passes good runs, by name or as objects', () => {
    expect(GOOD).toFollowTheory();
    expect(read(GOOD)).toFollowTheory();
    expect(misdeclared()).not.toFollowTheory();
  });

  it('takes URLs of files, and typed arrays in place of lists', () => {
    const url = pathToFileURL(GOOD);
    expect(url).toFollowTheory();
    expect(url.href).toFollowTheory();
    const folder = mkdtempSync(join(tmpdir(), 'loopproof matcher-'));
    copyFileSync(GOOD, join(folder, 'a run, 50 %.json'));
    expect(pathToFileURL(join(folder, 'a run, 50 %.json'))).toFollowTheory();
    rmSync(folder, { recursive: true });
    expect(() => expect(new URL('https://example.org/run.json')).toFollowTheory()).toThrow('a file: URL');
    const typed = (value: unknown, make: (list: number[]) => unknown): unknown => {
      if (!Array.isArray(value))
        return typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, typed(part, make)]))
          : value;
      const numbers = value.length > 0 && value.every((entry) => typeof entry === 'number');
      return numbers ? make(value) : value.map((part) => typed(part, make));
    };
    for (const run of [read(GOOD), misdeclared()]) {
      const doubles = typed(run, (list) => Float64Array.from(list));
      expect(run.curves.loss).toBeInstanceOf(Array);
      expect((doubles as typeof run).curves.loss).toBeInstanceOf(Float64Array);
      if (run.protocol.horizon === 51) expect(doubles).not.toFollowTheory();
      else expect(doubles).toFollowTheory();
    }
    const whole = (list: number[]): unknown =>
      list.every(Number.isInteger) ? BigInt64Array.from(list.map(BigInt)) : list;
    expect(typed({ ...read(GOOD), gradients: undefined }, whole)).toFollowTheory();
  });

  it('takes diverged epochs as numbers, too', () => {
    const run = read(GOOD);
    const { loss, overlaps } = run.curves;
    run.curves = { loss, overlaps };
    loss[loss.length - 1] = Number.NaN;
    // The last order parameters keep the loss small: it has no reason to leave the numbers.
    expect(run).not.toSatisfyClaim('recorded-losses-follow-overlaps');
    overlaps!.zm[loss.length - 1] = Number.POSITIVE_INFINITY;
    expect(run).toSatisfyClaim('recorded-losses-follow-overlaps');
  });

  it('says which claim a run breaks, where, and how far', () => {
    const { message, actual, expected } = failure(() => expect(misdeclared()).toFollowTheory());
    expect(message).toMatch(/^expected the run to follow the theory\n/);
    expect(message).toContain('\n\nrefuted: recorded-losses-follow-overlaps\n');
    expect(message).toMatch(/refuted by epoch \d+, best explained by a program that scores 50 steps instead of 51/);
    expect(message).toContain('not judged: gram-dynamics-reproduces-recorded-runs');
    expect(message).toContain('likeliest: the program scores 50 steps instead of 51');
    expect(actual).toMatchObject({ 'recorded-losses-follow-overlaps': 'refuted' });
    expect(expected).toMatchObject({ 'recorded-losses-follow-overlaps': 'holds' });
  });

  it('neither holds nor fails to hold where nothing is decided', () => {
    expect(failure(() => expect(bare()).toFollowTheory()).message).toContain('add weights.initial');
    expect(failure(() => expect(bare()).not.toFollowTheory()).message).toContain('not to follow the theory');
    expect(failure(() => expect(GOOD).not.toFollowTheory()).message).toContain('holds: gram-dynamics');
  });

  it('refuses what is no run', () => {
    expect(() => expect('nowhere.json').toFollowTheory()).toThrow('no such file');
    expect(() => expect({ format: 'loop-run/1' }).toFollowTheory()).toThrow('the run: protocol');
    expect(() => expect(undefined).toFollowTheory()).toThrow('the run');
  });
});

describe('toSatisfyClaim', () => {
  it('judges one claim', () => {
    expect(GOOD).toSatisfyClaim('gram-dynamics-reproduces-recorded-runs');
    expect('fixtures/parity-gru.json').toSatisfyClaim('recorded-gradients-are-derivatives');
    expect(misdeclared()).not.toSatisfyClaim('recorded-losses-follow-overlaps');
    const undecided = failure(() => expect(GOOD).toSatisfyClaim('recorded-gradients-are-derivatives'));
    expect(undecided.message).toContain('add gradients.epochs');
  });

  it('refuses claims that are not about runs', () => {
    expect(() => expect(GOOD).toSatisfyClaim('golden-ratio-is-optimal')).toThrow('not about recorded runs');
    expect(() => expect(GOOD).toSatisfyClaim('recorded-losses')).toThrow(
      'did you mean recorded-losses-follow-overlaps',
    );
  });
});
