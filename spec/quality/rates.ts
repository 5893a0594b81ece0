/**
 * How early the rate of convergence is known: that of refinement-ends-golden, from the Gram matrix of several epochs, on the runs of its
 * claim. Prints a Markdown table; `node dist/spec/quality/rates.js [runs] [seed]`.
 */
import fc from 'fast-check';
import { claim } from '#spec/claims/stage-three/refinement-ends-golden.js';
import { startVariance } from '#src/problem/start.js';
import { convergenceRate, goldenLoss } from '#src/theory/stage-three/refinement-ends-golden.js';
import { rowOf } from '#src/training/curve.js';
import { agentOf, type Configuration, momentsOf } from '../generators/configuration.js';
import { trainGram } from '../support/trainers.js';

/** Epochs whose Gram matrix predicts; the rate is measured from the last of them to the end. */
const EPOCHS = [0, 500, 1000, 2000, 3000] as const;
const FROM = EPOCHS[EPOCHS.length - 1]!;
/** Runs that are still farther above the least loss, in shares of it, are counted and left out. */
const FAR = 0.1;

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.round(share * (values.length - 1))] ?? Number.NaN;

const [runs, seed] = [Number(process.argv[2] ?? 300), Number(process.argv[3] ?? 1)];
if (claim.cases.kind !== 'drawn') throw new Error('the claim draws its cases');
const near = fc
  .sample(claim.cases.arbitrary as fc.Arbitrary<Configuration>, { numRuns: runs, seed })
  .flatMap((instance) => {
    const { protocol } = instance;
    const { horizon, optimizer } = protocol;
    const curve = trainGram(protocol, agentOf(instance), momentsOf(instance));
    const variance = startVariance(protocol.start)!;
    const excess = (epoch: number): number => curve.loss[epoch]! / goldenLoss(variance, horizon) - 1;
    const last = curve.epochs - 1;
    if (!(excess(FROM) <= FAR && excess(last) > 0)) return [];
    const measured = Math.log(excess(FROM) / excess(last)) / (last - FROM);
    const predicted = (epoch: number): number =>
      convergenceRate(rowOf(curve.gram, curve.epochs, epoch), optimizer.lr as number, variance, horizon);
    return [EPOCHS.map((epoch) => ({ excess: excess(epoch), ratio: predicted(epoch) / measured }))];
  });

const lines = EPOCHS.map((epoch, k) => {
  const ratios = near.map((row) => row[k]!.ratio);
  const within = ratios.filter((ratio) => Math.abs(ratio - 1) <= 0.1).length;
  const cells = [
    quantile(
      near.map((row) => row[k]!.excess),
      0.5,
    ),
    ...[0.05, 0.5, 0.95].map((share) => quantile(ratios, share)),
  ];
  return `| ${epoch} | ${cells.map((value) => value.toPrecision(3)).join(' | ')} | ${((100 * within) / near.length).toFixed(1)} % |`;
});
process.stdout.write(`${near.length} of ${runs} runs, seed ${seed}

| Gram matrix of epoch | median excess | predicted/measured: 5 % | median | 95 % | within 10 % |
|---|---|---|---|---|---|
${lines.join('\n')}
`);
