/**
 * A report of every claim and of recorded runs, with verdicts of the size of a default run that nothing was judged for.
 */
import { summarisePredictions, withinFactor } from '#src/claims/prediction.js';
import { expositionOf } from '#src/cli/explain.js';
import { openLedger, recordedRuns } from '#src/cli/ledger.js';
import { Stream } from '#src/linalg/random.js';
import type { HtmlReport } from '#src/report/html.js';
import type { ReportedVerdict } from '#src/report/json.js';

const ledger = await openLedger();

const PAIRS = 1000;

/** A verdict with everything that one may have. */
export function sampleVerdict(change: Partial<ReportedVerdict> = {}): ReportedVerdict {
  const random = new Stream(1);
  const pairs = Array.from({ length: PAIRS }, (): [number, number, number] => {
    const predicted = 200 * random.uniform();
    return [predicted, predicted + 10 * random.uniform(), 1];
  });
  return {
    id: 'third-eigenvalue-follows-memory',
    kind: 'approximation',
    title: 'λ₃ ≈ σ_vu + q/D, and its series in q',
    status: 'holds',
    cases: 1234,
    undecided: { 'the run diverged': 3 },
    discarded: 56,
    falseAlarm: 3e-9,
    classes: { 'third order': 74, 'σ_zm above 0': 299 },
    worst: {
      quantity: 'residual of σ_vu',
      residual: 30,
      bound: 64,
      case: '{"zm":-0.01}',
      replay: 'loopproof replay third-eigenvalue-follows-memory --seed 7 --path 3',
    },
    spread: { exact: 5, within: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 130, 41, 71, 50] },
    proportions: [
      {
        name: 'σ_zm turns',
        atLeast: 0.95,
        refutedBelow: 0.85,
        status: 'holds',
        trials: 232,
        successes: 222,
        p: 0.5,
        rate: [0.9, 0.98],
      },
    ],
    predictions: [summarisePredictions({ quantity: 'epochs of stage 1', near: withinFactor(1.1) }, pairs, 2 ** -20)],
    ms: 1800,
    ...change,
  };
}

/** The claims in the order of the ledger, one of them refuted, one undecided. */
export function sampleReport(): HtmlReport {
  const verdicts = ledger.claims.map(({ statement: { id, kind, title } }, k): ReportedVerdict => {
    const status = k === 4 ? 'refuted' : k === 7 ? 'undecided' : 'holds';
    return sampleVerdict({ id, kind, title, status, cases: 100 * (k % 7), ...(k === 4 && { reason: 'too large' }) });
  });
  return {
    command: 'verify',
    provenance: {
      version: '1.2.3',
      commit: 'abc',
      seed: 7,
      platform: 'any',
      node: 'v20',
      time: '2026-01-01T00:00:00Z',
    },
    verdicts,
    expositions: ledger.claims.map(({ statement }) => expositionOf(ledger, statement.id)),
    runs: recordedRuns(ledger.claims),
    proofs: {
      tool: 'loopproof',
      version: '1.2.3',
      claims: [
        {
          id: 'third-eigenvalue-follows-memory',
          kind: 'derivation',
          status: 'holds',
          identities: [
            {
              name: 'χ(σ_vu + h) = 0',
              status: 'holds',
              kernels: [
                { kernel: 'polynomials', holds: true, effort: 20, unit: 'terms' },
                { kernel: 'nerdamer', effort: 0, unit: 'expressions', reason: 'too long' },
              ],
            },
          ],
          decisions: [{ name: 'no real counterexample', status: 'undecided', reason: 'install z3-solver' }],
        },
      ],
    },
  };
}
