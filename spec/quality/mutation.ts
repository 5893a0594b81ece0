/**
 * Mutation testing of a folder of src/ by the tests that state what it does, `npm run mutation -- FOLDER [FILE…]`: a mutant is a
 * small change of the source, and a test has to fail for it. Prints what survived, leaves the report in node_modules/.cache and, of a
 * whole folder, writes its section of spec/mutation.md; exits with 1 below the folder's score.
 *
 * Texts are not mutated: they are for people, and tests of the reports read them. Mutants of a module's constants are not run
 * (Stryker would run every test for each of them); those that matter are faults of `npm run verdict-mutation`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Stryker } from '@stryker-mutator/core';
import { type Report, survivorsOf, updated } from './survivors.js';

/** The claims, each on few cases. */
const CLAIMS = 'quality/claims.mutation.ts';
/** Each folder's tests: its own, the claims, and those of the folders that use it. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  linalg: ['linalg'],
  plant: ['plant', 'loop', 'training', CLAIMS],
  agent: ['agent', 'loop', 'training', CLAIMS],
  loop: ['loop', 'training', CLAIMS],
  training: ['training', CLAIMS],
  theory: ['theory', 'proofs/formulas.test.ts', 'stages/prediction.test.ts', CLAIMS],
  stages: ['stages'],
  claims: ['judge'],
  // The quick ones: a mutant that survives costs all that reach it, and the others judge hundreds of records.
  runs: [
    ...['format/read', 'format/formats', 'problem', 'diagnosis/faults', 'start', 'format/write', 'diagnosis/suspect'],
    ...['judges/budget', 'judges/gradients', 'judges/sequential', 'judges/losses', 'judges/increments'],
    ...['judges/recorded-runs', 'diagnosis/by-law', 'diagnosis/diagnosis', 'vectors', 'diagnosis/by-increments'],
  ].map((name) => `runs/${name}.test.ts`),
};
/** Least share of covered mutants that tests fail for, in percent. */
const SCORES: Readonly<Record<string, number>> = { theory: 90, loop: 90, training: 90 };
const SCORE = 85;

const CACHE = 'node_modules/.cache/mutation';
const PAGE = 'spec/mutation.md';

const [folder = '', ...files] = process.argv.slice(2);
const tests = TESTS[folder];
if (!tests) {
  console.error(`npm run mutation -- FOLDER [FILE…]: one of ${Object.keys(TESTS).join(', ')}, and files in it`);
  process.exit(2);
}
const unknown = files.filter((file) => !existsSync(`src/${folder}/${file}`));
if (unknown.length > 0) {
  console.error(`src/${folder} has no ${unknown.join(', ')}`);
  process.exit(2);
}

const asked = SCORES[folder] ?? SCORE;
process.env['MUTATION_TESTS'] = tests.join(',');
const results = await new Stryker({
  mutate: files.length > 0 ? files.map((file) => `src/${folder}/${file}`) : [`src/${folder}/**/*.ts`],
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'spec/quality/vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  buildCommand: `node dist/spec/quality/mutation.build.js ${folder}`,
  // Only what is mutated needs it, and Stryker's parser does not know AssemblyScript.
  disableTypeChecks: `src/${folder}/**/*.ts`,
  // Stryker rewrites references with TypeScript's own API, which version 7 has no more; there are none.
  tsconfigFile: 'none.json',
  ignorePatterns: ['.git', '.github', '.ci', '/figures'],
  concurrency: availableParallelism(),
  timeoutMS: 5_000,
  timeoutFactor: 1.5,
  dryRunTimeoutMinutes: 30,
  tempDirName: '.stryker',
  incremental: true,
  incrementalFile: `${CACHE}/${folder}.incremental.json`,
  reporters: ['progress-append-only', 'json', 'clear-text'],
  clearTextReporter: { logTests: false, allowColor: false, reportTests: false, reportScoreTable: true },
  jsonReporter: { fileName: `${CACHE}/${folder}.json` },
  allowConsoleColors: false,
  thresholds: { high: 100, low: asked, break: null },
}).runMutationTest();

const counts = { killed: 0, survived: 0 };
for (const { status } of results) {
  if (status === 'Killed' || status === 'Timeout') counts.killed++;
  if (status === 'Survived') counts.survived++;
}
const covered = counts.killed + counts.survived;
const score = (100 * counts.killed) / covered;
console.log(`${folder}: ${score.toFixed(1)} % of ${covered} covered mutants`);
if (files.length === 0) {
  const survivors = survivorsOf(JSON.parse(readFileSync(`${CACHE}/${folder}.json`, 'utf8')) as Report);
  const date = new Date().toISOString().slice(0, 10);
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, updated(page, { folder, date, covered, killed: counts.killed, asked, survivors }));
}
process.exitCode = score >= asked ? 0 : 1;
