/**
 * `npm run verdict-mutation [-- ID…] [--part NAME] [--json FILE]`: every fault alone in a copy of the built package, and what of the
 * gate refuses it, or what of the parts named. Prints a Markdown table; exit code 0 only if each is caught.
 *
 * Caught means that a verdict differs from a healthy package's. A crash is none: what has it was written badly, and is to be
 * written anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeWhole } from '#src/runs/format/write.js';
import { FAULTS, type Fault } from './faults.js';
import { Broken, CONTROLS, type Control, Copy } from './gate.js';

/** What became of a fault. */
export interface Outcome extends Fault {
  readonly status: 'caught' | 'missed' | 'broken';
  /** The part of the gate that caught it, or in which it broke. */
  readonly by?: string;
  /** What that said. */
  readonly said?: string;
  readonly seconds: number;
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** A text with a fault in it. @throws Error where the fault no longer applies */
export function faulty(text: string, { id, file, found, put }: Fault): string {
  const times = text.split(found).length - 1;
  if (times !== 1) throw new Error(`${id} no longer applies: its text is ${times} times in dist/${file}, not once`);
  return text.replace(found, () => put);
}

/** Parts that are tried before their turn: the others take as long as all of these. */
const QUICK_PARTS = 20;

/** What a part of the gate says that a healthy package does not. @throws Broken where that is a refusal or a crash */
export function amiss({ due, observe }: Control, copy: Copy): string | undefined {
  const said = observe(copy);
  const refused = said.includes('exit 2') && !due.includes('exit 2');
  const other = said.find((line, k) => !due.includes(line) || (said.length === due.length && line !== due[k]));
  if (refused) throw new Broken(`exit 2: ${other}`);
  return other ?? (said.length === due.length ? undefined : said.join('; '));
}

/** A part of the gate, and the seconds that it takes where nothing is wrong. */
interface Timed {
  readonly control: Control;
  readonly seconds: number;
}

/** The healthy gate, its quickest part first. @throws Error where it is not as it should be */
function healthy(copy: Copy, parts: readonly Control[]): Timed[] {
  const timed = parts.map((control) => {
    const start = performance.now();
    const other = amiss(control, copy);
    if (other !== undefined) throw new Error(`without a fault: ${control.name}: ${other}`);
    const seconds = secondsSince(start);
    tell(`healthy  ${control.name}  ${seconds.toFixed(1)} s`);
    return { control, seconds };
  });
  return timed.sort((a, b) => a.seconds - b.seconds);
}

/** Puts a fault into the copy, tries the gate until a part of it refuses, and takes the fault out again. */
function outcomeOf(fault: Fault, controls: readonly Control[], copy: Copy): Outcome {
  const start = performance.now();
  const file = copy.path(`dist/${fault.file}`);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, faulty(text, fault));
  const came = (status: Outcome['status'], by?: string, said?: string): Outcome => ({
    ...fault,
    status,
    ...(by !== undefined && { by }),
    ...(said !== undefined && { said }),
    seconds: secondsSince(start),
  });
  try {
    for (const control of controls) {
      try {
        const said = amiss(control, copy);
        if (said !== undefined) return came('caught', control.name, said);
      } catch (error) {
        if (error instanceof Broken) return came('broken', control.name, error.message);
        throw error;
      }
    }
    return came('missed');
  } finally {
    writeFileSync(file, text);
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ id, does, file, status, by, said }) => {
    const where =
      status === 'caught' ? `${by}: ${said}` : `**${status}**${by === undefined ? '' : ` in ${by}: ${said}`}`;
    return `| \`${id}\` | ${cell(does)} | \`${file}\` | ${cell(where)} |`;
  });
  return ['| fault | the package then | in dist/ | caught by |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, part: { type: 'string', multiple: true } },
  });
  const unknown = positionals.filter((id) => !FAULTS.some((fault) => fault.id === id));
  if (unknown.length > 0)
    throw new Error(`no fault ${unknown.join(', ')}; there are ${FAULTS.map(({ id }) => id).join(', ')}`);
  const faults = FAULTS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  const named = values.part ?? CONTROLS.map(({ name }) => name);
  const parts = CONTROLS.filter(({ name }) => named.includes(name));
  if (parts.length < new Set(named).size)
    throw new Error(`no such part; there are ${CONTROLS.map(({ name }) => name).join(', ')}`);
  const start = performance.now();
  const copy = new Copy();
  try {
    for (const fault of faults) faulty(copy.read(`dist/${fault.file}`), fault);
    const timed = healthy(copy, parts);
    const controls = timed.map(({ control }) => control);
    const quick = timed.slice(0, QUICK_PARTS).map(({ control }) => control);
    // What caught the last fault of a folder is likely to catch the next: it comes first, unless it takes long.
    const last = new Map<string, string>();
    const outcomes: Outcome[] = [];
    faults.forEach((fault, k) => {
      const folder = dirname(fault.file);
      const likely = quick.filter(({ name }) => name === last.get(folder));
      const outcome = outcomeOf(fault, [...new Set([...likely, ...controls])], copy);
      if (outcome.by !== undefined) last.set(folder, outcome.by);
      const { id, status, by = 'nothing', said = '', seconds } = outcome;
      tell(`${k + 1} of ${faults.length}  ${status}  ${id}  ${seconds.toFixed(1)} s  ${by}: ${said}`);
      outcomes.push(outcome);
      // After every fault: what was tried stays when the rest is cut short.
      if (values.json !== undefined) writeWhole(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
    });
    const caught = outcomes.filter(({ status }) => status === 'caught').length;
    process.stdout.write(tableOf(outcomes));
    process.stdout.write(`\n${caught} of ${outcomes.length} caught in ${Math.round(secondsSince(start))} s\n`);
    process.exitCode = caught === outcomes.length ? 0 : 1;
  } finally {
    copy.remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    tell(`verdict-mutation: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 2;
  }
}
