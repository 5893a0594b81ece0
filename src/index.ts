/**
 * The public functions: everything that the command line does.
 */

export type { Agent } from './agent/agent.js';
export type { GatedTensors } from './agent/gated.js';
export { agentOfGram } from './agent/gram.js';
export { type Gru, gruInitial } from './agent/gru.js';
export { fullRankInitial, lowRankInitial } from './agent/initial.js';
// Plants, agents and the loop between them.
export { agentOver, type LinearAgent, linearAgent, shapeOf, type Tensor } from './agent/linear.js';
export { type Lstm, lstmInitial } from './agent/lstm.js';
export { type OrderParameters, orderParametersOf, scalarOrderParameters } from './agent/order-parameters.js';
export type { Rnn } from './agent/rnn.js';
// `campaign`: grids of paired runs.
export { expand, type Plan, plansOf } from './campaigns/grid.js';
export type { RunOutcome } from './campaigns/outcome.js';
export { runPlan } from './campaigns/run.js';
export { type Campaign, parseCampaign, readCampaign } from './campaigns/schema.js';
export { type CampaignSummary, summarise } from './campaigns/summary.js';
// `figures`: the figures of the paper, and others.
export { type Axes, beside, type Chart, chart, type Drawing, stacked } from './chart/chart.js';
export {
  type ChartPoint,
  dots,
  type KeyEntry,
  key,
  label,
  level,
  line,
  type Mark,
  type Plane,
  upright,
} from './chart/marks.js';
export type { Markup } from './chart/markup.js';
export type { Axis, Domain, Scale } from './chart/scale.js';
export { COLOUR, disc, type Style, sequential, stroke, THEORY } from './chart/theme.js';
// `verify`, `prove`, `explain`, `list`, `replay`: claims, ours and those of suites.
export { type AnyClaim, type Cases, type Claim, defineClaim, type Mutant, mutantsOf, mutated } from './claims/claim.js';
export { type Comparison, Evidence, type Measurement, ratioOf, type Trial } from './claims/evidence.js';
export { type JudgingOptions, judge } from './claims/judge.js';
export type { PredictionPair, PredictionSummary } from './claims/prediction.js';
export type { ProportionResult } from './claims/proportion.js';
export type { Spread } from './claims/spread.js';
export { exitCode, type Status, type Verdict, type Worst } from './claims/verdict.js';
export {
  type Decision,
  type Derivation,
  defineDerivation,
  type Identity,
  type KernelVerdict,
  type Values,
} from './cli/derivations.js';
export { explanationOf, expositionOf } from './cli/explain.js';
// `check`: judging runs.
export type { Checked } from './cli/judge-file.js';
export { type CheckOptions, judgeRun } from './cli/judge-run.js';
export { type DecisionProof, equal, type IdentityProof, isItsText, type Proof } from './cli/kernels.js';
export { type Ledger, openLedger, type SuiteOptions } from './cli/ledger.js';
export type { Trying } from './cli/pool.js';
export { prove } from './cli/prove.js';
export { type Repeated, repeatCase } from './cli/replay.js';
export { vectorFiles } from './cli/vectors.js';
export { verifyClaims } from './cli/verify.js';
export { LoopproofError } from './error.js';
export { type DrawnFigure, type DrawOptions, drawFigures } from './figures/kit/drawn.js';
export { type AnyFigure, defineFigure, type Figure } from './figures/kit/figure.js';
export { figureIndex, figureText } from './figures/kit/page.js';
export type { Runs } from './figures/kit/runs.js';
export { type Dominant, dominantEigenvalues } from './linalg/dominant.js';
export { type Dual, dualsOver } from './linalg/dual.js';
export { type Complex, eigenvalues, modulus, spectralRadius } from './linalg/eigen.js';
export { type Field, rationalField, realField } from './linalg/field.js';
export { type Interval, intervals } from './linalg/interval.js';
export { type Majorant, majorants, roundingBound } from './linalg/majorant.js';
export {
  add,
  at,
  build,
  fromRows,
  identity,
  type Mat,
  type Matrix,
  matrix,
  multiply,
  scale,
  subtract,
  toRows,
  trace,
  transpose,
} from './linalg/matrix.js';
export { characteristic, convolve, difference, evaluate, type Polynomial } from './linalg/polynomial.js';
export { Stream } from './linalg/random.js';
export { divide, fromDouble, type Rational, rational, rationals, toDouble } from './linalg/rational.js';
export { integers, negate, type OrderedRing, power, product, type Ring, reals, sum } from './linalg/ring.js';
export {
  determinantPerturbation,
  eigenvalueBackwardError,
  eliminationBackwardError,
  gamma,
  normalQuadraticTail,
  shadowNoise,
  UNIT_ROUNDOFF,
  UNIT_ROUNDOFF_F32,
} from './linalg/tolerance.js';
export { coupledMatrix } from './loop/coupled.js';
export { effectiveMatrix } from './loop/effective.js';
export { coupledStep, type FixedPoint, fixedPoint, localJacobian } from './loop/jacobian.js';
export { rollout } from './loop/rollout.js';
export { isStable } from './loop/stability.js';
export { cursor } from './plant/cursor.js';
export { integratorChain } from './plant/integrator.js';
export { type Plant, plant, plantOver } from './plant/plant.js';
// `train`: learning.
export type { ProblemKind } from './problem/kinds.js';
export { openLoopOf, PROTOCOLS, type Protocol, type RnnProtocol, type TrackingProtocol } from './problem/protocol.js';
export { type DataSource, momentSource } from './problem/start.js';
// Reports, and baselines.
export { against, type Baseline, parseBaseline } from './report/baseline.js';
export type { Exposition } from './report/exposition.js';
export { type Finding, gateExitCode, isAccepted, type Refusal } from './report/finding.js';
export { githubAnnotations } from './report/github.js';
export { type HtmlReport, htmlReport, type ReportProvenance } from './report/html.js';
export type { RunAccount } from './report/html-run.js';
export { jsonReport, type ReportedVerdict, type ReportHeader } from './report/json.js';
export { junitReport } from './report/junit.js';
export { markdownReport } from './report/markdown.js';
export { loopReport, runReport } from './report/prediction.js';
export { type Proofs, parseProofs } from './report/proofs.js';
export { sarifReport } from './report/sarif.js';
export { type Palette, terminalReport } from './report/terminal.js';
export { defineFileClaim, type FileCase, type FileClaim } from './runs/claim.js';
export { type Diagnosis, diagnose, type FittedFault } from './runs/diagnosis/diagnosis.js';
// Runs: reading, writing, and the vectors that other implementations replay (`vectors`).
export { parseConfiguration, parseRun, type ReadOptions, readConfiguration, readRun } from './runs/format/read.js';
export { runText, type TrainedRun } from './runs/format/record.js';
export type { Configuration, RecordedRun } from './runs/format/schema.js';
export { encoded } from './runs/format/write.js';
export { judgeGradients } from './runs/judges/gradients.js';
export { judgeIncrements } from './runs/judges/increments.js';
export { judgeLosses } from './runs/judges/losses.js';
export { judgeReplay } from './runs/judges/replay.js';
export { predictedLosses, type RunStages, stagesOf } from './runs/stages.js';
export { type RunStart, runStart } from './runs/start.js';
export { type ConformanceVector, conformanceVectors } from './runs/vectors.js';
// `predict`: what the theory says beforehand.
export { acquisitions, continuousModes, highestFrequency } from './stages/acquisition.js';
export type { Forecast } from './stages/forecast/forecast.js';
export { forecastRun, obstacleTo, type RunForecast } from './stages/forecast/run.js';
export { deployedGains, effectiveGains } from './stages/gains.js';
export { localSpectrum, type Observations, observedStages, observer } from './stages/observation.js';
export { type LoopPrediction, type LoopQuestion, predictLoop, rememberedBounds } from './stages/prediction.js';
export { spectralStages } from './stages/spectral.js';
// Statements.
export { type Proportion, proportion } from './theory/odds.js';
export { type Condition, type Range, type Regime, regimeOf, within } from './theory/regime.js';
export type { Formula, Kind, Source, Statement } from './theory/statement.js';
export { type Curve, type LearningCurve, spectraOf, spectrumOf, type TrackingCurve } from './training/curve.js';
export { deployedStarts } from './training/deployed.js';
export { effectiveLearner, explicitLearner, fullLearner, gramLearner } from './training/learner.js';
export { PROBLEMS, taskOf } from './training/problems.js';
export { deployedTracking, trackingStudent } from './training/tracking-open-loop.js';
export { type Observers, train } from './training/train.js';
