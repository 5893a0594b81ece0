/**
 * Recorded windows among simulated ones: under the protocol ranks are uniform and wagers win nothing; faults lose them.
 */
import { describe, expect, it } from 'vitest';
import { found } from '#spec/runs/support/evidence.js';
import { kolmogorov, LIMIT, ranksOf } from '#spec/runs/support/ranks.js';
import { fixture } from '#spec/support/recorded.js';
import { SNAPSHOT_PROTOCOLS, snapshotRun } from '#spec/support/snapshots.js';
import type { Evidence } from '#src/claims/evidence.js';
import { ratioOf } from '#src/claims/evidence.js';
import { Stream } from '#src/linalg/random.js';
import type { RunProtocol } from '#src/problem/schema.js';
import type { RecordedRun } from '#src/runs/format/schema.js';
import { chancesOf, judgeChance } from '#src/runs/judges/chance.js';
import { gainOf } from '#src/runs/judges/exchangeable.js';

const judged = (run: RecordedRun, effort?: number): Evidence => found(judgeChance, run, effort);
const refuted = (run: RecordedRun): boolean => ratioOf(judged(run).worst()!) > 1;
const withoutStarts = ({ starts: _, curves: { moments: __, ...curves }, ...run }: RecordedRun): RecordedRun => ({
  ...run,
  curves,
});
const declaring = (run: RecordedRun, change: Partial<RecordedRun['protocol']>): RecordedRun => ({
  ...run,
  protocol: { ...run.protocol, ...change },
});

/** Small and quick. */
const tiny = (kind: 'tanh' | 'linear', epochs: number): RunProtocol => ({
  ...SNAPSHOT_PROTOCOLS.find(({ agent }) => agent.kind === kind)!,
  agent: { kind, N: 4, leak: 1 },
  horizon: 6,
  batch: 4,
  epochs,
  precision: 'f32',
});

describe('a wager', () => {
  const laws: Readonly<Record<string, (random: Stream) => number>> = {
    normal: (random) => random.normal(),
    'of heavy tails': (random) => random.normal() / random.normal(),
    'of ties': (random) => Math.round(random.normal()),
    'of one number': () => 1,
  };
  it.each(Object.entries(laws))('gains nothing on average: %s', (_, draw) => {
    const random = new Stream(5);
    const [trials, m] = [20_000, 7];
    for (const size of [-2.5, 0.5, 2]) {
      let [sum, squares] = [0, 0];
      for (let k = 0; k < trials; k++) {
        const factor = Math.exp(
          gainOf(
            size,
            draw(random),
            0,
            Array.from({ length: m }, () => draw(random)),
          ),
        );
        sum += factor;
        squares += factor * factor;
      }
      const mean = sum / trials;
      const error = Math.sqrt(Math.max(0, squares / trials - mean * mean) / trials);
      expect(Math.abs(mean - 1)).toBeLessThanOrEqual(6 * error + 1e-12);
    }
  });

  it('takes the worst of what rounding may have made, and wins m + 1 at most', () => {
    expect(gainOf(1, 0, 0.5, [0, 0])).toBeCloseTo(Math.log(3 * Math.exp(-0.5)) - Math.log(2 + Math.exp(-0.5)), 12);
    expect(gainOf(-1, 0, 0.5, [0, 0])).toBeCloseTo(gainOf(1, 0, 0.5, [0, 0]), 12);
    expect(gainOf(2, 1e6, 0, [0, 1, 2])).toBeCloseTo(Math.log(4), 9);
  });
});

describe('ranks of honest windows', () => {
  const ranks = (change = (run: RecordedRun) => run): number[][] =>
    ranksOf(
      Array.from({ length: 80 }, (_, seed) =>
        change(withoutStarts(snapshotRun(tiny(seed % 2 ? 'tanh' : 'linear', 26), seed, 1))),
      ),
    );

  it('are uniform over 2000 epochs', () => {
    for (const values of ranks()) {
      expect(values.length).toBeGreaterThanOrEqual(2000);
      expect(kolmogorov(values)).toBeLessThanOrEqual(LIMIT);
    }
  });

  it('are not where starts are a tenth wider than declared', () => {
    const narrower = (run: RecordedRun): RecordedRun => {
      const { low, high } = run.protocol.start as { low: number; high: number };
      return declaring(run, { start: { kind: 'uniform', low: low / 1.1, high: high / 1.1 } });
    };
    expect(kolmogorov(ranks(narrower)[0]!)).toBeGreaterThan(LIMIT);
  });
});

describe('alarms', () => {
  it('are as rare at inflated rates as they are said to be', { timeout: 600_000 }, () => {
    const runs = 24;
    const evidence = Array.from({ length: runs }, (_, seed) => {
      const made = chancesOf(withoutStarts(snapshotRun(tiny(seed % 2 ? 'tanh' : 'linear', 12), 500 + seed, 1)));
      if (typeof made === 'string') throw new Error(made);
      return made.settled.evidence;
    });
    for (const bits of [2, 3, 4, 5]) {
      const rate = 2 ** -bits;
      const alarms = evidence.filter((value) => value >= bits * Math.LN2).length;
      // Four standard deviations, and a little for the few.
      expect(alarms).toBeLessThanOrEqual(runs * rate + 4 * Math.sqrt(runs * rate * (1 - rate)) + 1);
    }
    expect(Math.max(...evidence)).toBeGreaterThan(0);
  });
});

describe('what has no starts', () => {
  const run = withoutStarts(snapshotRun({ ...tiny('tanh', 60), batch: 100 }, 3, 3));

  it('is judged on every epoch, and at every end', () => {
    expect(judged(run).notes).toEqual(['60 of 60 epochs, weights at 20 ends, each among 31 simulated']);
    expect(refuted(run)).toBe(false);
  });

  it('is refuted with starts a tenth wider, another horizon, another rate, or a loss that is no number', () => {
    const { start, horizon, optimizer } = run.protocol;
    const { low, high } = start as { low: number; high: number };
    expect(refuted(declaring(run, { start: { kind: 'uniform', low: low / 1.1, high: high / 1.1 } }))).toBe(true);
    expect(refuted(declaring(run, { horizon: horizon + 1 }))).toBe(true);
    expect(refuted(declaring(run, { optimizer: { ...optimizer, lr: 1.1 * (optimizer.lr as number) } }))).toBe(true);
    const lost = run.curves.loss.map((loss, e) => (e % 3 === 0 ? Number.NaN : loss));
    expect(refuted({ ...run, curves: { ...run.curves, loss: lost } })).toBe(true);
  });

  it('says what refutes it, and by which epoch', () => {
    const wrong = declaring(run, { trained: ['Wih', 'Whh'] });
    expect(judged(wrong).worst()!.quantity).toMatch(
      /^wagers against simulated windows: refuted by epoch \d+, best explained by how far Who moves being too large; log evidence$/,
    );
  });

  it('is held to losses of few digits as intervals', () => {
    const coarse = run.curves.loss.map((loss) => Number(loss.toPrecision(2)));
    expect(refuted({ ...run, curves: { ...run.curves, loss: coarse } })).toBe(false);
  });

  it('is judged at snapshots alone without the memory of its optimiser', () => {
    const adam = withoutStarts(
      snapshotRun({ ...tiny('tanh', 40), optimizer: { kind: 'adam', lr: 0.01, clip: 1 } }, 3, 2),
    );
    const { optimizer: _, ...snapshots } = adam.snapshots!;
    expect(judged({ ...adam, snapshots }).notes[0]).toMatch(/^21 of 40 epochs, weights at 1 ends/);
  });

  it('beyond the budget is judged on windows from all over the run', () => {
    const { windows } = chancesOf(run, 2e-3) as { windows: readonly { from: { epoch: number } }[] };
    expect(windows.length).toBeLessThan(20);
    expect(windows.length).toBeGreaterThan(3);
    expect(judged(run, 1e-12).undecided).toMatch(/beyond the budget of work/);
  });

  it('decides nothing where it cannot', () => {
    const { snapshots: _, ...bare } = run;
    expect(judged(bare).undecided).toBe(
      'weights at 1 epochs can tell nothing without starts: record more snapshots, or starts',
    );
    expect(judged(withoutStarts(fixture('parity-tanh').read())).undecided).toBe(
      'every epoch is evaluated on the same starts',
    );
  });
});

describe('recorded starts', () => {
  it('hold as drawn, whatever they are, and are refuted of another width or another mean', () => {
    for (const name of ['pytorch-tanh-adam', 'pytorch-gru', 'pytorch-tanh-open', 'pytorch-tracking-adam'] as const) {
      const run = fixture(name).read();
      expect(judged(run).notes).toEqual(['starts of 20 of 20 epochs']);
      expect(refuted(run)).toBe(false);
      const moved = (amount: (value: number) => number): RecordedRun => ({
        ...run,
        starts: Object.fromEntries(
          Object.entries(run.starts!).map(([field, batches]) => [
            field,
            Array.isArray(batches) ? batches.map((batch) => batch.map((row) => row.map(amount))) : batches,
          ]),
        ) as NonNullable<RecordedRun['starts']>,
      });
      expect(refuted(moved((value) => value + 0.5))).toBe(name !== 'pytorch-tracking-adam');
      expect(refuted(moved((value) => value / 2))).toBe(true);
    }
  });
});
