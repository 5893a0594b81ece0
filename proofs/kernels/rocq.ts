/**
 * Kernel: the proof assistant Rocq (`coqc`), optional at run time: absent, nothing that was asked of it counts as proved.
 *
 * It checks identities as programs (program.ts), decisions as propositions about real numbers (prop.ts), and the general
 * theorems of proofs/rocq/, whose assumptions it lists.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Derivation } from '../derivation.js';
import { definitionsText } from './definitions.js';
import {
  type Assumptions,
  assumptionsOf,
  type Generated,
  generatedFor,
  ROOT,
  stemOf,
  textOf,
  theoremVerdict,
} from './rocq-files.js';

/** The theorems and definitions that were written by hand. */
const LIBRARY = fileURLToPath(new URL('../../../proofs/rocq/', import.meta.url));

/** The file that compares definitions. */
const DEFINITIONS_FILE = 'definitions';

const INSTALL = 'Debian and Ubuntu: apt-get install coq libcoq-mathcomp-algebra';

/** What `coqc` is told: the folder's files are one library, and two kinds of warnings come from MathComp itself. */
export const FLAGS = ['-w', '-notation-overridden,-ambiguous-paths', '-R', '.', ROOT] as const;

/** Compiles everything in the order of dependence; what theorems assume is printed on the way. `check` runs
 * Rocq's second checker on these files, and takes the libraries for granted. */
const MAKEFILE = `# Needs coqc and MathComp's algebra: ${INSTALL}
COQFLAGS = ${FLAGS.join(' ')}
FILES := $(shell coqdep -sort -R . ${ROOT} *.v 2>/dev/null)

all: $(FILES:.v=.vo)

%.vo: %.v
\tcoqc $(COQFLAGS) $<

check: all
\tcoqchk -silent -R . ${ROOT} $(addprefix -norec ${ROOT}.,$(FILES:.v=))

clean:
\trm -f *.vo *.vok *.vos *.glob .*.aux .depend

.depend: $(FILES)
\tcoqdep -R . ${ROOT} $^ > $@ 2>/dev/null

ifneq ($(MAKECMDGOALS),clean)
include .depend
endif
.PHONY: all check clean
`;

/** Milliseconds for one file. The slowest takes some twenty seconds on a machine of 2024. */
export const TIMEOUT = 300_000;

/** Seconds for one step of a proof, a fifth of a file's: one that does not end is named, and the others in its file are checked. */
const stepSeconds = (timeout: number): number => Math.ceil(timeout / 5000);

/** Releases that the files are written for: from, and below. */
const RELEASES = ['8.16', '8.21'] as const;

/** What Rocq says of one thing. */
export interface RocqVerdict {
  readonly holds: boolean | undefined;
  readonly reason?: string;
}

/** What Rocq says of a derivation, item by item. */
export interface RocqFindings {
  readonly identities: readonly RocqVerdict[];
  readonly decisions: readonly RocqVerdict[];
  /** Names of axioms where a theorem holds. */
  readonly theorems: readonly (RocqVerdict & { readonly axioms?: readonly string[] })[];
}

/** A folder in which `coqc` works. */
export interface Rocq {
  readonly folder: string;
  /** Why nothing can be checked: no `coqc`, or one of another release. */
  readonly missing?: string;
  /** Milliseconds for one file. */
  readonly timeout: number;
  readonly compiled: Map<string, Promise<Compiled>>;
  readonly found: Map<Derivation, Promise<RocqFindings>>;
  /** How often `start` was called. */
  started: number;
  /** Runs as many at once as there are cores, each with up to half a gigabyte. */
  readonly queue: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Why a file does not compile, and at which line of the file itself; no line if something else is at fault. */
interface Failure {
  readonly reason: string;
  readonly line?: number;
  /** It was not refused: it took too long. */
  readonly late?: boolean;
}

/** What came of compiling a file. */
interface Compiled {
  readonly output: string;
  readonly failure?: Failure;
}

const explained = (reason: string): string =>
  /mathcomp|all_ssreflect|all_algebra/.test(reason)
    ? `MathComp is missing or of another release (${INSTALL}): ${reason}`
    : reason;

const NOT_FOUND = 'not found';

function run(command: string, args: readonly string[], cwd: string, timeout = TIMEOUT): Promise<Compiled> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout, maxBuffer: 2 ** 26, killSignal: 'SIGKILL' }, (error, output, errors) => {
      if (!error) return resolve({ output });
      if (error.code === 'ENOENT') return resolve({ output, failure: { reason: NOT_FOUND } });
      const tooLong = (seconds: number) => ({ reason: `took longer than ${seconds} s`, late: true });
      if (error.killed) return resolve({ output, failure: tooLong(timeout / 1000) });
      const place = /^File "[^"]*", line (\d+)/m.exec(errors);
      const reason = errors
        .slice(errors.includes('Error:') ? errors.indexOf('Error:') + 6 : 0)
        .replaceAll(/\s+/g, ' ')
        .trim()
        .slice(0, 300)
        .replace(/^$/, `${command} ended without a message`);
      const failure = reason === 'Timeout!' ? tooLong(stepSeconds(timeout)) : { reason: explained(reason) };
      resolve({ output, failure: { ...failure, ...(place && { line: Number(place[1]) }) } });
    });
  });
}

const release = (text: string): number => {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return major * 1000 + minor;
};

/** Why `coqc` cannot be used, if it cannot. @param command for tests */
export async function missingRocq(command = 'coqc'): Promise<string | undefined> {
  const { output, failure } = await run(command, ['--print-version'], tmpdir(), 20_000);
  if (failure?.reason === NOT_FOUND) return `not checked: no coqc; install Rocq (${INSTALL})`;
  if (failure) return `not checked: coqc --print-version failed: ${failure.reason}; install Rocq again (${INSTALL})`;
  const [from, below] = RELEASES;
  const found = output.split(' ')[0]!;
  if (release(found) >= release(from) && release(found) < release(below)) return undefined;
  return `not checked: coqc ${found.trim()} was found, the files need ${from} or later, below ${below}`;
}

/** At most `most` pieces of work at a time, in the order in which they come. */
function queueOf(most: number): Rocq['queue'] {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

/**
 * Prepares a folder of its own, and starts on derivations.
 * @param timeout milliseconds for one file
 */
export async function openRocq(derivations: readonly Derivation[] = [], timeout = TIMEOUT): Promise<Rocq> {
  const missing = await missingRocq();
  const folder = mkdtempSync(join(tmpdir(), 'loopproof-rocq-'));
  writeLibrary(folder);
  const queue = queueOf(Math.min(availableParallelism(), 4));
  const rocq: Rocq = {
    folder,
    timeout,
    compiled: new Map(),
    found: new Map(),
    started: 0,
    queue,
    ...(missing !== undefined && { missing }),
  };
  start(rocq, derivations);
  return rocq;
}

/** What was written by hand, and what compares its definitions with the code. */
function writeLibrary(folder: string): void {
  cpSync(LIBRARY, folder, { recursive: true });
  writeFileSync(join(folder, `${DEFINITIONS_FILE}.v`), definitionsText());
}

/**
 * Writes all that Rocq checks of derivations into a folder: the general theorems, the generated files, a Makefile.
 * @returns how many files
 */
export function writeRocqFolder(folder: string, derivations: readonly Derivation[]): number {
  writeLibrary(folder);
  for (const file of generatedFor(derivations))
    if (file.items.length > 0) writeFileSync(join(folder, `${file.stem}.v`), textOf(file));
  writeFileSync(join(folder, 'Makefile'), MAKEFILE);
  return readdirSync(folder).length;
}

/** Removes the folder. */
export function closeRocq({ folder }: Rocq): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compiles a file after those that it needs, each once. */
function compile(rocq: Rocq, stem: string): Promise<Compiled> {
  const known = rocq.compiled.get(stem);
  if (known) return known;
  const started = (async (): Promise<Compiled> => {
    const text = readFileSync(join(rocq.folder, `${stem}.v`), 'utf8');
    for (const [, names] of text.matchAll(/^From Loop Require (?:Import|Export) ([\w ]+)\./gm))
      for (const name of names!.split(' ')) {
        const { failure } = await compile(rocq, name);
        if (failure) return { output: '', failure: { reason: `${name}.v: ${failure.reason}` } };
      }
    const made = join(rocq.folder, `${stem}.vo`);
    rmSync(made, { force: true });
    const compiled = await rocq.queue(() => run('coqc', [...FLAGS, `${stem}.v`], rocq.folder, rocq.timeout));
    if (compiled.failure || existsSync(made)) return compiled;
    return { output: '', failure: { reason: `coqc said nothing of ${stem}.v, and wrote no ${stem}.vo` } };
  })();
  rocq.compiled.set(stem, started);
  return started;
}

/** Compiles items that stand in one file; one that fails is left out, and the rest compiled again. */
async function checkItems(rocq: Rocq, { stem, head, items }: Generated): Promise<RocqVerdict[]> {
  const verdicts: RocqVerdict[] = items.map(({ impossible }) =>
    impossible === undefined ? { holds: true } : { holds: undefined, reason: impossible },
  );
  while (verdicts.some(({ holds }) => holds)) {
    const ends: number[] = [];
    let text = `${head}Set Default Timeout ${stepSeconds(rocq.timeout)}.\n`;
    items.forEach((item, k) => {
      if (verdicts[k]!.holds) text += item.text;
      ends.push(text.split('\n').length - 1);
    });
    writeFileSync(join(rocq.folder, `${stem}.v`), text);
    rocq.compiled.delete(stem);
    const { failure } = await compile(rocq, stem);
    if (!failure) break;
    const { reason, line, late } = failure;
    const at = line === undefined ? -1 : ends.findIndex((end) => line <= end);
    if (at < 0) return verdicts.map((one) => (one.holds ? { holds: undefined, reason } : one));
    verdicts[at] = { holds: late ? undefined : items[at]!.refuted, reason };
  }
  return verdicts;
}

/** What the theorems of a file assume, by name, or why it does not compile. */
async function assumptionsIn(rocq: Rocq, file: string): Promise<Assumptions | string> {
  const { output, failure } = await compile(rocq, file);
  return failure ? failure.reason : assumptionsOf(readFileSync(join(rocq.folder, `${file}.v`), 'utf8'), output);
}

/** Whether what theorems speak of is what the code computes: if not, they are about something else. */
async function differingDefinition(rocq: Rocq): Promise<string | undefined> {
  const { failure } = await compile(rocq, DEFINITIONS_FILE);
  if (failure?.line === undefined) return failure?.reason;
  const above = definitionsText().split('\n').slice(0, failure.line).join('\n');
  return `${[...above.matchAll(/^\(\* (.*) \*\)$/gm)].at(-1)?.[1]}: what the code computes is not what is defined: ${failure.reason}`;
}

/** What is found of derivations, one after the other; their identities stand in one file, their decisions in another. */
async function check(rocq: Rocq, derivations: readonly Derivation[]): Promise<RocqFindings[]> {
  const mark = rocq.started > 1 ? `_${rocq.started}` : '';
  const [identities, decisions] = await Promise.all(
    generatedFor(derivations).map(({ stem, head, items }) =>
      rocq.missing === undefined
        ? checkItems(rocq, { stem: `${stem}${mark}`, head, items })
        : items.map((): RocqVerdict => ({ holds: undefined, reason: rocq.missing! })),
    ),
  );
  const theoremsOf = ({ statement, theorems = [] }: Derivation): Promise<RocqFindings['theorems']> =>
    Promise.all(
      theorems.map(async (theorem) => {
        if (rocq.missing !== undefined) return { holds: undefined, reason: rocq.missing };
        const file = theorem.file ?? stemOf(statement.id);
        const [known, reason] = await Promise.all([assumptionsIn(rocq, file), differingDefinition(rocq)]);
        return reason === undefined ? theoremVerdict(theorem, known) : { holds: undefined, reason };
      }),
    );
  return Promise.all(
    derivations.map(async (derivation) => ({
      identities: identities!.splice(0, derivation.identities.length),
      decisions: decisions!.splice(0, derivation.decisions?.length ?? 0),
      theorems: await theoremsOf(derivation),
    })),
  );
}

/** Starts on derivations together. */
function start(rocq: Rocq, derivations: readonly Derivation[]): void {
  rocq.started++;
  const all = check(rocq, derivations);
  derivations.forEach((derivation, k) => {
    const own = all.then((findings) => findings[k]!);
    // Who asks for a derivation's findings sees what went wrong with it.
    own.catch(() => undefined);
    rocq.found.set(derivation, own);
  });
}

/** Checks the identities, decisions and theorems of a derivation, once. */
export function checkWithRocq(rocq: Rocq, derivation: Derivation): Promise<RocqFindings> {
  if (!rocq.found.has(derivation)) start(rocq, [derivation]);
  return rocq.found.get(derivation)!;
}
