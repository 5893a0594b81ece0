/**
 * The gate as a CI job has it: `verify`, `prove` and `check` on what is right and on what is wrong, each with what a healthy package
 * says of it. A check that cannot fail shows nothing, and neither does a gate.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { derivations } from '#proofs/ledger.js';
import { ledger } from '#spec/claims/ledger.js';
import { CONFIGURATION, FLAWED, HELD, REFUTED, RIGHT, SILENT, UNREADABLE, writeRecords } from './records.js';

/** The package that this file belongs to; compiled to dist/spec/quality. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/** A command ended in a way that is no verdict. */
export class Broken extends Error {}

/** What engines say of broken code, and the command line of itself: no verdict either, wherever it turns up. */
const CRASH =
  /internal error|the check failed|is not (?:defined|iterable|a function|a constructor)|Cannot (?:read|access|mix|convert)/;

/** Milliseconds that a command may take. */
const PATIENCE = 20 * 60_000;

/** A copy of the built package that faults are put into, and the records that it is shown. */
export class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'loopproof-quality-'));

  constructor() {
    for (const part of ['dist', 'fixtures', 'package.json'])
      cpSync(join(PACKAGE, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(PACKAGE, 'node_modules'), join(this.#folder, 'node_modules'));
    writeRecords(this.#folder);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /**
   * Runs `loopproof`.
   * @param flags of Node
   * @throws Broken where it crashes or does not end
   */
  run(args: readonly string[], flags: readonly string[] = []): { readonly code: number; readonly stdout: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, 'dist/src/cli/main.js', ...args], {
      cwd: this.#folder,
      encoding: 'utf8',
      env: { ...process.env, GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' },
      maxBuffer: 2 ** 28,
      timeout: PATIENCE,
    });
    if (status === null) throw new Broken('does not end');
    const crash = `${stdout}\n${stderr}`.split('\n').find((line) => CRASH.test(line));
    if (crash !== undefined) throw new Broken(crash.trim());
    return { code: status, stdout };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A part of the gate. */
export interface Control {
  readonly name: string;
  /** What a healthy package says, line by line. */
  readonly due: readonly string[];
  readonly observe: (copy: Copy) => string[];
}

/** A command whose exit code is all that counts. */
function exits(code: number, name: string, args: readonly string[]): Control {
  return { name, due: [`exit ${code}`], observe: (copy) => [`exit ${copy.run(args).code}`] };
}

interface Report {
  readonly claims: readonly {
    readonly id: string;
    readonly run?: string;
    readonly mutant?: string;
    readonly status: string;
    readonly diagnosis?: { readonly likeliest?: { readonly id: string } };
  }[];
}

/** A result of SARIF. */
interface Result {
  readonly level: string;
  readonly locations: readonly [{ readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }];
}

/** A command that judges so many claims, proofs or mutants, each of which is to come to a status. */
function judges(name: string, count: number, status: 'holds' | 'refuted', args: readonly string[]): Control {
  return {
    name,
    due: ['exit 0', `${count} judged`],
    observe(copy) {
      const { code } = copy.run([...args, '--json', 'report.json']);
      const { claims }: Report = JSON.parse(copy.read('report.json'));
      const wrong = claims.filter((claim) => claim.status !== status);
      return [
        ...wrong.map(({ id, mutant, status }) => `${mutant === undefined ? id : `${id}, "${mutant}"`} ${status}`),
        `exit ${code}`,
        `${claims.length} judged`,
      ];
    },
  };
}

const CHECK = ['check', '--config', CONFIGURATION];
const all = (names: Iterable<string>): string => [...new Set(names)].sort().join(' ');
const refutedIn = (claims: Report['claims']): string =>
  all(claims.flatMap(({ status, run = '' }) => (status === 'refuted' ? [run] : [])));
const found = (text: string, pattern: RegExp): string => all([...text.matchAll(pattern)].map(([, file]) => file!));
const withoutEntities = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

/** Flawed records, and which faults are named for them. */
const flawed: Control = {
  name: 'check of flawed records',
  due: [
    'exit 1',
    `refuted: ${all(FLAWED.map(({ file }) => file))}`,
    ...FLAWED.flatMap(({ file, fault }) => (fault === undefined ? [] : [`${file}: ${fault}`])),
  ],
  observe(copy) {
    const { code } = copy.run([...CHECK, ...FLAWED.map(({ file }) => file), '--json', 'report.json']);
    const { claims }: Report = JSON.parse(copy.read('report.json'));
    return [
      `exit ${code}`,
      `refuted: ${refutedIn(claims)}`,
      ...FLAWED.flatMap(({ file, fault }) => {
        const named = claims.find(({ run, diagnosis }) => run === file && diagnosis)?.diagnosis?.likeliest;
        return fault === undefined ? [] : [`${file}: ${named?.id}`];
      }),
    ];
  },
};

/** Right and flawed records beside each other: every report has to tell them apart. */
const REPORTED = ['gradient.json', 'fixtures/parity-tanh.json', 'gated.json', 'fixtures/parity-gru.json'];

const reports: Control = {
  name: 'every report of check',
  due: [
    'exit 1',
    ...['text', 'annotations', 'json', 'junit', 'sarif', 'markdown'].map((name) => `${name}: gated.json gradient.json`),
  ],
  observe(copy) {
    const options = ['json', 'junit', 'sarif', 'markdown'].flatMap((name) => [`--${name}`, `report.${name}`]);
    const { code, stdout } = copy.run(['check', ...REPORTED, '--github', ...options]);
    const { claims }: Report = JSON.parse(copy.read('report.json'));
    const [log] = JSON.parse(copy.read('report.sarif')).runs;
    const errors = (log.results as Result[]).filter(({ level }) => level === 'error');
    return [
      `exit ${code}`,
      `text: ${found(stdout, /^refuted {2,}\S+ +(\S+) /gm)}`,
      `annotations: ${found(stdout, /^::error file=([^,]+),/gm)}`,
      `json: ${refutedIn(claims)}`,
      `junit: ${found(copy.read('report.junit'), / file="([^"]+)"[^>]*><failure /g)}`,
      `sarif: ${all(errors.map(({ locations: [location] }) => location.physicalLocation.artifactLocation.uri))}`,
      `markdown: ${found(withoutEntities(copy.read('report.markdown')), /^\| ❌ refuted \| \S+ \| (\S+) \|/gm)}`,
    ];
  },
};

/** A claim with a random case in its report. */
const RANDOM = 'adjoint-gradient-is-the-derivative';

/** What a report says, but for times. */
const timeless = (text: string): string => text.replace(/"ms": \d+/g, '');

const seeds: Control = {
  name: 'seeds',
  due: [
    'verify: same seed, same bytes',
    'verify: other seed, other bytes',
    'train: same seed, same bytes',
    'train: other seed, other bytes',
    'train: fresh batches',
  ],
  observe(copy) {
    const cases = (seed: string): string => {
      copy.run(['verify', RANDOM, '--runs', '4', '--seed', seed, '--json', 'report.json']);
      return timeless(copy.read('report.json')).replace(/"seed": \d+/, '');
    };
    const curves = (seed: string): string =>
      JSON.stringify(JSON.parse(copy.run(['train', '--epochs', '2', '--seed', seed, '--out', '-']).stdout).curves);
    const compared = (command: string, [once, again, other]: readonly string[]): string[] => [
      `${command}: same seed, ${once === again ? 'same' : 'other'} bytes`,
      `${command}: other seed, ${once === other ? 'same' : 'other'} bytes`,
    ];
    const trained = ['1', '1', '2'].map(curves);
    const [first, second] = JSON.parse(trained[0]!).moments;
    return [
      ...compared('verify', ['1', '1', '2'].map(cases)),
      ...compared('train', trained),
      `train: ${String(first) === String(second) ? 'repeated' : 'fresh'} batches`,
    ];
  },
};

/** Two shares of claims, which together are all of them. */
const SHARED = ['effective-characteristic-polynomial', 'golden-ratio-is-optimal', 'memoryless-loop-is-unstable'];

const shares: Control = {
  name: 'verify --shard, together',
  due: [all(SHARED)],
  observe: (copy) => [
    all(
      ['1/2', '2/2'].flatMap((share) => {
        copy.run(['verify', ...SHARED, '--runs', '2', '--shard', share, '--json', 'report.json']);
        return (JSON.parse(copy.read('report.json')) as Report).claims.map(({ id }) => id);
      }),
    ),
  ],
};

/** Where there is no WebAssembly the plain kernels serve. */
const plain: Control = {
  name: 'check of nonlinear records without WebAssembly',
  due: ['exit 1', 'gated.json gradient.json'],
  observe(copy) {
    const { code } = copy.run(['check', ...REPORTED, '--json', 'report.json'], ['--jitless']);
    const { claims }: Report = JSON.parse(copy.read('report.json'));
    return [`exit ${code}`, refutedIn(claims)];
  },
};

const ids = ledger.map(({ statement }) => statement.id);

/** Claims that few cases decide: proportions and null predictors take more. */
const few = ledger
  .filter(({ statement, proportions, predictions }) => statement.kind !== 'empirical' && !proportions && !predictions)
  .map(({ statement }) => statement.id);

/** Claims whose mutants are quickly refuted. */
const SOME = [
  'averaging-removes-the-zig-zag',
  'adjoint-gradient-is-the-derivative',
  'stability-region-is-exact',
  'learning-closes-on-gram',
  'gram-dynamics-reproduces-recorded-runs',
  'recorded-gradients-are-derivatives',
  'recorded-windows-follow-snapshots',
  'recorded-windows-are-exchangeable',
];

const mutantsOf = (some: readonly string[]): number =>
  ledger.reduce((sum, { statement: { id }, mutants }) => sum + (some.includes(id) ? mutants.length : 0), 0);

/** A derivation that states something of all reals, and one of identities alone. */
const [DECIDED, IDENTITIES] = ['stability-region-is-exact', 'effective-characteristic-polynomial'];

export const CONTROLS: readonly Control[] = [
  exits(0, 'check of right records', [...CHECK, ...RIGHT]),
  reports,
  flawed,
  exits(1, 'check of what held in the baseline', ['check', 'lr.json', '--baseline', HELD]),
  exits(0, 'check of what was refuted in the baseline', ['check', 'lr.json', '--baseline', REFUTED]),
  // Refuted by the claim that the baseline has for lr.json, and by no other.
  exits(1, 'check of another file than in the baseline', ['check', 'final-weights.json', '--baseline', REFUTED]),
  exits(3, 'check of a record without evidence', ['check', SILENT]),
  exits(2, 'check of no record', ['check', RIGHT[1], UNREADABLE]),
  plain,
  seeds,
  shares,
  exits(3, 'verify without time', ['verify', RANDOM, '--workers', '1', '--budget', '0.02']),
  exits(3, 'verify of a proportion on few cases', ['verify', 'averaging-removes-the-zig-zag', '--runs', '4']),
  exits(1, 'verify --mutants on one case', ['verify', 'memoryless-loop-is-unstable', '--mutants', '--runs', '1']),
  judges('verify on few cases', few.length, 'holds', ['verify', ...few, '--runs', '6']),
  judges('verify --mutants of some claims', mutantsOf(SOME), 'refuted', ['verify', ...SOME, '--mutants']),
  // At this seed one of them is refuted in the second block of cases, no sooner.
  exits(0, 'verify --mutants of which one is refuted late', ['verify', DECIDED, '--mutants', '--seed', '50']),
  exits(3, 'prove --no-z3 of what Z3 decides', ['prove', DECIDED, '--no-z3']),
  judges('prove of some derivations', 2, 'holds', ['prove', DECIDED, IDENTITIES]),
  exits(0, 'prove --mutants of some derivations', ['prove', DECIDED, IDENTITIES, '--mutants']),
  judges('prove', derivations.length, 'holds', ['prove']),
  exits(0, 'prove --mutants', ['prove', '--mutants']),
  judges('verify', ledger.length, 'holds', ['verify']),
  judges('verify --mutants', mutantsOf(ids), 'refuted', ['verify', '--mutants']),
];
