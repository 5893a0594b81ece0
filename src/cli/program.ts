/**
 * The commands. Only those that are named on the command line are loaded.
 */
import { existsSync } from 'node:fs';
import { Command, type Command as CommandLine, Option as Flag, InvalidArgumentError } from 'commander';
import { version } from '../version.js';
import { CONFIG_FILE } from './config-file.js';
import type { AnyDeclaration, Option } from './options.js';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: AnyDeclaration }>;
}

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  verify: { summary: 'test claims on random networks and recorded runs', load: () => import('./verify.js') },
  prove: { summary: 'prove the formulas behind the claims', load: () => import('./prove.js') },
  check: { summary: 'judge recorded runs', load: () => import('./check.js') },
  train: { summary: 'train one agent and record the run', load: () => import('./train.js') },
  predict: {
    summary: 'predict one loop, or a training run from its initial weights',
    load: () => import('./predict.js'),
  },
  campaign: { summary: 'run a grid of paired runs; resumable', load: () => import('./campaign.js') },
  figures: { summary: 'draw the figures of the paper, and others', load: () => import('./figures.js') },
  explain: { summary: 'explain a claim: statement, derivation, limits', load: () => import('./explain.js') },
  replay: { summary: 'repeat one case of a claim', load: () => import('./replay.js') },
  vectors: { summary: 'write test vectors for other implementations', load: () => import('./vectors.js') },
  recorder: { summary: 'write the recorder for training in Python', load: () => import('./recorder.js') },
  init: { summary: 'start a theory of your own', load: () => import('./init.js') },
  list: { summary: 'list the claims', load: () => import('./list.js') },
  bench: { summary: 'measure speed', load: () => import('./bench.js') },
};

const EXAMPLES = `
Examples:
  loopproof verify                          test every claim on random networks and recorded runs
  loopproof verify stability-region-is-exact --runs 10000
  loopproof prove                           prove the formulas behind the claims
  loopproof check run.json                  judge a run that another program recorded
  loopproof train --out run.json            train one agent and record the run
  loopproof predict --zm=-0.3 --zu=0.3 --vm=1 --vu=0
  loopproof campaign smoke                  a small grid of paired runs
  loopproof figures                         draw the figures of the paper from new runs
  loopproof init                            start a theory of your own: a suite that every command works on

Exit codes: 0 all hold, 1 something refuted, 2 bad input or usage, 3 something undecided.`;

/** The name of an option as users write it: `onlySuite` is --only-suite. */
const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option as users write it, with its value. */
function written(name: string, { type }: Option): string {
  return `--${flagOf(name)}${type ? ` <${type.name}>` : ''}`;
}

function flagsOf(name: string, option: Option): Flag[] {
  const { about, off, type, required, group, conflicts } = option;
  const flags = [
    ...(about === undefined ? [] : [new Flag(written(name, option), about)]),
    ...(off === undefined ? [] : [new Flag(`--no-${flagOf(name)}`, off)]),
  ];
  for (const flag of flags) {
    if ('default' in option && !flag.negate) flag.default(option.default, option.shown);
    // Commander collects the values of an option that takes several.
    if (type && !flag.variadic)
      flag.argParser((text) => {
        const result = type.schema.safeParse(type.read ? type.read(text) : text);
        if (!result.success) throw new InvalidArgumentError(`expected ${type.expected}.`);
        return result.data;
      });
    if (required) flag.makeOptionMandatory();
    if (group !== undefined) flag.helpGroup(group);
    if (conflicts) flag.conflicts([...conflicts]);
  }
  return flags;
}

/** Gives a command what it declares. */
function declare(command: CommandLine, declaration: AnyDeclaration): void {
  const { description, argument, options, examples, configurable } = declaration;
  command.description(description);
  // The configuration may give what is required.
  const [open, close] = argument?.required && !configurable ? '<>' : '[]';
  if (argument) command.argument(`${open}${argument.name}${argument.many ? '...' : ''}${close}`, argument.about);
  for (const [name, option] of Object.entries(options))
    for (const flag of flagsOf(name, option)) command.addOption(flag);
  const lines = examples.map((line) => (line.includes('loopproof') ? `  ${line}` : `  loopproof ${line}`));
  command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
  command.action(async (...received: unknown[]) => {
    let names = argument && received[0];
    // Only a configuration needs what every command declares.
    if ((configurable || 'suite' in options) && existsSync(CONFIG_FILE))
      names = (await import('./config.js')).configure(command, names);
    if (argument?.required && (names as readonly string[]).length === 0)
      command.error(
        `error: missing required argument '${argument.name}': give ${argument.name} here, or in loopproof.config.json`,
      );
    for (const [name, option] of Object.entries(options)) {
      const { needs } = option;
      const given = !['default', undefined].includes(command.getOptionValueSource(name));
      if (needs !== undefined && given && command.getOptionValue(needs) === undefined)
        command.error(`error: option '${written(name, option)}' works only with '${written(needs, options[needs]!)}'`);
    }
    await declaration.run(command.opts() as never, names as never);
  });
}

/** The command line. @param args its arguments: the commands among them are loaded */
export async function programOf(args: readonly string[]): Promise<CommandLine> {
  const program = new Command('loopproof')
    .description('Tests, predicts and audits the training of recurrent networks in closed loop.')
    .version(version())
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError('(loopproof --help lists the commands, loopproof COMMAND --help their options)')
    .addHelpText('after', EXAMPLES);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary);
    if (args.includes(name)) declare(command, (await load()).default);
  }
  return program;
}
