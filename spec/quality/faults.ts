/**
 * Faults that somebody could make: each rewrites one place of the built package, which the gate must then refuse.
 *
 * They are texts of the compiled files, so that what is refused is what is shipped. A text that is not found exactly once has been
 * rewritten since: the fault no longer applies, and is to be written anew.
 */

/** One faulty place. */
export interface Fault {
  readonly id: string;
  /** What the faulty package does. */
  readonly does: string;
  /** Within dist/. */
  readonly file: string;
  /** The text that is replaced, which the file has once. */
  readonly found: string;
  readonly put: string;
}

type Entry = readonly [id: string, does: string, found: string, put: string];

/** By file, in the order of the layers. */
const BY_FILE: Readonly<Record<string, readonly Entry[]>> = {
  'src/linalg/polynomial.js': [
    [
      'trace-sign',
      'the trace has the wrong sign in the characteristic polynomial',
      'negate(R, at(A, k, k))',
      'at(A, k, k)',
    ],
  ],
  'src/linalg/jury.js': [
    ['boundary-stable', 'roots on the unit circle count as inside', 'if (pivot <= 0n)', 'if (pivot < 0n)'],
  ],
  'src/linalg/interval.js': [
    ['no-outward-rounding', 'intervals are not rounded outward', 'RELATIVE = 2 ** -52', 'RELATIVE = 0'],
  ],
  'src/linalg/dual.js': [
    [
      'product-rule',
      'dual numbers lose a term of the product rule',
      'R.add(R.mul(a.tangent, b.value), R.mul(a.value, b.tangent))',
      'R.mul(a.tangent, b.value)',
    ],
  ],
  'src/linalg/factor.js': [['reflection-halved', 'QR reflects half as far', '(2 * dot(reflector', '(dot(reflector']],
  'src/linalg/eigen.js': [
    [
      'eigenvalues-reversed',
      'the smallest eigenvalue comes first',
      'modulus(b) - modulus(a) ||',
      'modulus(a) - modulus(b) ||',
    ],
  ],
  'src/linalg/hessenberg.js': [
    [
      'reflection-one-sided',
      'eigenvalues come of reflections that differ from the left and from the right',
      'H[at + 1] -= sum * q;',
      'H[at + 1] -= sum * r;',
    ],
  ],
  'src/linalg/random.js': [
    ['seed-ignored', 'streams ignore their seed', 'xoroshiro128plus(state)', 'xoroshiro128plus(1)'],
    ['seed-unmixed', 'streams of near seeds begin alike', "state = deriveSeed(seed, '')", 'state = seed | 0'],
    [
      'label-ignored',
      'all streams of a seed are the same',
      'const seed = deriveSeed(this.#seed, label);',
      'const seed = this.#seed;',
    ],
    ['normal-spread', 'normal numbers have half the variance', '(-2 * Math.log(square))', '(-Math.log(square))'],
  ],
  'src/linalg/tolerance.js': [
    [
      'adjoint-roundings',
      'an adjoint gradient is granted 100 times its roundings',
      'return horizon * (4 * (2 * n',
      'return 100 * horizon * (4 * (2 * n',
    ],
    [
      'case-shadows-wider',
      'random cases allow 2²⁰ times the spread of shadows',
      'cases: plan(4, 2 ** 12)',
      'cases: plan(4, 2 ** 20)',
    ],
    [
      'rounding-bound-wide',
      'rounding bounds are a million times as wide',
      'const error = n * unit;',
      'const error = 1e6 * n * unit;',
    ],
    [
      'shadows-wide',
      'shadow runs allow a million times their spread',
      'run: plan(12, 2 ** 6)',
      'run: plan(12, 2 ** 26)',
    ],
    ['case-shadows-wide', 'so do those of random cases', 'cases: plan(4, 2 ** 12)', 'cases: plan(4, 2 ** 32)'],
    [
      'wager-too-safe',
      'only a record e^700 times too unlikely is refuted',
      'FALSE_ALARM_PER_FILE = 2 ** -20',
      'FALSE_ALARM_PER_FILE = Math.exp(-700)',
    ],
  ],
  'src/kernel/plain.js': [
    [
      'plain-last-step',
      'plain kernels leave the last step out of the gradient of W',
      '(steps - 1) * B, N,',
      '(steps - 2) * B, N,',
    ],
  ],
  'src/kernel/rnn.js': [
    ['plain-slope', 'the plain kernel has 1 − φ for the slope of tanh', '1 - value * value', '1 - value'],
  ],
  'src/kernel/gru.js': [
    [
      'gru-reset',
      'the plain GRU kernel forgets the reset gate on the way back',
      'dq[i] = into * reset;',
      'dq[i] = into;',
    ],
  ],
  'src/kernel/wasm.js': [
    [
      'simd-first-step',
      'SIMD kernels leave a step out of the gradient of W',
      'const first = Math.max(1, t);',
      'const first = Math.max(2, t);',
    ],
  ],
  'src/kernel/tape.js': [
    [
      'tape-one-factor',
      'recorded calls have the second of their factors for the first',
      'this.#reals[real++]',
      'this.#reals[real]',
    ],
  ],
  'src/plant/integrator.js': [
    [
      'control-without-dt',
      'controls are not multiplied by dt',
      '(i === k - 1 ? dt : zero)',
      '(i === k - 1 ? one : zero)',
    ],
  ],
  'src/plant/reference.js': [
    [
      'reference-late',
      'references are a step late',
      'dt * Math.floor(row / axes)',
      'dt * (Math.floor(row / axes) - 1)',
    ],
    [
      'phases-unbalanced',
      'the first harmonic of balanced phases does not turn',
      '((f + 1) * b) % batch',
      '(f * b) % batch',
    ],
  ],
  'src/agent/order-parameters.js': [
    ['wrong-overlap', 'σ_vm is UᵀM', 'vm: multiply(R, Vt, M)', 'vm: multiply(R, transpose(U), M)'],
  ],
  'src/agent/gram.js': [
    [
      'gram-columns-swapped',
      'U and V change places in the Gram matrix',
      '? at(U, i, j - c - p) : at(V, i, j - c - p - r)',
      '? at(V, i, j - c - p) : at(U, i, j - c - p - r)',
    ],
  ],
  'src/agent/rnn.js': [
    ['tanh-slope', 'the slope of tanh is 1 − tanh', '1 - Math.tanh(value) ** 2', '1 - Math.tanh(value)'],
  ],
  'src/loop/coupled.js': [
    ['leak-forgotten', 'the coupled matrix forgets that hidden units leak', 'R.sub(R.of(1), leak)', 'R.of(1)'],
  ],
  'src/loop/effective.js': [
    ['memory-without-leak', 'P_eff writes to the memory without the leak', 'scale(R, leak, vm)', 'vm'],
  ],
  'src/loop/rollout.js': [['horizon-plus-one', 'a rollout scores one step too many', 't < horizon', 't <= horizon']],
  'src/loop/stability.js': [
    ['inequality-wrong', 'the fast filter has 2σ_vu where 3σ_vu belongs', 'mul(of(3), v)', 'mul(of(2), v)'],
  ],
  'src/problem/protocol.js': [
    ['text-loss-twice', 'the loss of `text` is divided by T twice', 'text: 1 / T,', 'text: 1 / (T * T),'],
    [
      'deployed-text-twice',
      'the deployed loss of `text` is divided by T twice',
      "loss.state === 'sum-mean' ? A.rows : 1;",
      "loss.state === 'sum-mean' ? A.rows : !isMatrixLoss(loss) && loss.state === 'text' ? 1 / horizon : 1;",
    ],
    [
      'penalty-not-summed',
      'the control penalty is a mean where it is a sum over the batch',
      "'sum-all': B,",
      "'sum-all': 1,",
    ],
  ],
  'src/problem/start.js': [
    [
      'noise-root',
      'noise has the root of its standard deviation',
      'sd * stream.normal()',
      'Math.sqrt(sd) * stream.normal()',
    ],
    [
      'starts-narrow',
      'uniform starts are 3 % narrower',
      'random.uniform(start.low, start.high)',
      '0.97 * random.uniform(start.low, start.high)',
    ],
    ['start-variance', 'uniform starts have the variance h²/2', 'start.high ** 2 / 3', 'start.high ** 2 / 2'],
    [
      'moments-unbiased',
      'moments of a batch are divided by B − 1',
      'return total / batch.cols;',
      'return total / (batch.cols - 1);',
    ],
  ],
  'src/training/descent.js': [
    ['adam-beta2', 'β₂ is 0.99 by default', 'beta2 = 0.999', 'beta2 = 0.99'],
    ['adam-second-bias', 'the second moment is not corrected for its start', 'square[k] / bias2', 'square[k]'],
    ['clip-guard', 'the guard in the clip factor is 1e−5', 'CLIP_GUARD = 1e-6', 'CLIP_GUARD = 1e-5'],
    [
      'always-normalised',
      'small gradients are stretched to the clip norm',
      'Math.min(1, clip / (gradNorm + CLIP_GUARD))',
      'clip / (gradNorm + CLIP_GUARD)',
    ],
    [
      'momentum-averaged',
      'momentum averages gradients instead of adding them',
      '+ taken * g;',
      '+ (1 - momentum) * taken * g;',
    ],
    ['decay-halved', 'weight decay is half of what is declared', 'decay * values[k]', '(decay / 2) * values[k]'],
    ['nesterov-plain', 'Nesterov momentum does not look ahead', 'g + momentum * velocity[k]', 'velocity[k]'],
    [
      'value-one-sided',
      'entries are clipped from above only',
      'Math.max(-bound, Math.min(bound, entry))',
      'Math.min(bound, entry)',
    ],
  ],
  'src/training/reduced.js': [
    [
      'memory-adjoint',
      'the adjoint of the memory lacks its way through the recurrence',
      'pb = keep * pb + zu * pu + vu * pv;',
      'pb = keep * pb + zu * pu;',
    ],
    [
      'horizon-minus-one',
      'the reduced gradient misses the last step',
      'for (let t = horizon - 1; t > 0; t--)',
      'for (let t = horizon - 2; t > 0; t--)',
    ],
  ],
  'src/training/full.js': [
    [
      'penalty-gradient',
      'the full gradient has half the control penalty',
      'addSlope(ofControl, share[t], read, rt, pread, rt);',
      'addSlope(ofControl, share[t] / 2, read, rt, pread, rt);',
    ],
  ],
  'src/training/gram.js': [
    [
      'gradient-term',
      'the Gram dynamics leaves out what moves the inputs',
      'if (moves[m])',
      'if (moves[m] && m < shape.c)',
    ],
  ],
  'src/training/open-loop.js': [
    [
      'white-covariance',
      'white observations have variance 1 for 1 + dt²',
      'covariance: times(seen, transpose(seen)) };',
      'covariance: scalarMatrix(C.rows, 1) };',
    ],
    [
      'open-loop-steps',
      'the open-loop task has a step more, and the weight of a longer horizon',
      'steps: horizon - 2, weight: 1 / (horizon - 1)',
      'steps: horizon - 1, weight: 1 / horizon',
    ],
    [
      'lag-weights',
      'lags of the open-loop loss are counted once too often',
      'weight * (steps - lag)',
      'weight * (steps + 1 - lag)',
    ],
  ],
  'src/training/rnn.js': [
    [
      'penalty-late',
      'nonlinear agents’ gradients have half the control penalty',
      'addSlope(R, share(k + 1), outputs',
      'addSlope(R, share(k + 1) / 2, outputs',
    ],
    ['discount-late', 'losses are discounted a step less', 'discount ** t / batch', 'discount ** (t - 1) / batch'],
  ],
  'src/training/tracking.js': [
    [
      'tracking-score',
      'the derivative of the tracking loss lacks its factor 2',
      'errorAdjoints[at + a] = 2 * share * weighted;',
      'errorAdjoints[at + a] = share * weighted;',
    ],
  ],
  'src/training/averaged.js': [
    ['hop-wider', 'the averaged hop is 30 % wider', '(lr * bound) / 2;', '(1.3 * lr * bound) / 2;'],
    ['hop-half', 'the averaged hop is twice as wide', '(lr * bound) / 2', 'lr * bound'],
  ],
  'src/plant/cursor.js': [
    [
      'cursor-control',
      'controls of a cursor act half as much',
      '(i === j + axes ? dt : zero)',
      '(i === j + axes ? R.mul(R.of(0.5), dt) : zero)',
    ],
  ],
  'src/loop/batch.js': [
    [
      'no-feedback',
      'gradients do not pass through observations',
      'addProduct(Ct, inputAdjoints, k * c * rows, behind, 0, rows);',
      'void 0;',
    ],
    ['clamp-open', 'gradients pass through an active clamp', 'inside ? 1 : 0', 'inside ? 1 : 1'],
  ],
  'src/training/curve.js': [
    [
      'radius-large',
      'spectral radii are 1 % too large',
      'radius: modulus(spectrum[0])',
      'radius: 1.01 * modulus(spectrum[0])',
    ],
  ],
  'src/agent/initial.js': [
    [
      'recurrence-by-n',
      'W of tanh agents is drawn with /N for /√N',
      '(recurrence * random.normal()) / Math.sqrt(N)',
      '(recurrence * random.normal()) / N',
    ],
  ],
  'src/theory/stage-one/stage-one-set-point-scales-with-horizon.js': [
    [
      'set-point-remainder',
      'the remainder of the set point is 20 times as large',
      'remainder: (offU * factor) / T + logarithm / (T * T) + curvature',
      'remainder: 20 * ((offU * factor) / T + logarithm / (T * T) + curvature)',
    ],
  ],
  'src/theory/loop/effective-characteristic-polynomial.js': [
    ['memory-sign', 'the memory has the wrong sign in χ(λ)', '[R.mul(gain, q)]', '[R.mul(R.of(-1), R.mul(gain, q))]'],
  ],
  'src/theory/stage-two/third-eigenvalue-follows-memory.js': [
    ['series-coefficient', 'the third term of the series for λ₃ has 6 for 7', 'plusZm(7)', 'plusZm(6)'],
  ],
  'src/loop/riccati.js': [
    [
      'riccati-effort',
      'the value of a policy leaves out what it spends',
      'add(R, add(R, weights.state, effort), multiply',
      'add(R, weights.state, multiply',
    ],
  ],
  'src/theory/stage-one/stage-one-loss-is-exact.js': [
    [
      'closed-form-step',
      'the closed form of stage 1 is a step ahead',
      'binomialHalves(R, g, t - 1)',
      'binomialHalves(R, g, t)',
    ],
  ],
  'src/theory/stage-one/stage-one-lasts-as-predicted.js': [
    [
      'hop-squared',
      'σ_zm descends by ‖M‖ instead of ‖M‖²',
      'step * gradient * inputNorm ** 2',
      'step * gradient * inputNorm',
    ],
  ],
  'src/theory/records/recorded-losses-follow-overlaps.js': [
    [
      'fourth-moment',
      'uniform starts have the fourth moments of normal ones',
      "R.of(kind === 'uniform' ? 6 : 0)",
      'R.of(0)',
    ],
  ],
  'src/stages/spectral.js': [
    ['persistence-short', 'a stage lasts from two epochs on', 'PERSISTENCE = 5', 'PERSISTENCE = 2'],
    [
      'stage-two-late',
      'stage 2 ends an epoch late',
      'latest: epoch + 1 - PERSISTENCE',
      'latest: epoch + 2 - PERSISTENCE',
    ],
  ],
  'src/stages/peak.js': [
    [
      'peak-from-start',
      'a peak is measured from the current loss',
      'lowest = Math.min(lowest, loss);',
      'lowest = loss;',
    ],
  ],
  'src/stages/gains.js': [
    [
      'gains-off-by-one',
      'effective gains regress controls on the states of the step before',
      '((t - 1) * p + k) * rows',
      '(t * p + k) * rows',
    ],
  ],
  'src/stages/acquisition.js': [
    ['modes-fast', 'continuous modes are 10 % fast', 'const rate = leak / dt;', 'const rate = (1.1 * leak) / dt;'],
    ['acquired-at-once', 'a harmonic counts as acquired at twice the loss', 'acquired: 1.3', 'acquired: 2.6'],
  ],
  'src/claims/evidence.js': [
    [
      'best-for-worst',
      'the measurement furthest from its bound stands for a case',
      'ratioOf(measurement) > ratioOf(worst)',
      'ratioOf(measurement) < ratioOf(worst)',
    ],
    [
      'nan-holds',
      'a residual that is not a number holds',
      'if (residual === 0 && bound >= 0)',
      'if ((residual === 0 && bound >= 0) || Number.isNaN(residual))',
    ],
    [
      'no-is-yes',
      'a no counts as a yes',
      'condition ? 0 : Number.POSITIVE_INFINITY, 0)',
      'condition ? 0 : Number.MIN_VALUE, 1)',
    ],
  ],
  'src/claims/block.js': [
    [
      'lenient-case',
      'a case is refuted beyond a million bounds only',
      '!(ratioOf(worst) <= 1)',
      '!(ratioOf(worst) <= 1e6)',
    ],
    [
      'verify-seed-ignored',
      'random cases ignore the seed',
      'deriveSeed(seed, `${statement.id} ${index}`)',
      'deriveSeed(0, `${statement.id} ${index}`)',
    ],
  ],
  'src/claims/judge.js': [
    [
      'first-block-only',
      'counterexamples beyond the first block are ignored',
      'judged.find(({ result }) => result.counterexample)?.result',
      'judged[0]?.result',
    ],
    [
      'refuted-proportion-ignored',
      'a claim’s first proportion is never refuted',
      "proportions.find(({ status }) => status === 'refuted')",
      "proportions.slice(1).find(({ status }) => status === 'refuted')",
    ],
    [
      'undecided-proportions-hold',
      'a claim holds where its proportions are not decided',
      "proportions.find(({ status }) => status === 'undecided')",
      "proportions.slice(proportions.length).find(({ status }) => status === 'undecided')",
    ],
    [
      'budget-ignored',
      'cases for which no time was left count as tried',
      'if (missing > 0 && !settled)',
      'if (missing > blocks.length && !settled)',
    ],
    ['nothing-tried-holds', 'a claim without a decided case holds', 'if (cases === 0)', 'if (cases < 0)'],
  ],
  'src/claims/proportion.js': [
    [
      'fifth-of-evidence',
      'proportions are decided at a fifth of the evidence',
      'const threshold = -Math.log(alpha);',
      'const threshold = -Math.log(alpha) / 5;',
    ],
    [
      'never-refuted',
      'proportions are never refuted',
      'if (evidence <= -threshold)',
      'if (evidence <= -1e6 * threshold)',
    ],
  ],
  'src/claims/verdict.js': [
    ['one-refutation-passes', 'a single refutation passes', 'return refuted > 0 ? 1', 'return refuted > 1 ? 1'],
    [
      'undecided-passes',
      'undecided is success',
      'undecided > 0 || verdicts.length === 0 ? 3 : 0;\n}\n/** The exit code where',
      'verdicts.length === 0 ? 3 : 0;\n}\n/** The exit code where',
    ],
    ['missed-mutant-passes', 'a mutant that holds passes', 'return holds > 0 ? 1', 'return holds > 1e6 ? 1'],
  ],
  'src/runs/format/csv.js': [
    [
      'table-last-row',
      'the last row of a table is not read',
      'rows.map(({ cells, place }) =>',
      'rows.slice(0, -1).map(({ cells, place }) =>',
    ],
  ],
  'src/runs/format/npy.js': [
    [
      'array-single',
      'arrays of doubles are read in single precision',
      'view.getFloat64(0, little)',
      'Math.fround(view.getFloat64(0, little))',
    ],
  ],
  'src/runs/format/rows.js': [
    ['rows-in-order', 'rows count as those of epochs 0, 1, 2 …', 'value[rowOf.get(epoch) ?? -1]', 'value[epoch]'],
  ],
  'src/runs/format/digits.js': [
    [
      'coarse-digits',
      'numbers count as recorded ten times as coarsely',
      'Math.max(ofDecimals, ofDigits(size), ofBits(size))',
      '10 * Math.max(ofDecimals, ofDigits(size), ofBits(size))',
    ],
    [
      'fine-digits',
      'numbers count as recorded a thousand times as finely',
      'Math.max(ofDecimals, ofDigits(size), ofBits(size))',
      '0.001 * Math.max(ofDecimals, ofDigits(size), ofBits(size))',
    ],
  ],
  'src/runs/record.js': [
    [
      'record-last-epoch',
      'the last epoch of a record is not judged',
      'epochsWithMoments: lost < 0 ? epochs : lost',
      'epochsWithMoments: lost < 0 ? epochs - 1 : lost',
    ],
  ],
  'src/runs/judges/replay.js': [
    ['final-weights', 'final weights are not compared', 'if (toEnd && final)', 'if (!toEnd && final)'],
  ],
  'src/runs/judges/snapshots.js': [
    [
      'snapshot-ends',
      'weights at the end of a window are not compared',
      "end && !followed.refuted && how === 'complete'",
      'undefined',
    ],
    [
      'snapshot-windows',
      'the first window alone is repeated',
      'for (const window of chosen)',
      'for (const window of chosen.slice(0, 1))',
    ],
  ],
  'src/training/snapshots.js': [
    [
      'memory-count',
      'the optimiser counts its updates anew from every snapshot',
      'return { first, second, count };',
      'return { first, second, count: 0 };',
    ],
  ],
  'src/training/shadow.js': [
    [
      'nan-is-near',
      'numbers that are not count as equal',
      'Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;',
      'Number.isNaN(distance) ? 0 : distance;',
    ],
  ],
  'src/runs/judges/exchangeable.js': [
    [
      'wager-pays-more',
      'a wager pays more than it may',
      'Math.log1p(simulated.length)',
      '1 + Math.log1p(simulated.length)',
    ],
    ['wager-on-nothing', 'wagers do not look at what was recorded', 'a * recorded -', '0 * recorded -'],
  ],
  'src/runs/judges/windows.js': [
    ['last-epoch-uncompared', 'the last epoch is not compared', 'if (epoch >= epochs)', 'if (epoch >= epochs - 1)'],
    ['states-passed-over', 'recorded states are not taken up', 'engine.adopt?.(...state);', ';'],
  ],
  'src/runs/judges/losses.js': [
    [
      'no-digits',
      'losses are not allowed what order parameters of few digits leave open',
      'const half = K.map((value) => digits.overlaps.half(value));',
      'const half = K.map(() => 0);',
    ],
    [
      'first-epoch-only',
      'of recorded losses the first is judged',
      'if (decisive && ratioOf(decisive) > 1)',
      'if (decisive)',
    ],
  ],
  'src/runs/judges/sequential.js': [
    ['one-sided', 'losses may be too small', '(predicted - mean) / spread', 'Math.abs(predicted - mean) / spread'],
  ],
  'src/runs/judges/increments.js': [
    [
      'no-witness',
      'no fault is ever accepted as the witness of a refutation',
      'return other?.complete && other.misfit > 1 ? fit : undefined;',
      'return other?.complete && other.misfit < 1 ? fit : undefined;',
    ],
  ],
  'src/runs/judges/gradients.js': [
    [
      'gradient-sign',
      'gradients are compared without their signs',
      'Math.abs(value - b[k])',
      'Math.abs(Math.abs(value) - Math.abs(b[k]))',
    ],
  ],
  'src/runs/diagnosis/diagnosis.js': [
    [
      'unlikeliest',
      'of faults that explain a record alike, the rarest is named',
      'suspects.find(',
      'suspects.findLast(',
    ],
  ],
  'src/report/finding.js': [
    [
      'regressions-accepted',
      'the baseline accepts what has become worse',
      'SEVERITY[status] <= SEVERITY[baseline]',
      'SEVERITY[status] >= SEVERITY[baseline]',
    ],
  ],
  'src/report/baseline.js': [
    [
      'baseline-any-file',
      'a baseline accepts a claim whatever the file',
      "JSON.stringify([id, run?.replaceAll('\\\\', '/')])",
      'JSON.stringify([id])',
    ],
  ],
  'src/report/json.js': [
    [
      'json-swallows',
      'the JSON report leaves refutations out',
      'const claims = verdicts.map(',
      "const claims = verdicts.filter(({ status }) => status !== 'refuted').map(",
    ],
  ],
  'src/report/junit.js': [
    [
      'junit-skips',
      'JUnit has refutations as skipped',
      "status === 'refuted' && !isAccepted(finding)\n",
      "status === 'refuted' && isAccepted(finding)\n",
    ],
  ],
  'src/report/sarif.js': [
    ['sarif-notes', 'SARIF has refutations as notes', "status === 'refuted' ? 'error' : 'note'", "'note'"],
  ],
  'src/report/github.js': [
    [
      'annotation-warns',
      'refutations are annotated as warnings',
      "status === 'refuted' ? 'error' : 'warning'",
      "status === 'undecided' ? 'error' : 'warning'",
    ],
  ],
  'src/report/markdown.js': [
    ['markdown-accepts', 'Markdown calls refutations accepted', 'isAccepted(finding) ? `', '!isAccepted(finding) ? `'],
  ],
  'src/cli/files.js': [
    [
      'check-first-file',
      'only the first file is judged',
      'return [...new Set(files)];',
      'return [...new Set(files)].slice(0, 1);',
    ],
  ],
  'src/cli/judge-file.js': [
    [
      'check-swallows',
      'refutations by the file’s evidence are dropped',
      "status !== 'undecided' || open",
      "status === 'holds' || open",
    ],
  ],
  'src/cli/reports.js': [
    [
      'refusal-passes',
      'a file that cannot be read fails nothing',
      'refusals.length > 0 ? 2 : gateExitCode(judged)',
      'gateExitCode(judged)',
    ],
  ],
  'src/cli/options.js': [
    [
      'shard-loses',
      'the last share of --shard judges nothing',
      'k % share.count === share.index - 1',
      'k % share.count === share.index',
    ],
  ],
  'src/cli/pool.js': [
    [
      'pool-last-block',
      'the last block of a claim is not judged',
      'index >= state.end',
      'index >= state.end - 1 && index > 0',
    ],
  ],
  'src/cli/worker.js': [
    [
      'mutants-are-originals',
      'workers judge the claim itself in place of its mutants',
      'mutant === undefined ? claim :',
      "mutant !== '' ? claim :",
    ],
  ],
  'proofs/kernels/polynomials.js': [
    [
      'one-term-vanishes',
      'a single term that is left over vanishes',
      'results.find((polynomial) => polynomial.size > 0)',
      'results.find((polynomial) => polynomial.size > 1)',
    ],
  ],
  'proofs/kernels/grid.js': [
    [
      'grid-too-small',
      'the grid has a point too few for every variable',
      'product * (degree + 1), 1)',
      'product * Math.max(1, degree), 1)',
    ],
  ],
  'proofs/kernels/nerdamer.js': [
    [
      'nerdamer-first',
      'nerdamer passes over the first expression of an identity',
      "results.find((text) => text !== '0')",
      "results.slice(1).find((text) => text !== '0')",
    ],
  ],
  'proofs/kernels/z3.js': [
    [
      'models-ignored',
      'a counterexample of Z3 is taken for a proof',
      'return { holds: false, reason: `counterexample:',
      'return { holds: true, reason: `counterexample:',
    ],
  ],
  'proofs/prove.js': [
    [
      'dissent-ignored',
      'an identity that kernels refute is proved',
      'if (refused.length > 0)',
      'if (refused.length > using.length)',
    ],
    [
      'undecided-proof-holds',
      'what Z3 has not decided is taken for decided',
      "parts.find(({ status }) => status === 'undecided')",
      "identities.find(({ status }) => status === 'undecided')",
    ],
  ],
  'proofs/support/smt.js': [
    [
      'jury-wrong',
      'the Jury conditions that Z3 decides lack the last one',
      '(> (- 1 (* ${b0} ${b0})) (- ${b1} (* ${b0} ${b2})))',
      '(> 2 (* ${b0} ${b0}))',
    ],
  ],
  'proofs/loop/effective-characteristic-polynomial.js': [
    ['derivation-wrong', 'the expanded χ(λ) has σ_vu + 1 for σ_vu + 2', '-(vu+2)*l^2', '-(vu+1)*l^2'],
  ],
  'spec/support/recorded.js': [
    ['no-records', 'of recorded runs none is tried', 'FIXTURES.slice(3, 8)', 'FIXTURES.slice(3, 3)'],
  ],
  'spec/claims/stage-one/stage-one-lasts-as-predicted.js': [
    [
      'wrong-regime',
      'a claim is tried where it claims nothing',
      "outside', place !== 'between')",
      "outside', place === 'between')",
    ],
  ],
};

export const FAULTS: readonly Fault[] = Object.entries(BY_FILE).flatMap(([file, entries]) =>
  entries.map(([id, does, found, put]) => ({ id, does, file, found, put })),
);
