/**
 * The catalogue of faults against a trainer that has them put in by other means: what each fault predicts, the trainer does.
 */
import { describe, expect, it } from 'vitest';
import { canTrain, FLAWS, type Flaw, sizeOf, trained } from '#spec/runs/support/trainer.js';
import { times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { overlapRoundings, shadowNoise, UNIT_ROUNDOFF } from '#src/linalg/tolerance.js';
import { type Fault, faultsOf, WIDER_STARTS } from '#src/runs/faults.js';
import { asDeclared, engineOf, type Implementation, loopOf } from '#src/runs/implementation.js';
import { type RunRecord, recordOf } from '#src/runs/record.js';
import { type Channel, compareCurves, shadowTolerances } from '#src/training/shadow.js';
import { train } from '#src/training/train.js';

const SETTING = { N: 30, T: 12, B: 40, epochs: 24 };

const jobOf = ({ flaw, value, options }: Flaw, seed: number) => ({
  ...SETTING,
  ...options,
  seed,
  flaw,
  ...(value !== undefined && { value }),
});

/** How far an implementation is from a record, in units of what shadow runs allow. */
function misfitOf(record: RunRecord, implementation: Implementation): number {
  const { curve, initial, moments } = record;
  const { embedding } = loopOf(implementation);
  // Moments are those of the starts as they were drawn: wider starts are in them.
  const source = (epoch: number) => times(embedding, moments!(epoch), transpose(embedding));
  const engine = () => engineOf(implementation, initial!);
  const reference = train(engine(), implementation.protocol, source);
  const noise = shadowNoise(overlapRoundings(SETTING.N, SETTING.T), UNIT_ROUNDOFF);
  const tolerances = shadowTolerances(engine, implementation.protocol, source, reference, noise, new Stream(1));
  const channels: Channel[] = ['loss', 'gradNorm', 'overlaps', 'gram'];
  const { decisive } = compareCurves(curve, reference, tolerances, 'f64', channels);
  return decisive!.difference / decisive!.tolerance;
}

describe.skipIf(!canTrain())('an independent trainer (skipped where /usr/bin/python3 has no numpy)', () => {
  // Precision is told by digits or by size, and recorded starts are as wide as they are.
  const flaws = FLAWS.filter(({ flaw }) => !['f32', 'bits', 'start'].includes(flaw));
  const records = trained(flaws.map((flaw, k) => jobOf(flaw, 70 + k))).map((run) => recordOf(run) as RunRecord);

  it.each(flaws.map((flaw, k) => [`${flaw.flaw} ${flaw.value ?? ''}`, flaw, records[k]!] as const))(
    'with %s does what the catalogue predicts, and not what is declared',
    (_, flaw, record) => {
      const declared = asDeclared(record.protocol);
      const named = faultsOf(record.protocol).filter(({ id }) => id === (flaw.fault ?? flaw.flaw));
      const sized = named.filter(({ parameter }) => !parameter || flaw.value !== undefined);
      const misfits = sized.map((fault: Fault) => misfitOf(record, fault.of(declared, sizeOf(flaw))));
      expect(Math.min(...misfits)).toBeLessThanOrEqual(1);
      expect(misfitOf(record, declared)).toBeGreaterThan(1);
      const found = sized[misfits.findIndex((misfit) => misfit <= 1)]!;
      if (flaw.says) expect(found.does(sizeOf(flaw))).toMatch(flaw.says);
    },
  );

  it('covers every fault that a record can show', () => {
    const tried = new Set(FLAWS.map(({ flaw, fault }) => fault ?? flaw));
    const all = records.flatMap(({ protocol }) => [...faultsOf(protocol), WIDER_STARTS].map(({ id }) => id));
    expect([...new Set(all)].filter((id) => !tried.has(id)).sort()).toEqual(['batch-sum', 'first-update', 'scored']);
  });
});
